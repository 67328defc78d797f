"""Whether the logs are whole, and the read models level with them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.errors import LogFault
from libs.eventlog.codec import decode
from libs.eventlog.jetstream import JetStreamLog, check_stream
from libs.eventlog.log import LogUnreachable, what_to_do
from libs.node.doctor.finding import Finding, note, well, wrong
from libs.node.doctor.known import Comparison, roots
from libs.node.doctor.machine import CLOCK_SLACK_S
from libs.node.folder import NodeFolder
from libs.node.passwords import password
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import ADMIN as POSTGRES_ADMIN
from libs.node.postgres import database_url
from libs.node.streams import connect_as_admin

CATCH_UP_S = 5.0
"""A read model that is on its way gets so long to arrive."""

REACTIONS_LAG_MAX = 1000
"""A service notes how far its reactions came when it reacted, and otherwise once in so many entries."""

Show = Callable[[str], None]


@dataclass(frozen=True)
class Ends:
    """The last position of each log that could be read."""

    positions: dict[str, int]


async def logs(folder: NodeFolder, status: dict[str, Any], show: Show) -> AsyncIterator[Finding | Ends]:
    """Read every log from its first entry to its last and say what is wrong; at the end say where they end."""
    ends: dict[str, int] = {}
    known = roots(folder)
    try:
        client = await connect_as_admin(status["nats_url"], password(folder.secrets, f"nats-{ADMIN}"))
    except (NatsError, OSError) as fault:
        yield wrong(f"NATS does not answer ({fault}); the logs were not looked at. {folder.logs}/nats.log may say why.")
        return
    try:
        for service in SERVICES:
            comparison = Comparison(service, known.get(service, ()))
            try:
                last, newest = await _read_whole(client, service, comparison, show)
            except (LogFault, LogUnreachable) as fault:
                yield wrong(str(fault))
                continue
            ends[service] = last
            yield well(
                f"Log {service}: entries 1 to {last}, none missing, each understood."
                if last
                else f"Log {service}: empty."
            )
            for finding in comparison.findings():
                yield finding
            if newest and (ahead_s := (newest - datetime.now(UTC)).total_seconds()) > CLOCK_SLACK_S:
                yield wrong(
                    f"The clock went back: {service}:{last} was decided {ahead_s:.0f} s from now. Set it right."
                )
    finally:
        await client.close()
    yield Ends(ends)


async def _read_whole(client: Client, service: str, comparison: Comparison, show: Show) -> tuple[int, datetime | None]:
    """
    Return the log's last position and the time of its newest decision.

    Raises:
        LogFault: An entry is missing or cannot be understood, or the stream is not kept as a log must be.
    """
    await check_stream(client, service)
    log = JetStreamLog(client, service)
    end, position, newest = await log.last(), 0, None
    while batch := await log.entries(position):
        for entry in batch:
            newest = decode(service, entry.position, entry.data).decided_at
            comparison.add(entry.data)
        position = batch[-1].position
        show(f"reading log {service}: {position} of {end}")
    return position, newest


async def read_models(folder: NodeFolder, status: dict[str, Any], ends: Ends) -> AsyncIterator[Finding]:
    """Say which read models are behind their logs, or ahead of them."""
    for service in SERVICES:
        try:
            behind = await _behind(folder, status, service, ends)
        except (asyncpg.PostgresError, OSError) as fault:
            yield wrong(f"The database of {service} does not answer ({fault}); {folder.logs}/postgres.log may say why.")
            continue
        for finding in behind:
            yield finding
        if not behind:
            yield well(f"Read models of {service}: level with their logs.")
    try:
        yield await _checksums(folder, status)
    except (asyncpg.PostgresError, OSError):
        return  # said above


async def _behind(folder: NodeFolder, status: dict[str, Any], service: str, ends: Ends) -> list[Finding]:
    deadline = asyncio.get_running_loop().time() + CATCH_UP_S
    while True:
        standing = await _standing(folder, status, service)
        findings = [
            finding
            for (what, log), position in standing.items()
            if log in ends.positions and (finding := _compare(what, service, log, position, ends.positions[log]))
        ]
        if not standing:
            return [note(f"{service} has not made its tables yet.")]
        if not findings or asyncio.get_running_loop().time() > deadline:
            return findings
        await asyncio.sleep(0.2)


async def _standing(folder: NodeFolder, status: dict[str, Any], service: str) -> dict[tuple[str, str], int]:
    """Return how far the read models and the reactions of *service* have come in each log that they follow."""
    connection = await _connect(folder, status, service)
    try:
        if not await connection.fetchval("SELECT to_regclass('read.checkpoint') IS NOT NULL"):
            return {}
        rows = await connection.fetch(
            "SELECT 'read models' AS what, log, position FROM read.checkpoint"
            " UNION ALL SELECT 'reactions', log, position FROM desk.reacted"
        )
        return {(row["what"], row["log"]): row["position"] for row in rows}
    finally:
        await connection.close()


def _compare(what: str, service: str, log: str, position: int, end: int) -> Finding | None:
    whose = f"The {what} of {service} stand at {log}:{position}"
    if end - position > (REACTIONS_LAG_MAX if what == "reactions" else 0):
        return wrong(f"{whose}, {end - position} entries behind; the log file of {service} may say why.")
    if position > end:
        return wrong(
            f"{whose}, and the log ends at {end}: the log was cut, or restored from an older copy."
            f" Do not go on: bring back a log that reaches {position}. {what_to_do(log)}"
        )
    return None


async def _checksums(folder: NodeFolder, status: dict[str, Any]) -> Finding:
    connection = await _connect(folder, status, "postgres", role=POSTGRES_ADMIN)
    try:
        failures = await connection.fetchval("SELECT coalesce(sum(checksum_failures), 0)::int FROM pg_stat_database")
    finally:
        await connection.close()
    if failures:
        return wrong(f"PostgreSQL found {failures} damaged pages on the disk; save {folder.path} and change the disk.")
    return well("PostgreSQL: no damaged page was found.")


async def _connect(
    folder: NodeFolder, status: dict[str, Any], database: str, *, role: str | None = None
) -> "asyncpg.Connection[asyncpg.Record]":
    secret = password(folder.secrets, f"postgres-{role or database}")
    url = database_url(status["postgres_socket"], database, role=role)
    return await asyncpg.connect(url, password=secret, timeout=5)
