"""
The log's entries to the tiles, every second: read, write, sign, and have it published.

What is signed is kept in the state before it goes anywhere. A log that does not answer is waited for; a log that says
something else than its tiles ends the sealer.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note
from libs.audit.policy import Policy
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import TilesDiffer, TreeIsAnother
from libs.audit.sealer.lease import Committed, Lease
from libs.audit.sealer.measured import Measured
from libs.audit.sealer.opening import Opened
from libs.audit.sealer.publisher import Publisher
from libs.audit.sealer.state import CHECKPOINT, KEY, State, Status, WitnessStatus
from libs.audit.sealer.tree import REPAIR
from libs.audit.sealer.witness import Witness
from libs.errors import LogIsShort
from libs.eventlog.log import READ_ENTRIES_MAX, EventLog, LogUnreachable
from libs.together import together

ENTRIES_AT_ONCE_MAX = 16_384
BYTES_AT_ONCE_MAX = 64_000_000
"""So much of a long log is sealed before more is read."""

log = logging.getLogger(__name__)


class Sealer:
    """Seals *events*, the raw log, from where *opened* was left; *tiles* is the folder that everybody sees."""

    def __init__(
        self,
        events: EventLog,
        opened: Opened,
        lease: Lease,
        *,
        tiles: Path,
        state: State,
        disk: Disk,
        policy: Policy,
        witnesses: list[Witness],
        every_s: float,
    ) -> None:
        self._log = events
        self._lease = lease
        self._tree, self._signer, self._signed, published = opened
        self._tiles = tiles
        self._state = state
        self._disk = disk
        self._every_s = every_s
        self._policy = policy
        self._status = Status(size=self._tree.size, witnesses=[WitnessStatus(each.name) for each in witnesses])
        if published:
            self._status.published_size = Checkpoint.parse(published.text).size
        self._measured = Measured(events.service, self._status)
        self._is_level = False
        """Whether the newest tiles were found to be what the log says."""

        self._signed_size = Checkpoint.parse(self._signed.text).size if self._signed else None

        self._shown: bytes | None = None
        """The checkpoint as this sealer published it last."""

        self._publisher = Publisher(
            policy,
            witnesses,
            read_hashes=self._tree.folder.hashes,
            publish=self._publish,
            tell=self._tell,
            published=published,
        )

    async def run(self) -> None:
        """
        Seal for ever.

        Raises:
            CannotSeal: The log and its tiles do not agree.
            LogFault: The log has a gap, or is shorter than its tiles.
            LeaseLost: Another sealer has taken over.
        """
        self._publish_key()
        self._write_status()
        if self._signed:
            self._publisher.signed(self._signed)
        async with together(self._publisher.run(), self._keep_sealing()) as tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _keep_sealing(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            is_more = False
            try:
                is_more = await self.seal()
            except LogUnreachable as fault:
                self._is_level = False  # it may come back as an older copy
                log.warning("log away", extra={"reason": str(fault)})
            if not is_more:
                await asyncio.sleep(max(0.0, started + self._every_s - loop.time()))

    async def seal(self) -> bool:
        """
        Seal what is new, and return whether there is more.

        What could not be committed (`LogUnreachable`) is in the tiles, and is signed the next time.
        """
        self._show_again()
        last = await self._log.last()
        committed = self._lease.committed
        sealed_size = max(self._tree.size, committed.size if committed else 0)
        if last < sealed_size:
            raise LogIsShort(
                f"The log {self._log.service} ends at {last}, and {sealed_size} entries of it are sealed:"
                f" it was cut or comes from an older copy. {REPAIR}"
            )
        if last < self._state.witnessed_size:
            raise LogIsShort(
                f"The log {self._log.service} ends at {last}, and a witness has cosigned {self._state.witnessed_size}"
                f" entries of it: it comes from an older copy. {REPAIR}"
            )
        if not self._is_level:
            await self._check_newest()
        entries = await self._new_entries()
        if committed and self._tree.size < committed.size:
            self._catch_up(entries, committed)
        elif entries or self._signed_size != self._tree.size:
            self._tree.extend(entries)
            self._measured.signed(entries)
            await self._sign()
        return self._tree.size < last

    async def unsealed_count(self) -> int:
        """
        Return how many entries of the log are not signed yet.

        Raises:
            LogUnreachable: The log does not answer.
        """
        return max(0, await self._log.last() - self._tree.size)

    def _catch_up(self, entries: list[bytes], committed: Committed) -> None:
        """Grow to the tree that another sealer may have signed, of which this one's folders know nothing."""
        self._tree.extend(entries[: committed.size - self._tree.size])
        if self._tree.size == committed.size and self._tree.root() != committed.root:
            raise TreeIsAnother(
                f"The log {self._log.service} gives another root for {committed.size} entries than was signed. {REPAIR}"
            )

    def _show_again(self) -> None:
        """Publish once more what another sealer, which woke too late, has put an older checkpoint in the place of."""
        path = self._tiles / CHECKPOINT
        if self._shown and (not path.exists() or path.read_bytes() != self._shown):
            log.warning("an older checkpoint was put back")
            self._disk.put_now(path, self._shown, last_look=self._lease.check)

    async def _new_entries(self) -> list[bytes]:
        entries: list[bytes] = []
        bytes_count = 0
        while len(entries) <= ENTRIES_AT_ONCE_MAX - READ_ENTRIES_MAX and bytes_count < BYTES_AT_ONCE_MAX:
            found = await self._log.entries(self._tree.size + len(entries))
            entries += [entry.data for entry in found]
            bytes_count += sum(len(entry.data) for entry in found)
            if len(found) < READ_ENTRIES_MAX:
                break
        return entries

    async def _check_newest(self) -> None:
        """Compare the newest entries in the tiles with the log, also those that nothing was signed for."""
        after, kept = self._tree.newest()
        for start in range(0, len(kept), READ_ENTRIES_MAX):
            expected = kept[start : start + READ_ENTRIES_MAX]
            found = await self._log.entries(after + start, len(expected))
            if len(found) < len(expected):
                raise LogIsShort(
                    f"The log {self._log.service} ends at {after + start + len(found)}, and its tiles hold"
                    f" {after + len(kept)} entries: it was cut or comes from an older copy. {REPAIR}"
                )
            for entry, data in zip(found, expected, strict=True):
                if entry.data != data:
                    raise TilesDiffer(
                        f"The entry {self._log.service}:{entry.position} is not what its tiles hold. {REPAIR}"
                    )
        self._is_level = True

    async def _sign(self) -> None:
        checkpoint = Checkpoint(self._signer.name, self._tree.size, self._tree.root())
        await self._lease.commit(checkpoint.size, checkpoint.root)
        note = Note(checkpoint.text, (self._signer.sign(checkpoint.text),))
        self._state.keep_signed(note, last_look=self._lease.check)
        self._signed_size = checkpoint.size
        self._status.size, self._status.signed_at = self._tree.size, datetime.now(UTC)
        self._write_status()
        self._publisher.signed(note)
        log.debug("sealed", extra={"size": self._tree.size})

    def _publish_key(self) -> None:
        keys = [self._signer.verifier, *(witness.key for witness in self._policy.witnesses.values())]
        self._disk.put_now(self._tiles / KEY, "".join(f"{key.vkey}\n" for key in keys).encode())

    def _publish(self, note: Note) -> None:
        self._disk.put_now(self._tiles / CHECKPOINT, note.encode(), last_look=self._lease.check)
        self._shown = note.encode()
        self._status.published_size = Checkpoint.parse(note.text).size
        self._status.published_at = datetime.now(UTC)
        self._measured.published()
        self._write_status()

    def _tell(self, witnesses: list[WitnessStatus]) -> None:
        if witnesses != self._status.witnesses:
            self._status.witnesses = witnesses
            self._write_status()

    def _write_status(self) -> None:
        with suppress(OSError):  # it tells of the sealing; it must not stop it
            self._state.write_status(self._status)
