"""
What the sealer remembers beside the tiles: what it has signed, and how it fares.

    lock           held by the sealer that runs; the kernel lets go when it ends, however it ends
    signed         the last checkpoint that it signed, whether witnesses have cosigned it or not
    status.json    for `plaanet doctor`

What was signed is kept here before anybody sees it.
"""

import fcntl
import os
from collections.abc import Iterator
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

        self._status = folder / STATUS

    @contextmanager
    def taken(self) -> Iterator[None]:
        """
        Hold the state for this process.

        Raises:
            SealerRuns: Another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as fault:
            raise SealerRuns(f"A sealer works in {self.folder} already; there must never be two.") from fault
        finally:
            os.close(descriptor)

    def keep_signed(self, note: Note) -> None:
        """Remember what was signed; it stays when this returns."""
        self._disk.put_now(self.signed, note.encode())

    def write_status(self, status: Status) -> None:
        """Write down how the sealer fares."""
        new = self._status.with_suffix(".new")
        new.write_bytes(orjson.dumps(asdict(status)))
        new.replace(self._status)
