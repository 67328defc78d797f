"""How fast the pages are: read by a member at a steady rate, while the gateway has one core and no more."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psutil
from rich.table import Table

from libs.node.bench import crest_told as told
from libs.node.bench.crest import Crest
from libs.node.bench.figures import cpu_s, processes, wait_until_idle
from libs.node.bench.load import Request, send
from libs.node.embedded import EmbeddedNode

PAGES_PER_S = 50
AT_ONCE = 32
WARM_UP = 25
"""Each page is asked for so many times before, one by one."""

FIRST_WARM_UP = 250
"""And all in turn before the first: a node opens its connections when they are first wanted."""
CEILING = "help, which asks nothing"


def pages(node: EmbeddedNode, number: int) -> dict[str, Any]:
    """Have a town settle on *node*, and return how fast each of its pages is, asked for *number* times."""
    town = Crest(node.url).settle()
    cookie = town.cookie(told.NADIA)
    town.close()
    wait_until_idle(node)
    asked = {name: [path] for name, path in _paths(town).items()}
    asked["all of these in turn"] = [path for paths in list(asked.values()) for path in paths]
    found: dict[str, Any] = {"per_s": PAGES_PER_S, "number": number}
    with _one_core_for_the_gateway(node) as is_pinned:
        found["is_pinned"] = is_pinned
        _asked(node, asked["all of these in turn"], cookie, FIRST_WARM_UP)
        found["by"] = {name: _asked(node, paths, cookie, number) for name, paths in asked.items()}
        found["by"]["first page, to a stranger"] = _asked(node, ["/"], "", number)
        found["ceiling"] = {CEILING: _asked(node, ["/aide"], cookie, number)}
    return found


def table(found: Mapping[str, Any]) -> Table:
    """Return the figures of `pages` as a person reads them."""
    where = "the gateway on one core of its own" if found["is_pinned"] else "on the only core"
    title = f"Pages, {found['per_s']} a second, {where}"
    told_ = Table("page", "p50 ms", "p95 ms", "gateway's processor ms", "whole node's", "kB sent", title=title)
    for name, row in (found["by"] | found["ceiling"]).items():
        told_.add_row(
            name,
            f"{row['p50_ms']}",
            f"{row['p95_ms']}",
            f"{row['gateway_cpu_ms']}",
            f"{row['node_cpu_ms']}",
            f"{row['bytes'] / 1000:.1f}",
        )
    return told_


def _paths(town: Crest) -> Mapping[str, str]:
    group, poll = town.groups[told.SAUPONT], town.polls[told.SCIERIE]
    return {
        "feed of a group": f"/g/{group}",
        "around": "/autour",
        "map": "/carte",
        "groups": "/groupes",
        "votes": "/votes",
        "ballot": f"/v/{poll}",
        "result, ranked": f"/v/{town.polls[told.FETE]}/resultat",
        "result, judgment": f"/v/{town.polls[told.PROJETS]}/resultat",
        "gathering": f"/r/{town.gatherings['Soupe partagée']}",
    }


def _asked(node: EmbeddedNode, paths: list[str], cookie: str, number: int) -> dict[str, Any]:
    port = urlsplit(node.url).port or 0
    requests = [Request("GET", path, cookie=cookie) for path in (paths * (number // len(paths) + 1))[:number]]
    send(port, (requests * WARM_UP)[:WARM_UP], at_once=1)
    before = {name: cpu_s(node, name) for name in node.pids}
    timing, sizes = send(port, requests, at_once=AT_ONCE, per_s=PAGES_PER_S)
    used_ms = {name: 1000 * (cpu_s(node, name) - before[name]) / number for name in node.pids}
    return {
        "p50_ms": round(timing.percentile_ms(50), 1),
        "p95_ms": round(timing.percentile_ms(95), 1),
        "per_s": round(timing.rate, 1),
        "gateway_cpu_ms": round(used_ms["gateway"], 2),
        "node_cpu_ms": round(sum(used_ms.values()), 2),
        "bytes": round(sum(sizes) / number),
    }


@contextmanager
def _one_core_for_the_gateway(node: EmbeddedNode) -> Iterator[bool]:
    """Give the gateway the first core for itself, and the rest of the node and of this command the others."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        yield False
        return
    for name in node.pids:
        for process in processes(node, name):
            with suppress(psutil.NoSuchProcess):
                _pin(process.pid, cores[:1] if name == "gateway" else cores[1:])
    os.sched_setaffinity(0, cores[1:])
    try:
        yield True
    finally:
        os.sched_setaffinity(0, cores)


def _pin(pid: int, cores: list[int]) -> None:
    """Keep a process, all of its threads, to *cores*."""
    for thread in psutil.Process(pid).threads():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, cores)
