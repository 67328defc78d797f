"""Geo's database: with everything that the gazetteer holds, once for all tests; and empty, for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from libs.gazetteer.load import load
from libs.node.embedded import EmbeddedPostgres
from libs.service import database as databases
from libs.service import tables
from libs.service.database import Connection, Pool
from services.geo.app import SERVICE
from services.geo.projections import geo


async def prepared(url: str) -> Pool:
    """A pool for geo's database at *url*, its tables made."""
    pool = await databases.connect(url, None, connections_max=4)
    await tables.prepare(pool, schema=(SERVICE.folder / Path("schema.sql")).read_text(), read_from=geo.logs)
    return pool


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gazetteer(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database with the whole gazetteer, for tests that only read it."""
    url = await postgres.create_database("test_gazetteer")
    pool = await prepared(url)
    await load(pool)
    await pool.close()
    yield url
    await postgres.drop_database("test_gazetteer")


@pytest.fixture
async def places(gazetteer: str) -> AsyncIterator[Connection]:
    """A connection to the database with the whole gazetteer."""
    pool = await prepared(gazetteer)
    async with pool.acquire() as connection:
        yield connection
    await pool.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Geo's database, nothing in it."""
    pool = await prepared(database)
    yield pool
    await pool.close()
