"""The measurements: each takes a running node and returns figures with their units in their names."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import nats
import orjson
import psutil

from libs.audit import Replay
from libs.node.bench.ceiling import appends
from libs.node.bench.load import Timing, send
from libs.node.bench.town import Town
from libs.node.embedded import EmbeddedNode
from libs.node.permissions import ADMIN
from libs.node.trouble import NodeTrouble
from libs.node.visitor import Visitor

Figures = dict[str, Any]

IDLE_CORES = 0.2
IDLE_WAIT_S_MAX = 180.0
"""After its first start a node goes on loading its gazetteer for a while."""

REBUILD_S_MAX = 300.0

_WRITTEN = (
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS database_bytes,"
    " (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS database_flushes"
)

_LEVEL = "SELECT position FROM read.checkpoint WHERE log = 'governance'"


def ready(node: EmbeddedNode) -> float:
    """Start *node* and return after how many seconds it was ready."""
    started = time.perf_counter()
    node.start()
    return round(time.perf_counter() - started, 2)


def wait_until_idle(node: EmbeddedNode) -> None:
    """Wait until the node's processes have nothing to do any more."""
    deadline = time.perf_counter() + IDLE_WAIT_S_MAX
    used_s = sum(cpu_s(node, name) for name in node.pids)
    while time.perf_counter() < deadline:
        time.sleep(2)
        before_s, used_s = used_s, sum(cpu_s(node, name) for name in node.pids)
        if used_s - before_s < IDLE_CORES * 2:
            return


def idle_memory(node: EmbeddedNode) -> Figures:
    """Return what the node's processes occupy when nothing happens; shared pages are counted once."""
    wait_until_idle(node)
    sizes = {"supervisor": _megabytes(psutil.Process(node.process.pid))}
    for name in node.pids:
        sizes[name] = sum(map(_megabytes, processes(node, name)))
    return {"all_mb": round(sum(sizes.values())), **{f"{name}_mb": round(size) for name, size in sizes.items()}}


