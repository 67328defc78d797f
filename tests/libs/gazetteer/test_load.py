"""The gazetteer comes into the database whole, once, or not at all."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.gazetteer.load import LoadFailed, data_version, load
from libs.service import database as databases
from libs.service import tables
from libs.service.database import Pool

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[3]
FEW = (sys.executable, "-m", "tests.libs.gazetteer.few_places")
BROKEN = (*FEW, "broken")
SCHEMA = (ROOT / "services" / "geo" / "schema.sql").read_text()

_IS_LOCKED = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted)"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """The database of geo before its first loading."""
    pool = await databases.connect(database, None, connections_max=6)
    await tables.prepare(pool, schema=SCHEMA)
    yield pool
    await pool.close()


async def names(pool: Pool) -> set[str]:
    """The places that the database knows."""
    return {row["name"] for row in await pool.fetch("SELECT name FROM gazetteer.known_place")}


async def edition(pool: Pool) -> int:
    """Which of the gazetteers that were ever put there stands: each has tables of its own."""
    number: int = await pool.fetchval("SELECT 'gazetteer.place'::regclass::oid::integer")
    return number


async def test_loads_what_the_packages_hold(pool: Pool) -> None:
    """Every place with its names and its ground, and the version that it is."""
    await load(pool, reader=FEW)

    assert await names(pool) == {"Die", "Crest", "Saou"}
    assert await pool.fetchval("SELECT version FROM gazetteer.version") == data_version()
    assert await pool.fetchval("SELECT count(*) FROM gazetteer.ground") == 3
    assert "tab bed" in {row["alias"] for row in await pool.fetch("SELECT alias FROM gazetteer.name")}


async def test_loads_once(pool: Pool) -> None:
    """At the next start there is nothing to do: the packages are not even read."""
    await load(pool, reader=FEW)

    await load(pool, reader=("false",))

    assert await names(pool) == {"Die", "Crest", "Saou"}


async def test_of_two_replicas_one_loads(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """The other waits, and finds it done."""
    with caplog.at_level(logging.INFO, "libs.gazetteer.load"):
        await asyncio.gather(*(load(pool, reader=FEW) for _ in range(3)))

    assert caplog.messages.count("gazetteer loaded") == 1
    assert await names(pool) == {"Die", "Crest", "Saou"}


async def test_what_is_cut_short_leaves_nothing_behind(pool: Pool) -> None:
    """When the reading process dies the gazetteer is as it was, and the next start begins anew."""
    with pytest.raises(LoadFailed):
        await load(pool, reader=BROKEN)
    assert await pool.fetchval("SELECT to_regclass('gazetteer.place')") is None

    await load(pool, reader=FEW)

    assert await names(pool) == {"Die", "Crest", "Saou"}


async def test_a_killed_service_starts_again(pool: Pool, database: str) -> None:
    """The server ends the connection of a loader that is gone, with what it had done and with its lock."""
    other = await databases.connect(database, None, connections_max=2)
    loading = asyncio.create_task(load(other, reader=("sleep", "60")))
    while not await pool.fetchval(_IS_LOCKED):
        await asyncio.sleep(0.01)
    loading.cancel()
    other.terminate()
    await asyncio.gather(loading, return_exceptions=True)

    await asyncio.wait_for(load(pool, reader=FEW), timeout=20)

    assert await names(pool) == {"Die", "Crest", "Saou"}


async def test_the_old_one_answers_while_a_new_one_is_loaded(pool: Pool) -> None:
    """A new version of the data takes the old one's place at once, or not at all."""
    await load(pool, reader=FEW)
    await pool.execute("UPDATE gazetteer.version SET version = 'an older one'")
    before = await edition(pool)

    with pytest.raises(LoadFailed):
        await load(pool, reader=BROKEN)
    assert await names(pool) == {"Die", "Crest", "Saou"}
    assert await edition(pool) == before

    await load(pool, reader=FEW)
    assert await edition(pool) != before
    assert await pool.fetchval("SELECT version FROM gazetteer.version") == data_version()


async def test_survives_a_rebuild_of_the_read_models(pool: Pool) -> None:
    """Read models are dropped at will; the gazetteer is none."""
    await load(pool, reader=FEW)
    before = await edition(pool)

    await tables.prepare(pool, schema=SCHEMA + "\n-- changed")

    assert await edition(pool) == before


async def test_says_how_far_it_is(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """In the log, and in a row that others can read."""
    with caplog.at_level(logging.INFO, "libs.gazetteer.load"):
        await load(pool, reader=FEW)

    said = [(r.__dict__["done"], r.__dict__["of"]) for r in caplog.records if r.message == "gazetteer"]
    assert said[0] == (0, 3)
    assert said[-1] == (3, 3)
    row = await pool.fetchrow("SELECT done, total FROM loading")
    assert row is not None
    assert tuple(row) == (3, 3)
