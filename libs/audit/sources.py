"""
Where a published log is read from: its files, by the paths that they are served under.

A folder as it lies, and a file that `plaanet export` made, are read here; an address is read by `libs/node/served.py`.
"""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile, ZipFile

CHECKPOINT = "checkpoint"
KEY = "key"
POLICY = "policy"


class Source(Protocol):
    """The files of one log."""

    name: str
    """What a person knows it by."""

    at_once: int
    """So many files are asked for at a time."""

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None where there is none."""


class FolderSource:
    """The files as they lie in a folder."""

    at_once = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None where there is none."""
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


class ZipSource:
    """The files in one file."""

    at_once = 1

    def __init__(self, file: Path) -> None:
        """
        Raises:
            BadZipFile: It is no such file.
            OSError: It cannot be read.
        """
        self._zip = ZipFile(file)
        self.name = str(file)

    def read(self, path: str) -> bytes | None:
        """
        Return the file's bytes, or None where there is none.

        Raises:
            BadZipFile: They were damaged.
        """
        try:
            return self._zip.read(path)
        except KeyError:
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def read_ahead(source: Source, paths: Iterable[str]) -> Generator[bytes | None, None, None]:
    """Yield the files at *paths*, in order; some of the next ones are on their way meanwhile."""
    if source.at_once == 1:
        yield from map(source.read, paths)
        return
    coming: deque[Future[bytes | None]] = deque()
    with ThreadPoolExecutor(source.at_once) as pool:
        try:
            for path in paths:
                coming.append(pool.submit(source.read, path))
                if len(coming) > 2 * source.at_once:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            for file in coming:
                file.cancel()


__all__ = ["CHECKPOINT", "KEY", "POLICY", "BadZipFile", "FolderSource", "Source", "ZipSource", "read_ahead"]
