"""What a log promises: the one in memory and the one on JetStream are held to the same tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.errors import LogHasGap, LogIsShort
from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.log import BATCH_ENTRIES_MAX, Entry, EntryTooLarge, EventLog, LogMovedOn, Recorded
from libs.eventlog.memory import MemoryLog
from tests.libs.eventlog.conftest import NOTE, OTHER_NOTE, NoteTaken, note


@pytest.fixture(params=["memory", pytest.param("jetstream", marks=pytest.mark.nats)])
def log(request: pytest.FixtureRequest) -> EventLog:
    """An empty log of each kind in turn: what one promises, both must keep."""
    if request.param == "memory":
        return MemoryLog("governance")
    client = request.getfixturevalue("client")
    return JetStreamLog(client, "governance")


@asynccontextmanager
async def reader(log: EventLog, after: int = 0) -> AsyncIterator[AsyncIterator[Any]]:
    """A reader that is put away at the end."""
    following = log.follow(after)
    try:
        yield following
    finally:
        await following.aclose()


def words(history: Any) -> list[str]:
    """What the notes say."""
    return [recorded.event.text for recorded in history]


class TestAppend:
    async def test_gives_positions_from_one_without_holes(self, log: EventLog) -> None:
        """The first entry of a log is at position 1, the next at 2."""
        [first] = await log.append(note("a"))
        [second] = await log.append(note("b", to=OTHER_NOTE))

        assert (first.position, second.position, await log.last()) == (1, 2, 2)

    async def test_keeps_what_it_was_given(self, log: EventLog) -> None:
        """What is read again is what was written: event, author, times, and the same bytes."""
        [written] = await log.append(note("Crest, à midi — ✓"))

        [read] = await log.history("note", NOTE)

        assert read == written
        assert read.event == NoteTaken(text="Crest, à midi — ✓")

    async def test_a_late_writer_is_refused(self, log: EventLog) -> None:
        """Of two writers that saw the same history, the second must decide again."""
        await log.append(note("a"))

        with pytest.raises(LogMovedOn):
            await log.append(note("b"))

        assert words(await log.history("note", NOTE)) == ["a"]

    async def test_a_writer_that_knows_the_history_goes_on(self, log: EventLog) -> None:
        """Who names the aggregate's last entry may append to it, whatever happened elsewhere."""
        [first] = await log.append(note("a"))
        await log.append(note("elsewhere", to=OTHER_NOTE))

        await log.append(note("b", version=2, after=first.position))

        assert words(await log.history("note", NOTE)) == ["a", "b"]

    async def test_of_fifty_at_once_one_wins(self, log: EventLog) -> None:
        """Fifty first entries for one aggregate, sent at the same moment: one is kept."""
        outcomes = await asyncio.gather(*(log.append(note(str(i))) for i in range(50)), return_exceptions=True)

        assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, LogMovedOn) for outcome in outcomes) == 49
        assert await log.last() == 1

    async def test_twice_is_once(self, log: EventLog) -> None:
        """The same event sent again after a lost acknowledgement is found to be there, at its old position."""
        again = uuid4()
        [first] = await log.append(note("a", id=again))
        await log.append(note("b", version=2, after=1))

        [second] = await log.append(note("a", id=again))

        assert second == first
        assert await log.last() == 2

    async def test_another_event_under_a_used_id_is_refused(self, log: EventLog) -> None:
        """An id that served one aggregate does not silence an entry of another."""
        used = uuid4()
        await log.append(note("a", id=used))

        with pytest.raises(LogMovedOn):
            await log.append(note("b", to=OTHER_NOTE, id=used))

    async def test_an_entry_that_is_too_large_is_refused(self, log: EventLog) -> None:
        """An entry of more than 60,000 bytes is refused, and the log stays as it was."""
        with pytest.raises(EntryTooLarge, match="60000"):
            await log.append(note("a" * 60_000))

        assert await log.last() == 0


