"""A vote log that was damaged, on a whole node: it is said, it is repaired, and members vote on as before."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import nats
import pytest

from libs.audit.policy import Policy, parse_policy
from libs.audit.proofs import TlogProof
from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.node.embedded import EmbeddedNode
from libs.node.log.stream import FILES, served
from tests.conftest import GENEROUS
from tests.faults.load import log_of
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll, outcome_of, plaanet

pytestmark = [pytest.mark.node, pytest.mark.slow]

VOTERS_COUNT = 3
Damage = Callable[["Town"], Awaitable[None] | None]


@dataclass
class Town:
    """A group that votes on a node that is damaged; *kept* is the vote log as it was before."""

    node: EmbeddedNode
    members: list[Person]
    poll_id: str
    kept: list[bytes]

    @property
    def stream(self) -> Path:
        """The files of the vote log's stream."""
        return self.node.folder.nats / FILES

    async def vote(self, times: int) -> int:
        """Have every member vote so often, and return the last receipt's position."""
        position = 0
        for number in range(times):
            for member in self.members:
                body = {"choices": [OPTIONS[number % len(OPTIONS)]]}
                position = (await member.put(f"/polls/{self.poll_id}/ballot", body))["position"]
        return position

    async def proof(self, position: int) -> TlogProof:
        """The proof of a ballot, as soon as it is sealed."""
        async with asyncio.timeout(30), httpx.AsyncClient(base_url=self.node.url) as http:
            while True:
                response = await http.get(f"/api/v1/polls/{self.poll_id}/ballots/{position}/proof")
                if response.status_code == 200:
                    return TlogProof.parse(response.content)
                assert response.json()["type"] == "/problems/NotSealedYet", response.text
                await asyncio.sleep(0.1)

    def log(self, action: str) -> subprocess.CompletedProcess[str]:
        """Run `plaanet log`."""
        return plaanet("log", action, "--data", self.node.folder.path)

    def start(self) -> None:
        """Start the node again."""
        self.node.start()
        for member in self.members:
            member.http.base_url = f"{self.node.url}/api/v1"


