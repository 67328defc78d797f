"""
The vaults, copied while the services work: the only content of a database that is in no log.

With them goes the schema `desk`, how far reactions came, in the same snapshot: so what a restored service reacts to
first is all that happened after its vault was copied, and whoever was erased since is erased again.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TypeAlias

import asyncpg

from libs.node.backup.chest import Chest, Opener
from libs.node.backup.manifest import VAULTS, Piece, TableCopy
from libs.node.trouble import NodeTrouble
from libs.service import tables
from libs.service.database import Connection, connect

DatabaseConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | Connection"

PIECE_BYTES_MAX = 8_000_000
SCHEMAS = ("vault", "desk")

_NO_READ_MODELS = "SELECT"
"""The service makes those itself, from the logs."""

_TABLES = """
SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1
"""
_COLUMNS = """
SELECT column_name FROM information_schema.columns
 WHERE table_schema || '.' || table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
_REFERENCES = """
SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
 WHERE contype = 'f' AND conrelid <> confrelid AND connamespace = ANY($1::regnamespace[])
"""


async def copy_vault(
    connection: DatabaseConnection, chest: Chest, former: Sequence[TableCopy]
) -> tuple[TableCopy, ...]:
    """Return a service's tables that are in no log, as they stand together at one moment."""
    pieces = {copy.table: copy.pieces for copy in former}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # regclass leaves out a schema that is on the path.
        await connection.execute("SET LOCAL search_path = pg_catalog")
        return tuple(
            [await _copy_table(connection, table, chest, pieces.get(table, ())) for table in await _tables(connection)]
        )


async def _tables(connection: DatabaseConnection) -> list[str]:
    """Return the tables, each behind those that its rows refer to."""
    found = await connection.fetch(_TABLES, SCHEMAS)
    graph: dict[str, set[str]] = {table: set() for (table,) in found}
    for table, other in await connection.fetch(_REFERENCES, list(SCHEMAS)):
        graph[table].add(other)
    return list(TopologicalSorter(graph).static_order())


async def _copy_table(connection: DatabaseConnection, table: str, chest: Chest, former: Sequence[Piece]) -> TableCopy:
    columns = tuple(row[0] for row in await connection.fetch(_COLUMNS, table))
    pieces, rest = [], bytearray()

    async def take(data: bytes) -> None:
        rest.extend(data)
        while len(rest) >= PIECE_BYTES_MAX:
            pieces.append(chest.put(VAULTS, bytes(rest[:PIECE_BYTES_MAX]), former))
            del rest[:PIECE_BYTES_MAX]

    # In one order, so that a table that did not change is the same bytes again.
    query = f"SELECT {_listed(columns)} FROM {table} ORDER BY {_listed(columns)}"  # noqa: S608 - names from the catalogue
    await connection.copy_from_query(query, output=take)
    pieces.append(chest.put(VAULTS, bytes(rest), former))
    return TableCopy(table=table, columns=columns, pieces=tuple(pieces))


async def fill_vault(
    url: str, password: str, *, vault_sql: str, copies: Sequence[TableCopy], opener: Opener, service: str
) -> None:
    """
    Make the tables of a new database of *service* and put the rows of *copies* into them.

    Raises:
        NodeTrouble: A copy is damaged, or has a table or column that this version does not know.
    """
    pool = await connect(url, password, connections_max=1)
    try:
        await tables.prepare(pool, schema=_NO_READ_MODELS, vault=vault_sql)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("DROP SCHEMA read CASCADE")
            await connection.execute("SET LOCAL search_path = pg_catalog")
            known = {table: await _columns(connection, table) for (table,) in await connection.fetch(_TABLES, SCHEMAS)}
            for copy in copies:
                _check_is_known(service, copy, known)
                schema, _, table = copy.table.partition(".")
                await connection.copy_to_table(
                    table, schema_name=schema, columns=copy.columns, source=_content(service, copy, opener)
                )
    finally:
        await pool.close()


async def _columns(connection: DatabaseConnection, table: str) -> set[str]:
    return {row[0] for row in await connection.fetch(_COLUMNS, table)}


def _check_is_known(service: str, copy: TableCopy, known: Mapping[str, Iterable[str]]) -> None:
    if copy.table not in known or not set(copy.columns) <= set(known[copy.table]):
        raise NodeTrouble(
            f"The table {copy.table} of {service} has columns in the backup that this version of Plaanet does not have;"
            " restore it with the version that wrote it."
        )


async def _content(service: str, copy: TableCopy, opener: Opener) -> AsyncIterator[bytes]:
    for piece in copy.pieces:
        yield opener.open(f"table {copy.table} of {service}", piece)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
