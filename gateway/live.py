"""
What happens, as it happens: one tail of each log, fanned out to every client that listens (server-sent events).

A client is told that something happened and where it stands, never its content: it asks again for what it shows, and
the same rules as ever decide what it may see. An event's id says how far the client came in each log
(`governance:1705,groups:20`); sent back as `Last-Event-ID` it resumes there, on any replica.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import orjson

from gateway.actor import ActorInfo
from gateway.auth import Standing
from libs.contracts.groups import MemberJoined, MemberLeft
from libs.eventlog.codec import decode
from libs.eventlog.log import READ_ENTRIES_MAX, EventLog, Recorded
from libs.eventlog.measuring import Measures
from libs.telemetry import metrics, traces

REMEMBERED_ENTRIES_MAX = 2_000
KEEP_ALIVE_S = 15.0
TRACED_CLIENTS_MAX = 8
CHECK_SESSION_S = 1.0
"""A stream whose session is over ends within so long."""


class Tail:
    """The newest entries of one log, read once for all who listen."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._newest: deque[Recorded] = deque(maxlen=REMEMBERED_ENTRIES_MAX)
        self.position = 0

    async def run(self, after: int, grown: asyncio.Condition) -> None:
        """Follow the log from behind *after*, and wake who waits on *grown*; for ever."""
        self.position = after
        async for batch in self.log.follow(after):
            self._newest.extend(batch)
            self.position = batch[-1].position
            async with grown:
                grown.notify_all()

    async def behind(self, position: int) -> Sequence[Recorded]:
        """Return what lies behind *position*, at most `READ_ENTRIES_MAX` entries; from memory where it is there."""
        if position >= self.position:
            return []
        if self._newest and self._newest[0].position <= position + 1:
            first = position + 1 - self._newest[0].position
            last = min(len(self._newest), first + READ_ENTRIES_MAX)
            return [self._newest[i] for i in range(first, last)]
        entries = await self.log.entries(position)
        return [decode(self.log.service, entry.position, entry.data, trace=entry.trace) for entry in entries]


@dataclass
class Listener:
    """Who listens, and to what: the logs, with the position reached in each, and the groups of the member."""

    actor: ActorInfo | None
    positions: dict[str, int]
    groups: set[UUID]
    only_group: UUID | None = None
    is_traced: bool = False
    """Whether what is sent to it is part of a trace: an entry's goes to thousands, and a few are enough."""

    def may_hear(self, recorded: Recorded) -> bool:
        """Return whether this entry is any of the listener's business."""
        self._learn(recorded)
        if self.only_group and recorded.group_id != self.only_group:
            return False
        if recorded.log == "governance":
            return True  # the vote log is public, entry by entry
        if self.actor is None:
            return False
        return recorded.group_id in self.groups or recorded.aggregate_id == self.actor.id

    def _learn(self, recorded: Recorded) -> None:
        """Take note of groups that the member joins or leaves while listening."""
        if self.actor is None:
            return
        match recorded.event:
            case MemberJoined(member_id=self.actor.id, group_id=group_id):
                self.groups.add(group_id)
            case MemberLeft(member_id=self.actor.id, group_id=group_id):
                self.groups.discard(group_id)

    def place(self) -> str:
        """Return how far the listener came: an event's id."""
        return ",".join(f"{log}:{position}" for log, position in sorted(self.positions.items()))


class Live:
    """The tails of all logs, and the streams that they feed."""

    def __init__(self, logs: Mapping[str, EventLog], standing: Standing) -> None:
        self.tails = {name: Tail(log) for name, log in logs.items()}
        self.grown = asyncio.Condition()
        self._standing = standing
        self.listeners_count = 0
        self.is_closing = False

    def measures(self) -> Measures:
        """Return what measures the logs, and how far behind them the tails are."""
        readers = {name: partial(getattr, tail, "position") for name, tail in self.tails.items()}
        return Measures((tail.log for tail in self.tails.values()), {"live": readers})

    async def close(self) -> None:
        """End every stream; clients resume elsewhere or later."""
        self.is_closing = True
        async with self.grown:
            self.grown.notify_all()

    async def stream(self, listener: Listener) -> AsyncIterator[bytes]:
        """Yield server-sent events (WHATWG HTML, 9.2) until the client goes, its session ends or the node stops."""
        self.listeners_count += 1
        listener.is_traced = self.listeners_count <= TRACED_CLIENTS_MAX
        clients = metrics.LIVE_CLIENTS.labels("members" if listener.actor else "strangers")
        clients.inc()
        try:
            yield b"retry: 2000\n\n"
            yield f"id: {listener.place()}\nevent: Listening\ndata: {{}}\n\n".encode()
            quiet_s = 0.0
            while not self._is_over(listener):
                sent = False
                for recorded, event in await self._new(listener):
                    sent = True
                    span = traces.behind(f"send {recorded.name}", recorded) if listener.is_traced else None
                    yield event
                    if span:
                        span.end()
                    if traces.is_fresh(recorded.decided_at):
                        metrics.LIVE_DELAY_SECONDS.labels(recorded.log).observe(metrics.age_s(recorded.decided_at))
                if sent:
                    quiet_s = 0.0
                elif not await self._wait(listener):
                    quiet_s += CHECK_SESSION_S
                    if quiet_s >= KEEP_ALIVE_S:
                        quiet_s = 0.0
                        yield b": still here\n\n"
        finally:
            self.listeners_count -= 1
            clients.dec()

    def _is_over(self, listener: Listener) -> bool:
        return self.is_closing or (listener.actor is not None and self._standing.is_over(listener.actor))

    async def _new(self, listener: Listener) -> list[tuple[Recorded, bytes]]:
        """Return what is new with the event that tells of it, and move the listener on."""
        events = []
        for name in listener.positions:
            for recorded in await self.tails[name].behind(listener.positions[name]):
                listener.positions[name] = recorded.position
                if listener.may_hear(recorded):
                    events.append((recorded, _event(recorded, listener.place())))
        return events

    async def _wait(self, listener: Listener) -> bool:
        """Wait until a log grows; return whether one did in time."""

        def is_behind() -> bool:
            return self.is_closing or any(
                self.tails[name].position > position for name, position in listener.positions.items()
            )

        try:
            async with asyncio.timeout(CHECK_SESSION_S), self.grown:
                await self.grown.wait_for(is_behind)
                return True
        except TimeoutError:
            return False


def _event(recorded: Recorded, place: str) -> bytes:
    name = recorded.name
    data = orjson.dumps(
        {
            "log": recorded.log,
            "position": recorded.position,
            "name": name,
            "id": recorded.aggregate_id,
            "group_id": recorded.group_id,
        }
    )
    return f"id: {place}\nevent: {name}\ndata: ".encode() + data + b"\n\n"
