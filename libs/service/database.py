"""
A service's own PostgreSQL database: the pool, and how values cross into it.

Read models stand in schema `read` and can be built again at any time; what cannot be stands in `vault` (people's
erasable data) and `desk` (how far reactions came). Tables are named without their schema; the search path finds them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import orjson

from libs.telemetry import metrics

# In quotes: asyncpg's classes take type parameters for the type checker alone.
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

REST_OF_PATH = "vault, desk, public"

SEARCH_PATH = f"read, {REST_OF_PATH}"


async def connect(url: str, password: str | None, *, connections_max: int, search_path: str = SEARCH_PATH) -> Pool:
    """
    Return a pool of at most *connections_max* connections to the database at *url*, which find tables by *search_path*.

    Raises:
        OSError, asyncpg.PostgresError: The server is away, or refuses.
    """
    pool = await asyncpg.create_pool(
        url,
        password=password,
        min_size=1,
        max_size=connections_max,
        init=_use_json,
        reset=_leave_as_it_is,
        server_settings={"search_path": search_path, "application_name": "plaanet"},
        command_timeout=60,
    )
    if connections_max > 1:  # one alone stands beside the process's pool
        metrics.POOL_CONNECTIONS.labels("max").set(connections_max)
        metrics.POOL_CONNECTIONS.labels("idle").set_function(pool.get_idle_size)
        metrics.POOL_CONNECTIONS.labels("used").set_function(lambda: pool.get_size() - pool.get_idle_size())
    return pool


@asynccontextmanager
async def one_moment(pool: Pool) -> AsyncIterator[Connection]:
    """Give a connection whose statements all see the read models as they are at one moment, whatever is rebuilt."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # Before anything is read: a switch to rebuilt tables is over now, or waits for the end of this. Otherwise the
        # names would lead to the new tables, and the snapshot into the time before their last rows.
        await connection.execute("LOCK TABLE checkpoint IN ACCESS SHARE MODE")
        yield connection


async def _use_json(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """JSON columns are Python values, not text."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
        )


async def _leave_as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """
    Spare each use of a connection a round trip: what asyncpg resets by default nobody here changes.

    A transaction that was left open is rolled back all the same; settings are made `LOCAL` to a transaction, and who
    takes a lock of the session lets go of it.
    """
