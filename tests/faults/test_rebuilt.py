"""Read models that are built anew while members read and write: nobody notices, and the rows are those of the log."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from libs.node.embedded import EmbeddedNode
from libs.node.replicas import EmbeddedReplica
from tests.conftest import GENEROUS
from tests.faults.load import Voting, check_every_ack, level, rebuild
from tests.faults.versions import later_version
from tests.journeys.people import ROOT, Person, audit, found_group, open_poll

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.faults]

VOTERS_COUNT = 4
ACKS_BETWEEN = 30


@pytest.fixture(scope="module")
def rebuilt(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node whose read models these tests rebuild."""
    with EmbeddedNode(node_folder / "rebuilt", settings=GENEROUS) as node:
        yield node


@dataclass
class Reading:
    """Somebody who reads as fresh as the last receipt, again and again, and takes no refusal."""

    voting: Voting
    answers_count: int = 0
    faults: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Read until the voting is over."""
        reader = self.voting.members[0]
        while not self.voting.is_over:
            newest = max((position for position, _ in self.voting.acked.values()), default=0)
            query = {"at_least": f"governance:{newest}"}
            answer = await reader.http.get(f"/polls/{self.voting.poll_id}", params=query)
            if answer.status_code != 200:
                self.faults.append(answer.text)
            self.answers_count += 1
            # Others were named in other logs.
            answer = await reader.http.get(f"/groups/{self.voting.group_id}/members")
            if answer.status_code != 200 or len(answer.json()["items"]) != VOTERS_COUNT:
                self.faults.append(answer.text)


@asynccontextmanager
async def busy(node: EmbeddedNode) -> AsyncIterator[tuple[Voting, Reading]]:
    """Members who vote and one who reads; afterwards nothing was refused, and all that was acknowledged is there."""
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(Person(node.url)) for _ in range(VOTERS_COUNT)]
        for member in members:
            await member.sign_up()
        group_id = await found_group(members[0])
        for member in members[1:]:
            receipt = await member.put(f"/groups/{group_id}/members/me")
        await members[0].get(f"/groups/{group_id}/members", at_least=receipt)
        voting = Voting(members, await open_poll(members[0], group_id), group_id=group_id)
        reading = Reading(voting)
        running = [asyncio.create_task(voting.run())]
        await voting.reach(ACKS_BETWEEN)
        running.append(asyncio.create_task(reading.run()))
        yield voting, reading
        await voting.reach(voting.acks_count + ACKS_BETWEEN)
        voting.is_over = True
        await asyncio.gather(*running)
        assert reading.faults == []
        assert reading.answers_count > 3
        await check_every_ack(node, voting)


def command(node: EmbeddedNode, service: str) -> subprocess.Popen[str]:
    """Start `plaanet rebuild`."""
    return subprocess.Popen(
        [sys.executable, "-m", "libs.node", "rebuild", service, "--data", str(node.folder.path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def check_equals_a_fresh_build(node: EmbeddedNode) -> None:
    """Check that each service's rows are those that the logs give from the beginning."""
    before = await level(node)
    await rebuild(node)
    after = await level(node)
    for service, dump in before.items():
        for table, rows in dump.items():
            assert after[service][table] == rows, f"{service}: {table}"


async def schemas(node: EmbeddedNode, service: str) -> list[str]:
    """The schemas of read models that a service's database has."""
    connection = await asyncpg.connect(node.database_url(service))
    try:
        rows = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^read' ORDER BY 1")
        return [row["nspname"] for row in rows]
    finally:
        await connection.close()


def starts_count(node: EmbeddedNode, part: str) -> int:
    """How often a process of the node has begun to serve."""
    return (node.folder.logs / f"{part}.log").read_text().count('"event":"ready"')


async def test_each_service_while_members_vote(rebuilt: EmbeddedNode) -> None:
    """Every service's read models are rebuilt under load: no query is refused, and none is older than its receipt."""
    pids = rebuilt.pids
    async with busy(rebuilt):
        for service in ("governance", "groups", "identity", "events", "geo"):
            process = command(rebuilt, service)
            said, _ = await asyncio.to_thread(process.communicate)
            assert process.returncode == 0, said
            assert f"The read models of {service} are new" in said
            assert await schemas(rebuilt, service) == ["read"]

    assert rebuilt.pids == pids  # no process had to be started again
    await check_equals_a_fresh_build(rebuilt)


async def test_twice_at_once_and_ended_half_way(rebuilt: EmbeddedNode) -> None:
    """One that is killed leaves the old ones; of two at once one waits or is told; the rows are right all the same."""
    async with busy(rebuilt):
        ended = EmbeddedReplica(rebuilt, "governance", number=3)
        ended.start("rebuild")
        while not ended.said("rebuilding"):
            await asyncio.sleep(0.01)
        ended.kill()
        both = [command(rebuilt, "governance") for _ in range(2)]
        said = [(await asyncio.to_thread(process.communicate))[0] for process in both]
        assert 0 in [process.returncode for process in both], said
        for process, words in zip(both, said, strict=True):
            assert process.returncode == 0 or "being rebuilt already" in words

    assert await schemas(rebuilt, "governance") == ["read"]
    await check_equals_a_fresh_build(rebuilt)


async def test_a_later_version_builds_its_own(rebuilt: EmbeddedNode, tmp_path: Path) -> None:
    """Two processes of a version with other tables start beside the one that runs: both versions answer, then one."""
    program = later_version(tmp_path)
    later = [EmbeddedReplica(rebuilt, "governance", program=program, number=number) for number in (4, 5)]
    async with busy(rebuilt) as (voting, _):
        for replica in later:
            replica.start()
        for replica in later:
            await asyncio.to_thread(replica.wait_until_ready)
        assert sum(replica.said("built") for replica in later) == 1
        assert len(await schemas(rebuilt, "governance")) == 2
        await voting.reach(voting.acks_count + ACKS_BETWEEN)
        started = starts_count(rebuilt, "governance")
        os.kill(rebuilt.pids["governance"], signal.SIGTERM)  # the former version starts again, and finds its own
        async with asyncio.timeout(60):
            while starts_count(rebuilt, "governance") == started:
                await asyncio.sleep(0.05)
        await voting.reach(voting.acks_count + ACKS_BETWEEN)
        assert len(await schemas(rebuilt, "governance")) == 2
        for replica in later:
            replica.stop()
        await voting.reach(voting.acks_count + ACKS_BETWEEN)
        async with asyncio.timeout(60):
            while await schemas(rebuilt, "governance") != ["read"]:  # those of the version that went are dropped
                await asyncio.sleep(0.2)

    assert await asyncio.to_thread(audit, rebuilt.url) == 0
    await check_equals_a_fresh_build(rebuilt)
