"""
Makes a service's tables, at every start, whichever of its replicas comes first.

`read` holds read models and is built again from position 1 when `schema.sql` is not the one it was built from;
`vault` holds people's erasable data, and `vault.sql` may only add to it; `desk` holds how far reactions came.
"""

import hashlib
from collections.abc import Sequence

from libs.service.database import Connection, Pool

_SCHEMAS = """
CREATE SCHEMA IF NOT EXISTS read;
CREATE SCHEMA IF NOT EXISTS vault;
CREATE SCHEMA IF NOT EXISTS desk;
CREATE TABLE IF NOT EXISTS desk.reacted (
    log      text PRIMARY KEY,
    position bigint NOT NULL                -- of the last entry of that log that was reacted to
);
"""

_READ = """
DROP SCHEMA read CASCADE;
CREATE SCHEMA read;
CREATE TABLE read.checkpoint (
    log      text PRIMARY KEY,
    position bigint NOT NULL                -- of the last entry of that log in these rows
);
CREATE TABLE read.built_from (schema_sha256 text NOT NULL);
"""

_ONE_AT_A_TIME = 7_307_426  # an advisory lock: two replicas that make the same tables at once would fail


async def prepare(
    pool: Pool, *, schema: str, vault: str = "", read_from: Sequence[str] = (), react_to: Sequence[str] = ()
) -> None:
    """Make the tables of *schema* and *vault* and the checkpoints of the logs, or leave them if they are so already."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)
        await connection.execute(_SCHEMAS)
        if vault:
            await connection.execute("SET LOCAL search_path = vault, public")
            await connection.execute(vault)
        await _build(connection, schema)
        for table, logs in (("read.checkpoint", read_from), ("desk.reacted", react_to)):
            await connection.executemany(
                f"INSERT INTO {table} VALUES ($1, 0) ON CONFLICT DO NOTHING",  # noqa: S608 - two constants
                [(log,) for log in logs],
            )


async def _build(connection: Connection, schema: str) -> None:
    digest = hashlib.sha256(schema.encode()).hexdigest()
    is_built = await connection.fetchval("SELECT to_regclass('read.built_from')")
    if is_built and await connection.fetchval("SELECT schema_sha256 FROM read.built_from") == digest:
        return
    await connection.execute(_READ)
    await connection.execute("SET LOCAL search_path = read, public")
    await connection.execute(schema)
    await connection.execute("INSERT INTO read.built_from VALUES ($1)", digest)
