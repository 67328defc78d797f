"""Loading and saving aggregates: the optimistic lock, and commands that come twice."""

import asyncio
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command
from libs.errors import NotFound
from libs.eventlog.log import EventLog, LogMovedOn
from libs.eventlog.memory import MemoryLog
from libs.service.aggregates import AggregateMemory, Aggregates, DoneAlready, KeyWasUsed, aggregate_name
from tests.libs.service.conftest import NOON, HoneyJar, OpenJar

COMMAND = UUID("c0000000-0000-4000-8000-000000000001")


@pytest.fixture
def log() -> MemoryLog:
    """An empty log."""
    return MemoryLog("groups")


def command(
    log: EventLog, command_id: UUID | None = None, content: Command | None = None, memory: AggregateMemory | None = None
) -> Aggregates:
    """The aggregates as one command sees them."""
    return Aggregates(log, actor="ana", command_id=command_id or uuid4(), now=NOON, command=content, memory=memory)


async def open_jar(log: EventLog, label: str = "lime") -> UUID:
    """A jar with nothing taken from it."""
    return (await command(log).save(HoneyJar(label))).aggregate_id


class TestGet:
    async def test_gives_what_the_history_made(self, log: MemoryLog) -> None:
        """An aggregate is what its entries made it, wherever it is loaded."""
        jar_id = await open_jar(log)
        for _ in range(3):
            work = command(log)
            jar = await work.get(HoneyJar, jar_id)
            jar.take()
            await work.save(jar)

        jar = await command(log).get(HoneyJar, jar_id)

        assert (jar.label, jar.spoons_count, jar.version) == ("lime", 3, 4)

    async def test_says_that_there_is_none(self, log: MemoryLog) -> None:
        """What has no history is not there; the refusal names it in words."""
        with pytest.raises(NotFound, match="There is no honey jar"):
            await command(log).get(HoneyJar, uuid4())


class TestSave:
    async def test_refuses_who_decided_on_old_knowledge(self, log: MemoryLog) -> None:
        """Of two commands that loaded the same jar, the second must decide again."""
        jar_id = await open_jar(log)
        first, second = command(log), command(log)
        jars = await first.get(HoneyJar, jar_id), await second.get(HoneyJar, jar_id)
        for jar in jars:
            jar.take()

        await first.save(jars[0])
        with pytest.raises(LogMovedOn):
            await second.save(jars[1])

    async def test_nothing_new_gives_the_newest_entry(self, log: MemoryLog) -> None:
        """A command that finds things as it wants them answers with the entry that made them so."""
        jar_id = await open_jar(log)
        work = command(log)

        recorded = await work.save(await work.get(HoneyJar, jar_id))

        assert recorded.position == 1
        assert await log.last() == 1

    async def test_several_are_kept_together_the_main_one_last(self, log: MemoryLog) -> None:
        """Aggregates that are saved together are one step; the receipt is the last one's."""
        recorded = await command(log).save(HoneyJar("lime"), HoneyJar("fir"))

        assert recorded.position == 2
        assert recorded.aggregate_id == HoneyJar.create_id("fir")

    async def test_entries_name_author_time_and_group(self, log: MemoryLog) -> None:
        """Each entry says who decided it, when, and which group it belongs to."""
        group_id = uuid4()

        recorded = await command(log).save(HoneyJar("lime"), group_id=group_id)

        assert (recorded.actor, recorded.decided_at, recorded.group_id) == ("ana", NOON, group_id)


