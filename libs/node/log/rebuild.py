"""
A new stream of the right entries, in a folder of its own, at the same positions.

A server that runs for this alone takes them one behind the other, each at the subject of its aggregate, and is asked
for all of them again before the stream is believed to be right. The newest bear their event's id as `Nats-Msg-Id`, as
their writers gave it: a writer that comes back with one of them is told that it is there.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import orjson
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from libs.audit.merkle import Frontier, leaf_hash
from libs.errors import LogFault
from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.eventlog.log import Entry, LogUnreachable
from libs.node.log.reading import up_to
from libs.node.log.survey import Show
from libs.node.trouble import NodeTrouble

UNACKNOWLEDGED_MAX = 500
NAMED_COUNT = 10_000
"""So many of the newest entries bear their ids; a server forgets an id after two minutes."""

_ACK_TIMEOUT_S = 60.0


class Filled(NamedTuple):
    """What was put into a stream: so many entries, the root over them, and a hash over the subjects they stand at."""

    last: int
    root: bytes
    subjects: bytes


class _Reckoning:
    """Reckons what a stream holds from its entries, one after another."""

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._subjects = hashlib.sha256()

    @property
    def size(self) -> int:
        return self._frontier.size

    def add(self, entry: Entry) -> None:
        self._frontier.append(leaf_hash(entry.data))
        self._subjects.update(f"{entry.subject}\n".encode())

    def filled(self) -> Filled:
        return Filled(self.size, self._frontier.root(), self._subjects.digest())


async def fill(client: Client, log: str, entries: AsyncIterator[Entry], *, last: int, replicas: int = 1) -> Filled:
    """
    Make the stream of *log*, on *replicas* servers, and put *entries* into it, which end at *last*.

    Raises:
        NodeTrouble: It did not take one of them at its place.
    """
    reckoning, ids = _Reckoning(), set[str]()
    try:
        await ensure_stream(client, log, replicas=replicas)
        inbox = client.new_inbox()
        acks = await client.subscribe(inbox)
        async for entry in entries:
            headers = _headers(entry.data, ids) if entry.position > last - NAMED_COUNT else None
            await client.publish(entry.subject, entry.data, reply=inbox, headers=headers)
            reckoning.add(entry)
            if entry.position > UNACKNOWLEDGED_MAX:
                await _check_ack(acks, log, entry.position - UNACKNOWLEDGED_MAX)
        for position in range(max(0, reckoning.size - UNACKNOWLEDGED_MAX) + 1, reckoning.size + 1):
            await _check_ack(acks, log, position)
        await acks.unsubscribe()
    except (NatsError, TimeoutError) as fault:
        raise NodeTrouble(f"The new stream could not be written ({type(fault).__name__}); try again.") from fault
    return reckoning.filled()


async def check(client: Client, log: str, filled: Filled, *, show: Show) -> None:
    """
    Read the new stream of *log* from its first entry to its last.

    Raises:
        NodeTrouble: It is not what was put into it.
    """
    stream, reckoning = JetStreamLog(client, log), _Reckoning()
    try:
        last = await stream.last()
        async for batch in up_to(stream, 0, last):
            for entry in batch:
                reckoning.add(entry)
            show(f"reading the new stream of {log}: {reckoning.size} of {filled.last}")
    except (LogFault, LogUnreachable) as fault:
        raise NodeTrouble(f"The new stream cannot be read: {fault}") from fault
    if last != filled.last or reckoning.filled() != filled:
        raise NodeTrouble(f"The new stream of {log} is not what was put into it; nothing was replaced.")


def flush(folder: Path) -> None:
    """Return when all files below *folder* are on the disk."""
    for place, _, names in os.walk(folder):
        for path in (*(Path(place, name) for name in names), Path(place)):
            _flush(path)


def flush_names(*folders: Path) -> None:
    """Return when it is on the disk which files the *folders* have."""
    for folder in folders:
        _flush(folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _headers(entry: bytes, ids: set[str]) -> dict[str, str] | None:
    """Return the id that the writer gave; a second entry of one id bears none, or the server would leave it out."""
    id_ = str(orjson.loads(entry)["id"])
    if id_ in ids:
        return None
    ids.add(id_)
    return {"Nats-Msg-Id": id_}


async def _check_ack(acks: Subscription, log: str, position: int) -> None:
    answer = orjson.loads((await acks.next_msg(timeout=_ACK_TIMEOUT_S)).data)
    if answer.get("seq") != position or answer.get("duplicate"):
        raise NodeTrouble(f"The new stream did not take {log}:{position} at its place: {answer}")
