"""
The append-only log of one service.

A log has one number, the position, counted from 1 without holes. To append is to say what one believed to be the
last entry of the aggregate; whoever believed wrongly is refused and decides again. Nothing is changed or removed,
and a reader keeps its own place: the log knows nothing of who reads it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from libs.contracts.base import Event, Sealed
from libs.errors import LogHasGap

BATCH_ENTRIES_MAX = 1000
"""So many entries can be appended as one (nats-server's own limit for an atomic batch)."""

READ_ENTRIES_MAX = 500
"""So many entries a reader is handed at once."""

SEALED = ("governance",)
"""The logs that are kept a second time, as tiles, from which a damaged stream is repaired."""

ENTRY_BYTES_MAX = 60_000
"""What is longer is several entries; the transparency log's format ends at 65,535 bytes."""


class LogMovedOn(Exception):
    """The aggregate has entries that the writer had not seen; it must decide again."""


class LogUnreachable(Exception):
    """The log did not answer in time: whether the entry is kept is not known yet."""


class EntryTooLarge(ValueError):
    """The entry is longer than the log takes."""


@dataclass(frozen=True, slots=True)
class New:
    """
    An event to be appended.

    *version* is the aggregate's, from 1; *after* is the position of the aggregate's last entry that the writer knows
    (0: none). *id* is made from the command, so that the same decision sent twice is recognised.
    """

    event: Event
    aggregate_id: UUID
    version: int
    after: int
    actor: str
    id: UUID
    decided_at: datetime
    group_id: UUID | None = None
    key_id: UUID | None = None
    """The key that the event's data is sealed with; None: everybody may read it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    An event as the log keeps it, at its *position*; *entry* are the exact bytes that are kept and hashed.

    *key_id* names the key that its data is sealed with; the event is `Sealed` for a reader who lacks that key.
    """

    log: str
    position: int
    event: Event
    id: UUID
    actor: str
    aggregate_id: UUID
    version: int
    group_id: UUID | None
    decided_at: datetime
    entry: bytes
    key_id: UUID | None = None
    trace: str = field(default="", compare=False)
    """The trace that it was appended in (W3C traceparent), where that was recorded; it is no part of the entry."""

    @property
    def name(self) -> str:
        """The event's name, which is in the open even where the event is sealed."""
        return self.event.name if isinstance(self.event, Sealed) else type(self.event).__name__


class Entry(NamedTuple):
    """The exact bytes at a position, before anyone reads a meaning into them; *subject* is where they were put."""

    position: int
    subject: str
    data: bytes
    trace: str = ""
    """What stands beside the bytes, in a header of the append: the trace, where it was recorded."""


class LogState(NamedTuple):
    """What a server says of a log: its *last* position, and how many entries and bytes it has."""

    last: int
    entries: int
    bytes: int

    @property
    def missing(self) -> int:
        """How many positions it no longer has: a log has all from 1 to the last."""
        return self.last - self.entries


Batch = Sequence[Recorded]
"""Consecutive entries, at least one and at most `READ_ENTRIES_MAX`."""


class EventLog(Protocol):
    """What both kinds of log promise; `tests/libs/eventlog/test_log.py` holds each to it."""

    service: str

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        """
        Keep the events, all or none, and return them with their positions.

        Appending what is kept already (the same event ids at the same places) is done at once and changes nothing.

        Raises:
            LogMovedOn: One of the aggregates has another last entry than the writer believed.
            LogUnreachable: The log did not say in time whether it kept them.
            EntryTooLarge: An entry has more than `ENTRY_BYTES_MAX` bytes, or there are more than `BATCH_ENTRIES_MAX`.
        """

    async def history(self, aggregate: str, aggregate_id: UUID, *, after: int = 0) -> list[Recorded]:
        """
        Return the aggregate's entries behind position *after*, oldest first.

        Raises:
            LogHasGap: A version is missing.
        """

    async def entries(self, after: int, limit: int = READ_ENTRIES_MAX) -> list[Entry]:
        """
        Return at most *limit* raw entries behind position *after*, oldest first; none at the log's end.

        Raises:
            LogHasGap: A position is missing.
        """

    def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """
        Yield what lies behind position *after*, then what comes, for ever.

        Raises:
            LogHasGap: A position is missing.
            LogIsShort: The log ends before *after*.
            UnknownEntry: An entry has no contract here.
        """

    async def last(self) -> int:
        """Return the position of the last entry, 0 when there is none."""

    async def state(self) -> LogState:
        """
        Return how long the log is, and how much of that is there.

        Raises:
            LogUnreachable: It does not answer.
        """


def subject_of(service: str, aggregate: str, aggregate_id: UUID) -> str:
    """Return the subject of one aggregate: `log.<service>.<aggregate>.<id>`."""
    return f"log.{service}.{aggregate}.{aggregate_id}"


def check_consecutive(log: str, after: int, positions: Sequence[int]) -> None:
    """
    Check that *positions* go on from *after* one by one.

    Raises:
        LogHasGap: They do not.
    """
    for expected, position in enumerate(positions, after + 1):
        if position != expected:
            missing = str(expected) if position == expected + 1 else f"{expected} to {position - 1}"
            raise LogHasGap(
                f"The log {log} has a gap: position {missing} is missing before {position}."
                f" Nothing behind it is read. {what_to_do(log)}"
            )


def check_versions(log: str, aggregate_id: UUID, after: int, history: Sequence[Recorded]) -> None:
    """
    Check that an aggregate's versions have no holes; a history that starts at its beginning starts at version 1.

    Raises:
        LogHasGap: A version is missing.
    """
    expected = history[0].version if after and history else 1
    for recorded in history:
        if recorded.version != expected:
            raise LogHasGap(
                f"The log {log} has a gap: version {expected} of {aggregate_id} is missing"
                f" before version {recorded.version} at position {recorded.position}. {what_to_do(log)}"
            )
        expected += 1


def what_to_do(log: str) -> str:
    """Return what whoever runs the node should do about a *log* that is damaged."""
    if log in SEALED:
        return "Stop the node, save its folder, and run `plaanet log repair`; `plaanet log verify` says what is wrong."
    return "Stop the node, save its folder, and restore the log from a backup."
