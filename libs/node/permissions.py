"""
Who may do what on NATS: one table, from which every server's configuration is made.

Each process has an *account* of its own, not only a user. A user's permissions cover what it publishes, but not where
an answer goes: in one shared account whoever may read a log could name `log.governance.…` as the place for the
server's answer, and the server itself would write it into that log (seen on nats-server 2.15.1). An account reaches
another only through the imports in this table, and an answer comes back into the account that asked. The permissions
come on top, so that what is not in the table is refused aloud.

The streams are in the account LOG, where only the node's set-up has a user. Every other account reads the JetStream
API under `read.` instead of `$JS.API.`; `libs/eventlog` asks there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from libs.eventlog.register import SEALER_LEASE, STREAM

LOG_ACCOUNT = "LOG"
ADMIN = "admin"
GATEWAY = "gateway"
SEALER = "sealer"
AUDITOR = "auditor"
OPERATOR = "operator"
"""Whoever runs the node, at its command line."""

_STREAMED_FOR = "5s"
"""A Direct Get is answered by several messages; so long after the last the server forgets whom it answered."""


class Process(NamedTuple):
    """What one process may do; its account and its user bear its name."""

    name: str
    reads: tuple[str, ...]
    """The logs that it may read."""

    writes: str | None = None
    """The log that it may append to. Whoever has a log has a desk, too."""

    asks: tuple[str, ...] = ()
    """The services whose desks it may send commands and queries to."""

    is_woken: bool = True
    """Whether it hears `at.<log>` for the logs that it reads."""

    holds: tuple[str, ...] = ()
    """The records that it shares with others of its kind, and may change (`libs/eventlog/register.py`)."""

    sends: tuple[str, ...] = ()
    """The single commands and queries that it may send to desks that it does not ask all else."""


SERVICES = ("identity", "groups", "events", "governance", "geo")

PROCESSES: Mapping[str, Process] = {
    process.name: process
    for process in (
        Process("identity", reads=("identity",), writes="identity"),
        Process("groups", reads=("groups", "identity"), writes="groups"),
        Process("events", reads=("events", "groups", "identity"), writes="events"),
        Process("governance", reads=("governance", "groups", "identity"), writes="governance"),
        Process("geo", reads=("geo", "groups", "events"), writes="geo"),
        Process(GATEWAY, reads=SERVICES, asks=SERVICES),
        Process(SEALER, reads=("governance",), is_woken=False, holds=(SEALER_LEASE,)),
        Process(AUDITOR, reads=("governance",), is_woken=False),
        Process(
            OPERATOR,
            reads=(),
            is_woken=False,
            sends=("do.identity.PublishManifesto", "ask.identity.CurrentManifesto"),
        ),
    )
}

USERS = (ADMIN, *PROCESSES)


def accounts(passwords: Mapping[str, str]) -> dict[str, Any]:
    """Return the `accounts` block of nats-server's configuration; *passwords* has one for each of `USERS`."""
    log: dict[str, Any] = {
        "jetstream": "enabled",
        "users": [{"user": ADMIN, "password": passwords[ADMIN]}],
        "mappings": {"read.>": "$JS.API.>"},
        "exports": [
            *(export for service in SERVICES for export in _log_exports(service)),
            *_register_exports(),
        ],
        # Set-up asks every desk whether somebody sits there.
        "imports": [{"service": {"account": service, "subject": f"ask.{service}.>"}} for service in SERVICES],
    }
    return {LOG_ACCOUNT: log} | {
        name: {
            "users": [{"user": name, "password": passwords[name], "permissions": _permissions(process)}],
            "exports": list(_desk_exports(process)),
            "imports": list(_imports(process)),
        }
        for name, process in PROCESSES.items()
    }


