"""The desk: every request is answered, once, in the name of who asked."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from uuid import UUID, uuid4

import orjson
import pytest
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.aio.msg import Msg

from libs.contracts import letter
from libs.contracts.base import Query, View
from libs.errors import Conflict
from libs.eventlog.log import LogMovedOn, Recorded
from libs.eventlog.memory import MemoryLog
from libs.node.embedded import EmbeddedNats
from libs.service.aggregates import Aggregates
from libs.service.database import Connection, Pool
from libs.service.desk import Desk
from libs.service.projection import Progress
from tests.libs.service.conftest import HoneyJar, OpenJar

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


class JarIsEmpty(Conflict):
    """Nothing is left."""


class Label(View):
    """What a jar's label says."""

    label: str


class LabelOf(Query[Label]):
    """What does the label say?"""

    service: ClassVar[str] = "groups"


async def open_jar(command: OpenJar, aggregates: Aggregates) -> Recorded:
    """Do what a test's label asks for."""
    match command.label:
        case "empty":
            raise JarIsEmpty("The jar is empty.")
        case "broken":
            raise ZeroDivisionError
        case "contended":
            raise LogMovedOn
    return await aggregates.save(HoneyJar(command.label))


async def label_of(_: LabelOf, db: Connection) -> Label:
    """Ask the database for something."""
    return Label(label=await db.fetchval("SELECT 'lime'"))


@pytest.fixture
def log() -> MemoryLog:
    """The desk's log."""
    return MemoryLog("groups")


@pytest.fixture
def progress() -> Progress:
    """How level the read models are."""
    return Progress()


@pytest.fixture
async def gateway(nats_server: EmbeddedNats, pool: Pool, log: MemoryLog, progress: Progress) -> AsyncIterator[Client]:
    """A desk that is open, and the gateway's connection to it."""
    password = nats_server.password_file("groups").read_text().strip()
    broker = NatsBroker(
        nats_server.url,
        security=SASLPlaintext(username="groups", password=password),
        inbox_prefix="_INBOX.groups",
        logger=None,
        apply_types=False,
    )
    desk = Desk(
        service="groups",
        origin="node.example/groups",
        events=log,
        commands={OpenJar: open_jar},
        queries={LabelOf: label_of},
        pool=pool,
        progress=progress,
        catch_up_timeout_s=0.2,
    )
    desk.open(broker, at_once_max=8)
    await broker.start()
    client = await nats_server.connect("gateway")
    yield client
    await client.close()
    await broker.stop()


