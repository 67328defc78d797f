"""How the seal of the vote log stands, as the files say that anyone may read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import COSIGNATURE, BadKey, BadNote, Note, Verifier, open_note

LATE_AFTER: Final = timedelta(seconds=60)
"""The log is sealed every second, and a witness has a few seconds to see it."""


class SealIsBroken(ValueError):
    """What is published as the seal is none, or its signature is not right."""


class Witness(NamedTuple):
    """One who is asked to watch the log, and when they signed what is published now; None if they did not."""

    name: str
    signed_at: datetime | None


class Seal(NamedTuple):
    """The newest checkpoint that is published: how many entries it seals, since when, whose key, who cosigned."""

    origin: str
    size: int
    published_at: datetime
    key: str
    witnesses: tuple[Witness, ...]

    def is_late(self, last: int, *, now: datetime) -> bool:
        """Return whether entries up to *last* wait for a seal longer than they should."""
        return last > self.size and now - self.published_at > LATE_AFTER

    def late_witnesses(self, *, now: datetime) -> tuple[Witness, ...]:
        """Return the witnesses who have not signed what has been published for a while."""
        if now - self.published_at <= LATE_AFTER:
            return ()
        return tuple(witness for witness in self.witnesses if witness.signed_at is None)


def read_seal(folder: Path) -> Seal | None:
    """
    Return the seal as the sealer's *folder* has it; None where nothing was published yet.

    Raises:
        SealIsBroken: It cannot be read, or the log's own key did not sign it.
    """
    try:
        published, keys = (folder / "checkpoint").read_bytes(), (folder / "key").read_text()
        published_at = datetime.fromtimestamp((folder / "checkpoint").stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    try:
        own, *asked = [Verifier.parse(line) for line in keys.splitlines() if line]
        note = Note.parse(published)
        signed = open_note(note, (own, *asked))
        checkpoint = Checkpoint.parse(note.text)
    except (BadNote, BadKey, ValueError) as fault:
        raise SealIsBroken(str(fault)) from fault
    if own not in (each.by for each in signed):
        raise SealIsBroken("The log's own key has not signed the checkpoint.")
    times = {each.by: each.time_s for each in signed}
    return Seal(
        checkpoint.origin,
        checkpoint.size,
        published_at,
        own.vkey,
        tuple(
            Witness(each.name, datetime.fromtimestamp(at, UTC) if (at := times.get(each)) is not None else None)
            for each in asked
            if each.kind == COSIGNATURE
        ),
    )
