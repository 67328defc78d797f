"""
What the same machine could do at most: appends of the same bytes to the same kind of stream, with nothing around them.

The stream has the flags of a log and stands on the server that the node uses, and each entry goes to a subject of its
own with the headers of a real append. What is left out is all that makes a ballot of it: HTTP, the check of who asks,
the reading of the poll and of the voter's ballot, the decision, and the reader who follows.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from uuid import uuid4

import nats
from nats.aio.client import Client

from libs.eventlog.jetstream import ensure_stream
from libs.node.bench.load import Timing
from libs.node.permissions import ADMIN

STREAM = "bench"


async def appends(url: str, password: str, entries: Sequence[bytes], *, at_once: int) -> Timing:
    """Append *entries*, *at_once* at a time, and return how long it took."""
    client = await nats.connect(url, user=ADMIN, password=password)
    try:
        await ensure_stream(client, STREAM)
        latencies_ms: list[float] = []
        waiting = iter(entries)
        started = time.perf_counter()
        await asyncio.gather(*(_append(client, waiting, latencies_ms) for _ in range(at_once)))
        return Timing(time.perf_counter() - started, tuple(latencies_ms))
    finally:
        await client.close()


async def _append(client: Client, waiting: Iterator[bytes], latencies_ms: list[float]) -> None:
    for entry in waiting:
        started = time.perf_counter()
        headers = {"Nats-Expected-Last-Subject-Sequence": "0", "Nats-Msg-Id": str(uuid4())}
        await client.request(f"log.{STREAM}.ballot.{uuid4()}", entry, timeout=30, headers=headers)
        latencies_ms.append((time.perf_counter() - started) * 1000)
