"""Read models that keep level with the log, each event applied once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Event
from libs.errors import LogHasGap, NotYet
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.eventlog.sealing import Keys
from libs.service.database import Connection, Pool
from libs.service.projection import Progress, Projection, keep_level
from libs.service.tables import prepare
from tests.libs.service.conftest import HoneyJar, JarOpened, SpoonTaken

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE jar (jar_id uuid PRIMARY KEY, label text NOT NULL, position bigint NOT NULL);
CREATE TABLE spoon (jar_id uuid NOT NULL, position bigint PRIMARY KEY);
"""

jars = Projection()


@jars.on(JarOpened)
async def add_jar(tx: Connection, event: JarOpened, recorded: Recorded) -> None:
    await tx.execute("INSERT INTO jar VALUES ($1, $2, $3)", recorded.aggregate_id, event.label, recorded.position)


@jars.on_many(SpoonTaken)
async def add_spoons(tx: Connection, run: Sequence[Recorded]) -> None:
    await tx.executemany("INSERT INTO spoon VALUES ($1, $2)", [(r.aggregate_id, r.position) for r in run])


@pytest.fixture
async def log(pool: Pool) -> MemoryLog:
    """A log with a jar and three spoonfuls, and empty read models for it."""
    await prepare(pool, schema=SCHEMA, read_from=jars.logs)
    log = MemoryLog("groups")
    jar_id = HoneyJar.create_id("lime")
    await log.append(new(JarOpened(label="lime"), jar_id, 1, 0))
    for version in (2, 3, 4):
        await log.append(new(SpoonTaken(), jar_id, version, version - 1))
    return log


def new(event: Event, jar_id: UUID, version: int, after: int) -> New:
    """An event to be appended."""
    return New(event, jar_id, version, after, actor="ana", id=uuid4(), decided_at=datetime(2030, 6, 1, tzinfo=UTC))


async def follow_until(log: MemoryLog, pool: Pool, position: int, replicas: int = 1) -> Progress:
    """Keep the read models level until they have reached *position*, then stop."""
    progress = Progress()
    following = [asyncio.create_task(keep_level(jars, log, pool, progress)) for _ in range(replicas)]
    try:
        await progress.reach("groups", position, timeout_s=5)
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    return progress


async def spoons_count(pool: Pool) -> int:
    """How many spoonfuls the read models know of."""
    count: int = await pool.fetchval("SELECT count(*) FROM spoon")
    return count


async def test_rows_and_checkpoint_move_together(log: MemoryLog, pool: Pool) -> None:
    """When the rows hold all four entries, the checkpoint says 4."""
    await follow_until(log, pool, 4)

    assert await spoons_count(pool) == 3
    assert await pool.fetchval("SELECT position FROM checkpoint") == 4


async def test_three_replicas_apply_each_event_once(log: MemoryLog, pool: Pool) -> None:
    """Replicas that follow the same log at once end with the rows of one."""
    await follow_until(log, pool, 4, replicas=3)

    assert await spoons_count(pool) == 3


async def test_a_batch_that_comes_twice_is_applied_once(log: MemoryLog, pool: Pool) -> None:
    """Delivery again changes nothing."""
    batch = await anext(log.follow(0))
    for _ in range(2):
        async with pool.acquire() as connection, connection.transaction():
            await jars.advance(connection, batch)

    assert await spoons_count(pool) == 3


async def test_a_failure_leaves_no_trace(log: MemoryLog, pool: Pool) -> None:
    """A batch that fails half-way is undone whole, checkpoint and all, and stops the follower."""
    await log.append(new(JarOpened(label="lime"), HoneyJar.create_id("lime"), 5, 4))  # breaks the primary key

    with pytest.raises(Exception, match="duplicate key"):
        await keep_level(jars, log, pool, Progress())

    assert await spoons_count(pool) == 0
    assert await pool.fetchval("SELECT position FROM checkpoint") == 0


