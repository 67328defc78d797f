"""The sealer as a process: `python -m libs.audit.sealer`. It ends with 0 when it is told to, with 1 on a fault."""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import nats
from nats.aio.client import Client

from libs import configuration, telemetry
from libs.audit.policy import BadPolicy, Policy, parse_policy
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import CannotSeal
from libs.audit.sealer.lease import Lease, LeaseLost
from libs.audit.sealer.opening import open_log
from libs.audit.sealer.sealer import Sealer
from libs.audit.sealer.state import State, Status
from libs.audit.sealer.witness import Witness
from libs.eventlog.jetstream import PING_EVERY_S, JetStreamLog
from libs.eventlog.log import LogUnreachable
from libs.eventlog.measuring import Measures
from libs.eventlog.register import SEALER_LEASE, JetStreamRegister, Register
from libs.health import Check, Health, Readiness
from libs.settings import SealerSettings
from libs.together import together

LOG = "governance"

log = logging.getLogger(__name__)


def main() -> None:
    """Seal until SIGTERM or SIGINT, or a fault."""
    settings = configuration.read_or_end(SealerSettings, "sealer")
    telemetry.set_up("sealer", settings)
    state = State(settings.sealer_dir)
    try:
        asyncio.run(seal(settings, state))
    except* Exception as faults:
        sentence = _sentence(faults)
        log.critical("stopped", extra={"service": "sealer", "reason": sentence}, exc_info=faults)
        if state.may_tell:
            with suppress(OSError):
                state.write_status(Status(fault=sentence))
        sys.exit(1)


async def seal(settings: SealerSettings, state: State) -> None:
    """
    Seal until it is told to stop, while no other sealer does; stand by otherwise.

    Raises:
        CannotSeal: It must not sign, or no longer.
        LogFault: The log is not what it promises to be.
    """
    holder = uuid4().hex
    with state.entered(holder) as former:
        policy = _policy(settings)
        health = Health()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(health.served(settings.health_host, settings.health_port))
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=None))  # noqa: S113 - each request has its limit
            client = await nats.connect(
                settings.nats_url,
                user=settings.nats_user,
                password=settings.nats_password,
                inbox_prefix=f"_INBOX.{settings.nats_user}".encode(),
                max_reconnect_attempts=-1,
                ping_interval=PING_EVERY_S,
                connect_timeout=10,
            )
            stack.push_async_callback(client.close)
            events = JetStreamLog(client, LOG)
            seat = _Seat(settings, state, client, policy, http, health)
            turns = seat.take_turns(JetStreamRegister(client, SEALER_LEASE), holder, former)
            await _until_told_to_stop(turns, Measures([events], {"sealer": {LOG: seat.size}}))


@dataclass
class _Seat:
    """What a sealer has before it is its turn."""

    settings: SealerSettings
    state: State
    client: Client
    policy: Policy
    http: httpx.AsyncClient
    health: Health
    _lease: Lease | None = None

    def size(self) -> int:
        """Return how many entries are signed, by this sealer or another, as far as it knows."""
        return self._lease.committed.size if self._lease and self._lease.committed else 0

    async def take_turns(self, register: Register, holder: str, former: str | None) -> None:
        """Seal whenever it is *holder*'s turn, for ever; *former* had it before and has ended."""
        while True:
            lease = self._lease = Lease(register, holder, former=former)
            self.health.check = _standing_by(self.client)
            await lease.acquire()
            former, self.state.may_tell = None, True
            try:
                await self._seal(lease)
            except* LeaseLost as lost:
                log.warning("lease lost", extra={"reason": _sentence(lost)})

    async def _seal(self, lease: Lease) -> None:
        try:
            async with together(lease.keep()):
                sealer = await self._sealer(lease)
                self.health.check = _readiness(sealer, self.client, behind_max=self.settings.ready_behind_max)
                log.info("sealing", extra={"service": "sealer"})
                await sealer.run()
        finally:
            self.state.may_tell = lease.is_held
            await lease.release()

    async def _sealer(self, lease: Lease) -> Sealer:
        settings, disk = self.settings, Disk(self.settings.tiles_dir)
        # In a thread: a long log's tiles take their time, and the lease is to be renewed meanwhile.
        opened = await asyncio.to_thread(
            open_log,
            f"{settings.node_name}/{LOG}",
            tiles=settings.tiles_dir,
            secrets=settings.secrets_dir,
            state=self.state,
            disk=disk,
            committed=lease.committed,
        )
        return Sealer(
            JetStreamLog(self.client, LOG),
            opened,
            lease,
            tiles=settings.tiles_dir,
            state=self.state,
            disk=disk,
            policy=self.policy,
            witnesses=[
                Witness(name, party, self.http, timeout_s=settings.witness_timeout_s)
                for name, party in self.policy.witnesses.items()
            ],
            every_s=settings.seal_every_s,
        )


def _standing_by(client: Client) -> Check:
    """Return what says whether the sealer could take over."""

    async def check() -> Readiness:
        return Readiness(client.is_connected, {"standing_by": True})

    return check


def _readiness(sealer: Sealer, client: Client, *, behind_max: int) -> Check:
    """Return what says whether all but the last *behind_max* entries of the log are signed."""

    async def check() -> Readiness:
        if not client.is_connected:
            return Readiness(False, {"reason": "NATS is away"})
        try:
            unsealed = await sealer.unsealed_count()
        except LogUnreachable as fault:
            return Readiness(False, {"reason": str(fault)})
        return Readiness(unsealed <= behind_max, {"unsealed": unsealed})

    return check


async def _until_told_to_stop(work: Coroutine[Any, Any, None], measures: Measures) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("ready", extra={"service": "sealer"})
    measuring = asyncio.create_task(measures.keep())
    sealing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((sealing, stopping), return_when=asyncio.FIRST_COMPLETED)
    for task in (sealing, stopping, measuring):
        task.cancel()
    [fault, *_] = await asyncio.gather(sealing, stopping, measuring, return_exceptions=True)
    if isinstance(fault, Exception):
        raise fault


def _policy(settings: SealerSettings) -> Policy:
    path = settings.witnesses_policy
    if path is None or not path.exists():
        return Policy()
    try:
        return parse_policy(path.read_bytes())
    except BadPolicy as fault:
        raise CannotSeal(f"{path} is not a policy of witnesses: {fault}") from fault


def _sentence(fault: BaseException) -> str:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return str(fault) or type(fault).__name__


if __name__ == "__main__":
    main()
