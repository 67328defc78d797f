"""NATS as three servers on which every log stands three times: one is lost in each way, and votes go on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from nats.aio.client import Client

from libs.eventlog.jetstream import JetStreamLog
from libs.node.databases import prepare_databases
from libs.node.embedded import EmbeddedPostgres
from libs.node.folder import NodeFolder
from libs.node.log.server import DATA
from libs.node.log.stream import FILES, LOG, files_of
from libs.node.parts import Surroundings
from libs.node.permissions import ADMIN, GATEWAY, SEALER, SERVICES
from libs.node.replicas import EmbeddedCluster, EmbeddedReplica, free_ports
from libs.node.streams import connect_as_admin
from tests.conftest import GENEROUS
from tests.faults.load import Voting, ballots_are_there, log_at
from tests.journeys.people import ROOT, Person, audit, found_group, open_poll, plaanet

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

    async def log(self, action: str, *numbers: int, through: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run `plaanet log` on the copies of these servers; a repair asks the server *through*."""
        return await asyncio.to_thread(plaanet, *self.log_arguments(action, *numbers, through=through))

    def log_arguments(self, action: str, *numbers: int, through: int | None = None) -> list[str]:
        """Return what is typed behind `plaanet` for that."""
        arguments = ["log", action, "--data", str(self.folder.path)]
        for number in numbers:
            arguments += ["--server", str(self.cluster.folders[number])]
        return arguments if through is None else [*arguments, "--nats", self.cluster.servers[through].url]

    async def until_right(self, number: int, *, timeout_s: float = 60) -> None:
        """Wait until a server's copy is right, as the command says it."""
        async with asyncio.timeout(timeout_s):
            while (found := await self.log("verify", number)).returncode:
                assert "not right" in found.stdout or "no jetstream/" in found.stderr, found.stderr
                await asyncio.sleep(0.5)


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/api/v1/manifesto")).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
async def town(node_folder: Path) -> AsyncIterator[ClusterTown]:
    """A town on a cluster."""
    town = ClusterTown(node_folder / f"cluster-{uuid4().hex[:8]}")
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
        voting = Voting(members, await open_poll(members[0], group_id), pause_s=0.2)
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


