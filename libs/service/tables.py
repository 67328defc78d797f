"""
A service's tables: made at every start, whichever of its replicas comes first.

`read` holds read models, of one `schema.sql`; `vault` holds people's erasable data, and `vault.sql` may only add to it;
`desk` holds how far reactions came. Where `read` is of another `schema.sql`, that is of another version of the service,
it is left to it: `libs/service/rebuild.py` builds this version's beside it. A version whose tables were moved aside by
another finds them by its search path, under a name of its own, and the last process of a version that ends leaves them
to be dropped.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from libs.service.database import REST_OF_PATH, Connection, Pool

READ = "read"
NEXT = "read_next"
"""Where read models are built before they are switched to."""

FORMER = "read_former"
"""Where those go that were switched from, until they are dropped."""

TIDY_EVERY_S = 10.0

ONE_AT_A_TIME = 7_307_426
"""An advisory lock: two replicas that make or rename the same tables at once would fail."""

BUILDING = 7_307_428
"""An advisory lock: held by the one that builds read models beside others."""

_DROP_PATIENCE = "100ms"
"""Shorter than PostgreSQL's search for deadlocks, so that a query never loses to a drop."""

_SCHEMAS = """
CREATE SCHEMA IF NOT EXISTS vault;
CREATE SCHEMA IF NOT EXISTS desk;
CREATE TABLE IF NOT EXISTS desk.reacted (
    log      text PRIMARY KEY,
    position bigint NOT NULL                -- of the last entry of that log that was reacted to
);
"""

_READ = """
CREATE TABLE checkpoint (
    log      text PRIMARY KEY,
    position bigint NOT NULL                -- of the last entry of that log in these rows
);
CREATE TABLE built_from (schema_sha256 text NOT NULL);
"""


class Version:
    """A version of a service's read models: the text of its `schema.sql`."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self.sha256 = hashlib.sha256(schema.encode()).hexdigest()
        self.own = own_name(self.sha256)
        """The schema that its tables stand in while another version's are `read`."""

        self.search_path = f"{self.own}, {READ}, {REST_OF_PATH}"

    async def home(self, connection: Connection) -> str | None:
        """Return the schema that holds this version's tables, or None when they are not built."""
        for name in (READ, self.own):
            if await built_from(connection, name) == self.sha256:
                return name
        return None

    async def make(self, connection: Connection, name: str, read_from: Sequence[str]) -> None:
        """Make the tables, empty, in the schema *name*, which is dropped first."""
        await connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")
        await connection.execute(f"SET LOCAL search_path = {name}, public")
        await connection.execute(_READ)
        await connection.execute(self.schema)
        await connection.execute("INSERT INTO built_from VALUES ($1)", self.sha256)
        await _begin(connection, f"{name}.checkpoint", read_from)

    async def inhabit(self, connection: Connection) -> None:
        """Have no other version drop this one's tables while *connection* lives; it is for this and for `keep_tidy`."""
        await connection.execute("SELECT pg_advisory_lock_shared($1)", _tenancy(self.own))


def own_name(sha256: str) -> str:
    """Return the schema for read models of a version that are not `read`."""
    return f"{READ}_{sha256[:12]}"


async def built_from(connection: Connection, name: str) -> str | None:
    """Return the hash of the `schema.sql` that the schema *name* was built from, or None if it was not."""
    if await connection.fetchval("SELECT to_regclass($1)", f"{name}.built_from") is None:
        return None
    found: str | None = await connection.fetchval(f"SELECT schema_sha256 FROM {name}.built_from")  # noqa: S608 - no input
    return found


async def prepare(
    pool: Pool, *, schema: str, vault: str = "", read_from: Sequence[str] = (), react_to: Sequence[str] = ()
) -> bool:
    """
    Make what is missing of the tables of *schema* and *vault* and of the logs' checkpoints.

    Return whether the read models are there: False where those of another version are.
    """
    version = Version(schema)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
        await connection.execute(_SCHEMAS)
        if vault:
            await connection.execute("SET LOCAL search_path = vault, public")
            await connection.execute(vault)
        await _begin(connection, "desk.reacted", react_to)
        home = await version.home(connection)
        if home is None and await _is_free(connection):
            await version.make(connection, home := READ, read_from)
        elif home:
            await _begin(connection, f"{home}.checkpoint", read_from)
        return home is not None


async def _is_free(connection: Connection) -> bool:
    return await connection.fetchval("SELECT to_regclass('read.built_from')") is None


async def _begin(connection: Connection, table: str, logs: Sequence[str]) -> None:
    await connection.executemany(
        f"INSERT INTO {table} VALUES ($1, 0) ON CONFLICT DO NOTHING",  # noqa: S608 - no input
        [(log,) for log in logs],
    )


async def keep_tidy(connection: Connection, version: Version) -> None:
    """Drop what no process uses any more, every now and then, for ever; on the connection that inhabits *version*."""
    while True:
        with suppress(asyncpg.LockNotAvailableError):  # somebody still reads there; the next time, then
            await tidy(connection, version)
        await asyncio.sleep(TIDY_EVERY_S)


async def tidy(connection: Connection, version: Version) -> None:
    """
    Drop the read models of versions that no process is of, and what a builder that was ended has left.

    Where *version* is the only one left, its tables are `read` again.

    Raises:
        asyncpg.LockNotAvailableError: A query still reads there; nothing was changed.
    """
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{_DROP_PATIENCE}'")
        if not await _try(connection, ONE_AT_A_TIME):
            return
        if await _try(connection, BUILDING):
            for name in (NEXT, FORMER):
                await connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        for name in await _others(connection, version):
            if await _try(connection, _tenancy(name)):
                await connection.execute(f"DROP SCHEMA {name} CASCADE")
        if await version.home(connection) == version.own:
            await _move_back(connection, version)


async def _move_back(connection: Connection, version: Version) -> None:
    sha256 = await built_from(connection, READ)
    if sha256 is None or await _try(connection, _tenancy(own_name(sha256))):
        await connection.execute(f"DROP SCHEMA IF EXISTS {READ} CASCADE")
        await connection.execute(f"ALTER SCHEMA {version.own} RENAME TO {READ}")


async def _others(connection: Connection, version: Version) -> list[str]:
    rows = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^read_[0-9a-f]{12}$' ORDER BY 1")
    return [row["nspname"] for row in rows if row["nspname"] != version.own]


async def _try(connection: Connection, lock: int) -> bool:
    got: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock)
    return got


def _tenancy(name: str) -> int:
    """Return the advisory lock that every process of a version holds, shared, while it lives."""
    return int(name.rpartition("_")[2], 16)
