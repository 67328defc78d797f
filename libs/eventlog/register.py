"""
One small record that several processes change, each only if nobody else has since it last looked.

What NATS calls a key of a key-value bucket: a stream that keeps the newest message of a subject, written with the
sequence that the writer expects to be the last (`Nats-Expected-Last-Subject-Sequence`). On a cluster a majority of the
servers has to agree, so two writers never both succeed.
"""

import base64
from typing import Any, NamedTuple, Protocol

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.errors import LogFault
from libs.eventlog.jetstream import API, NO_QUORUM_YET, LogsNotYet
from libs.eventlog.log import LogUnreachable

STREAM = "lease"

SEALER_LEASE = "lease.sealer"
"""The record that says who seals the vote log, and what was signed last."""

TIMEOUT_S = 2.0

_WRONG_LAST_SEQUENCE = (10071, 10164)
_NO_MESSAGE = 10037


class Moved(Exception):
    """Somebody else has changed the record."""


class Kept(NamedTuple):
    """The record as it stands; each change has a higher *revision*."""

    revision: int
    data: bytes


class Register(Protocol):
    """What both kinds of register promise; `tests/libs/eventlog/test_register.py` holds each to it."""

    async def read(self) -> Kept | None:
        """
        Return the record, or None before the first change.

        Raises:
            LogUnreachable: It did not answer in time.
        """

    async def write(self, data: bytes, *, after: int) -> int:
        """
        Change the record that stands at revision *after* (0: there is none), and return the new revision.

        Raises:
            Moved: It stands at another revision.
            LogUnreachable: It did not answer in time: whether it was changed is not known.
        """


class MemoryRegister:
    """A register in this process, for tests."""

    def __init__(self) -> None:
        self._kept: Kept | None = None

    async def read(self) -> Kept | None:
        """Return the record; see `Register.read`."""
        return self._kept

    async def write(self, data: bytes, *, after: int) -> int:
        """Change the record; see `Register.write`."""
        revision = self._kept.revision if self._kept else 0
        if revision != after:
            raise Moved
        self._kept = Kept(revision + 1, data)
        return revision + 1


class JetStreamRegister:
    """The register at *subject* on the server that *client* is connected to."""

    def __init__(self, client: Client, subject: str) -> None:
        self._client = client
        self._subject = subject

    async def read(self) -> Kept | None:
        """Return the record; see `Register.read`."""
        answer = await self._request(
            f"{API}.STREAM.MSG.GET.{STREAM}", orjson.dumps({"last_by_subj": self._subject}), {}
        )
        if "error" not in answer:
            return Kept(answer["message"]["seq"], base64.b64decode(answer["message"].get("data", "")))
        if answer["error"].get("err_code") == _NO_MESSAGE:
            return None
        raise LogUnreachable(f"The record {self._subject} cannot be read: {answer['error']['description']}.")

    async def write(self, data: bytes, *, after: int) -> int:
        """Change the record; see `Register.write`."""
        answer = await self._request(self._subject, data, {"Nats-Expected-Last-Subject-Sequence": str(after)})
        if "error" not in answer:
            revision: int = answer["seq"]
            return revision
        if answer["error"].get("err_code") in _WRONG_LAST_SEQUENCE:
            raise Moved
        raise LogUnreachable(f"The record {self._subject} cannot be changed: {answer['error']['description']}.")

    async def _request(self, subject: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        try:
            reply = await self._client.request(subject, body, timeout=TIMEOUT_S, headers=headers or None)
        except (NatsError, OSError) as fault:
            raise LogUnreachable(f"The record {self._subject} does not answer.") from fault
        answer: dict[str, Any] = orjson.loads(reply.data)
        return answer


def _config(replicas: int) -> dict[str, Any]:
    return {
        "name": STREAM,
        "subjects": [f"{STREAM}.>"],
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "max_msgs_per_subject": 1,
        "max_msg_size": 10_000,
        "num_replicas": replicas,
        "deny_delete": True,
        "deny_purge": True,
        "allow_direct": False,
    }


async def ensure_register(client: Client, *, replicas: int = 1) -> None:
    """
    Create the stream of the registers if it is not there; needs an administrator's connection.

    Raises:
        LogsNotYet: A cluster is only starting; try again.
        LogFault: It cannot be made.
    """
    for call, body in ((f"STREAM.INFO.{STREAM}", {}), (f"STREAM.CREATE.{STREAM}", _config(replicas))):
        reply = await client.request(f"{API}.{call}", orjson.dumps(body), timeout=TIMEOUT_S)
        answer = orjson.loads(reply.data)
        if "error" not in answer:
            return
        if answer["error"].get("err_code") in NO_QUORUM_YET:
            raise LogsNotYet(f"The stream {STREAM} cannot be had yet: {answer['error']['description']}.")
    raise LogFault(f"The stream {STREAM} cannot be made: {answer['error']['description']}.")
