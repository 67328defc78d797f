"""
The seal of a log: is what its keeper serves what the log signed, all of it, and the same as before?

A checkpoint is opened under a policy, every entry bundle is read into the replay, and every tile and the root are made
again from the entries and compared with what is served, byte for byte. Proofs touch few tiles; a stranger who looks at
all of them finds the one that no proof touches. What was audited before is the beginning of what is read now: the edge
of the tree is kept, and a log that was rewritten or cut does not lead on from it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

from libs.audit.books import StateUnusable
from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import HASH_BYTES, root
from libs.audit.notes import BadNote, Note, NotSigned
from libs.audit.policy import NONE, NoQuorum, Party, Policy
from libs.audit.replay import Replay
from libs.audit.report import Seal, Witnessed
from libs.audit.rotation import BadRotation, Rotation, follow_rotations
from libs.audit.sources import CHECKPOINT, KEY, Source, read_ahead
from libs.audit.tiles import WIDTH, BadTile, Tile, bundles, hash_reader, hashes_in, narrowed, unpack
from libs.audit.trust import Trust

FRESH_S = 24 * 3600
"""A witness whose word is older has not looked at the log since; it may have been shown something else meanwhile."""


class SealAudit:
    """
    The audit of the log that *source* serves, into *replay*.

    *trust* is None for what was believed before, or else the log's own word. At *now_s* the witnesses' words are fresh
    or not; None does not ask, for what somebody kept grows old.
    """

    def __init__(self, source: Source, replay: Replay, trust: Trust | None, *, now_s: float | None) -> None:
        self._source = source
        self._replay = replay
        self._trust = trust
        self._now_s = now_s
        self._shown = source.read(CHECKPOINT)
        self._at_hand: dict[Tile, bytes | None] = {}
        """Tiles of level 0 that came with their entries."""

        self._rotations: list[Rotation] = []
        self._tiles_count = 0
        self._is_sound = True

    def run(self) -> Seal | None:
        """Read all that is sealed; return what was found of the seal, None where there is none."""
        if self._shown is None:
            if before := self._kept():
                text = f"The log was sealed with {before.size} entries, and shows no checkpoint any more."
                self._betrayed("rollback", text)
            return None
        try:
            checkpoint = Checkpoint.parse(Note.parse(self._shown).text)
        except BadNote as fault:
            self._differ("checkpoint", f"What is served as the checkpoint is none: {fault}")
            return None
        self._replay.books.belongs_to(checkpoint.origin)
        seal = self._opened(self._shown, checkpoint)
        if self._is_later(checkpoint):
            self._read_to(checkpoint)
        if self._is_sound:
            self._replay.books.note("checkpoint", self._shown)
            self._replay.keep()
        return replace(seal, tiles_count=self._tiles_count)

    # ---- who says so --------------------------------------------------------------------------------------------

    def _opened(self, note: bytes, checkpoint: Checkpoint) -> Seal:
        pinned = self._replay.books.about("policy")
        trust = self._trust or (Trust.parse(pinned) if pinned else None)
        if trust is None:
            trust = Trust.at_first_sight(checkpoint.origin, self._source.read(KEY))
        policy = self._followed(trust.policy, checkpoint)
        key, witnesses = self._endorsed(policy, note, checkpoint)
        self._check_is_fresh(policy, witnesses)
        self._replay.books.note("policy", self._renewed(trust.text))
        return Seal(
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            key=key,
            is_first_sight=trust.is_first_sight,
            quorum=trust.policy.quorum,
            witnesses=witnesses,
            note=note,
            former_keys=tuple(each.former.vkey for each in self._rotations),
        )

    def _followed(self, policy: Policy, checkpoint: Checkpoint) -> Policy:
        """Return the policy with the keys that the log has now in the place of those that were trusted."""
        logs: list[Party] = []
        for log in policy.logs:
            try:
                rotations = follow_rotations(log.key, self._source.read) if log.key.name == checkpoint.origin else []
            except BadRotation as fault:
                self._differ("key", str(fault), checkpoint.size)
                rotations = []
            self._rotations += rotations
            # A key that the log gave up signs what it had signed before, and nothing larger.
            former = [each.former for each in rotations if checkpoint.size <= each.checkpoint.size]
            newest = rotations[-1].key if rotations else log.key
            logs += [log._replace(key=key) for key in (newest, *former)]
        return replace(policy, logs=tuple(logs))

    def _renewed(self, policy: bytes) -> bytes:
        """Return the text of the policy with the newest keys in it."""
        for each in self._rotations:
            policy = policy.replace(each.former.vkey.encode(), each.key.vkey.encode())
        return policy

    def _endorsed(
        self, policy: Policy, note: bytes, checkpoint: Checkpoint
    ) -> tuple[str | None, tuple[Witnessed, ...]]:
        """Return the log's key and the witnesses under the checkpoint; that somebody is missing is noted."""
        try:
            try:
                endorsed = policy.open(note)
            except NoQuorum as fault:
                self._differ("witness", str(fault), checkpoint.size)
                endorsed = Policy(policy.logs, policy.witnesses, policy.groups).open(note)
        except NotSigned:
            text = f"No key that is trusted for {checkpoint.origin} has signed its checkpoint."
            self._differ("key", text, checkpoint.size)
            return None, ()
        except BadNote as fault:
            self._differ("checkpoint", f"A signature under the checkpoint is forged: {fault}", checkpoint.size)
            return None, ()
        witnesses = endorsed.witnesses.items()
        return endorsed.log.vkey, tuple(Witnessed(name, signed.time_s or 0) for name, signed in witnesses)

    def _check_is_fresh(self, policy: Policy, witnesses: tuple[Witnessed, ...]) -> None:
        if self._now_s is None or policy.quorum == NONE:
            return
        fresh = [each.name for each in witnesses if self._now_s - each.time_s < FRESH_S]
        if policy.is_met(each.name for each in witnesses) and not policy.is_met(fresh):
            hours, names = FRESH_S // 3600, ", ".join(fresh) or "none"
            self._replay.differ("stale", f"Too few witnesses have looked at the log within {hours} hours ({names}).")

    # ---- the same log as before ---------------------------------------------------------------------------------

    def _is_later(self, checkpoint: Checkpoint) -> bool:
        """Return whether *checkpoint* goes on from the one that was kept, as far as its size tells."""
        before = self._kept()
        if before is None:
            if self._replay.position > checkpoint.size:
                raise StateUnusable(
                    f"The state holds {self._replay.position} entries that were read before the log was sealed, and"
                    f" {checkpoint.size} are sealed yet; audit again in a while, or with another state."
                )
            return True
        if checkpoint.size < before.size:
            text = f"The log shows {checkpoint.size} entries, and had signed {before.size} before."
            self._betrayed("rollback", text, checkpoint.size)
            return False
        if checkpoint.size == before.size and checkpoint.root != before.root:
            text = f"The log has signed two different trees of {checkpoint.size} entries."
            self._betrayed("fork", text, checkpoint.size)
            return False
        return True

    def _kept(self) -> Checkpoint | None:
        kept = self._replay.books.about("checkpoint")
        return Checkpoint.parse(Note.parse(kept).text) if kept else None

    def _betrayed(self, rule: str, text: str, position: int = 0) -> None:
        self._differ(rule, f"{text} Both checkpoints are kept as evidence.", position)
        self._replay.books.keep_evidence(rule, self._shown)

    # ---- what is served -----------------------------------------------------------------------------------------

    def _read_to(self, checkpoint: Checkpoint) -> None:
        """Read the entries up to the checkpoint, and compare what is made of them with what is served."""
        before = self._replay.position, self._replay.root
        self._replay.books.edge.on_full = self._compare
        try:
            is_whole = self._read_bundles(checkpoint.size)
        finally:
            self._replay.books.edge.on_full = None
        if not is_whole:
            return
        for tile, data in self._replay.books.edge.partial_tiles():
            self._compare(tile, data)
        if self._replay.root != checkpoint.root:
            self._is_another_tree(checkpoint, *before)
        for each in self._rotations:
            self._check_rotation(each.checkpoint, checkpoint)

    def _read_bundles(self, size: int) -> bool:
        """Return whether all of them could be read."""
        after = self._replay.position
        paths = chain.from_iterable((bundle.path, tile.path) for bundle, tile in _pairs(after, size))
        with closing(read_ahead(self._source, paths)) as files:
            for bundle, tile in _pairs(after, size):
                data, self._at_hand[tile] = next(files), next(files)
                first = bundle.index * WIDTH
                try:
                    entries = unpack(self._whole(bundle, data))
                    if len(entries) != bundle.width:
                        raise BadTile(f"{bundle.path} has {len(entries)} entries instead of {bundle.width}.")
                except BadTile as fault:
                    self._differ("tile", f"{fault} The entries from {first + 1} on cannot be read.", first + 1)
                    return False
                self._tiles_count += 1
                self._replay.read(entries[self._replay.position - first :])
        return True

    def _whole(self, tile: Tile, data: bytes | None) -> bytes:
        """
        Return the served bytes of *tile*; where the full one has taken its place, those of its beginning.

        Raises:
            BadTile: It is not served.
        """
        if data is not None:
            return data
        full = None if tile.is_full else self._source.read(tile.full.path)
        if full is None:
            raise BadTile(f"{tile.path} is not served.")
        return narrowed(tile, full)

    def _compare(self, tile: Tile, made: bytes) -> None:
        """Compare a served tile with the one that was made of the entries."""
        self._tiles_count += 1
        first = tile.index * WIDTH
        try:
            served = self._at_hand.pop(tile) if tile in self._at_hand else self._source.read(tile.path)
            served = self._whole(tile, served)
        except BadTile as fault:
            self._differ("tile", str(fault), (first << 8 * tile.level) + 1)
            return
        if served != made:
            place = next(_differing(served, made))
            entry = ((first + place) << 8 * tile.level) + 1
            what = f"entry {entry}" if tile.level == 0 else f"the entries from {entry} on"
            self._differ("tile", f"The hash of {what} in {tile.path} is not that of what is served.", entry)

    def _check_rotation(self, last: Checkpoint, checkpoint: Checkpoint) -> None:
        """Check that the log begins with the tree that a former key signed last."""
        if last.size > checkpoint.size:
            text = f"The log shows {checkpoint.size} entries, and a former key had signed {last.size}."
            self._differ("rollback", text, checkpoint.size)
        elif self._root_at(last.size, checkpoint.size) not in (last.root, None):
            self._differ("fork", f"A former key had signed another tree of {last.size} entries.", last.size)

    def _is_another_tree(self, checkpoint: Checkpoint, size: int, kept_root: bytes) -> None:
        """Note that the entries do not lead to the checkpoint's root: the log was forked, or is not what it signed."""
        if size and self._root_at(size, checkpoint.size) not in (kept_root, None):
            text = f"The first {size} entries are not those that were audited before: the log was rewritten."
            self._betrayed("fork", text, size)
            return
        text = f"The entries do not give the root that the checkpoint of {checkpoint.size} entries has."
        self._differ("root", text, checkpoint.size)

    def _root_at(self, size: int, last: int) -> bytes | None:
        """Return the root of the first *size* entries as the served tiles of a tree of *last* have it."""
        try:
            return root(size, hash_reader(last, lambda tile: self._whole(tile, self._source.read(tile.path))))
        except BadTile:
            return None

    def _differ(self, rule: str, text: str, position: int = 0) -> None:
        self._replay.differ(rule, text, position)
        self._is_sound = False


def _pairs(after: int, size: int) -> Iterator[tuple[Tile, Tile]]:
    """Yield the bundles that the entries behind position *after* stand in, each with its tile of level 0."""
    for bundle in bundles(after, size):
        yield bundle, Tile(0, bundle.index, bundle.width)


def _differing(served: bytes, made: bytes) -> Iterator[int]:
    """Yield the places of the hashes that are not the same."""
    theirs = hashes_in(served)
    for place, hash_ in enumerate(hashes_in(made)):
        if place >= len(theirs) or theirs[place] != hash_:
            yield place
    yield len(made) // HASH_BYTES  # there is more than there should be
