"""A service whose part has failed stops."""

import asyncio

import pytest
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import NoRespondersError

from libs.node.embedded import EmbeddedNats
from libs.service.process import _close_desk, _stops_when_it_fails


async def fail() -> None:
    """Fail as a projection does that meets a gap."""
    raise ArithmeticError


async def test_a_part_that_fails_stops_the_service() -> None:
    """A task's failure is the signal to stop; its cancellation and its good end are none."""
    stop = asyncio.Event()
    good, cancelled, failing = (asyncio.create_task(work) for work in (asyncio.sleep(0), asyncio.sleep(60), fail()))
    for task in (good, cancelled):
        task.add_done_callback(_stops_when_it_fails(stop))
    cancelled.cancel()
    await asyncio.wait((good, cancelled))
    await asyncio.sleep(0)
    assert not stop.is_set()

    failing.add_done_callback(_stops_when_it_fails(stop))

    await asyncio.wait_for(stop.wait(), 30)


@pytest.mark.nats
async def test_a_desk_that_closes_answers_what_has_come(nats_server: EmbeddedNats) -> None:
    """Whoever asks while a service stops is answered, or is told at once that nobody sits there; nobody waits."""
    is_slow, is_asked = asyncio.Event(), asyncio.Event()
    broker = NatsBroker(
        nats_server.url,
        security=SASLPlaintext(
            username="governance", password=nats_server.password_file("governance").read_text().strip()
        ),
        inbox_prefix="_INBOX.governance",
        logger=None,
        apply_types=False,
    )

    @broker.subscriber("do.governance.*", queue="governance", max_workers=8)
    async def answer(_: str) -> str:
        is_asked.set()
        await is_slow.wait()
        return "done"

    gateway = await nats_server.connect("gateway")

    async def ask() -> str:
        try:
            return (await gateway.request("do.governance.CastBallot", b"", timeout=20)).data.decode()
        except NoRespondersError:
            return "nobody"

    async with asyncio.timeout(60), broker:
        client = await broker.connect()
        assert isinstance(client, Client)
        await broker.start()
        await client.flush()  # else the questions may come before the server knows that somebody sits there
        asking = [asyncio.create_task(ask()) for _ in range(8)]
        await is_asked.wait()
        closing = asyncio.create_task(_close_desk(broker))
        for _ in range(20):  # some come before the server hears that the desk is closed, some behind it
            asking.append(asyncio.create_task(ask()))
            await asyncio.sleep(0)
        is_slow.set()
        await closing
        answers = await asyncio.gather(*asking)
    await gateway.close()

    assert answers[:8] == ["done"] * 8
    assert set(answers) <= {"done", "nobody"}
