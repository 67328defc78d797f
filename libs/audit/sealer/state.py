"""
What the sealer remembers beside the tiles: what it has signed, and how it fares.

    lock           held by the first sealer that runs here, and names it; the kernel lets go when it ends, however
                   it ends
    signed         the last checkpoint that it signed, whether witnesses have cosigned it or not
    status.json    for `plaanet doctor`
    witnessed      only after a restore that brought less: how many entries a witness has cosigned

What was signed is kept here before anybody sees it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from libs.audit.notes import Note
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import SealerRuns

CHECKPOINT = "checkpoint"
KEY = "key"
"""What everybody sees besides the tiles."""

PEM = "log.pem"
"""The key, among the sealer's secrets."""

SIGNED = "signed"
STATUS = "status.json"
WITNESSED = "witnessed"

_NAME_BYTES_MAX = 200


@dataclass(frozen=True)
class WitnessStatus:
    """How one witness fares: the largest tree that it cosigned, and what ails it."""

    name: str
    size: int | None = None
    cosigned_at: datetime | None = None
    late_since: datetime | None = None
    trouble: str | None = None


@dataclass
class Status:
    """How the sealer fares."""

    size: int = 0
    signed_at: datetime | None = None
    published_size: int | None = None
    published_at: datetime | None = None
    fault: str | None = None
    witnesses: list[WitnessStatus] = field(default_factory=list)


class State:
    """The sealer's own folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk(folder, mode=0o600)
        self.signed = folder / SIGNED
        """The file with the last checkpoint that was signed."""

        self.may_tell = True
        """Whether the status is this sealer's to write: another that works has its own."""

        self._status = folder / STATUS

    @contextmanager
    def entered(self, holder: str) -> Iterator[str | None]:
        """
        Hold the lock as *holder* if nobody does, and give whoever held it before, and has ended therefore.

        Gives None where somebody holds it: this sealer waits its turn (`Lease`) and has nothing to tell meanwhile.
        """
        with self._lock() as (descriptor, is_held):
            former = os.pread(descriptor, _NAME_BYTES_MAX, 0).decode() if is_held else None
            if is_held:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, holder.encode(), 0)
            self.may_tell = is_held
            yield former

    @contextmanager
    def taken(self) -> Iterator[None]:
        """
        Hold the state for this process.

        Raises:
            SealerRuns: Another process holds it.
        """
        with self._lock() as (_, is_held):
            if not is_held:
                raise SealerRuns(f"A sealer works in {self.folder}; stop it first.")
            yield

    @contextmanager
    def _lock(self) -> Iterator[tuple[int, bool]]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield descriptor, False
            else:
                yield descriptor, True
        finally:
            os.close(descriptor)

    @property
    def witnessed_size(self) -> int:
        """How many entries a witness said that it has cosigned, where that is more than was signed here; else 0."""
        try:
            return int((self.folder / WITNESSED).read_text())
        except FileNotFoundError:
            return 0

    def keep_witnessed(self, size: int) -> None:
        """Remember that a witness has cosigned *size* entries: a shorter log is never sealed here."""
        self._disk.put_now(self.folder / WITNESSED, str(size).encode())

    def keep_signed(self, note: Note, *, last_look: Callable[[], None] | None = None) -> None:
        """Remember what was signed; it stays when this returns (*last_look*: see `Disk.put`)."""
        self._disk.put_now(self.signed, note.encode(), last_look=last_look)

    def tidy(self) -> None:
        """Remove what a sealer left half written."""
        self._disk.tidy()

    def write_status(self, status: Status) -> None:
        """Write down how the sealer fares."""
        new = self._status.with_suffix(f".new-{os.getpid()}")
        new.write_bytes(orjson.dumps(asdict(status)))
        new.replace(self._status)
