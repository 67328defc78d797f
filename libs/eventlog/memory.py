"""
The log's promises in a list, for tests.

What it keeps are the same bytes as the real one keeps, so a contract that cannot be written or read is found here.
"""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from libs.errors import LogIsShort
from libs.eventlog.codec import decode, encode
from libs.eventlog.log import (
    BATCH_ENTRIES_MAX,
    READ_ENTRIES_MAX,
    Batch,
    Entry,
    EntryTooLarge,
    LogMovedOn,
    LogState,
    New,
    Recorded,
    check_consecutive,
    check_versions,
    subject_of,
)
from libs.eventlog.sealing import Keys
from libs.telemetry import traces


class MemoryLog:
    """An empty log of *service*, gone with the process; *keys* are for what is sealed in it."""

    def __init__(self, service: str, keys: Keys | None = None) -> None:
        self.service = service
        self._keys = keys
        self._entries: list[Entry] = []
        self._places: dict[tuple[UUID, str], int] = {}
        self._grown = asyncio.Condition()

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        """Keep the events, all or none; see `EventLog.append`."""
        if len(new) > BATCH_ENTRIES_MAX:
            raise EntryTooLarge(f"{len(new)} entries at once are more than the log takes ({BATCH_ENTRIES_MAX}).")
        encoded = [(self._subject(each), encode(each, self._keys)) for each in new]
        if (last := self._places.get((new[-1].id, encoded[-1][0]))) is not None:
            return tuple(
                decode(self.service, *entry[::2], self._keys) for entry in self._entries[last - len(new) : last]
            )
        if ids := {each.id for each in new} & {id_ for id_, _ in self._places}:
            raise LogMovedOn(f"Another entry bears the id {ids.pop()}.")
        known: set[str] = set()
        for each, (subject, _) in zip(new, encoded, strict=True):
            if subject not in known and self._last_of(subject) != each.after:
                raise LogMovedOn(f"{subject} has entries behind position {each.after}.")
            known.add(subject)
        first = len(self._entries) + 1
        self._entries += [Entry(first + i, subject, data, traces.kept()) for i, (subject, data) in enumerate(encoded)]
        self._places |= {(each.id, encoded[i][0]): first + i for i, each in enumerate(new)}
        async with self._grown:
            self._grown.notify_all()
        return tuple(decode(self.service, *entry[::2], self._keys) for entry in self._entries[first - 1 :])

    async def history(self, aggregate: str, aggregate_id: UUID, *, after: int = 0) -> list[Recorded]:
        """Return the aggregate's entries behind *after*; see `EventLog.history`."""
        subject = subject_of(self.service, aggregate, aggregate_id)
        found = [
            decode(self.service, entry.position, entry.data, self._keys)
            for entry in self._entries
            if entry.subject == subject and entry.position > after
        ]
        check_versions(self.service, aggregate_id, after, found)
        return found

    async def entries(self, after: int, limit: int = READ_ENTRIES_MAX) -> list[Entry]:
        """Return raw entries behind *after*; see `EventLog.entries`."""
        found = [entry for entry in self._entries if entry.position > after][:limit]
        check_consecutive(self.service, after, [entry.position for entry in found])
        return found

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Yield what lies behind *after*, then what comes; see `EventLog.follow`."""
        if after > await self.last():
            raise LogIsShort(f"The log {self.service} ends at {await self.last()}, before position {after}.")
        while True:
            async with self._grown:
                while await self.last() <= after:
                    await self._grown.wait()
            found = await self.entries(after)
            yield [self._read(entry) for entry in found]
            after = found[-1].position

    async def last(self) -> int:
        """Return the last position; see `EventLog.last`."""
        return self._entries[-1].position if self._entries else 0

    async def state(self) -> LogState:
        """Return how long it is, and how much of that is there; see `EventLog.state`."""
        return LogState(await self.last(), len(self._entries), sum(len(entry.data) for entry in self._entries))

    def lose(self, position: int) -> None:
        """Lose the entry at *position*, as a damaged disk would; for tests of what readers do then."""
        self._entries = [entry for entry in self._entries if entry.position != position]

    def _read(self, entry: Entry) -> Recorded:
        return decode(self.service, entry.position, entry.data, self._keys, trace=entry.trace)

    def _subject(self, new: New) -> str:
        return subject_of(self.service, new.event.aggregate, new.aggregate_id)

    def _last_of(self, subject: str) -> int:
        return max((entry.position for entry in self._entries if entry.subject == subject), default=0)
