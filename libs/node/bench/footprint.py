"""What each process of a node takes of the machine, at rest and at work: what a container of it has to be given."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from libs.node.bench.figures import cpu_s, processes
from libs.node.embedded import EmbeddedNode

Footprint = dict[str, dict[str, float]]
"""By the process's name: `rss_mb`, the most that it and its children had resident, and `cores`, what it worked."""

SAMPLE_EVERY_S = 0.25


@contextmanager
def watched(node: EmbeddedNode) -> Iterator[Footprint]:
    """Watch the node's processes while the block runs; the yielded footprint is filled at its end."""
    found: Footprint = {}
    most_mb: dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while True:
            for name in node.pids:
                most_mb[name] = max(most_mb.get(name, 0.0), _rss_mb(node, name))
            if over.wait(SAMPLE_EVERY_S):
                return

    thread = threading.Thread(target=watch, name="footprint", daemon=True)
    started, before = time.perf_counter(), {name: cpu_s(node, name) for name in node.pids}
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        lasted_s = time.perf_counter() - started
        for name, most in most_mb.items():
            cores = (cpu_s(node, name) - before[name]) / lasted_s
            found[name] = {"rss_mb": round(most), "cores": round(max(0.0, cores), 3)}


def at_rest(node: EmbeddedNode, *, seconds: float) -> Footprint:
    """Return what the node's processes take while nobody asks for anything, watched for so many *seconds*."""
    with watched(node) as found:
        time.sleep(seconds)
    return found


def _rss_mb(node: EmbeddedNode, name: str) -> float:
    """Return what is resident; what PostgreSQL's processes share is counted once."""
    return sum(map(_own_mb, processes(node, name)))


def _own_mb(process: psutil.Process) -> float:
    try:
        is_shared = process.name() == "postgres"
        return float(process.memory_full_info().pss if is_shared else process.memory_info().rss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0