class TestTwice:
    async def test_a_command_sent_again_is_found_done(self, log: MemoryLog) -> None:
        """The same command loads what it made, and stops with the entry that it made the first time."""
        jar_id = await open_jar(log)
        work = command(log, COMMAND)
        jar = await work.get(HoneyJar, jar_id)
        jar.take()
        first = await work.save(jar)

        with pytest.raises(DoneAlready) as done:
            await command(log, COMMAND).get(HoneyJar, jar_id)

        assert done.value.recorded == first

    async def test_what_a_command_founds_it_founds_once(self, log: MemoryLog) -> None:
        """Founding under an address is idempotent: the second time answers with the first entry."""
        first = await command(log, COMMAND, OpenJar(label="lime")).save(HoneyJar("lime"))

        assert await command(log, COMMAND, OpenJar(label="lime")).save(HoneyJar("lime")) == first

    async def test_another_command_under_the_same_key_is_refused(
        self, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An idempotency key that founded one thing does not found another."""
        monkeypatch.setattr(HoneyJar, "create_id", staticmethod(lambda label: command(log, COMMAND).new_id()))  # noqa: ARG005
        await command(log, COMMAND, OpenJar(label="lime")).save(HoneyJar("lime"))

        with pytest.raises(KeyWasUsed):
            await command(log, COMMAND, OpenJar(label="fir")).save(HoneyJar("fir"))


class TestPresumption:
    async def test_what_may_be_new_is_presumed_new_at_first(self, log: MemoryLog) -> None:
        """The first attempt asks nobody; where it is wrong the log refuses, and the second looks."""
        jar_id = await open_jar(log)
        first, second = (
            Aggregates(log, actor="ana", command_id=COMMAND, now=NOON, is_first_attempt=is_first)
            for is_first in (True, False)
        )

        assert await first.find_unless_new(HoneyJar, jar_id) is None
        with pytest.raises(LogMovedOn):
            await first.save(HoneyJar("lime"))
        assert await second.find_unless_new(HoneyJar, jar_id) is not None


class TestMemory:
    @pytest.fixture(autouse=True)
    def is_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Jars have long histories here."""
        monkeypatch.setattr(HoneyJar, "is_long", True, raising=False)

    async def test_reads_on_from_where_it_was(self, log: MemoryLog) -> None:
        """A kept aggregate is brought up to date with what others appended meanwhile."""
        memory = AggregateMemory()
        mine = command(log, memory=memory)
        await mine.save(HoneyJar("lime"))
        other = command(log)
        jar = await other.get(HoneyJar, HoneyJar.create_id("lime"))
        jar.take()
        await other.save(jar)

        kept = await command(log, memory=memory).get(HoneyJar, HoneyJar.create_id("lime"))

        assert kept.spoons_count == 1

    async def test_a_failed_save_is_forgotten(self, log: MemoryLog) -> None:
        """What was decided and not kept is no part of the aggregate that the next command gets."""
        memory = AggregateMemory()
        await command(log, memory=memory).save(HoneyJar("lime"))
        late = command(log, memory=memory)
        jar = await late.get(HoneyJar, HoneyJar.create_id("lime"))
        jar.take()
        faster = command(log)
        theirs = await faster.get(HoneyJar, jar.id)
        theirs.take()
        await faster.save(theirs)
        with pytest.raises(LogMovedOn):
            await late.save(jar)

        again = await command(log, memory=memory).get(HoneyJar, jar.id)

        assert again.spoons_count == 1

    async def test_a_command_sent_again_is_recognised(self, log: MemoryLog) -> None:
        """Also where the entry that it made is remembered and not read again."""
        memory, key = AggregateMemory(), uuid4()
        first = command(log, key, memory=memory)
        made = await first.save(HoneyJar("lime"))

        with pytest.raises(DoneAlready) as done:
            await command(log, key, memory=memory).get(HoneyJar, HoneyJar.create_id("lime"))
        assert done.value.recorded == made

    async def test_each_kind_has_its_own_room(self, log: MemoryLog) -> None:
        """Of more aggregates than are kept the one kept longest makes room."""
        memory = AggregateMemory(aggregates_max=2)
        for label in ("lime", "fir", "heather"):
            await command(log, memory=memory).save(HoneyJar(label))

        kept = [memory.share(HoneyJar, HoneyJar.create_id(label)) for label in ("lime", "fir", "heather")]
        assert [bool(each) for each in kept] == [False, True, True]


class TestLookAt:
    async def test_is_brought_up_to_date(self, log: MemoryLog) -> None:
        """Who looks sees all that is kept, and pays for what is new."""
        memory = AggregateMemory()
        await command(log).save(HoneyJar("lime"))
        address = HoneyJar.create_id("lime")
        seen = await command(log, memory=memory).look_at(HoneyJar, address)
        other = command(log)
        jar = await other.get(HoneyJar, address)
        jar.take()
        await other.save(jar)
        again = await asyncio.gather(*(command(log, memory=memory).look_at(HoneyJar, address) for _ in range(5)))

        assert seen is again[0]
        assert [jar.spoons_count for jar in again] == [1] * 5

    async def test_of_nothing(self, log: MemoryLog) -> None:
        """What has no history is not found."""
        with pytest.raises(NotFound):
            await command(log).look_at(HoneyJar, HoneyJar.create_id("fir"))


async def test_an_entry_may_name_a_pseudonym(log: MemoryLog) -> None:
    """Who is said to have done it may be another name than the caller's id."""
    recorded = await command(log).save(HoneyJar("lime"), actor="a bear")

    assert recorded.actor == "a bear"


def test_an_aggregates_name_is_its_class_in_snake_case() -> None:
    """`HoneyJar` lies under `honey_jar` in the log's subjects."""
    assert aggregate_name(HoneyJar) == "honey_jar"