def processes(node: EmbeddedNode, name: str) -> list[psutil.Process]:
    """Return one of the node's processes and its children."""
    try:
        process = psutil.Process(node.pids[name])
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_s(node: EmbeddedNode, name: str) -> float:
    """Return how long the processors have worked for one of the node's processes and its children."""
    used_s = 0.0
    for process in processes(node, name):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used_s += times.user + times.system
    return used_s


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def ballots(node: EmbeddedNode, town: Town, number: int, *, at_once: int) -> Figures:
    """Have members cast *number* first ballots, *at_once* at a time, then append the same bytes without a node."""
    polls = town.open_polls(-(-number // len(town.tokens)))
    with_visitor = Visitor(node.url)
    before = _last(with_visitor)
    used_before, written_before = {name: cpu_s(node, name) for name in node.pids}, asyncio.run(_written(node))
    timing, _ = send(town.port, town.ballots(polls)[:number], at_once=at_once)
    used_ms = {name: 1000 * (cpu_s(node, name) - used_before[name]) for name in node.pids}
    used_ms["client"] = 1000 * timing.client_cpu_s
    written = asyncio.run(_written(node))
    entries = _entries(with_visitor, before)
    with_visitor.close()
    if len(entries) != number:
        raise NodeTrouble(f"{number} ballots were acknowledged, and {len(entries)} entries are in the log.")
    bare = asyncio.run(appends(node.status["nats_url"], node.nats_password(ADMIN), entries, at_once=at_once))
    return {
        "at_once": at_once,
        **_figures(timing),
        "cpu_ms_per_ballot": {name: round(used / number, 3) for name, used in used_ms.items()},
        "entry_bytes": round(sum(map(len, entries)) / number),
        "written_per_ballot": {what: round((written[what] - written_before[what]) / number, 3) for what in written},
        "ceiling": _figures(bare),
        "of_the_ceiling": round(timing.rate / bare.rate, 3),
    }


async def _written(node: EmbeddedNode) -> dict[str, float]:
    """
    Return what governance's log and its database have had written so far, in bytes and in flushes of the database.

    The log is flushed once for each entry: that is what `sync_interval: always` means.
    """
    client = await nats.connect(node.status["nats_url"], user=ADMIN, password=node.nats_password(ADMIN))
    database = await asyncpg.connect(node.database_url("governance"))
    try:
        info = orjson.loads((await client.request("$JS.API.STREAM.INFO.governance", b"", timeout=30)).data)
        row = await database.fetchrow(_WRITTEN)
        return {"log_bytes": info["state"]["bytes"], **dict(row or {})}
    finally:
        await database.close()
        await client.close()


def _figures(timing: Timing) -> Figures:
    return {
        "number": len(timing.latencies_ms),
        "per_s": round(timing.rate),
        "p50_ms": round(timing.percentile_ms(50), 2),
        "p99_ms": round(timing.percentile_ms(99), 2),
    }


def rebuild(node: EmbeddedNode) -> Figures:
    """Drop governance's read models, have the service start again, and return how fast it reads the log again."""
    visitor = Visitor(node.url)
    last = _last(visitor)
    visitor.close()
    return {"entries": last, **asyncio.run(_rebuild(node, last))}


async def _rebuild(node: EmbeddedNode, last: int) -> Figures:
    database = await asyncpg.connect(node.database_url("governance"))
    pid = node.pids["governance"]
    try:
        os.kill(pid, signal.SIGKILL)
        await database.execute("DROP SCHEMA read CASCADE")
        dropped = time.perf_counter()
        begun = 0.0
        while (position := await _level(database)) != last:
            if begun == 0 and position is not None:
                begun = time.perf_counter()
            if time.perf_counter() - dropped > REBUILD_S_MAX:
                raise NodeTrouble(f"The read models are at {position} of {last} after {REBUILD_S_MAX:.0f} s.")
            await asyncio.sleep(0.002)
        level = time.perf_counter()
    finally:
        await database.close()
    return {"per_s": round(last / (level - begun)), "duration_s": round(level - begun, 2)}


async def _level(database: "asyncpg.Connection[asyncpg.Record]") -> int | None:
    try:
        position: int | None = await database.fetchval(_LEVEL)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
    return position


def recount(node: EmbeddedNode) -> Figures:
    """Read the whole log into memory, and return how fast an auditor checks and counts it."""
    visitor = Visitor(node.url)
    entries = [entry for page in visitor.pages() for entry in page.entries]
    visitor.close()
    Replay().read(entries[:10])  # what is imported and prepared once is not the log's doing
    started = time.perf_counter()
    replay = Replay()
    replay.read(entries)
    report = replay.report(len(entries))
    duration_s = time.perf_counter() - started
    if not report.is_clean:
        raise NodeTrouble(f"The audit found differences: {report.differences[0].text}")
    return {"entries": len(entries), "per_s": round(len(entries) / duration_s), "duration_s": round(duration_s, 2)}


def machine(folder: Path) -> Figures:
    """Return what was measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "kernel": f"{os.uname().sysname} {os.uname().release} {os.uname().machine}",
        "file_system": _file_system(folder),
        "load_before": round(os.getloadavg()[0], 1),
    }


def _file_system(folder: Path) -> str:
    partitions = sorted(psutil.disk_partitions(all=True), key=lambda each: len(each.mountpoint), reverse=True)
    return next((each.fstype for each in partitions if folder.resolve().is_relative_to(each.mountpoint)), "unknown")


def _last(visitor: Visitor) -> int:
    return next(visitor.pages(after=10**14)).last


def _entries(visitor: Visitor, after: int) -> Sequence[bytes]:
    """Return the ballots behind position *after*."""
    found = [entry for page in visitor.pages(after) for entry in page.entries]
    return [entry for entry in found if orjson.loads(entry)["name"] == "BallotCast"]
