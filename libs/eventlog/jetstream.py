"""
The log on NATS JetStream: one stream for a service, one subject for an aggregate.

Whatever reads uses Direct Get alone, in batches. Consumers are not used: the log should keep no list of its readers,
and who may create one could have the server deliver into another service's subjects. A writer announces its position
on `at.<service>` after the append; the announcement only wakes readers, so nothing is lost with it.

Formats: NATS ADR-31 (Direct Get and its batches), ADR-50 (atomic batches), ADR-33 (expected sequences).
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from opentelemetry.trace import SpanKind

from libs.errors import LogFault, LogHasGap, LogIsShort
from libs.eventlog.again import reads_again
from libs.eventlog.codec import decode, encode, recorded
from libs.eventlog.log import (
    BATCH_ENTRIES_MAX,
    READ_ENTRIES_MAX,
    Batch,
    Entry,
    EntryTooLarge,
    LogMovedOn,
    LogState,
    LogUnreachable,
    New,
    Recorded,
    check_consecutive,
    check_versions,
    subject_of,
    what_to_do,
)
from libs.eventlog.replies import Replies
from libs.eventlog.sealing import Keys
from libs.telemetry import metrics, traces

API = "read"
"""
What NATS calls the JetStream API prefix. Every process has an account of its own, so that no answer can be sent into
another's subjects, and there the API of the logs' account stands under this name (`libs/node/permissions.py`).
"""

PING_EVERY_S = 5
"""For every connection: a server that hangs is left for another after three times as long, not after minutes."""

TIMEOUT_S = 5.0
ATTEMPTS_MAX = 3
LOOK_AGAIN_S = 0.5
"""A follower that was not woken looks again after so long."""

GATHER_S = 0.01
"""A follower that has read the newest pauses so long: under load entries come in batches, not one by one."""

_WRONG_LAST_SEQUENCE = (10071, 10164)
_DUPLICATE_IN_BATCH = 10201

NO_QUORUM_YET = (10004, 10005, 10008, 10009, 10023)
"""Answers of a cluster whose servers have not all found each other, or that has no leader just now."""


class LogsNotYet(LogFault):
    """The servers answer, and cannot say yet what they hold: a cluster that is only starting, or choosing a leader."""


def stream_config(service: str, *, replicas: int = 1) -> dict[str, Any]:
    """
    Return the configuration of a service's stream (`STREAM.CREATE`'s body).

    The flags stop accidents: nothing in it expires, is discarded, deleted, purged or rolled up.
    """
    return {
        "name": service,
        "subjects": [f"log.{service}.>"],
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_msgs": -1,
        "max_bytes": -1,
        "max_age": 0,
        "max_msgs_per_subject": -1,
        "max_msg_size": -1,
        "max_consumers": -1,
        "num_replicas": replicas,
        "duplicate_window": 120_000_000_000,  # ns
        "compression": "none",
        "deny_delete": True,
        "deny_purge": True,
        "allow_rollup_hdrs": False,
        "allow_msg_ttl": False,
        "allow_atomic": True,
        "allow_direct": True,
    }


async def ensure_stream(client: Client, service: str, *, replicas: int = 1) -> None:
    """
    Create the service's stream if it is not there; needs an administrator's connection.

    Raises:
        LogsNotYet: A cluster is only starting; try again.
        LogFault: The stream is there and lacks one of the flags or subjects that keep a log safe.
    """
    info = await _api(client, f"STREAM.INFO.{service}", {})
    if "error" in info and info["error"]["code"] == 404:
        info = await _api(client, f"STREAM.CREATE.{service}", stream_config(service, replicas=replicas))
    _check_stream(service, info)


async def check_stream(client: Client, service: str) -> None:
    """
    Check that the service's stream is there and kept as a log must be; needs an administrator's connection.

    Raises:
        LogFault: It is not.
    """
    _check_stream(service, await _api(client, f"STREAM.INFO.{service}", {}))


def _check_stream(service: str, info: dict[str, Any]) -> None:
    if "error" in info and info["error"].get("err_code") in NO_QUORUM_YET:
        raise LogsNotYet(f"The stream {service} cannot be had yet: {info['error']['description']}.")
    if "error" in info:
        raise LogFault(f"The stream {service} is not there: {info['error']['description']}.")
    # What is false, zero or empty may be left out of the server's answer.
    differing = sorted(
        key
        for key, value in stream_config(service).items()
        if key != "num_replicas" and info["config"].get(key, type(value)()) != value
    )
    if differing:
        raise LogFault(f"The stream {service} is not kept as a log must be; it differs in {', '.join(differing)}.")


async def _api(client: Client, call: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(f"{API}.{call}", orjson.dumps(body), timeout=TIMEOUT_S)
    answer: dict[str, Any] = orjson.loads(reply.data)
    return answer


class JetStreamLog:
    """The log of *service* on the server that *client* is connected to; *keys* are for what is sealed in it."""

    def __init__(self, client: Client, service: str, keys: Keys | None = None) -> None:
        self.service = service
        self._keys = keys
        self._client = client
        self._replies = Replies(client)

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        """Keep the events, all or none; see `EventLog.append`."""
        if len(new) > BATCH_ENTRIES_MAX:
            raise EntryTooLarge(f"{len(new)} entries at once are more than the log takes ({BATCH_ENTRIES_MAX}).")
        entries = [encode(each, self._keys) for each in new]
        with self._measured():
            last, is_fresh = await self._settle(new, entries)
        with suppress(NatsError):  # who is not woken looks by itself
            await self._client.publish(f"at.{self.service}", str(last).encode())
        first = last - len(new) + 1
        if is_fresh:
            return tuple(
                recorded(self.service, first + i, *pair) for i, pair in enumerate(zip(new, entries, strict=True))
            )
        kept = await self.entries(first - 1, len(new))
        return tuple(decode(self.service, entry.position, entry.data, self._keys) for entry in kept)

    @reads_again
    async def history(self, aggregate: str, aggregate_id: UUID, *, after: int = 0) -> list[Recorded]:
        """Return the aggregate's entries behind *after*; see `EventLog.history`."""
        subject = subject_of(self.service, aggregate, aggregate_id)
        found: list[Recorded] = []
        position, pending = after, 0
        while True:
            entries, more = await self._direct_get(position + 1, READ_ENTRIES_MAX, subject)
            found += [decode(self.service, entry.position, entry.data, self._keys) for entry in entries]
            if not entries and (pending or (not after and await self._count(subject))):
                raise LogHasGap(f"The log {self.service} has a gap in {subject}. {what_to_do(self.service)}")
            if not (pending := more):
                break
            position = entries[-1].position
        check_versions(self.service, aggregate_id, after, found)
        return found

    @reads_again
    async def entries(self, after: int, limit: int = READ_ENTRIES_MAX) -> list[Entry]:
        """Return raw entries behind *after*; see `EventLog.entries`."""
        found, _ = await self._direct_get(after + 1, limit, f"log.{self.service}.>")
        check_consecutive(self.service, after, [entry.position for entry in found])
        return found

    async def readable(self, first: int, last: int) -> list[Entry]:
        """Return what can be read from *first* to *last*, gaps or not; for an administrator who seeks damage."""
        try:
            found, _ = await self._direct_get(first, last - first + 1, f"log.{self.service}.>")
        except LogUnreachable:
            # The server breaks a batch off at an entry that is damaged; one by one the others can be had.
            found = [entry for position in range(first, last + 1) if (entry := await self.of_leader(position))]
        return [entry for entry in found if entry.position <= last]

    async def of_leader(self, position: int) -> Entry | None:
        """Return what the stream's leader has at *position*; for whom `readable` is for."""
        answer = await _api(self._client, f"STREAM.MSG.GET.{self.service}", {"seq": position})
        if "error" in answer:
            return None
        message = answer["message"]
        return Entry(message["seq"], message["subject"], base64.b64decode(message["data"]))

    async def follow(self, after: int) -> AsyncGenerator[Batch, None]:
        """Yield what lies behind *after*, then what comes; see `EventLog.follow`."""
        grown = asyncio.Event()
        is_checked = False
        ahead: asyncio.Task[list[Entry]] | None = None

        async def wake(_: Msg) -> None:
            grown.set()

        announcements = await self._client.subscribe(f"at.{self.service}", cb=wake)
        try:
            while True:
                grown.clear()
                found: list[Entry] = []
                try:
                    if not is_checked:
                        await self._check_reaches(after)
                    found, is_checked = await (ahead or self.entries(after)), True
                except LogUnreachable:
                    is_checked = False  # it may come back from an older copy
                # Of a long history the next batch is on its way while the reader works on this one.
                is_more_likely = len(found) == READ_ENTRIES_MAX
                ahead = asyncio.create_task(self.entries(found[-1].position)) if is_more_likely else None
                if found:
                    yield [
                        decode(self.service, entry.position, entry.data, self._keys, trace=entry.trace)
                        for entry in found
                    ]
                    after = found[-1].position
                    if not is_more_likely:
                        await asyncio.sleep(GATHER_S)
                else:
                    # Not wait_for: until Python 3.12 it can swallow a cancellation, and this would never end.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_AGAIN_S):
                            await grown.wait()
        finally:
            if ahead:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
            with suppress(NatsError):
                await announcements.unsubscribe()

    async def last(self) -> int:
        """Return the last position; see `EventLog.last`."""
        return (await self.state()).last

    async def state(self) -> LogState:
        """
        Return how long the log is, and what the server still has of it.

        Raises:
            LogUnreachable: It does not answer.
        """
        state = await self._state({})
        return LogState(state["last_seq"], state["messages"], state["bytes"])

    async def _count(self, subject: str) -> int:
        """Return how many entries of *subject* there are, as the stream's leader counts them."""
        return int((await self._state({"subjects_filter": subject})).get("subjects", {}).get(subject, 0))

    async def _state(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            info = await _api(self._client, f"STREAM.INFO.{self.service}", body)
        except (NatsError, OSError) as fault:
            raise LogUnreachable(f"The log {self.service} does not answer.") from fault
        if "error" in info:
            raise LogUnreachable(f"The log {self.service} is not there: {info['error']['description']}.")
        return dict(info["state"])

    async def _check_reaches(self, position: int) -> None:
        if position > (last := await self.last()):
            raise LogIsShort(
                f"The log {self.service} ends at {last}, before position {position} that was read from it:"
                f" it was cut or comes from an older copy. {what_to_do(self.service)}"
            )

    @contextmanager
    def _measured(self) -> Iterator[None]:
        """Note how long an append takes, and how it ends."""
        started, outcome = perf_counter(), "kept"
        try:
            with traces.step(f"append {self.service}", SpanKind.PRODUCER):
                yield
        except Exception as fault:
            outcome = {LogMovedOn: "moved on", LogUnreachable: "unreachable"}.get(type(fault), "failed")
            raise
        finally:
            metrics.observe(metrics.APPEND_SECONDS, perf_counter() - started, self.service, outcome)

    async def _settle(self, new: tuple[New, ...], entries: list[bytes]) -> tuple[int, bool]:
        """
        Append until it is known whether the entries are kept.

        Return the position of the last, and whether it was this call that put them there.
        """
        for _ in range(ATTEMPTS_MAX):
            with suppress(NatsError, OSError):
                ack = await self._publish(new, entries)
                error_code = ack.get("error", {}).get("err_code")
                if error_code is None and not ack.get("duplicate"):
                    return ack["seq"], True
                if kept := await self._read_back(new[-1]):
                    return kept, False
                if error_code in _WRONG_LAST_SEQUENCE or error_code == _DUPLICATE_IN_BATCH or error_code is None:
                    raise LogMovedOn(f"{self._subject(new[-1])} has entries behind position {new[-1].after}.")
                raise LogUnreachable(f"The log {self.service} refused an entry: {ack['error']['description']}.")
            with suppress(NatsError, OSError):
                if kept := await self._read_back(new[-1]):
                    return kept, False
        raise LogUnreachable(f"The log {self.service} did not say whether it kept the entry.")

    async def _publish(self, new: tuple[New, ...], entries: list[bytes]) -> dict[str, Any]:
        """Publish one entry, or several as an atomic batch, and return the server's answer."""
        batch_id = uuid4().hex
        known: set[str] = set()
        beside = {traces.TRACEPARENT: trace} if (trace := traces.kept()) else {}
        for sequence, (each, entry) in enumerate(zip(new, entries, strict=True), 1):
            subject = self._subject(each)
            headers = {**beside}
            if subject not in known:
                headers["Nats-Expected-Last-Subject-Sequence"] = str(each.after)
            known.add(subject)
            if len(new) == 1:
                headers["Nats-Msg-Id"] = str(each.id)
            else:
                headers |= {"Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(sequence)}
            if sequence < len(new):
                await self._client.publish(subject, entry, headers=headers)
                continue
            if len(new) > 1:
                headers["Nats-Batch-Commit"] = "1"
            reply = await self._client.request(subject, entry, timeout=TIMEOUT_S, headers=headers)
        ack: dict[str, Any] = orjson.loads(reply.data)
        return ack

    async def _read_back(self, new: New) -> int | None:
        """
        Return the position of *new* if it is kept, as the stream's leader has it.

        Its place is known: an append succeeds only right behind the entry that the writer believed to be the last.
        Of several new entries of one aggregate the later ones lie further behind, so the reading goes on to them.
        """
        after = new.after
        while True:
            answer = await _api(
                self._client,
                f"STREAM.MSG.GET.{self.service}",
                {"seq": after + 1, "next_by_subj": self._subject(new)},
            )
            if "error" in answer:
                return None
            message = answer["message"]
            kept = decode(self.service, message["seq"], base64.b64decode(message["data"]), self._keys)
            if kept.id == new.id:
                return kept.position
            if kept.version >= new.version:
                return None
            after = kept.position

    async def _direct_get(self, start: int, limit: int, subject: str) -> tuple[list[Entry], int]:
        """Return at most *limit* entries of *subject* from position *start* on, and how many more there are."""
        body = orjson.dumps({"seq": start, "batch": limit, "next_by_subj": subject})
        try:
            *messages, end = await self._replies.all(f"{API}.DIRECT.GET.{self.service}", body, timeout_s=TIMEOUT_S)
        except (NatsError, OSError) as fault:
            raise LogUnreachable(f"The log {self.service} does not answer.") from fault
        headers = end.headers or {}
        if headers.get("Status") not in ("204", "404"):
            raise LogUnreachable(f"The log {self.service} does not answer: {headers.get('Description', 'no server')}.")
        return [_entry(message) for message in messages], int(headers.get("Nats-Num-Pending", 0))

    def _subject(self, new: New) -> str:
        return subject_of(self.service, new.event.aggregate, new.aggregate_id)


def _entry(message: Msg) -> Entry:
    headers = message.headers or {}
    position, subject = int(headers["Nats-Sequence"]), headers["Nats-Subject"]
    return Entry(position, subject, message.data, headers.get(traces.TRACEPARENT, ""))
