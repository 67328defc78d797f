"""
Two of every service, two gateways, two sealers: killed, stopped and replaced at random while members vote.

Nothing that was acknowledged is lost, no command is done twice, nobody reads what is older than their receipt, and
what the clock does is done once.
"""

import asyncio
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.node.embedded import EmbeddedNode
from libs.node.replicas import EmbeddedReplica
from libs.node.trouble import NodeTrouble
from tests.conftest import GENEROUS
from tests.faults.load import dump, level, log_of, rebuild
from tests.faults.versions import later_version
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll, outcome_of, soon

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.faults]

SERVICES = ("identity", "groups", "events", "governance", "geo")
KINDS = (*SERVICES, "gateway", "sealer")
VOTERS_COUNT = 4
BLOWS_COUNT = 16
SEED = 20261126

ASKED_FOR_S = 5.0
"""A client that has no answer by then asks again, through the other gateway."""


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@dataclass
class Town:
    """A node with a second process of each kind, and the way to both of its gateways."""

    node: EmbeddedNode
    others: dict[str, EmbeddedReplica]
    urls: list[str]

    def restart(self, replica: EmbeddedReplica) -> None:
        """Start a replica again, as whoever runs it would."""
        replica.start()
        if replica.name != "sealer":
            replica.wait_until_ready()


@pytest.fixture
async def town(node_folder: Path) -> AsyncIterator[Town]:
    """Two of everything."""
    port = free_port()
    with EmbeddedNode(node_folder / "two", settings=GENEROUS) as node:
        others = {kind: EmbeddedReplica(node, kind, settings={**GENEROUS, "PLAANET_PORT": str(port)}) for kind in KINDS}
        for replica in others.values():
            replica.start()
        try:
            for kind, replica in others.items():
                if kind not in ("sealer", "gateway"):
                    await asyncio.to_thread(replica.wait_until_ready)
            urls = [node.url, f"http://127.0.0.1:{port}"]
            await answers(urls[1])
            yield Town(node, others, urls)
        finally:
            for replica in others.values():
                replica.stop()