class TestBatch:
    async def test_all_are_kept_together(self, log: EventLog) -> None:
        """Entries of several aggregates, and several of one, are kept in one step at consecutive positions."""
        await log.append(note("before", to=uuid4()))

        kept = await log.append(note("a"), note("b", version=2), note("c", to=OTHER_NOTE))

        assert [recorded.position for recorded in kept] == [2, 3, 4]
        assert words(await log.history("note", NOTE)) == ["a", "b"]

    async def test_or_none(self, log: EventLog) -> None:
        """If one of the aggregates moved on, nothing of the batch is kept."""
        await log.append(note("a"))

        with pytest.raises(LogMovedOn):
            await log.append(note("c", to=OTHER_NOTE), note("b"))

        assert await log.last() == 1

    async def test_twice_is_once(self, log: EventLog) -> None:
        """A batch sent again is found to be there."""
        ids = [uuid4(), uuid4()]
        batch = [note("a", id=ids[0]), note("b", to=OTHER_NOTE, id=ids[1])]
        first = await log.append(*batch)

        assert await log.append(*batch) == first
        assert await log.last() == 2

    async def test_batches_at_once_do_not_mix(self, log: EventLog) -> None:
        """Each of many batches sent at the same moment lies in one piece."""

        async def send(name: str) -> tuple[Recorded, ...]:
            return await log.append(*(note(name, to=uuid4()) for _ in range(20)))

        for kept in await asyncio.gather(*(send(str(i)) for i in range(20))):
            assert [recorded.position for recorded in kept] == list(range(kept[0].position, kept[0].position + 20))
            found = await log.entries(kept[0].position - 1, 20)
            assert [entry.data for entry in found] == [recorded.entry for recorded in kept]

    async def test_more_than_a_thousand_are_refused(self, log: EventLog) -> None:
        """One step takes a thousand entries and not one more."""
        await log.append(*(note("a", to=uuid4()) for _ in range(BATCH_ENTRIES_MAX)))

        with pytest.raises(EntryTooLarge):
            await log.append(*(note("a", to=uuid4()) for _ in range(BATCH_ENTRIES_MAX + 1)))

        assert await log.last() == BATCH_ENTRIES_MAX


class TestHistory:
    async def test_is_the_aggregates_alone(self, log: EventLog) -> None:
        """A history holds one aggregate's entries and no others'."""
        await log.append(note("mine"))
        await log.append(note("yours", to=OTHER_NOTE))

        assert words(await log.history("note", NOTE)) == ["mine"]
        assert await log.history("note", uuid4()) == []

    async def test_can_go_on_from_a_position(self, log: EventLog) -> None:
        """Who knows the beginning may ask for the rest."""
        await log.append(note("a"))
        await log.append(note("b", version=2, after=1))

        assert words(await log.history("note", NOTE, after=1)) == ["b"]

    async def test_may_be_long(self, log: EventLog) -> None:
        """A history of more entries than fit in one answer comes whole, in order."""
        await log.append(*(note(str(i), version=i + 1) for i in range(900)))
        await log.append(*(note(str(i), version=i + 1, after=900) for i in range(900, 1_300)))

        assert words(await log.history("note", NOTE)) == [str(i) for i in range(1_300)]

    async def test_a_missing_version_is_a_gap(self, log: EventLog) -> None:
        """An aggregate's versions have no holes; a hole is said, not read over."""
        await log.append(note("a"))
        await log.append(note("c", version=3, after=1))

        with pytest.raises(LogHasGap, match="version 2"):
            await log.history("note", NOTE)


class TestFollow:
    async def test_reads_what_is_there_then_what_comes(self, log: EventLog) -> None:
        """A reader gets the past first, then each new entry."""
        await log.append(note("past"))

        async with reader(log) as following:
            assert words(await anext(following)) == ["past"]
            coming = asyncio.ensure_future(anext(following))
            await log.append(note("new", to=OTHER_NOTE))
            assert words(await asyncio.wait_for(coming, 5)) == ["new"]

    async def test_starts_where_the_reader_was(self, log: EventLog) -> None:
        """A reader that knows entry 1 begins at entry 2."""
        await log.append(note("a"), note("b", to=OTHER_NOTE))

        async with reader(log, after=1) as following:
            assert words(await anext(following)) == ["b"]

    async def test_misses_nothing_under_load(self, log: EventLog) -> None:
        """A reader beside many writers sees every position once, in order."""
        writing = asyncio.gather(*(log.append(note(str(i), to=uuid4())) for i in range(600)))
        seen: list[int] = []

        async with reader(log) as following:
            while len(seen) < 600:
                seen += [recorded.position for recorded in await asyncio.wait_for(anext(following), 10)]
        await writing

        assert seen == list(range(1, 601))

    async def test_a_log_that_was_cut_is_noticed(self, log: EventLog) -> None:
        """A reader that was further than the log is now stops and says so."""
        await log.append(note("a"))

        async with reader(log, after=9) as following:
            with pytest.raises(LogIsShort, match="position 9"):
                await anext(following)


class TestEntries:
    async def test_are_the_exact_bytes(self, log: EventLog) -> None:
        """Raw entries come with position and subject, and byte for byte as they were written."""
        [recorded] = await log.append(note("a"))

        assert await log.entries(0) == [Entry(1, f"log.governance.note.{NOTE}", recorded.entry)]

    async def test_none_at_the_end(self, log: EventLog) -> None:
        """At the log's end, and behind it, there are none."""
        await log.append(note("a"))

        assert await log.entries(1) == []
        assert await log.entries(UUID(int=1).int * 10**6) == []
