"""Whether the node's processes run and answer."""

import time
from collections.abc import AsyncIterator, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import psutil

from libs.node.doctor.finding import Finding, note, well, wrong
from libs.node.doctor.machine import CLOCK_SLACK_S
from libs.node.door import Door
from libs.node.folder import NodeFolder
from libs.node.process import last_words
from libs.node.trouble import NodeTrouble


def stopped(folder: NodeFolder, *, port: int) -> Iterator[Finding]:
    """Say what is to be known of a node that does not run."""
    if folder.was_killed():
        yield note("No node runs here, and the last one was not stopped in order; the next start repairs that itself.")
    else:
        yield note("No node runs here; what only a running node can show was not looked at. `plaanet up` starts it.")
    try:
        Door("127.0.0.1", port)
    except NodeTrouble as trouble:
        yield wrong(str(trouble))
    else:
        yield well(f"Port {port} is free.")


def alive(folder: NodeFolder, status: dict[str, Any]) -> Iterator[Finding]:
    """Say which processes run, and which had to be started again."""
    down = [name for name, process in status["processes"].items() if not _runs(process["pid"])]
    for name in down:
        log = folder.logs / f"{name}.log"
        yield wrong(f"{name} is down and is being started again and again; its last words: {last_words(log)[:300]}")
    for name, process in status["processes"].items():
        if process["restarts"] and name not in down:
            yield note(f"{name} ended and was started again {process['restarts']} times; {folder.logs} may say why.")
    if not down:
        yield well(f"Processes: all {len(status['processes'])} run.")


async def reachable(url: str) -> AsyncIterator[Finding]:
    """Say whether the door at *url* answers, and whether its clock and ours agree."""
    async with httpx.AsyncClient(base_url=url, timeout=5) as client:
        try:
            sent = time.time()
            live = await client.get("/health/live")
            took = time.time() - sent
            ready = await client.get("/health/ready")
        except httpx.HTTPError as fault:
            yield wrong(f"Nobody answers at {url} ({type(fault).__name__}); is the node up, and is that its address?")
            return
    if live.status_code != 200:
        yield wrong(f"{url} answers with status {live.status_code}: something else than a node listens there.")
    elif ready.status_code != 200:
        yield wrong(f"The gateway at {url} runs and is not ready: a service, NATS or PostgreSQL does not answer it.")
    else:
        yield well(f"Door: {url} answers in {took * 1000:.0f} ms.")
    if "date" in live.headers:
        yield _compare_clocks(live.headers["date"], sent)


def _compare_clocks(date: str, now: float) -> Finding:
    apart_s = parsedate_to_datetime(date).timestamp() - now
    if abs(apart_s) > CLOCK_SLACK_S:
        return wrong(
            f"The node's clock is {abs(apart_s):.0f} s {'ahead of' if apart_s > 0 else 'behind'} this machine's."
        )
    return well("Clock: the node's and this machine's agree.")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
