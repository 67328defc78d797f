"""NATS as three servers on which every log stands three times: one is lost in each way, and votes go on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from libs.node.databases import prepare_databases
from libs.node.embedded import EmbeddedPostgres
from libs.node.folder import NodeFolder
from libs.node.parts import Surroundings
from libs.node.permissions import GATEWAY, SEALER, SERVICES
from libs.node.replicas import EmbeddedCluster, EmbeddedReplica, free_ports
from tests.conftest import GENEROUS
from tests.faults.load import Voting, ballots_are_there
from tests.journeys.people import Person, audit, found_group, open_poll

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.faults]

VOTERS_COUNT = 3
ACKS_BETWEEN = 30


class ClusterTown:
    """A town whose logs stand on a cluster."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o711)
        self.folder = NodeFolder(folder / "data")
        self.folder.make()
        self.folder.name(None)
        self.cluster = EmbeddedCluster(self.folder)
        self.postgres = EmbeddedPostgres(self.folder.path)
        [self._port] = free_ports(1)
        self.parts = [EmbeddedReplica(self, name, settings=GENEROUS) for name in (*SERVICES, SEALER, GATEWAY)]

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def surroundings(self) -> Surroundings:
        """Where the processes find each other: they are told one server, and hear of the others."""
        sockets = str(self.postgres.server.sockets)
        url = self.cluster.servers[0].url
        return Surroundings(self.folder, "localhost", "127.0.0.1", self._port, url, sockets)

    async def start(self) -> None:
        """Start all of it."""
        await self.cluster.start()
        self.postgres.start()
        await prepare_databases(self.postgres.server)
        for part in self.parts:
            part.start()
        for part in self.parts:
            if part.name in SERVICES:
                await asyncio.to_thread(part.wait_until_ready)
        async with asyncio.timeout(90), httpx.AsyncClient(base_url=self.url) as http:
            while not await _answers(http):
                await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Stop all of it."""
        for part in reversed(self.parts):
            if hasattr(part, "process"):
                part.stop()
        if hasattr(self.postgres, "process"):
            self.postgres.stop()
        self.cluster.stop()


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/api/v1/manifesto")).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
async def town(node_folder: Path) -> AsyncIterator[ClusterTown]:
    """A town on a cluster."""
    town = ClusterTown(node_folder / "cluster")
    try:
        await town.start()
        yield town
    finally:
        town.stop()


@pytest.fixture
async def voting(town: ClusterTown) -> AsyncIterator[Voting]:
    """Members who vote until the test ends."""
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(Person(town.url)) for _ in range(VOTERS_COUNT)]
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


async def test_a_server_is_lost_in_each_way(town: ClusterTown, voting: Voting) -> None:
    """Killed, paused, without its disk: members vote on, and the log stands on every server afterwards."""
    cluster = town.cluster

    async def go_on() -> None:
        await voting.reach(voting.acks_count + ACKS_BETWEEN, timeout_s=180)

    async def whole() -> None:
        await cluster.wait_until_whole("governance")

    leader = await cluster.leader_of("governance")
    cluster.kill(leader)  # another is chosen
    await go_on()
    cluster.start_again(leader)
    await whole()

    paused = await cluster.leader_of("governance")
    cluster.send(paused, signal.SIGSTOP)
    await go_on()
    cluster.send(paused, signal.SIGCONT)
    await whole()

    cluster.stop_one(1)
    cluster.wipe(1)
    await go_on()
    cluster.start_again(1)
    await whole()
    await go_on()

    voting.is_over = True
    await ballots_are_there(town.url, voting)
    assert await asyncio.to_thread(audit, town.url) == 0
