"""Read models that are built anew beside those that answer: queries go on, and each event is applied once."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from libs.contracts.base import Event
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service import database as databases
from libs.service.database import Connection, Pool, one_moment
from libs.service.projection import Progress, Projection, keep_level
from libs.service.rebuild import SEARCH_PATH, Builder, CannotRebuild
from libs.service.tables import Version, prepare, tidy
from libs.together import together
from tests.libs.service.conftest import HoneyJar, JarOpened, SpoonTaken

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE jar (jar_id uuid PRIMARY KEY, label text NOT NULL, spoons_count integer NOT NULL DEFAULT 0);
CREATE TABLE spoon (position bigint PRIMARY KEY, jar_id uuid NOT NULL REFERENCES jar);
"""
LATER_SCHEMA = SCHEMA + "CREATE INDEX spoon_of_jar ON spoon (jar_id);"

JAR = HoneyJar.create_id("lime")
Replica = Callable[..., Awaitable[Pool]]

jars = Projection()


@jars.on(JarOpened)
async def add_jar(tx: Connection, event: JarOpened, recorded: Recorded) -> None:
    await tx.execute("INSERT INTO jar VALUES ($1, $2)", recorded.aggregate_id, event.label)


@jars.on_many(SpoonTaken)
async def add_spoons(tx: Connection, run: Sequence[Recorded]) -> None:
    # Two statements, so that a switch between them would be seen.
    await tx.execute("UPDATE jar SET spoons_count = spoons_count + $2 WHERE jar_id = $1", JAR, len(run))
    await tx.executemany("INSERT INTO spoon VALUES ($1, $2)", [(r.position, r.aggregate_id) for r in run])


def new(event: Event, version: int) -> New:
    """An event of the jar, to be appended."""
    decided_at = datetime(2030, 6, 1, tzinfo=UTC)
    return New(event, JAR, version, version - 1, actor="ana", id=uuid4(), decided_at=decided_at)


async def grow(log: MemoryLog, spoons_count: int) -> None:
    """Take so many spoonfuls more."""
    last = await log.last()
    for version in range(last + 1, last + 1 + spoons_count):
        await log.append(new(SpoonTaken(), version))


@pytest.fixture
async def log() -> MemoryLog:
    """A log with a jar and 700 spoonfuls: more than is read at once."""
    log = MemoryLog("groups")
    await log.append(new(JarOpened(label="lime"), 1))
    await grow(log, 700)
    return log


@pytest.fixture
async def replica(database: str) -> AsyncIterator[Replica]:
    """Starts a replica of the version whose schema it is given, without a projection, and gives its pool."""
    async with AsyncExitStack() as stack:

        async def start(schema: str = SCHEMA) -> Pool:
            version = Version(schema)
            pool = await databases.connect(database, None, connections_max=4, search_path=version.search_path)
            stack.push_async_callback(pool.close)
            tenant = await pool.acquire()
            stack.push_async_callback(pool.release, tenant)
            await version.inhabit(tenant)
            await prepare(pool, schema=schema, read_from=jars.logs)
            return pool

        yield start


@asynccontextmanager
async def builder(database: str, log: MemoryLog, schema: str = SCHEMA) -> AsyncIterator[Builder]:
    """What builds the read models of *schema*."""
    pool = await databases.connect(database, None, connections_max=1, search_path=SEARCH_PATH)
    try:
        async with pool.acquire() as connection:
            yield Builder(connection, Version(schema), jars, {"groups": log})
    finally:
        pool.terminate()


