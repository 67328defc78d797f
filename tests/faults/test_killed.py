"""kill -9 in mid-load: what was acknowledged is there once, and every read model equals a fresh rebuild."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.node.embedded import EmbeddedNode
from tests.conftest import GENEROUS
from tests.faults.load import Voting, check_every_ack, level, rebuild, wait_for_desks
from tests.journeys.people import Person, audit, found_group, open_poll, outcome_of

pytestmark = [pytest.mark.node, pytest.mark.slow]

VOTERS_COUNT = 6
ACKS_BETWEEN = 40
"""So many ballots are acknowledged before and after each fault."""

PARTS = ("governance", "gateway", "nats", "postgres", "groups", "identity", "events", "geo")


@pytest.fixture(scope="module")
def mortal(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node that these tests kill."""
    with EmbeddedNode(node_folder / "mortal", settings=GENEROUS) as node:
        yield node


@pytest.fixture
async def voting(mortal: EmbeddedNode) -> AsyncIterator[Voting]:
    """Members of one group who vote until the test ends."""
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(Person(mortal.url)) for _ in range(VOTERS_COUNT)]
        for member in members:
            await member.sign_up()
        group_id = await found_group(members[0])
        for member in members[1:]:
            await member.put(f"/groups/{group_id}/members/me")
        voting = Voting(members, await open_poll(members[0], group_id))
        running = asyncio.create_task(voting.run())
        await voting.reach(ACKS_BETWEEN)
        yield voting
        voting.is_over = True
        await running


async def finish(node: EmbeddedNode, voting: Voting) -> None:
    """Let the members vote on for a while, then close the poll and check all that was promised."""
    await voting.reach(voting.acks_count + ACKS_BETWEEN)
    voting.is_over = True
    await asyncio.to_thread(wait_for_desks, node)
    await check_every_ack(node, voting)
    await voting.members[0].put(f"/polls/{voting.poll_id}/closing")
    result = await outcome_of(voting.members[0], voting.poll_id)
    assert result["ballots_count"] == VOTERS_COUNT
    assert await asyncio.to_thread(audit, node.url) == 0


@pytest.mark.parametrize("part", PARTS)
async def test_one_process(mortal: EmbeddedNode, voting: Voting, part: str) -> None:
    """Each process in turn is killed while members vote: it is started again, and nothing acknowledged is lost."""
    mortal.kill(part)

    await finish(mortal, voting)


async def test_the_whole_node(mortal: EmbeddedNode, voting: Voting) -> None:
    """The supervisor and all with it are killed: the next start finds everything that was acknowledged."""
    mortal.kill()
    mortal.start()  # in this thread: a node ends with the thread that started it
    for member in voting.members:
        member.http.base_url = f"{mortal.url}/api/v1"

    await finish(mortal, voting)


async def test_every_read_model_equals_a_fresh_rebuild(mortal: EmbeddedNode, voting: Voting) -> None:
    """After all that, each service's rows are the ones that its log gives when it is read from the beginning."""
    voting.is_over = True
    before = await level(mortal)

    await rebuild(mortal)

    after = await level(mortal)
    for service, tables in before.items():
        for table, rows in tables.items():
            assert after[service][table] == rows, f"{service}: {table}"
