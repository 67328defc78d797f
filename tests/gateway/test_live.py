"""Live streams: who hears what, from where on, and until when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from fastapi import FastAPI

from gateway.actor import ActorInfo
from gateway.auth import Standing
from gateway.live import Listener, Live
from libs.contracts.base import Event
from libs.contracts.groups import MemberJoined
from libs.contracts.identity import SessionsEnded
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from tests.gateway.conftest import ANA, BO, SESSION

MINE, OTHERS = uuid4(), uuid4()


@pytest.fixture
def logs() -> dict[str, MemoryLog]:
    """Two empty logs."""
    return {name: MemoryLog(name) for name in ("governance", "groups")}


@pytest.fixture
async def live(logs: dict[str, MemoryLog]) -> AsyncIterator[Live]:
    """Live streams of both logs."""
    live = Live(logs, Standing())
    tails = [asyncio.create_task(tail.run(0, live.grown)) for tail in live.tails.values()]
    yield live
    for task in tails:
        task.cancel()
    await asyncio.gather(*tails, return_exceptions=True)


def listener(*, member: UUID | None = ANA, only_group: UUID | None = None, **positions: int) -> Listener:
    """Somebody who listens to the logs from the positions on."""
    actor = ActorInfo(member, SESSION, "0" * 64, 4e9) if member else None
    return Listener(actor, positions, {MINE} if member else set(), only_group)


@asynccontextmanager
async def stream(live: Live, who: Listener) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The events of a stream, one by one."""
    chunks = live.stream(who)

    async def events() -> AsyncIterator[dict[str, Any]]:
        async for chunk in chunks:
            lines = dict(line.split(": ", 1) for line in chunk.decode().splitlines() if ": " in line)
            if "data" in lines:
                yield {"place": lines["id"], "name": lines["event"], **orjson.loads(lines["data"])}

    listening = events()
    try:
        yield listening
    finally:
        await listening.aclose()  # type: ignore[attr-defined]
        await chunks.aclose()  # type: ignore[attr-defined]


async def hear(events: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The next event, soon."""
    return await asyncio.wait_for(anext(events), 5)


async def joined(log: MemoryLog, member_id: UUID, group_id: UUID) -> None:
    """Have somebody join a group."""
    event = MemberJoined(group_id=group_id, member_id=member_id, role="member")
    await log.append(
        New(event, uuid4(), 1, 0, actor=str(member_id), id=uuid4(), decided_at=datetime.now(UTC), group_id=group_id)
    )


async def test_a_member_hears_their_groups(live: Live, logs: dict[str, MemoryLog]) -> None:
    """What happens in a group is told to its members, and not what it says."""
    async with stream(live, listener(groups=0)) as events:
        assert (await hear(events))["name"] == "Listening"
        await joined(logs["groups"], BO, OTHERS)
        await joined(logs["groups"], BO, MINE)

        heard = await hear(events)

    assert (heard["name"], heard["group_id"], heard["position"]) == ("MemberJoined", str(MINE), 2)
    assert str(BO) not in orjson.dumps(heard).decode()


async def test_who_joins_a_group_hears_it_from_then_on(live: Live, logs: dict[str, MemoryLog]) -> None:
    """A member need not listen anew after joining."""
    async with stream(live, listener(groups=0)) as events:
        await hear(events)
        await joined(logs["groups"], ANA, OTHERS)
        assert (await hear(events))["group_id"] == str(OTHERS)


async def test_a_stream_resumes_where_it_was(live: Live, logs: dict[str, MemoryLog]) -> None:
    """Sent back, the last event's id begins the stream behind it: nothing is missed or told twice."""
    for _ in range(3):
        await joined(logs["groups"], BO, MINE)
    async with stream(live, listener(groups=0)) as events:
        await hear(events)
        place = (await hear(events))["place"]

    assert place == "groups:1"
    async with stream(live, listener(groups=1)) as events:
        await hear(events)
        assert [(await hear(events))["position"] for _ in range(2)] == [2, 3]


async def test_a_listener_may_want_one_group_alone(live: Live, logs: dict[str, MemoryLog]) -> None:
    """With a group named, nothing else is told."""
    async with stream(live, listener(only_group=OTHERS, groups=0)) as events:
        await hear(events)
        await joined(logs["groups"], BO, MINE)
        await joined(logs["groups"], ANA, OTHERS)

        assert (await hear(events))["position"] == 2


def test_strangers_hear_the_public_vote_log_alone() -> None:
    """Without a session one hears governance, and no other log."""
    public, private = (
        Recorded(log, 1, SessionsEnded(session_ids=(SESSION,)), uuid4(), "x", ANA, 1, MINE, datetime.now(UTC), b"")
        for log in ("governance", "groups")
    )

    assert listener(member=None).may_hear(public)
    assert not listener(member=None).may_hear(private)


async def test_a_stream_ends_with_its_session(logs: dict[str, MemoryLog]) -> None:
    """Within two seconds of the session's end the stream is closed."""
    standing = Standing()
    live = Live(logs, standing)
    async with stream(live, listener(groups=0)) as events:
        await hear(events)
        ended: Event = SessionsEnded(session_ids=(SESSION,))
        standing.hear(Recorded("identity", 1, ended, uuid4(), "x", ANA, 1, None, datetime.now(UTC), b""))

        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(events), 20)


async def test_streams_end_when_the_gateway_stops(live: Live) -> None:
    """A gateway that stops ends its streams at once, so that clients go on elsewhere."""
    async with stream(live, listener(groups=0)) as events:
        await hear(events)
        await live.close()

        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(events), 20)
    assert live.listeners_count == 0


def test_the_place_to_resume_from_is_a_header(house: FastAPI) -> None:
    """It is what clients of server-sent events send by themselves, and no parameter of the address."""
    listening = house.openapi()["paths"]["/api/v1/live"]["get"]["parameters"]

    assert ("Last-Event-ID", "header") in [(each["name"], each["in"]) for each in listening]