def _log_exports(log: str) -> Iterator[dict[str, Any]]:
    readers = _names(process for process in PROCESSES.values() if log in process.reads)
    writers = _names(process for process in PROCESSES.values() if log == process.writes)
    yield {"service": f"log.{log}.>", "accounts": writers}
    yield {"service": f"$JS.API.STREAM.MSG.GET.{log}", "accounts": writers}
    yield {"service": f"$JS.API.STREAM.INFO.{log}", "accounts": readers}
    yield {
        "service": f"$JS.API.DIRECT.GET.{log}",
        "response_type": "stream",
        "threshold": _STREAMED_FOR,
        "accounts": readers,
    }


def _register_exports() -> Iterator[dict[str, Any]]:
    holders = [process for process in PROCESSES.values() if process.holds]
    yield {"service": f"$JS.API.STREAM.MSG.GET.{STREAM}", "accounts": _names(iter(holders))}
    for process in holders:
        for subject in process.holds:
            yield {"service": subject, "accounts": [process.name]}


def _desk_exports(process: Process) -> Iterator[dict[str, Any]]:
    if not process.writes:
        return
    askers = _names(other for other in PROCESSES.values() if process.name in (*other.asks, *_desks(other)))
    yield {"service": f"do.{process.name}.>", "accounts": askers}
    yield {"service": f"ask.{process.name}.>", "accounts": [*askers, LOG_ACCOUNT]}
    woken = _names(other for other in PROCESSES.values() if process.writes in _hears(other))
    yield {"stream": f"at.{process.writes}", "accounts": woken}


def _imports(process: Process) -> Iterator[dict[str, Any]]:
    for log in process.reads:
        yield _api_import(f"STREAM.INFO.{log}")
        yield _api_import(f"DIRECT.GET.{log}")
    if process.writes:
        yield {"service": {"account": LOG_ACCOUNT, "subject": f"log.{process.writes}.>"}}
        yield _api_import(f"STREAM.MSG.GET.{process.writes}")
    for log in _hears(process):
        yield {"stream": {"account": log, "subject": f"at.{log}"}}
    for desk in process.asks:
        for way in ("do", "ask"):
            yield {"service": {"account": desk, "subject": f"{way}.{desk}.>"}}
    for subject in process.sends:
        yield {"service": {"account": subject.split(".")[1], "subject": subject}}
    for subject in process.holds:
        yield {"service": {"account": LOG_ACCOUNT, "subject": subject}}
    if process.holds:
        yield _api_import(f"STREAM.MSG.GET.{STREAM}")


def _api_import(call: str) -> dict[str, Any]:
    # Under a name of its own: the server answers $JS.API in every account, here with "JetStream not enabled".
    return {"service": {"account": LOG_ACCOUNT, "subject": f"$JS.API.{call}"}, "to": f"read.{call}"}


def _hears(process: Process) -> Sequence[str]:
    """Return the logs of others whose wake-ups *process* hears; its own are in its own account."""
    return [log for log in process.reads if log != process.writes] if process.is_woken else []


def _desks(process: Process) -> set[str]:
    """Return the services that *process* may send single commands and queries to."""
    return {subject.split(".")[1] for subject in process.sends}


def _permissions(process: Process) -> dict[str, Any]:
    publish = [f"read.{call}.{log}" for log in process.reads for call in ("STREAM.INFO", "DIRECT.GET")]
    publish += [f"{way}.{desk}.>" for desk in process.asks for way in ("do", "ask")]
    publish += [*process.sends, *process.holds]
    if process.holds:
        publish.append(f"read.STREAM.MSG.GET.{STREAM}")
    subscribe = [f"_INBOX.{process.name}.>"]
    if process.is_woken:
        subscribe += [f"at.{log}" for log in process.reads]
    if log := process.writes:
        publish += [f"log.{log}.>", f"at.{log}", f"read.STREAM.MSG.GET.{log}"]
        subscribe += [f"do.{log}.> {log}", f"ask.{log}.> {log}"]  # the second word is the queue
    permissions: dict[str, Any] = {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}
    if process.writes:
        permissions["allow_responses"] = True
    return permissions


def _names(processes: Iterator[Process]) -> list[str]:
    return [process.name for process in processes]
