"""What happened elsewhere becomes a command here, once."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service.database import Pool
from libs.service.projection import Progress
from libs.service.reactions import Reactions, World, keep_reacting, keep_ticking
from libs.service.tables import prepare
from tests.libs.service.conftest import HoneyJar, JarOpened, OpenJar, SpoonTaken

pytestmark = pytest.mark.postgres

reactions = Reactions()


@reactions.on(JarOpened)
async def copy_jar(event: JarOpened, recorded: Recorded, world: World) -> Command | None:
    return OpenJar(label=event.label) if event.label != "secret" else None


class Desk:
    """Remembers what it was told to do."""

    def __init__(self, *, fails: bool = False) -> None:
        self.done: list[tuple[UUID, Command]] = []
        self._fails = fails

    async def __call__(self, command: Command, *, command_id: UUID) -> None:
        if self._fails:
            raise ConnectionError
        self.done.append((command_id, command))


@pytest.fixture
async def log(pool: Pool) -> MemoryLog:
    """A log with two jars, a secret one between them, and a spoonful."""
    await prepare(pool, schema="CREATE TABLE jar (label text)", react_to=reactions.logs)
    log = MemoryLog("groups")
    for event in (JarOpened(label="lime"), JarOpened(label="secret"), JarOpened(label="fir"), SpoonTaken()):
        await log.append(
            New(event, uuid4(), 1, 0, actor="ana", id=uuid4(), decided_at=datetime(2030, 6, 1, tzinfo=UTC))
        )
    return log


async def react(log: MemoryLog, pool: Pool, desk: Desk) -> None:
    """React to all that is in the log, then stop."""
    heard = Progress()
    reacting = asyncio.create_task(keep_reacting(reactions, log, World(pool, Progress()), heard, desk))
    try:
        await heard.reach("groups", 4, timeout_s=20)
    finally:
        reacting.cancel()
        await asyncio.gather(reacting, return_exceptions=True)


async def test_each_event_that_matters_is_reacted_to(log: MemoryLog, pool: Pool) -> None:
    """Two of the four entries call for a command; the others are passed over."""
    desk = Desk()

    await react(log, pool, desk)

    assert [command for _, command in desk.done] == [OpenJar(label="lime"), OpenJar(label="fir")]


async def test_a_restart_goes_on_where_it_was(log: MemoryLog, pool: Pool) -> None:
    """What was reacted to is not reacted to again."""
    await react(log, pool, Desk())
    desk = Desk()

    await react(log, pool, desk)

    assert desk.done == []


async def test_the_same_event_makes_the_same_command(log: MemoryLog, pool: Pool) -> None:
    """A replica that reacts to the same entry names its command the same, so the log can tell that it is done."""
    first, second = Desk(), Desk()
    await react(log, pool, first)
    await pool.execute("UPDATE reacted SET position = 0")

    await react(log, pool, second)

    assert first.done == second.done


async def test_a_failure_is_not_passed_over(log: MemoryLog, pool: Pool) -> None:
    """When the command could not be sent the checkpoint stays, and the reaction stops to begin again."""
    with pytest.raises(ConnectionError):
        await keep_reacting(reactions, log, World(pool, Progress()), Progress(), Desk(fails=True))

    assert await pool.fetchval("SELECT position FROM reacted") == 0


async def test_the_clock_asks_again_and_again(pool: Pool) -> None:
    """What the clock finds to do is done at each tick."""
    desk, twice = Desk(), asyncio.Event()

    async def tick(_: World) -> list[tuple[UUID, Command]]:
        if len(desk.done) >= 2:
            twice.set()
        return [(HoneyJar.create_id("lime"), OpenJar(label="lime"))]

    ticking = asyncio.create_task(keep_ticking(0.01, tick, World(pool, Progress()), desk))
    await asyncio.wait_for(twice.wait(), 5)
    ticking.cancel()

    assert desk.done[0] == desk.done[1]


class TestParts:
    def test_reactions_are_made_of_parts(self) -> None:
        """One room's reactions and another's clock are one whole."""
        hearing, ticking = Reactions(), Reactions()
        hearing.on(JarOpened)(copy_jar)
        ticking.every(1.0)(_nothing_is_due)
        whole = Reactions.of(hearing, ticking)

        assert whole.logs == ("groups",)
        assert whole.ticks == [(1.0, _nothing_is_due)]

    def test_two_parts_do_not_react_to_the_same_event(self) -> None:
        """None of two reactions to one event is lost unnoticed."""
        with pytest.raises(ValueError, match="JarOpened"):
            Reactions.of(reactions, reactions)


async def _nothing_is_due(world: World) -> list[tuple[UUID, Command]]:
    return []