async def rows(pool: Pool) -> list[list[str]]:
    """Every row that a query of this replica can find."""
    return [
        [row[0] for row in await pool.fetch(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")]
        for table in ("jar", "spoon", "checkpoint", "built_from")
    ]


async def schemas(pool: Pool) -> list[str]:
    """The schemas with read models."""
    return [row[0] for row in await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^read' ORDER BY 1")]


async def level(log: MemoryLog, pool: Pool) -> None:
    """Bring a replica's read models level with the log."""
    progress = Progress()
    async with together(keep_level(jars, log, pool, progress)):
        await progress.reach("groups", await log.last(), timeout_s=30)


async def test_the_new_ones_take_the_place_of_the_old(database: str, log: MemoryLog, replica: Replica) -> None:
    """What was wrong in the rows is right again, the rows are those of a fresh build, and nothing else is left."""
    pool = await replica()
    await level(log, pool)
    fresh = await rows(pool)
    await pool.execute("UPDATE jar SET label = 'lemon'")

    async with builder(database, log) as build:
        await build.build()

    assert await rows(pool) == fresh
    assert await schemas(pool) == ["read"]


async def test_reads_and_writes_go_on(database: str, log: MemoryLog, replica: Replica) -> None:
    """Under three rebuilds two replicas apply each event once, and no reader ever sees fewer rows than before."""
    pools = [await replica() for _ in range(2)]
    progress = [Progress(), Progress()]
    seen: list[int] = []
    is_over = False

    async def read(pool: Pool) -> None:
        most = 0
        while not is_over:
            [(counted, summed)] = await pool.fetch(
                "SELECT (SELECT count(*) FROM spoon), (SELECT coalesce(sum(spoons_count), 0) FROM jar)"
            )
            assert counted == summed
            assert counted >= most
            most = counted
            seen.append(counted)

    async def write() -> None:
        while not is_over:
            await grow(log, random.Random(len(seen)).randint(1, 5))
            await asyncio.sleep(0)

    following = [keep_level(jars, log, pool, each) for pool, each in zip(pools, progress, strict=True)]
    async with together(*following) as _:
        acting = [asyncio.create_task(work) for work in (*map(read, pools), write())]
        for _ in range(3):
            async with builder(database, log) as build:
                await build.build()
        is_over = True
        await asyncio.gather(*acting)
        for each in progress:
            await each.reach("groups", await log.last(), timeout_s=30)

    assert len(set(seen)) > 3
    before = await rows(pools[0])
    assert len(before[1]) == await log.last() - 1
    await pools[0].execute("DROP SCHEMA read CASCADE")
    await prepare(pools[0], schema=SCHEMA, read_from=jars.logs)
    await level(log, pools[0])
    assert await rows(pools[0]) == before


async def test_a_builder_that_is_ended_changes_nothing(database: str, log: MemoryLog, replica: Replica) -> None:
    """Half-way it is killed: the old read models are what they were, and the next builder begins anew."""
    pool = await replica()
    await level(log, pool)
    before = await rows(pool)
    half_way = asyncio.Event()

    async with builder(database, log) as build:
        build.say = lambda positions: half_way.set() if positions["groups"] else None
        await build.connection.execute("SELECT pg_advisory_lock(42)")
        building = asyncio.create_task(build.build())
        await half_way.wait()
        pid = await pool.fetchval("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 42")
        await pool.fetchval("SELECT pg_terminate_backend($1, 10000)", pid)
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
            await building

    assert await rows(pool) == before
    async with builder(database, log) as build:
        await build.build()
    assert await rows(pool) == before
    assert await schemas(pool) == ["read"]


async def test_only_one_rebuilds_at_a_time(database: str, log: MemoryLog, replica: Replica) -> None:
    """Whoever asks for a rebuild while one runs is told so."""
    pool = await replica()
    await pool.fetchval("SELECT pg_advisory_lock(7307428)")
    async with pool.acquire() as holder, builder(database, log) as build:
        await holder.execute("SELECT pg_advisory_lock(7307428)")
        with pytest.raises(CannotRebuild, match="already"):
            await build.build()


class TestAnotherVersion:
    async def test_two_replicas_of_it_start_at_once(self, database: str, log: MemoryLog, replica: Replica) -> None:
        """One of them builds, the other finds it built."""
        await level(log, await replica())

        async with builder(database, log, LATER_SCHEMA) as one, builder(database, log, LATER_SCHEMA) as other:
            built = await asyncio.gather(one.build_if_missing(), other.build_if_missing())

        assert sorted(built) == [False, True]

    async def test_each_version_keeps_its_own_tables(self, database: str, log: MemoryLog, replica: Replica) -> None:
        """While processes of the former version live, each version reads and moves its own read models."""
        former = await replica()
        await level(log, former)
        later = await replica(LATER_SCHEMA)
        async with builder(database, log, LATER_SCHEMA) as build:
            await build.build_if_missing()

        await grow(log, 5)
        await level(log, former)

        assert len((await rows(former))[1]) == 705
        assert len((await rows(later))[1]) == 700
        assert await schemas(later) == ["read", Version(SCHEMA).own]
        # One of the former that starts again finds its tables, and leaves the later ones alone.
        again = await replica()
        assert await rows(again) == await rows(former)
        assert len((await rows(later))[1]) == 700

    async def test_what_nobody_is_of_any_more_is_dropped(self, database: str, log: MemoryLog, replica: Replica) -> None:
        """When the last process of the former version has ended, its read models go."""
        former = await databases.connect(database, None, connections_max=4, search_path=Version(SCHEMA).search_path)
        tenant = await former.acquire()
        await Version(SCHEMA).inhabit(tenant)
        await prepare(former, schema=SCHEMA, read_from=jars.logs)
        later = await replica(LATER_SCHEMA)
        async with builder(database, log, LATER_SCHEMA) as build:
            await build.build_if_missing()
        assert len(await schemas(later)) == 2

        await former.release(tenant)
        await former.close()
        async with later.acquire() as connection:
            await tidy(connection, Version(LATER_SCHEMA))

        assert await schemas(later) == ["read"]

    async def test_a_version_that_is_gone_back_to(self, database: str, log: MemoryLog, replica: Replica) -> None:
        """The former version's tables are `read` again when it is the only one left."""
        former = await replica()
        await level(log, former)
        async with builder(database, log, LATER_SCHEMA) as build:  # nobody of this version lives
            await build.build_if_missing()
        before = await rows(former)

        async with former.acquire() as connection:
            await tidy(connection, Version(SCHEMA))

        assert await rows(former) == before
        assert await schemas(former) == ["read"]

    async def test_it_is_not_rebuilt_by_command(self, database: str, log: MemoryLog, replica: Replica) -> None:
        """A command of a version that does not run changes nothing."""
        pool = await replica()

        async with builder(database, log, LATER_SCHEMA) as build:
            with pytest.raises(CannotRebuild, match="another version"):
                await build.build()

        assert await schemas(pool) == ["read"]


async def test_a_query_that_reads_there_is_not_disturbed(database: str, log: MemoryLog, replica: Replica) -> None:
    """The old tables are dropped when the transaction that read there is done; it is not ended for their sake."""
    pool = await replica()
    await level(log, pool)
    async with pool.acquire() as connection:
        reading = connection.transaction(isolation="repeatable_read")
        await reading.start()
        before = await connection.fetchval("SELECT count(*) FROM spoon")
        async with builder(database, log) as build:
            building = asyncio.create_task(build.build())
            while "read_former" not in await schemas(pool):
                await asyncio.sleep(0.01)
            assert await connection.fetchval("SELECT count(*) FROM spoon") == before
            assert not building.done()
            await reading.rollback()
            await building
    assert await schemas(pool) == ["read"]


async def test_several_questions_about_one_moment(database: str, log: MemoryLog, replica: Replica) -> None:
    """Who asks several questions that must agree is answered from one set of tables; the switch waits for the end."""
    pool = await replica()
    await level(log, pool)
    async with builder(database, log) as build:
        async with one_moment(pool) as moment:
            before = await moment.fetchval("SELECT count(*) FROM spoon")
            building = asyncio.create_task(build.build())
            while not await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
            assert await moment.fetchval("SELECT sum(spoons_count) FROM jar") == before == 700
        await building


async def test_what_comes_before_the_switch_is_in_it(database: str, log: MemoryLog, replica: Replica) -> None:
    """The new read models stand where the old ones stood, or later, at the moment in which they take their place."""
    pool = await replica()
    progress = Progress()
    async with together(keep_level(jars, log, pool, progress)):
        for _ in range(5):
            await grow(log, 40)
            await progress.reach("groups", last := await log.last(), timeout_s=30)
            async with builder(database, log) as build:
                await build.build()
            assert await pool.fetchval("SELECT position FROM checkpoint") >= last