async def test_a_gap_stops_the_follower(log: MemoryLog, pool: Pool) -> None:
    """A read model does not grow over a hole in the log."""
    log.lose(3)

    with pytest.raises(LogHasGap):
        await keep_level(jars, log, pool, Progress())

    assert await spoons_count(pool) == 0


async def test_a_query_can_wait_for_its_position(log: MemoryLog, pool: Pool) -> None:
    """Who asks for a position that is not there yet is told so, in time; one that is there costs nothing."""
    progress = await follow_until(log, pool, 4)

    await progress.reach("groups", 4, timeout_s=0.01)
    with pytest.raises(NotYet, match="groups:4, not at 5"):
        await progress.reach("groups", 5, timeout_s=0.01)


async def test_there_is_no_waiting_for_a_log_that_is_not_read_here() -> None:
    """One request may ask several services; each waits for the entries that can reach its own read models."""
    progress = Progress(["groups"])

    await progress.reach("identity", 5, timeout_s=0.01)
    with pytest.raises(NotYet):
        await progress.reach("groups", 5, timeout_s=0.01)


async def test_a_function_may_look_at_every_entry(log: MemoryLog, pool: Pool) -> None:
    """It is shown each entry once and in order, also what nobody takes, and sees the rows that follow from it."""
    seen: list[tuple[int, int]] = []
    watched = Projection()
    watched.on(JarOpened)(add_jar)

    @watched.on_all("groups")
    async def look(tx: Connection, new: Sequence[Recorded]) -> None:
        jars_count = await tx.fetchval("SELECT count(*) FROM jar")
        seen.extend((recorded.position, jars_count) for recorded in new)

    batch = await anext(log.follow(0))
    for part in (batch[:2], batch[:3], batch):  # what comes again is not new
        async with pool.acquire() as connection, connection.transaction():
            await watched.advance(connection, part)

    assert seen == [(1, 1), (2, 1), (3, 1), (4, 1)]


async def test_keys_are_handed_to_who_opens_rows(log: MemoryLog, pool: Pool) -> None:
    """What was kept sealed is opened in the transaction of the entry that lets everybody read it."""
    handed: list[object] = []
    opening, keys = Projection(), RoomKeys()

    @opening.on_with_keys(JarOpened)
    async def open_rows(tx: Connection, event: JarOpened, recorded: Recorded, keys: Keys | None) -> None:
        handed.append(keys)

    async with pool.acquire() as connection, connection.transaction():
        await opening.advance(connection, await anext(log.follow(0)), keys)

    assert handed == [keys]


class RoomKeys:
    """Knows no key."""

    def key(self, key_id: UUID) -> None:
        return None


class TestParts:
    def test_a_projection_is_made_of_parts(self) -> None:
        """One room's functions and another's move the same checkpoint."""
        opened, taken = Projection(), Projection()
        opened.on(JarOpened)(_nothing)
        taken.on(SpoonTaken)(_nothing)

        assert Projection.of(opened, taken).logs == ("groups",)

    def test_two_parts_do_not_take_the_same_event(self) -> None:
        """Which of two functions comes first must never matter."""
        one, other = Projection(), Projection()
        one.on(JarOpened)(_nothing)
        other.on(JarOpened)(_nothing)

        with pytest.raises(ValueError, match="JarOpened"):
            Projection.of(one, other)

    def test_two_parts_do_not_look_at_all_of_one_log(self) -> None:
        """What one has seen the other has seen too: one of them is enough."""
        one, other = Projection(), Projection()
        for part in (one, other):
            part.on_all("groups")(_look)

        assert one.logs == ("groups",)
        with pytest.raises(ValueError, match="groups"):
            Projection.of(one, other)


async def _look(tx: Connection, new: Sequence[Recorded]) -> None:
    """Change no row."""


async def _nothing(tx: Connection, event: JarOpened, recorded: Recorded) -> None:
    """Change no row."""
