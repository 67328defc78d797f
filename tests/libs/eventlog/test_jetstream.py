"""What only the real log can suffer: lost answers, a server that goes and comes back, a stream kept badly."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from nats.aio.client import Client

from libs.errors import LogFault, LogHasGap
from libs.eventlog import jetstream
from libs.eventlog.jetstream import JetStreamLog, ensure_stream, stream_config
from libs.eventlog.log import LogMovedOn, LogUnreachable
from libs.node.embedded import EmbeddedNats
from tests.libs.eventlog.conftest import NOTE, OTHER_NOTE, note

pytestmark = pytest.mark.nats


class Lossy:
    """A connection that carries requests and loses the next answers to appends."""

    def __init__(self, client: Client, *, answers_lost: int, requests_lost: int = 0) -> None:
        self._client = client
        self._answers_lost = answers_lost
        self._requests_lost = requests_lost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def request(self, subject: str, payload: bytes, **options: Any) -> Any:
        """Send the request as the real connection does, and lose it, or its answer, if one is to be lost."""
        if subject.startswith("log.") and self._requests_lost:
            self._requests_lost -= 1
            raise TimeoutError
        answer = await self._client.request(subject, payload, **options)
        if subject.startswith("log.") and self._answers_lost:
            self._answers_lost -= 1
            raise TimeoutError
        return answer


def flip(folder: Path, text: bytes) -> None:
    """Change one bit of *text* in the vote log's files below *folder*."""
    [block] = folder.rglob("streams/governance/msgs/*.blk")
    content = bytearray(block.read_bytes())
    content[content.index(text)] ^= 1
    block.write_bytes(content)


def lossy(client: Client, **losses: int) -> JetStreamLog:
    """The log over a connection that loses things."""
    return JetStreamLog(Lossy(client, **losses), "governance")  # type: ignore[arg-type]


class TestLostAnswers:
    async def test_an_entry_whose_answer_was_lost_is_there_once(self, client: Client) -> None:
        """The writer reads back what it sent, finds it, and does not write it again."""
        [recorded] = await lossy(client, answers_lost=1).append(note("a"))

        assert recorded.position == 1
        assert await JetStreamLog(client, "governance").last() == 1

    async def test_a_batch_whose_answer_was_lost_is_there_once(self, client: Client) -> None:
        """The same for entries that are kept together."""
        kept = await lossy(client, answers_lost=1).append(note("a"), note("b", to=OTHER_NOTE))

        assert [recorded.position for recorded in kept] == [1, 2]
        assert await JetStreamLog(client, "governance").last() == 2

    async def test_an_entry_that_was_lost_on_the_way_is_sent_again(self, client: Client) -> None:
        """What is not there when the writer reads back is written."""
        [recorded] = await lossy(client, answers_lost=0, requests_lost=1).append(note("a"))

        assert recorded.position == 1

    async def test_who_lost_the_answer_and_the_race_is_refused(self, client: Client) -> None:
        """Where somebody else's entry stands in the place, the writer decides again."""
        log = JetStreamLog(client, "governance")
        await log.append(note("theirs"))

        with pytest.raises(LogMovedOn):
            await lossy(client, answers_lost=0, requests_lost=1).append(note("mine"))

    async def test_what_stays_unknown_is_said(self, client: Client) -> None:
        """When every attempt is lost the caller is told that it is not known, in a bounded time."""
        with pytest.raises(LogUnreachable, match="did not say"):
            await lossy(client, answers_lost=0, requests_lost=99).append(note("a"))


class TestOutage:
    async def test_a_reader_waits_for_the_server_and_goes_on(
        self, nats_server: EmbeddedNats, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A server that is killed and comes back finds its readers where they were; nothing acknowledged is missing."""
        monkeypatch.setattr(jetstream, "TIMEOUT_S", 0.5)
        log = JetStreamLog(client, "governance")
        await log.append(note("before"))
        following = log.follow(0)
        seen = [recorded.position for recorded in await anext(following)]

        nats_server.process.kill()
        coming = asyncio.ensure_future(anext(following))
        await nats_server.start()
        writer = await nats_server.connect("governance")
        await JetStreamLog(writer, "governance").append(note("after", to=uuid4()))

        seen += [recorded.position for recorded in await asyncio.wait_for(coming, 20)]
        await following.aclose()
        await writer.close()
        assert seen == [1, 2]


class TestDamage:
    @pytest.mark.parametrize("damaged", [1, 2, 3])
    async def test_a_history_is_never_shorter_than_it_was(
        self, nats_server: EmbeddedNats, client: Client, tmp_path: Path, damaged: int
    ) -> None:
        """An entry that the server leaves out because a bit of it flipped is missed, be it the last, or the first."""
        log = JetStreamLog(client, "governance")
        for version in (1, 2, 3):
            await log.append(note(f"word {version}", version=version, after=version - 1))

        nats_server.process.stop()
        flip(tmp_path, b"word %d" % damaged)
        await nats_server.start()

        with pytest.raises(LogHasGap):
            await log.history("note", NOTE)

    async def test_what_was_is_not_what_never_was(
        self, nats_server: EmbeddedNats, client: Client, tmp_path: Path
    ) -> None:
        """An aggregate whose only entry is left out is not taken for one that was never there."""
        log = JetStreamLog(client, "governance")
        await log.append(note("only"), note("beside", to=OTHER_NOTE))

        nats_server.process.stop()
        flip(tmp_path, b"only")
        await nats_server.start()

        with pytest.raises(LogHasGap):
            await log.history("note", NOTE)
        assert len(await log.history("note", OTHER_NOTE)) == 1
        assert await log.history("note", uuid4()) == []


class TestStream:
    @pytest.mark.parametrize(
        "change", [{"max_msgs": 5}, {"deny_purge": False}, {"max_age": 10**15}, {"subjects": ["log.other.>"]}]
    )
    async def test_one_that_is_not_kept_as_a_log_must_be_is_refused(
        self, nats_server: EmbeddedNats, change: dict[str, Any]
    ) -> None:
        """A stream that would lose entries, or lacks a flag, stops the set-up, which names what differs."""
        admin = await nats_server.connect("admin")
        try:
            await admin.request("$JS.API.STREAM.DELETE.geo", b"")
            body = {**stream_config("geo"), **change}
            await admin.request("$JS.API.STREAM.CREATE.geo", orjson.dumps(body))

            with pytest.raises(LogFault, match=next(iter(change))):
                await ensure_stream(admin, "geo")
        finally:
            await admin.close()
