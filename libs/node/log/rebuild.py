"""
A new stream of the right entries, in a folder of its own, at the same positions.

A server that runs for this alone takes them one behind the other, each at the subject of its aggregate, and is asked
for all of them again before the stream is believed to be right. The newest bear their event's id as `Nats-Msg-Id`, as
their writers gave it: a writer that comes back with one of them is told that it is there.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import orjson
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from libs.audit.copies import Place
from libs.audit.remade import Remade
from libs.errors import LogFault
from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.eventlog.log import LogUnreachable
from libs.node.log.stream import LOG
from libs.node.log.survey import Show, right_subject
from libs.node.trouble import NodeTrouble

UNACKNOWLEDGED_MAX = 500
NAMED_COUNT = 10_000
"""So many of the newest entries bear their ids; a server forgets an id after two minutes."""

_ACK_TIMEOUT_S = 60.0


class Filled(NamedTuple):
    """What was put into a stream."""

    last: int
    root: bytes


async def fill(client: Client, places: AsyncIterator[Place], *, last: int) -> Filled:
    """
    Make the stream, put the entries of *places* up to *last* into it, and read it again.

    Raises:
        NodeTrouble: An entry is not known here, or the stream is not what was put into it.
    """
    remade, ids = Remade(), set[str]()
    try:
        await ensure_stream(client, LOG)
        inbox = client.new_inbox()
        acks = await client.subscribe(inbox)
        async for place in places:
            if place.position > last:
                break
            assert place.entry is not None
            subject = right_subject(place.entry)
            if subject is None:
                raise NodeTrouble(f"{LOG}:{place.position} has no contract here; use the version that wrote it.")
            headers = _headers(place.entry, ids) if place.position > last - NAMED_COUNT else None
            await client.publish(subject, place.entry, reply=inbox, headers=headers)
            for _ in remade.add(place.entry):
                continue
            if place.position > UNACKNOWLEDGED_MAX:
                await _check_ack(acks, place.position - UNACKNOWLEDGED_MAX)
        for position in range(max(0, remade.size - UNACKNOWLEDGED_MAX) + 1, remade.size + 1):
            await _check_ack(acks, position)
        await acks.unsubscribe()
    except (NatsError, TimeoutError) as fault:
        raise NodeTrouble(f"The new stream could not be written ({type(fault).__name__}); try again.") from fault
    return Filled(remade.size, remade.root())


async def check(client: Client, filled: Filled, *, show: Show) -> None:
    """
    Read the new stream from its first entry to its last.

    Raises:
        NodeTrouble: It is not what was put into it.
    """
    log, remade = JetStreamLog(client, LOG), Remade()
    try:
        while batch := await log.entries(remade.size):
            for entry in batch:
                for _ in remade.add(entry.data):
                    continue
                if entry.subject != right_subject(entry.data):
                    raise NodeTrouble(f"{LOG}:{entry.position} of the new stream is not where it belongs.")
            show(f"reading the new stream: {remade.size} of {filled.last}")
        last = await log.last()
    except (LogFault, LogUnreachable) as fault:
        raise NodeTrouble(f"The new stream cannot be read: {fault}") from fault
    if Filled(last, remade.root()) != filled:
        raise NodeTrouble("The new stream is not what was put into it; nothing was replaced.")


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


async def _check_ack(acks: Subscription, position: int) -> None:
    answer = orjson.loads((await acks.next_msg(timeout=_ACK_TIMEOUT_S)).data)
    if answer.get("seq") != position or answer.get("duplicate"):
        raise NodeTrouble(f"The new stream did not take {LOG}:{position} at its place: {answer}")
