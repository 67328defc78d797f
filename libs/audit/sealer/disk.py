"""
Files that are whole and stay, whatever is cut off when.

A file is written under another name, flushed to the disk, and then takes its name; the folder is flushed before
anything that builds on the file. Every step is a method, so that tests can stop after any of them.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NEW = ".new-"
"""How a file's name begins while it is written; each disk has its own, for there may be another sealer."""


class Disk:
    """Writes below the folder *root*; *mode* says who may read the files."""

    def __init__(self, root: Path, *, mode: int = 0o644) -> None:
        self._root = root
        self._mode = mode
        self._new = root / f"{NEW}{secrets.token_hex(4)}"
        self._unsettled: dict[Path, None] = {}

    def put(self, path: Path, data: bytes, *, last_look: Callable[[], None] | None = None) -> None:
        """
        Write a file, or write it anew; it is sure to stay after `settle`.

        *last_look* is called right before the file takes its name, and may raise to keep it from that.
        """
        self._make_folders(path.parent)
        self.write(self._new, data)
        if last_look:
            last_look()
        self.move(self._new, path)
        self._unsettled[path.parent] = None

    def put_once(self, path: Path, data: bytes) -> None:
        """Write a file that stays when this returns, unless there is one: then that stays as it is."""
        self._make_folders(path.parent)
        self.write(self._new, data)
        with suppress(FileExistsError):
            self.link(self._new, path)
        self.remove(self._new)
        self.found(path)
        self.settle()

    def tidy(self) -> None:
        """Remove what was left half written; nobody else may be writing who is to go on."""
        for left in self._root.glob(f"{NEW}*"):
            left.unlink(missing_ok=True)

    def found(self, path: Path) -> None:
        """Have what is at *path* already stay as well: whoever wrote it may have been ended before it settled."""
        self._unsettled[path.parent] = None

    def settle(self) -> None:
        """Return when all that was put stays, come what may."""
        for folder in self._unsettled:
            self.sync(folder)
        self._unsettled.clear()

    def put_now(self, path: Path, data: bytes, *, last_look: Callable[[], None] | None = None) -> None:
        """Write a file that stays when this returns; see `put`."""
        self.put(path, data, last_look=last_look)
        self.settle()

    def drop(self, folder: Path) -> None:
        """Remove a folder of files, if it is there."""
        with suppress(FileNotFoundError):
            for file in folder.iterdir():
                self.remove(file)
            self.remove(folder)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            self.make(each)
            self._unsettled[each.parent] = None

    # The steps.

    def make(self, folder: Path) -> None:
        """Make one folder."""
        folder.mkdir(mode=self._mode | (self._mode & 0o444) >> 2)

    def write(self, path: Path, data: bytes) -> None:
        """Write one file and flush it to the disk."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def move(self, path: Path, to: Path) -> None:
        """Give one file its name."""
        path.replace(to)

    def link(self, path: Path, to: Path) -> None:
        """
        Give one file another name besides.

        Raises:
            FileExistsError: There is one of that name.
        """
        to.hardlink_to(path)

    def sync(self, folder: Path) -> None:
        """Flush one folder to the disk: which names it has."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Remove one file, or an empty folder."""
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
