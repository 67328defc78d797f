"""Nobody can do on NATS what the table in `libs/node/permissions.py` does not say: each forbidden thing is tried."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from libs.contracts import catalogue
from libs.node.embedded import EmbeddedNats
from libs.node.permissions import ADMIN, OPERATOR, PROCESSES, SERVICES

pytestmark = pytest.mark.nats

EVERYBODY = tuple(PROCESSES)
ADMINISTRATION = (
    "STREAM.CREATE.{}",
    "STREAM.UPDATE.{}",
    "STREAM.DELETE.{}",
    "STREAM.PURGE.{}",
    "STREAM.MSG.DELETE.{}",
    "STREAM.SNAPSHOT.{}",
    "STREAM.RESTORE.{}",
    "STREAM.LEADER.STEPDOWN.{}",
    "CONSUMER.CREATE.{}",
    "CONSUMER.CREATE.{}.spy",
    "CONSUMER.DURABLE.CREATE.{}.spy",
    "CONSUMER.MSG.NEXT.{}.spy",
    "STREAM.NAMES",
    "INFO",
)
SECRET = b"not for everybody"


class Caller:
    """A connection, and what the server refused it."""

    def __init__(self) -> None:
        self.client: Client
        self._refused: asyncio.Queue[str] = asyncio.Queue()

    async def hear(self, error: Exception) -> None:
        """Note what the server says in passing."""
        self._refused.put_nowait(str(error).lower())

    async def ask(self, subject: str, body: object = None) -> dict[str, Any]:
        """Send a request and return its JSON answer."""
        reply = await self.client.request(subject, b"" if body is None else json.dumps(body).encode(), timeout=20)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    async def is_refused(self, subject: str) -> bool:
        """Return whether the server refuses to take a message to *subject*, aloud."""
        await self.client.publish(subject, b"{}", reply=self.client.new_inbox())
        return await self._hears("publish", subject)

    async def is_deaf_to(self, subject: str, queue: str = "") -> bool:
        """Return whether the server refuses a subscription to *subject*, aloud."""
        await self.client.subscribe(subject, queue=queue)
        return await self._hears("subscription", subject)

    async def _hears(self, what: str, subject: str) -> bool:
        try:
            refused = await asyncio.wait_for(self._refused.get(), 20)
        except TimeoutError:
            return False
        return f'permissions violation for {what} to "{subject.lower()}"' in refused


Connect = Callable[[str], Awaitable[Caller]]
Count = Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture
async def connect(nats_server: EmbeddedNats) -> AsyncIterator[Connect]:
    """Connects as a user; all connections are closed at the end."""
    callers: list[Caller] = []

    async def connect(user: str) -> Caller:
        caller = Caller()
        caller.client = await nats_server.connect(user, on_error=caller.hear)
        callers.append(caller)
        return caller

    yield connect
    for caller in callers:
        await caller.client.close()


@pytest.fixture
async def count(connect: Connect) -> Count:
    """Tells how many entries each log has; one stands in each already."""
    admin = await connect(ADMIN)
    for log in SERVICES:
        await admin.client.request(f"log.{log}.thing.1", SECRET)

    async def count() -> dict[str, int]:
        infos = {log: await admin.ask(f"$JS.API.STREAM.INFO.{log}") for log in SERVICES}
        return {log: info["state"]["last_seq"] for log, info in infos.items()}

    return count


def test_every_service_is_in_the_table() -> None:
    """The table and the catalogue of contracts name the same services."""
    assert SERVICES == catalogue.SERVICES
    assert set(SERVICES) < set(PROCESSES)


@pytest.mark.parametrize("user", EVERYBODY)
class TestLogs:
    async def test_are_written_by_their_service(self, connect: Connect, count: Count, user: str) -> None:
        """A service appends to its own log; nobody appends to another's, the gateway and an auditor to none."""
        caller = await connect(user)

        for log in SERVICES:
            if log == PROCESSES[user].writes:
                assert await caller.ask(f"log.{log}.thing.1", {"is": "kept"}) == {"stream": log, "seq": 2}
            else:
                assert await caller.is_refused(f"log.{log}.thing.1")
        assert await count() == {log: 2 if log == user else 1 for log in SERVICES}

    async def test_are_read_by_those_who_need_them(self, connect: Connect, count: Count, user: str) -> None:
        """A process reads the logs in its table, by position and as a batch, and no other."""
        caller = await connect(user)

        for log in SERVICES:
            if log in PROCESSES[user].reads:
                assert (await caller.client.request(f"read.DIRECT.GET.{log}", b'{"seq":1}')).data == SECRET
                assert (await caller.ask(f"read.STREAM.INFO.{log}"))["state"]["last_seq"] == 1
            else:
                for call in ("DIRECT.GET", "STREAM.INFO", "STREAM.MSG.GET"):
                    assert await caller.is_refused(f"read.{call}.{log}")

    async def test_are_listened_in_on_by_nobody(self, connect: Connect, user: str) -> None:
        """What is being appended cannot be overheard on its way, not even by the log's own service."""
        caller = await connect(user)

        for subject in ("log.>", "log.governance.>", "$JS.>", "read.>", ">"):
            assert await caller.is_deaf_to(subject)

    async def test_are_administered_by_nobody(self, connect: Connect, user: str) -> None:
        """No process makes, changes, empties or deletes a stream, deletes an entry or makes a consumer."""
        caller = await connect(user)

        for api in ("read", "$JS.API"):
            for call in ADMINISTRATION:
                for log in SERVICES:
                    assert await caller.is_refused(f"{api}.{call.format(log)}")


