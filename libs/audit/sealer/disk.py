"""
Files that are whole and stay, whatever is cut off when.

A file is written under another name, flushed to the disk, and then takes its name; the folder is flushed before
anything that builds on the file. Every step is a method, so that tests can stop after any of them.
"""

import os
from contextlib import suppress
from pathlib import Path

NEW = ".new"
"""What a file is called while it is written; of these at most one is left behind, and the next takes its place."""


class Disk:
    """Writes below the folder *root*; *mode* says who may read the files."""

    def __init__(self, root: Path, *, mode: int = 0o644) -> None:
        self._root = root
        self._mode = mode
        self._unsettled: dict[Path, None] = {}

    def put(self, path: Path, data: bytes) -> None:
        """Write a file, or write it anew; it is sure to stay after `settle`."""
        self._make_folders(path.parent)
        new = self._root / NEW
        self.write(new, data)
        self.move(new, path)
        self._unsettled[path.parent] = None

    def found(self, path: Path) -> None:
        """Have what is at *path* already stay as well: whoever wrote it may have been ended before it settled."""
        self._unsettled[path.parent] = None

    def settle(self) -> None:
        """Return when all that was put stays, come what may."""
        for folder in self._unsettled:
            self.sync(folder)
        self._unsettled.clear()

    def put_now(self, path: Path, data: bytes) -> None:
        """Write a file that stays when this returns."""
        self.put(path, data)
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
