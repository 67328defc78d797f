"""Members who go on voting whatever breaks, and what must be true afterwards."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import nats
import orjson

from libs.contracts.catalogue import SERVICES
from libs.node.embedded import EmbeddedNode
from tests.journeys.people import OPTIONS, Person

Dump = dict[str, list[str]]

# `loading` says how far geo is with the gazetteer, which is in no log.
_READ_MODELS = "SELECT tablename FROM pg_tables WHERE schemaname = 'read' AND tablename <> 'loading' ORDER BY 1"


@dataclass
class Voting:
    """Members who vote again and again; *acked* is the newest receipt of each voter, with the choice it was for."""

    members: Sequence[Person]
    poll_id: str
    acked: dict[str, tuple[int, str]] = field(default_factory=dict)
    acks_count: int = 0
    is_over: bool = False
    group_id: str = ""
    pause_s: float = 0
    """How long each rests after a vote."""

    async def run(self) -> None:
        """Have every member vote until it is over."""
        await asyncio.gather(*(self._vote(member) for member in self.members))

    async def reach(self, acks_count: int, *, timeout_s: float = 60) -> None:
        """Wait until so many ballots were acknowledged."""
        async with asyncio.timeout(timeout_s):
            while self.acks_count < acks_count:
                await asyncio.sleep(0.01)

    async def _vote(self, member: Person) -> None:
        number = 0
        while not self.is_over:
            choice = OPTIONS[number % len(OPTIONS)]
            number += 1
            try:
                response = await member.http.put(f"/polls/{self.poll_id}/ballot", json={"choices": [choice]}, timeout=5)
            except httpx.HTTPError:
                await asyncio.sleep(0.05)  # what a client does when nobody answers
                continue
            if response.status_code == 200:
                self.acked[member.id] = (response.json()["position"], choice)
                self.acks_count += 1
                await asyncio.sleep(self.pause_s)
            else:
                assert response.status_code in (409, 503), response.text
                await asyncio.sleep(0.05)


async def log_of(node: EmbeddedNode) -> list[dict[str, Any]]:
    """Every entry of a node's vote log, as a stranger reads it; entry i is at position i + 1."""
    return await log_at(node.url)


async def log_at(url: str) -> list[dict[str, Any]]:
    """The same of the town whose gateway is at *url*."""
    entries: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        while True:
            response = await http.get("/log/governance/entries", params={"after": len(entries)})
            assert response.status_code == 200, response.text
            entries += [orjson.loads(line) for line in response.content.splitlines()]
            if len(entries) >= int(response.headers["Plaanet-Log-Last"]):
                return entries


async def check_every_ack(node: EmbeddedNode, voting: Voting) -> None:
    """Check that each member's last acknowledged ballot is in the log at its position, once."""
    await ballots_are_there(node.url, voting)


async def ballots_are_there(url: str, voting: Voting) -> None:
    """The same of the town whose gateway is at *url*."""
    log = await log_at(url)
    assert len({entry["id"] for entry in log}) == len(log)
    for member in voting.members:
        position, choice = voting.acked[member.id]
        entry = log[position - 1]
        assert entry["name"] in ("BallotCast", "BallotReplaced")
        assert entry["data"]["choices"] == [choice]
        own = await member.get(f"/polls/{voting.poll_id}/ballot")
        assert own["voter"] == entry["actor"]
    for ballot_id in {entry["aggregate_id"] for entry in log if entry["name"] == "BallotCast"}:
        versions = [entry["version"] for entry in log if entry["aggregate_id"] == ballot_id]
        assert versions == list(range(1, len(versions) + 1))


async def dump(node: EmbeddedNode, service: str) -> Dump:
    """Every row of a service's read models, by table: all of one moment, so that the checkpoint is that of the rows."""
    connection = await asyncpg.connect(node.database_url(service))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = await connection.fetch(_READ_MODELS)
            return {
                table: sorted(row[0] for row in await connection.fetch(f"SELECT to_jsonb(t)::text FROM read.{table} t"))
                for (table,) in tables
            }
    finally:
        await connection.close()


async def level(node: EmbeddedNode, *, timeout_s: float = 60) -> dict[str, Dump]:
    """Return every service's read models once each has reached the end of the logs that it follows."""
    ends = {service: await _end_of(node, service) for service in SERVICES}
    deadline = time.monotonic() + timeout_s
    while True:
        dumps = {service: await dump(node, service) for service in SERVICES}
        positions = [
            orjson.loads(row) for each in dumps.values() for row in each.get("checkpoint", ['{"position": -1}'])
        ]
        if all(place["position"] >= ends[place["log"]] for place in positions if "log" in place):
            return dumps
        assert time.monotonic() < deadline, f"The read models are not level with {ends}: {positions}"
        await asyncio.sleep(0.1)


async def _end_of(node: EmbeddedNode, service: str) -> int:
    client = await nats.connect(
        node.status["nats_url"],
        user="gateway",
        password=node.nats_password("gateway"),
        inbox_prefix=b"_INBOX.gateway",
    )
    try:
        reply = await client.request(f"read.STREAM.INFO.{service}", b"{}", timeout=5)
        last: int = orjson.loads(reply.data)["state"]["last_seq"]
        return last
    finally:
        await client.close()


async def rebuild(node: EmbeddedNode) -> None:
    """Drop every read model and kill the services, which build them again when the supervisor starts them."""
    for service in SERVICES:
        connection = await asyncpg.connect(node.database_url(service))
        await connection.execute("DROP SCHEMA read CASCADE")
        await connection.close()
        node.kill(service)
    await asyncio.to_thread(wait_for_desks, node)


def wait_for_desks(node: EmbeddedNode, *, timeout_s: float = 60) -> None:
    """Wait until every service answers again."""
    deadline = time.monotonic() + timeout_s
    doors = ("/manifesto", "/groups", "/gazetteer", f"/groups/{_NOBODY}/gatherings", f"/groups/{_NOBODY}/polls")
    with httpx.Client(base_url=f"{node.url}/api/v1", timeout=10) as http:
        for door in doors:
            while True:
                try:
                    if http.get(door).status_code < 500:
                        break
                except httpx.HTTPError:
                    pass
                assert time.monotonic() < deadline, f"{door} does not answer: {node.output}"
                time.sleep(0.05)


_NOBODY = "00000000-0000-4000-8000-000000000000"
