"""What can be audited: a node at its address, or what somebody kept of one."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson

from libs.audit.sources import CHECKPOINT, BadZipFile, FolderSource, Source, ZipSource
from libs.node.trouble import NodeTrouble
from libs.node.visitor import Page, RefusedByNode, Visitor

AT_ONCE = 6
"""So many files of a log are asked for at a time."""

ENTRIES_AT_ONCE = 1_000

ABOUT = "export.json"
"""In a bundle: for which poll it was made, of which node, and when."""

RESULT = "result.json"


class Subject(Protocol):
    """A log that is audited, and what its keeper shows beside it."""

    files: Source | None
    """The sealed log; None where there is none."""

    is_live: bool
    """Whether it goes on, so that its witnesses should have looked at it of late."""

    shows_results: bool

    poll_id: UUID | None
    """The poll that it was made for, if for one."""

    def shows(self, poll_id: UUID) -> bool:
        """Return whether a result of this poll should be shown."""

    def pages(self, after: int) -> Iterator[Page]:
        """Yield the entries behind position *after* that are not sealed, or that nobody sealed."""

    def result(self, poll_id: UUID) -> dict[str, Any] | None:
        """Return what is shown as the poll's result, or None."""

    def close(self) -> None:
        """Let go of it."""


class Node:
    """A node, or any server that serves such a log."""

    is_live = True
    poll_id: UUID | None = None

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.files: Source | None = ServedFiles(visitor, "/log/governance/")
        self._has_entries = self.shows_results = True
        if self.files.read(CHECKPOINT) is None:
            self.files = ServedFiles(visitor, "/")
            if self.files.read(CHECKPOINT) is None:
                self.files = None
            else:  # the folder alone, as a web server serves it
                self._has_entries = self.shows_results = False

    def pages(self, after: int) -> Iterator[Page]:
        """Yield the entries behind position *after*."""
        return self._visitor.pages(after) if self._has_entries else iter(())

    def shows(self, poll_id: UUID) -> bool:  # noqa: ARG002
        """Return whether there are results at all."""
        return self.shows_results

    def result(self, poll_id: UUID) -> dict[str, Any] | None:
        """Return what the node shows."""
        try:
            return self._visitor.result(poll_id)
        except RefusedByNode as refusal:
            if refusal.status != 404:
                raise
            return None

    def close(self) -> None:
        """Nothing: the visitor is another's."""


class ServedFiles:
    """A log's files at an address."""

    at_once = AT_ONCE

    def __init__(self, visitor: Visitor, prefix: str) -> None:
        self._visitor = visitor
        self._prefix = prefix
        self.name = f"{visitor.url}{prefix}"

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None where there is none."""
        return self._visitor.file(f"{self._prefix}{path}")


class Folder:
    """A served log as it lies in a folder."""

    is_live = shows_results = False
    poll_id: UUID | None = None

    def __init__(self, path: Path) -> None:
        self.files: Source | None = FolderSource(path)

    def pages(self, after: int) -> Iterator[Page]:  # noqa: ARG002
        """Yield nothing: what lies there is sealed."""
        return iter(())

    def shows(self, poll_id: UUID) -> bool:  # noqa: ARG002
        """Return False: a folder shows none."""
        return False

    def result(self, poll_id: UUID) -> dict[str, Any] | None:  # noqa: ARG002
        """Return None: a folder shows none."""
        return None

    def close(self) -> None:
        """Nothing is held."""


class Bundle(Folder):
    """What `plaanet export` wrote."""

    shows_results = True

    def __init__(self, file: Path) -> None:
        """
        Raises:
            NodeTrouble: It is no such file.
        """
        try:
            self._zip = ZipSource(file)
        except BadZipFile as fault:
            raise NodeTrouble(f"{file} is not a bundle of plaanet export, or was damaged: {fault}.") from fault
        self.files = self._zip
        about = self._zip.read(ABOUT)
        if about is None:
            raise NodeTrouble(f"{file} is not a bundle of plaanet export: it does not say what it is about.")
        self.poll_id = UUID(orjson.loads(about)["poll_id"])

    def shows(self, poll_id: UUID) -> bool:
        """Return whether it is the poll that the bundle was made for."""
        return poll_id == self.poll_id

    def result(self, poll_id: UUID) -> dict[str, Any] | None:
        """Return what the node showed when the bundle was made."""
        data = self._zip.read(RESULT) if self.shows(poll_id) else None
        result: dict[str, Any] | None = orjson.loads(data) if data else None
        return result

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


class Entries(Folder):
    """Entries that somebody kept, one a line, and nothing that would vouch for them."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            NodeTrouble: There are no such files.
        """
        self.files = None
        self._files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not self._files:
            raise NodeTrouble(f"There is no checkpoint, and there are no .jsonl files, in {path}.")

    def pages(self, after: int) -> Iterator[Page]:
        """Yield all entries from the first on: those that were read before are compared."""
        assert after == 0
        for file in self._files:
            with file.open("rb") as lines:
                while some := [line.removesuffix(b"\n") for line in islice(lines, ENTRIES_AT_ONCE)]:
                    yield Page(some, 0, "")


def open_subject(source: str) -> Subject:
    """
    Return what *source*, an address or a path, is.

    Raises:
        NodeTrouble: It is nothing that can be audited.
    """
    if "://" in source:
        return _NodeAt(source)
    path = Path(source)
    if path.is_dir():
        return Folder(path) if (path / CHECKPOINT).exists() else Entries(path)
    return Bundle(path) if path.suffix == ".zip" else Entries(path)


class _NodeAt(Node):
    def __init__(self, url: str) -> None:
        self._of_its_own = Visitor(url)
        try:
            super().__init__(self._of_its_own)
        except BaseException:
            self._of_its_own.close()
            raise

    def close(self) -> None:
        self._of_its_own.close()
