"""
The logs, copied by their exact entries in segments that never change once they are full.

    <position> <subject> <length>\\n<the entry's bytes>\\n     one entry of a segment

Entries are read as a stranger reads them, so a log with a gap is not copied and is told of. The last segment of the
backup before is read again: a log that says something else now than it said then was rewritten or rolled back.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.audit.merkle import Frontier, leaf_hash
from libs.errors import LogFault
from libs.eventlog.jetstream import JetStreamLog, check_stream
from libs.eventlog.log import Entry, LogUnreachable
from libs.node.backup.chest import Chest
from libs.node.backup.manifest import LOGS, LogCopy, Segment
from libs.node.log.reading import up_to
from libs.node.trouble import NodeTrouble

SEGMENT_ENTRIES_MAX = 4_096
SEGMENT_BYTES_MAX = 8_000_000

Show = Callable[[str], None]


@dataclass
class _Filling:
    """A segment that is being filled."""

    first: int
    frontier: Frontier
    """Of the tree up to the last entry."""

    parts: list[bytes] = field(default_factory=list)
    bytes_count: int = 0

    @property
    def last(self) -> int:
        return self.first + len(self.parts) - 1

    @property
    def is_full(self) -> bool:
        return len(self.parts) >= SEGMENT_ENTRIES_MAX or self.bytes_count >= SEGMENT_BYTES_MAX

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)

    def add(self, entry: Entry) -> None:
        self.parts.append(framed(entry))
        self.bytes_count += len(entry.data)
        self.frontier.append(leaf_hash(entry.data))


def framed(entry: Entry) -> bytes:
    """Return an entry as a segment holds it."""
    return f"{entry.position} {entry.subject} {len(entry.data)}\n".encode() + entry.data + b"\n"


def unframed(segment: bytes) -> Iterator[Entry]:
    """
    Yield the entries of a segment.

    Raises:
        NodeTrouble: It is none.
    """
    at = 0
    while at < len(segment):
        try:
            end = segment.index(b"\n", at)
            position, subject, length = segment[at:end].decode().split(" ")
            at = end + 1 + int(length)
            entry = Entry(int(position), subject, segment[end + 1 : at])
        except ValueError as fault:
            raise NodeTrouble("The backup holds a segment of a log that is none.") from fault
        if segment[at : at + 1] != b"\n":
            raise NodeTrouble(f"The backup holds an entry {subject} of another length than stands before it.")
        yield entry
        at += 1


class LogCopier:
    """Copies the log of *service* through an administrator's *client*; *former* is its copy in the backup before."""

    def __init__(self, client: Client, service: str, chest: Chest, former: LogCopy, show: Show) -> None:
        self._client = client
        self._log = JetStreamLog(client, service)
        self._chest = chest
        self._former = former
        self._show = show
        self.copy = _full_and_there(former, chest)
        """What is copied so far."""

    async def check(self) -> None:
        """
        Check that the log is kept as it must be, and begins with what the backup before has of it.

        Raises:
            NodeTrouble: It is another log, or shorter, or has a gap.
        """
        service, former = self._log.service, self._former
        try:
            await check_stream(self._client, service)
            last = await self._log.last()
        except (LogFault, LogUnreachable, NatsError, TimeoutError) as fault:
            raise _not_copied(service, fault) from fault
        if last < former.last:
            raise NodeTrouble(
                f"The log {service} ends at {last}, and an earlier backup here has it up to {former.last}: it was cut,"
                " or comes from an older copy. Nothing was backed up; restore that backup elsewhere and compare."
            )
        if former.segments and await self._mark_now(former.segments[-1]) != former.segments[-1].piece.mark:
            raise NodeTrouble(
                f"The log {service} says something else before position {former.last} than in an earlier backup here,"
                " or that one was made with other secrets. Nothing was backed up; name another place for this backup,"
                " and compare the two."
            )

    async def go_on(self, *, to_the_end: bool = False) -> None:
        """
        Copy what is new: the segments that are full, and when *to_the_end* the last one, too; nothing comes after that.

        Raises:
            NodeTrouble: The log has a gap, or does not answer.
        """
        segments = list(self.copy.segments)
        filling = _Filling(self.copy.last + 1, self.copy.frontier)
        try:
            async for batch in up_to(self._log, filling.last, await self._log.last()):
                for entry in batch:
                    filling.add(entry)
                    if filling.is_full:
                        segments.append(await self._put(filling))
                        filling = _Filling(filling.last + 1, filling.frontier)
                self._show(f"copying log {self._log.service}: {filling.last}")
        except (LogFault, LogUnreachable) as fault:
            raise _not_copied(self._log.service, fault) from fault
        if to_the_end and filling.parts:
            segments.append(await self._put(filling))
        self.copy = LogCopy(segments=tuple(segments))

    async def _mark_now(self, segment: Segment) -> str:
        """Return the mark of what the log says now where *segment* was copied from."""
        held = _Filling(segment.first, Frontier(0))
        try:
            async for batch in up_to(self._log, held.last, segment.last):
                held.parts += map(framed, batch[: segment.last - held.last])
        except (LogFault, LogUnreachable) as fault:
            raise _not_copied(self._log.service, fault) from fault
        return self._chest.mark(held.content)

    async def _put(self, filling: _Filling) -> Segment:
        former = [each.piece for each in self._former.segments if each.first == filling.first]
        # Beside: a slow store must not keep NATS waiting for an answer to its pings.
        piece = await asyncio.to_thread(self._chest.put, LOGS, filling.content, former)
        return Segment(
            first=filling.first,
            last=filling.last,
            is_full=filling.is_full,
            frontier=tuple(each.hex() for each in filling.frontier.hashes),
            piece=piece,
        )


def _full_and_there(former: LogCopy, chest: Chest) -> LogCopy:
    """Return the segments of *former* that need not be copied again."""
    kept = []
    for segment in former.segments:
        if not (segment.is_full and chest.has(segment.piece)):
            break
        kept.append(segment)
    return LogCopy(segments=tuple(kept))


def _not_copied(service: str, fault: Exception) -> NodeTrouble:
    return NodeTrouble(f"The log {service} was not copied, and no backup was made: {fault}")