def flip_a_byte(files: Path, entry: bytes) -> None:
    """Change one bit of *entry* in a server's files, which may be in use."""
    for block in files.glob("msgs/*.blk"):
        if (at := block.read_bytes().find(entry[: len(entry) // 2])) >= 0:
            at += len(entry) // 2  # so it is found again when the bit is to be as it was
            with block.open("r+b") as file:
                file.seek(at)
                [byte] = file.read(1)
                file.seek(at)
                file.write(bytes((byte ^ 1,)))
            return
    raise AssertionError("The entry is in no block.")


@asynccontextmanager
async def connected(town: ClusterTown, *, through: int = 0) -> AsyncIterator[Client]:
    """An administrator's connection to one server."""
    server = town.cluster.servers[through]
    client = await connect_as_admin(server.url, server.password(ADMIN))
    try:
        yield client
    finally:
        await client.close()


async def first(town: ClusterTown, log: str, name: str) -> tuple[int, bytes]:
    """The position and the bytes of the first entry of that name in a log."""
    async with connected(town) as client:
        entries = await JetStreamLog(client, log).entries(0)
        return next((each.position, each.data) for each in entries if f'"name":"{name}"'.encode() in each.data)


async def lead(town: ClusterTown, number: int, log: str, *, through: int) -> None:
    """Have a server lead a log."""
    body = orjson.dumps({"placement": {"preferred": town.cluster.folders[number].name}})
    async with connected(town, through=through) as client, asyncio.timeout(60):
        while await town.cluster.leader_of(log, through=through) != number:
            await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{log}", body, timeout=5)
            await asyncio.sleep(1)


async def readings(town: ClusterTown, log: str, position: int, *, through: int) -> list[bytes | None]:
    """What many readers of a log find at a position, each from whichever server answers."""
    async with connected(town, through=through) as client:
        stream = JetStreamLog(client, log)
        found = [{each.position: each.data for each in await stream.readable(1, position)} for _ in range(60)]
        return [each.get(position) for each in found]


async def cold(town: ClusterTown, number: int, *, through: int) -> None:
    """Start a server again, which then reads its files and not its memory."""
    town.cluster.stop_one(number)
    town.cluster.start_again(number)
    await town.cluster.wait_until_whole(LOG, through=through)


async def killed_in_the_middle(arguments: list[str]) -> None:
    """Run a command, and kill it when it begins to say something."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "libs.node",
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout
    assert await process.stdout.readline()
    process.kill()
    await process.communicate()


@dataclass
class Damaged:
    """A server in whose files one bit of the *entry* at *position* of *log* is another."""

    town: ClusterTown
    voting: Voting
    number: int
    log: str
    position: int
    entry: bytes

    @property
    def folder(self) -> Path:
        """The server's folder."""
        return self.town.cluster.folders[self.number]

    @property
    def others(self) -> tuple[int, int]:
        """The other servers."""
        return (self.number + 1) % 3, (self.number + 2) % 3

    async def go_on(self) -> None:
        """Wait until members have voted on for a while."""
        await self.voting.reach(self.voting.acks_count + ACKS_BETWEEN, timeout_s=180)

    async def refused(self, *numbers: int) -> str:
        """What a repair of these servers says that changes nothing."""
        done = await self.town.log("repair", *numbers, through=self.others[1])
        assert done.returncode == 1, done.stdout
        return done.stderr

    async def is_found(self) -> None:
        """Check that `verify` names the server and the position, and no other."""
        found = await self.town.log("verify", 0, 1, 2)
        assert found.returncode == 1, found.stdout + found.stderr
        wrong = [each for each in found.stdout.split("The server in ") if "not right" in each]
        assert len(wrong) == 1, found.stdout
        [said] = wrong
        assert said.startswith(f"{self.folder}:")
        assert f"{self.log}:{self.position}: missing in the stream: a gap." in said

    async def is_not_taken(self) -> None:
        """Check that nobody who asks this server is told anything wrong, and that who asks the town misses nothing."""
        read: list[bytes | None] = []
        async with asyncio.timeout(60):
            while None not in read:  # that server leaves it out, as soon as it answers readers again
                read = await readings(self.town, self.log, self.position, through=self.others[0])
                assert set(read) <= {self.entry, None}
        assert len(await log_at(self.town.url)) >= self.voting.acks_count

    async def is_put_aside(self) -> None:
        """Check that the stopped server's data is put aside by a repair, once, and no other's meanwhile."""
        await killed_in_the_middle(self.town.log_arguments("repair", self.number, through=self.others[0]))
        assert (self.folder / DATA).exists()
        mended = await self.town.log("repair", self.number, through=self.others[0])
        assert mended.returncode == 0, mended.stdout + mended.stderr
        assert "start the server" in await self.refused(self.number)
        another = self.town.cluster.folders[self.others[0]] / files_of(self.log)
        flip_a_byte(another, self.entry)
        assert f"The data of {self.folder} was put aside" in await self.refused(self.others[0])
        flip_a_byte(another, self.entry)  # the same bit: it is as it was


@pytest.mark.parametrize(
    "log, name, is_leader",
    [(LOG, "BallotCast", False), (LOG, "BallotCast", True), ("identity", "MemberSignedUp", False)],
    ids=["votes, a follower", "votes, the leader", "members"],
)
async def test_a_byte_is_flipped(town: ClusterTown, voting: Voting, log: str, name: str, is_leader: bool) -> None:
    """One server's copy is damaged while members vote: it is found, no reader takes it, it is fetched anew."""
    cluster, leader = town.cluster, await town.cluster.leader_of(log)
    damaged = Damaged(town, voting, leader if is_leader else (leader + 1) % 3, log, *await first(town, log, name))
    number, [through, _] = damaged.number, damaged.others

    flip_a_byte(damaged.folder / files_of(log), damaged.entry)
    await damaged.go_on()
    await damaged.is_found()
    await cold(town, number, through=through)
    if is_leader:
        await lead(town, number, log, through=through)
    await damaged.is_not_taken()
    await damaged.go_on()
    assert f"{damaged.folder.name} runs" in await damaged.refused(number)
    assert "Repair one server" in await damaged.refused(number, through)

    cluster.stop_one(number)
    await damaged.is_put_aside()
    await damaged.go_on()

    cluster.start_again(number)
    await cluster.wait_until_whole(log, through=through)
    await town.until_right(number)
    again = await town.log("repair", number, through=through)
    assert again.returncode == 0, again.stderr
    assert "nothing was changed" in again.stdout
    assert (await town.log("verify", 0, 1, 2)).returncode == 0
    assert set(await readings(town, log, damaged.position, through=through)) == {damaged.entry}
    await damaged.go_on()

    voting.is_over = True
    await ballots_are_there(town.url, voting)
    assert await asyncio.to_thread(audit, town.url) == 0


async def test_is_put_aside_only_where_the_others_are_well(town: ClusterTown, voting: Voting) -> None:
    """No copy is given up while another one is damaged, or where the servers that are left are no majority."""
    cluster = town.cluster
    position, entry = await first(town, LOG, "BallotCast")
    voting.is_over = True
    await town.until_right(0)  # and so whatever was voted is sealed or in the stream
    for number in (1, 2):
        flip_a_byte(cluster.folders[number] / FILES, entry)
        await cold(town, number, through=0)
    cluster.stop_one(2)

    refused = await town.log("repair", 2, through=0)
    assert refused.returncode == 1
    assert f"do not hold the whole log either: governance:{position}." in refused.stderr

    cluster.stop_one(1)
    refused = await town.log("repair", 2, through=0)
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stderr
    assert all((folder / DATA).exists() for folder in cluster.folders)