async def request(
    client: Client, subject: str, content: Any, *, command_id: UUID | None = None, at_least: str = ""
) -> tuple[str, dict[str, Any]]:
    """What the desk answers: the kind of answer, and its content."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    reply: Msg = await client.request(
        subject,
        body,
        timeout=5,
        headers={
            "Plaanet-Actor": "ana",
            "Plaanet-Command-Id": str(command_id or uuid4()),
            "Plaanet-At-Least": at_least,
        },
    )
    return (reply.headers or {})["Plaanet-Answer"], orjson.loads(reply.data)


class TestCommands:
    async def test_are_answered_with_a_receipt(self, gateway: Client, log: MemoryLog) -> None:
        """What was decided is in the log, in the name of who asked; the receipt says where."""
        kind, receipt = await request(gateway, "do.groups.OpenJar", {"label": "lime"})

        assert (kind, receipt["log"], receipt["position"]) == ("Receipt", "groups", 1)
        assert receipt["origin"] == "node.example/groups"
        [recorded] = await log.history("honey_jar", UUID(receipt["id"]))
        assert recorded.actor == "ana"

    async def test_sent_twice_are_done_once(self, gateway: Client, log: MemoryLog) -> None:
        """The same command again gets the same receipt."""
        command_id = uuid4()
        answers = [
            await request(gateway, "do.groups.OpenJar", {"label": "lime"}, command_id=command_id) for _ in range(2)
        ]

        assert answers[0] == answers[1]
        assert await log.last() == 1

    @pytest.mark.parametrize(
        "content, status, kind",
        [
            ({"label": "empty"}, 409, "JarIsEmpty"),
            ({"label": "contended"}, 409, "Conflict"),
            ({"label": "broken"}, 500, "Failed"),
            ({"label": "x" * 60_000}, 413, "TooLarge"),
            ({"label": 5}, 422, "Unprocessable"),
            ({"label": "lime", "more": 1}, 422, "Unprocessable"),
            ({}, 422, "Unprocessable"),
            (b"", 422, "Unprocessable"),
            (b"\xff{", 422, "Unprocessable"),
        ],
    )
    async def test_that_cannot_be_done_are_refused(
        self, gateway: Client, log: MemoryLog, content: Any, status: int, kind: str
    ) -> None:
        """Every refusal is answered: what it is, and a sentence; nothing is in the log."""
        answer, refusal = await request(gateway, "do.groups.OpenJar", content)

        assert (answer, refusal["status"], refusal["type"]) == ("Refusal", status, kind)
        assert refusal["detail"]
        assert await log.last() == 0

    async def test_that_nobody_knows_are_refused(self, gateway: Client) -> None:
        """A command of another name is not found."""
        _, refusal = await request(gateway, "do.groups.MeltJar", {})

        assert refusal["status"] == 404

    async def test_without_an_id_are_refused(self, gateway: Client) -> None:
        """A request whose headers are not the gateway's is answered, too."""
        reply = await gateway.request("do.groups.OpenJar", b'{"label":"lime"}', timeout=5)

        assert orjson.loads(reply.data)["type"] == "Failed"


class TestQueries:
    async def test_are_answered_with_a_view(self, gateway: Client) -> None:
        """A question gets its answer from the database."""
        assert await request(gateway, "ask.groups.LabelOf", {}) == ("View", {"label": "lime"})

    async def test_wait_for_the_position_they_name(self, gateway: Client, progress: Progress) -> None:
        """A question from a reader of entry 5 is answered when the read models have come so far."""
        early = asyncio.create_task(request(gateway, "ask.groups.LabelOf", {}, at_least="groups:5"))
        await progress.moved("groups", 5)

        assert (await early)[0] == "View"

    async def test_that_name_a_position_far_ahead_are_refused(self, gateway: Client) -> None:
        """What the read models do not reach in time is answered with 503, never with old data."""
        _, refusal = await request(gateway, "ask.groups.LabelOf", {}, at_least="groups:99")

        assert (refusal["status"], refusal["type"]) == (503, "NotYet")


class TestSeveralQuestions:
    async def test_have_an_answer_each(self, gateway: Client) -> None:
        """In their order; what is refused takes nothing from the others."""
        lines = [("LabelOf", b"{}"), ("Nonsense", b"{}"), ("LabelOf", b'{"x":1}'), ("LabelOf", b"{}")]

        reply = await gateway.request("ask.groups.Several", letter.written(lines), timeout=5, headers={"X": "1"})

        answers = letter.read(reply.data)
        assert [kind for kind, _ in answers] == ["View", "Refusal", "Refusal", "View"]
        assert [orjson.loads(content).get("type") for _, content in answers[1:3]] == ["NotFound", "Unprocessable"]
        assert orjson.loads(answers[0][1]) == orjson.loads(answers[3][1]) == {"label": "lime"}

    async def test_wait_for_what_their_reader_wrote(self, gateway: Client, progress: Progress) -> None:
        """All of them are as fresh as the letter asks, or none is answered."""
        lines = [("LabelOf", b"{}"), ("LabelOf", b"{}")]
        await progress.moved("groups", 6)

        kind, content = await request(gateway, "ask.groups.Several", letter.written(lines), at_least="groups:7")

        assert (kind, content["type"]) == ("Refusal", "NotYet")