@pytest.mark.parametrize("user", EVERYBODY)
async def test_an_answer_cannot_be_sent_into_a_log(connect: Connect, count: Count, user: str) -> None:
    """Who may ask the server something cannot make it write the answer into a log, or give it as an order."""
    caller, before = await connect(user), await count()
    questions = [f"read.{call}.{log}" for log in PROCESSES[user].reads for call in ("DIRECT.GET", "STREAM.INFO")]
    places = [f"{place}.{log}" for log in SERVICES for place in ("$JS.API.STREAM.DELETE", "read.STREAM.DELETE")]
    places += [f"log.{log}.thing.1" for log in SERVICES]

    for question in questions:
        for place in places:
            for body in (b'{"seq":1}', b'{"seq":1,"batch":9,"next_by_subj":"log.>"}', b""):
                await caller.client.publish(question, body, reply=place)
    await caller.client.flush()
    for log in PROCESSES[user].reads[:1]:
        await caller.ask(f"read.STREAM.INFO.{log}")

    assert await count() == before


async def test_an_answer_of_a_desk_cannot_be_sent_into_a_log(connect: Connect, count: Count) -> None:
    """The gateway cannot have a service's answer written into that service's log."""
    governance, gateway, before = await connect("governance"), await connect("gateway"), await count()
    heard: asyncio.Queue[Msg] = asyncio.Queue()

    async def answer(message: Msg) -> None:
        await message.respond(b"forged")
        await governance.client.flush()
        heard.put_nowait(message)

    await governance.client.subscribe("do.governance.*", "governance", answer)
    await governance.client.flush()
    async with asyncio.timeout(30):
        while heard.empty():  # the server tells other accounts of a new desk a moment after its own
            await gateway.client.publish("do.governance.CastBallot", b"", reply="log.governance.thing.1")
            await asyncio.sleep(0.01)

    assert await count() == before