async def answers(url: str) -> None:
    """Wait until a gateway answers."""
    async with asyncio.timeout(90), httpx.AsyncClient(base_url=url) as http:
        while True:
            with suppress(httpx.HTTPError):
                if (await http.get("/api/v1/manifesto")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


@dataclass
class Member:
    """Somebody who goes through either gateway, asks again what was not answered, and compares what they read."""

    person: Person
    doors: Iterator[httpx.AsyncClient]
    poll_id: str
    acked: dict[str, Any] = field(default_factory=dict)
    acks_count: int = 0
    founded: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask until there is an answer, of whichever gateway."""
        headers = {"Authorization": self.person.http.headers["Authorization"], **more.pop("headers", {})}
        while True:
            door = next(self.doors)
            with suppress(httpx.HTTPError):
                answer = await door.request(method, path, headers=headers, timeout=ASKED_FOR_S, **more)
                if answer.status_code not in (502, 503):
                    return answer
            await asyncio.sleep(0.05)

    async def vote(self, choice: str) -> None:
        """Vote, and read the own ballot through the other gateway, as fresh as the receipt."""
        key = {"Idempotency-Key": uuid4().hex}
        answer = await self.request("PUT", f"/polls/{self.poll_id}/ballot", json={"choices": [choice]}, headers=key)
        if answer.status_code == 409:
            return  # others decided at the same moment
        assert answer.status_code == 200, answer.text
        receipt = answer.json()
        self.acked, self.acks_count = {"position": receipt["position"], "choice": choice}, self.acks_count + 1
        seen = await self.request(
            "GET", f"/polls/{self.poll_id}/ballot", params={"at_least": f"governance:{receipt['position']}"}
        )
        if seen.status_code != 200 or seen.json()["choices"] != [choice]:
            self.faults.append(f"{choice} at {receipt['position']}: {seen.status_code} {seen.text}")

    async def found(self) -> None:
        """Found a group of a name of its own, once however often it is asked for."""
        name, key = f"Groupe {uuid4().hex[:12]}", {"Idempotency-Key": uuid4().hex}
        body = {"name": name, "purpose": "Cultiver ensemble"}
        answer = await self.request("POST", "/groups", json=body, headers=key)
        assert answer.status_code in (200, 201), answer.text
        again = await self.request("POST", "/groups", json=body, headers=key)
        if again.json()["id"] != answer.json()["id"] or again.json()["position"] != answer.json()["position"]:
            self.faults.append(f"{name}: {answer.text} {again.text}")
        self.founded.append(name)

    async def run(self, is_over: asyncio.Event) -> None:
        """Vote and found until it is over."""
        number = 0
        while not is_over.is_set():
            await self.vote(OPTIONS[number % len(OPTIONS)])
            if number % 10 == 9:
                await self.found()
            number += 1


@dataclass
class Load:
    """Members at work, and a poll that closes by itself meanwhile."""

    members: list[Member]
    poll_id: str
    short_poll_id: str
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def progress(self, acks_count: int = 20) -> None:
        """Wait until so many more ballots were acknowledged."""
        before = sum(member.acks_count for member in self.members)
        async with asyncio.timeout(120):
            while sum(member.acks_count for member in self.members) < before + acks_count:
                await asyncio.sleep(0.02)


@pytest.fixture
async def load(town: Town) -> AsyncIterator[Load]:
    """Members who vote through both gateways until the test says that it is over."""
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(Person(town.urls[i % 2])) for i in range(VOTERS_COUNT)]
        for person in people:
            await person.sign_up()
        group_id = await found_group(people[0])
        for person in people[1:]:
            await person.put(f"/groups/{group_id}/members/me")
        poll_id = await open_poll(people[0], group_id)
        short_poll_id = await open_poll(people[0], group_id, closes_at=soon(seconds=25), remind_at=soon(seconds=12))
        gateways = [await stack.enter_async_context(httpx.AsyncClient(base_url=f"{url}/api/v1")) for url in town.urls]
        members = [Member(person, _in_turn(gateways, i), poll_id) for i, person in enumerate(people)]
        yield Load(members, poll_id, short_poll_id)


def _in_turn(gateways: list[httpx.AsyncClient], first: int) -> Iterator[httpx.AsyncClient]:
    while True:
        first += 1
        yield gateways[first % len(gateways)]


async def strike(town: Town, kind: str, number: signal.Signals, *, own: bool) -> None:
    """End one of the two processes of a *kind*, and wait until it serves again, as far as that can be seen."""
    if own:
        with suppress(ProcessLookupError):
            os.kill(town.node.pids[kind], number)
        await answers(town.urls[0])
        return
    replica = town.others[kind]
    if number is signal.SIGKILL:
        replica.kill()
    else:
        assert await asyncio.to_thread(replica.stop), f"{kind} did not end by itself"
    with suppress(NodeTrouble):  # it may have met a server that was busy; who runs it starts it again
        replica.start()
        if kind in SERVICES:
            await asyncio.to_thread(replica.wait_until_ready)
        return
    replica.start()


async def check_all(town: Town, load: Load) -> None:
    """Check what was promised."""
    log = await log_of(town.node)
    assert [fault for member in load.members for fault in member.faults] == []
    assert len({entry["id"] for entry in log}) == len(log)
    for member in load.members:
        entry = log[member.acked["position"] - 1]
        assert entry["name"] in ("BallotCast", "BallotReplaced")
        assert entry["data"]["choices"] == [member.acked["choice"]]
    by_ballot: dict[str, list[int]] = {}
    for entry in log:
        by_ballot.setdefault(entry["aggregate_id"], []).append(entry["version"])
    assert all(versions == list(range(1, len(versions) + 1)) for versions in by_ballot.values())
    by_clock = Counter(
        entry["name"] for entry in log if entry["aggregate_id"] == load.short_poll_id and entry["version"] > 1
    )
    assert by_clock["PollClosed"] == 1
    assert by_clock["VotersReminded"] == 1
    groups = await dump(town.node, "groups")
    for name in (name for member in load.members for name in member.founded):
        assert max(sum(name in row for row in rows) for rows in groups.values()) == 1, name


async def settle(town: Town, load: Load, running: "asyncio.Task[None]") -> None:
    """Let the load end, and wait until everybody serves again."""
    load.is_over.set()
    await running
    for url in town.urls:
        await answers(url)


async def test_at_random(town: Town, load: Load) -> None:
    """Processes of every kind are killed or stopped in a random order, one after another, and once both of a kind."""
    chance = random.Random(SEED)
    running = asyncio.ensure_future(_all(load))
    await load.progress()
    for _ in range(BLOWS_COUNT):
        kind = chance.choice(KINDS)
        number = chance.choice((signal.SIGKILL, signal.SIGTERM))
        await strike(town, kind, number, own=chance.random() < 0.5)
        await load.progress()
    both = chance.choice(SERVICES)
    await asyncio.gather(*(strike(town, both, signal.SIGKILL, own=own) for own in (True, False)))
    await load.progress()
    await settle(town, load, running)

    result = await outcome_of(load.members[0].person, load.short_poll_id, timeout_s=60)
    assert result["ballots_count"] == 0
    before = await level(town.node)
    await check_all(town, load)
    assert await asyncio.to_thread(audit, town.node.url) == 0
    for replica in town.others.values():
        replica.stop()
    await rebuild(town.node)
    after = await level(town.node)
    for service, tables in before.items():
        for table, rows in tables.items():
            assert after[service][table] == rows, f"{service}: {table}"


async def test_replaced_one_by_one(town: Town, load: Load, tmp_path: Path) -> None:
    """Each is replaced by one of a later version while members vote: no request is refused for it."""
    program = later_version(tmp_path)
    running = asyncio.ensure_future(_all(load))
    await load.progress()
    replaced = []
    try:
        for service in SERVICES:
            later = EmbeddedReplica(town.node, service, program=program, number=9, settings=GENEROUS)
            replaced.append(later)
            later.start()
            await asyncio.to_thread(later.wait_until_ready)
            assert await asyncio.to_thread(town.others[service].stop)
            await load.progress()
        await settle(town, load, running)
        await outcome_of(load.members[0].person, load.short_poll_id, timeout_s=60)
        await level(town.node)
        await check_all(town, load)
        assert await asyncio.to_thread(audit, town.node.url) == 0
    finally:
        for later in replaced:
            later.stop()


async def _all(load: Load) -> None:
    await asyncio.gather(*(member.run(load.is_over) for member in load.members))
