"""A service's tables: made once, built again when they changed, the vault never touched."""

import asyncio

import pytest

from libs.service.database import Pool
from libs.service.tables import prepare

SCHEMA = "CREATE TABLE jar (label text PRIMARY KEY);"
VAULT = "CREATE TABLE IF NOT EXISTS owner (name text);"

pytestmark = pytest.mark.postgres


async def test_they_stand_where_the_search_path_finds_them(pool: Pool) -> None:
    """Read models, vault and checkpoints are there, and each log starts at position 0."""
    await prepare(pool, schema=SCHEMA, vault=VAULT, read_from=["groups"], react_to=["identity"])

    await pool.execute("INSERT INTO jar VALUES ('lime')")
    await pool.execute("INSERT INTO owner VALUES ('Ana')")
    assert await pool.fetchval("SELECT position FROM checkpoint WHERE log = 'groups'") == 0
    assert await pool.fetchval("SELECT position FROM reacted WHERE log = 'identity'") == 0


async def test_the_same_schema_is_left_alone(pool: Pool) -> None:
    """A restart keeps the rows and the checkpoint."""
    await prepare(pool, schema=SCHEMA, read_from=["groups"])
    await pool.execute("INSERT INTO jar VALUES ('lime')")
    await pool.execute("UPDATE checkpoint SET position = 7")

    await prepare(pool, schema=SCHEMA, read_from=["groups"])

    assert await pool.fetchval("SELECT count(*) FROM jar") == 1
    assert await pool.fetchval("SELECT position FROM checkpoint") == 7


async def test_another_versions_read_models_are_left_to_it(pool: Pool) -> None:
    """Where `schema.sql` is another, the tables that are there, vault and reactions stay as they are."""
    assert await prepare(pool, schema=SCHEMA, vault=VAULT, read_from=["groups"], react_to=["identity"])
    await pool.execute("INSERT INTO jar VALUES ('lime')")
    await pool.execute("INSERT INTO owner VALUES ('Ana')")
    await pool.execute("UPDATE checkpoint SET position = 7")
    await pool.execute("UPDATE reacted SET position = 5")

    is_there = await prepare(
        pool, schema=SCHEMA + "-- changed", vault=VAULT, read_from=["groups"], react_to=["identity"]
    )

    assert not is_there
    assert await pool.fetchval("SELECT label FROM jar") == "lime"
    assert await pool.fetchval("SELECT position FROM checkpoint") == 7
    assert await pool.fetchval("SELECT name FROM owner") == "Ana"
    assert await pool.fetchval("SELECT position FROM reacted") == 5


async def test_replicas_that_start_at_once_do_not_trip(pool: Pool) -> None:
    """Four replicas that prepare the same tables at the same moment all find them made."""
    await asyncio.gather(*(prepare(pool, schema=SCHEMA, vault=VAULT, read_from=["groups"]) for _ in range(4)))

    assert await pool.fetchval("SELECT count(*) FROM checkpoint") == 1