async def answered(caller: Caller, subject: str) -> dict[str, Any]:
    """What the desk answers; the server tells other accounts of a new desk a moment after its own."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await caller.ask(subject)
            except NoRespondersError:
                await asyncio.sleep(0.01)


class TestDesks:
    async def test_take_one_command_of_the_operator(self, connect: Connect) -> None:
        """The operator publishes the manifesto and reads it; no other order of theirs reaches a desk."""
        operator, identity = await connect(OPERATOR), await connect("identity")

        async def answer(message: Msg) -> None:
            await message.respond(b'{"position": 1}')

        for way in ("do", "ask"):
            await identity.client.subscribe(f"{way}.identity.*", "identity", answer)
        await identity.client.flush()

        assert await answered(operator, "do.identity.PublishManifesto") == {"position": 1}
        assert await answered(operator, "ask.identity.CurrentManifesto") == {"position": 1}
        for subject in (
            "do.identity.SignUp",
            "do.identity.EraseMember",
            "ask.identity.AccountOf",
            "do.groups.LeaveGroup",
        ):
            assert await operator.is_refused(subject)

    async def test_answer_the_gateway(self, connect: Connect) -> None:
        """The gateway reaches every service's desk and gets its answer."""
        gateway = await connect("gateway")
        for service in SERVICES:
            desk = await connect(service)

            async def answer(message: Msg) -> None:
                await message.respond(b'{"position": 1}')

            for way in ("do", "ask"):
                await desk.client.subscribe(f"{way}.{service}.*", service, answer)
            await desk.client.flush()

            for way in ("do", "ask"):
                assert await answered(gateway, f"{way}.{service}.Something") == {"position": 1}

    @pytest.mark.parametrize("user", [user for user in EVERYBODY if user != "gateway"])
    async def test_are_asked_by_the_gateway_alone(self, connect: Connect, user: str) -> None:
        """A service cannot give another an order, nor one to itself by way of the network."""
        caller = await connect(user)

        for service in SERVICES:
            assert await caller.is_refused(f"do.{service}.Something")
            assert await caller.is_refused(f"ask.{service}.Something")

    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_are_served_by_their_service(self, connect: Connect, user: str) -> None:
        """Nobody sits down at another's desk, and nobody at its own outside the queue."""
        caller = await connect(user)

        for service in SERVICES:
            assert await caller.is_deaf_to(f"do.{service}.*")
            if service != user:
                assert await caller.is_deaf_to(f"do.{service}.*", service)
                assert await caller.is_deaf_to(f"ask.{service}.*", service)

    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_inboxes_are_private(self, connect: Connect, user: str) -> None:
        """Nobody reads the answers that another gets."""
        caller = await connect(user)

        for other in (ADMIN, *EVERYBODY):
            if other != user:
                assert await caller.is_deaf_to(f"_INBOX.{other}.>")


class TestWakeUps:
    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_reach_those_who_read_the_log(self, connect: Connect, user: str) -> None:
        """A service's announcement wakes the readers of its log, and only its own announcement does."""
        process, caller = PROCESSES[user], await connect(user)

        for log in SERVICES:
            if not (process.is_woken and log in process.reads):
                assert await caller.is_deaf_to(f"at.{log}")
                continue
            said: asyncio.Queue[Msg] = asyncio.Queue()
            woken = await caller.client.subscribe(f"at.{log}", cb=said.put)
            await caller.client.flush()
            service = await connect(log)
            async with asyncio.timeout(30):
                while said.empty():  # the server tells other accounts of a new reader a moment after its own
                    await service.client.publish(f"at.{log}", b"1")
                    await asyncio.sleep(0.01)
            await woken.unsubscribe()

    @pytest.mark.parametrize("user", EVERYBODY)
    async def test_come_from_the_service_alone(self, connect: Connect, user: str) -> None:
        """Nobody announces entries of another's log."""
        caller = await connect(user)

        for log in SERVICES:
            if log != user:
                assert await caller.is_refused(f"at.{log}")


@pytest.mark.parametrize(
    "credentials",
    [{}, {"user": "auditor", "pass": "wrong"}, {"user": "governance", "pass": ""}, {"user": "root", "pass": "root"}],
)
async def test_a_stranger_is_not_let_in(nats_server: EmbeddedNats, credentials: dict[str, str]) -> None:
    """Without a user's own password there is no connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(nats_server.url.rpartition(":")[2]))
    writer.write(b"CONNECT " + json.dumps(credentials).encode() + b"\r\nPING\r\n")
    said = await asyncio.wait_for(reader.read(-1), 5)
    writer.close()
    await writer.wait_closed()

    assert b"Authorization Violation" in said
    assert b"PONG" not in said