@pytest.fixture(scope="module")
def damaged(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node that these tests damage, and that goes on from each repair."""
    with EmbeddedNode(node_folder / "repaired", settings=GENEROUS) as node:
        yield node


@pytest.fixture
async def town(damaged: EmbeddedNode) -> AsyncIterator[Town]:
    """Members of a group with a poll, whose ballots so far are sealed."""
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(Person(damaged.url)) for _ in range(VOTERS_COUNT)]
        for member in members:
            await member.sign_up()
        group_id = await found_group(members[0])
        for member in members[1:]:
            await member.put(f"/groups/{group_id}/members/me")
        town = Town(damaged, members, await open_poll(members[0], group_id), [])
        await town.proof(await town.vote(5))
        town.kept = await raw(damaged)
        yield town


async def raw(node: EmbeddedNode) -> list[bytes]:
    """The exact bytes of every entry of the vote log."""
    client = await nats.connect(node.status["nats_url"], user="admin", password=node.nats_password("admin"))
    try:
        log, found = JetStreamLog(client, "governance"), list[bytes]()
        while batch := await log.entries(len(found)):
            found += [entry.data for entry in batch]
        return found
    finally:
        await client.close()


def policy_of(node: EmbeddedNode) -> Policy:
    """The trust in the node's own key."""
    return parse_policy(f"log {(node.folder.tiles / 'key').read_text().splitlines()[0]}\nquorum none\n".encode())


async def check_goes_on(town: Town) -> None:
    """Check that nothing is lost or moved, that members vote on, and that an audit is clean."""
    assert (await raw(town.node))[: len(town.kept)] == town.kept
    position = await town.vote(2)
    assert position > len(town.kept)
    proof = await town.proof(position)
    proof.verify((await raw(town.node))[position - 1], policy_of(town.node))
    await town.members[0].put(f"/polls/{town.poll_id}/closing")
    assert (await outcome_of(town.members[0], town.poll_id))["ballots_count"] == VOTERS_COUNT
    await town.proof(position)
    log = await log_of(town.node)
    assert len({entry["id"] for entry in log}) == len(log)
    assert await asyncio.to_thread(audit, town.node.url) == 0
    verified = await asyncio.to_thread(town.log, "verify")
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout


def flip_a_byte(town: Town) -> None:
    """One bit of an entry in the stream's file is another."""
    for block in town.stream.glob("msgs/*.blk"):
        content = bytearray(block.read_bytes())
        if (at := content.find(town.kept[len(town.kept) // 2])) >= 0:
            content[at + 40] ^= 1
            block.write_bytes(content)


def flip_a_byte_and_crash(town: Town) -> None:
    """The same, and the server was not stopped in order: it would cut off all that stands behind."""
    flip_a_byte(town)
    (town.stream / "msgs" / "index.db").unlink()


def lose_the_stream(town: Town) -> None:
    """The whole directory is gone."""
    shutil.rmtree(town.stream)


async def trim(town: Town) -> None:
    """An administrator limits the stream to its newest entries, and lifts the limit again."""
    async with served(town.node.folder, town.node.folder.nats) as client:
        config = json.loads((await client.request("$JS.API.STREAM.INFO.governance", b"")).data)["config"]
        for change in ({"max_msgs": 5, "discard": "old"}, {"max_msgs": -1, "discard": "new"}):
            body = json.dumps(config | change).encode()
            answer = json.loads((await client.request("$JS.API.STREAM.UPDATE.governance", body)).data)
            assert "error" not in answer
        assert answer["state"]["first_seq"] == len(town.kept) - 4


async def append_again(town: Town) -> None:
    """The stream lost its newest entries, and somebody wrote one of them again, at another position."""
    async with served(town.node.folder, town.node.folder.nats) as client:
        entries = await JetStreamLog(client, "governance").readable(1, len(town.kept))
        await client.request("$JS.API.STREAM.DELETE.governance", b"")
        await ensure_stream(client, "governance")
        for entry in (*entries[:-4], entries[-2], *entries[-4:-1]):
            await client.request(entry.subject, entry.data)


def lose_tiles(town: Town) -> None:
    """The tiles of entries are gone, and those of their hashes are there."""
    shutil.rmtree(town.node.folder.tiles / "tile" / "entries")


@pytest.mark.parametrize(
    "damage, said",
    [
        (flip_a_byte, "still in its files"),
        (flip_a_byte_and_crash, "still in its files"),
        (lose_the_stream, "missing at the end of the stream"),
        (trim, "missing at the front of the stream"),
        (append_again, "the stream does not say what was sealed"),
        (lose_tiles, "is missing, or is not what the entries give"),
    ],
)
async def test_is_repaired(town: Town, damage: Damage, said: str) -> None:
    """Every entry that was acknowledged is at its position again; a second repair finds nothing to do."""
    town.node.stop()
    if (doing := damage(town)) is not None:
        await doing

    verified = town.log("verify")
    assert verified.returncode == 1, verified.stdout
    assert said in verified.stdout, verified.stdout
    assert "plaanet log repair" in verified.stdout
    repaired = town.log("repair")
    assert repaired.returncode == 0, repaired.stderr
    again = town.log("repair")
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    town.start()

    await check_goes_on(town)


async def test_a_lost_stream_is_not_begun_anew(town: Town) -> None:
    """A node that finds less of its vote log than is sealed does not start: it says what to do."""
    town.node.stop()
    lose_the_stream(town)

    with pytest.raises(Exception, match="plaanet log repair"):
        town.node.start()

    assert town.log("repair").returncode == 0
    town.start()
    await check_goes_on(town)


async def test_not_under_a_running_node(town: Town) -> None:
    """Verifying may be done at any time; repairing may not."""
    assert (await asyncio.to_thread(town.log, "verify")).returncode == 0
    refused = await asyncio.to_thread(town.log, "repair")

    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
