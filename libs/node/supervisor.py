"""
Starts a node's processes, starts again whichever ends, and stops all of them in order.

It owns the processes and nothing else: no data passes through it, and when it is gone the kernel ends them, too. A
process that keeps ending is started again after growing pauses, for ever: whatever ails it may pass (a full disk, a
damaged log that is being repaired), and the others go on meanwhile.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime

import httpx
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.node.databases import prepare_databases
from libs.node.door import Door
from libs.node.folder import NodeFolder
from libs.node.loading import tell_of_loading
from libs.node.parts import Part, Parts
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import STOP_TIMEOUT_S
from libs.node.process import how_it_ended, last_words
from libs.node.seals import sealed_size
from libs.node.streams import check_reaches, connect_as_admin, prepare_streams
from libs.node.trouble import NodeTrouble
from libs.node.version import VERSION

FIRST_PAUSE_S = 0.5
PAUSE_MAX_S = 30.0
WELL_AFTER_S = 60.0
"""A process that ran for so long is well again: its next pause is the first one's."""

SERVERS_TIMEOUT_S = 180.0
SLOW_AFTER_S = 30.0
STOP_PATIENCE_S = 10.0

_TURN_LOGS_EVERY_S = 60.0
_ASK_EVERY_S = 0.05


class Supervisor:
    """Runs the node in *folder* behind *door*; tells a person by *say* what happens."""

    def __init__(self, folder: NodeFolder, parts: Parts, door: Door, *, name: str, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._parts = parts
        self._door = door
        self._name = name
        self._say = say
        self._stop = asyncio.Event()
        self._a_child_ended = asyncio.Event()
        self._started_at = datetime.now(UTC)
        self._ready_at: datetime | None = None

    async def run(self) -> None:
        """
        Run until SIGINT, SIGTERM or SIGHUP.

        Raises:
            NodeTrouble: NATS or PostgreSQL cannot be started.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGCHLD, self._a_child_ended.set)
        living = asyncio.create_task(self._live())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((living, stopping), return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                await living
        finally:
            living.cancel()
            stopping.cancel()
            await asyncio.gather(living, stopping, return_exceptions=True)
            self._shut_down()

    async def _live(self) -> None:
        await self._start_servers()
        for part in (*self._parts.services, self._parts.sealer, self._parts.gateway):
            self._start(part)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_running())
            tasks.create_task(self._turn_logs())
            tasks.create_task(self._announce())

    async def _start_servers(self) -> None:
        if self._parts.postgres.is_new:
            self._say("Making the databases, once ...")
        for part in self._parts.servers:
            self._start(part)
        deadline = time.monotonic() + SERVERS_TIMEOUT_S
        for part, is_ready in zip(
            self._parts.servers, (self._parts.nats.is_ready, self._parts.postgres.is_ready), strict=True
        ):
            while not is_ready():
                _check_starts(part, deadline)
                await asyncio.sleep(_ASK_EVERY_S / 10)
        server = self._parts.nats
        await prepare_streams(server.url, server.password(ADMIN))
        await check_reaches(server.url, server.password(ADMIN), sealed_size(self._folder))
        await prepare_databases(self._parts.postgres)

    def _start(self, part: Part) -> None:
        part.process = part.start()
        part.start_again_at = None
        with suppress(OSError):  # a full disk must not keep the node from running
            self._write_status()

    async def _keep_running(self) -> None:
        while True:
            self._a_child_ended.clear()
            for part in self._parts.all:
                self._look_after(part)
            due = [part.start_again_at for part in self._parts.all if part.start_again_at is not None]
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0, min(due) - time.monotonic()) if due else None):
                    await self._a_child_ended.wait()

    def _look_after(self, part: Part) -> None:
        assert part.process is not None
        if part.start_again_at is None:
            if part.process.exit_code is not None:
                self._start_later(part, how_it_ended(part.process.exit_code))
        elif time.monotonic() < part.start_again_at:
            return
        elif not self._has_what_it_needs(part):
            part.start_again_at = time.monotonic() + _ASK_EVERY_S
        else:
            part.restarts += 1
            try:
                self._start(part)
            except (NodeTrouble, OSError) as trouble:
                self._start_later(part, f"could not be started: {trouble}")

    def _has_what_it_needs(self, part: Part) -> bool:
        """Return whether NATS and PostgreSQL can be used; a service that cannot reach them would only end again."""
        return part in self._parts.servers or (self._parts.nats.is_ready() and self._parts.postgres.is_ready())

    def _start_later(self, part: Part, why: str) -> None:
        assert part.process is not None
        was_well = time.time() - part.process.started_at >= WELL_AFTER_S
        part.pause_s = FIRST_PAUSE_S if was_well or not part.pause_s else min(part.pause_s * 2, PAUSE_MAX_S)
        part.start_again_at = time.monotonic() + part.pause_s
        self._say(f"{part.name} {why}; starting it again in {part.pause_s:g} s ({part.log} may say why)")

    async def _turn_logs(self) -> None:
        while True:
            await asyncio.sleep(_TURN_LOGS_EVERY_S)
            for part in self._parts.all:
                assert part.process is not None
                with suppress(OSError):
                    part.process.turn_log()

    async def _announce(self) -> None:
        """Tell where the node is as soon as it answers, or what it waits for if that takes long."""
        started, was_slow = time.monotonic(), False
        while silent := await self._silent():
            if time.monotonic() - started > SLOW_AFTER_S and not was_slow:
                was_slow = True
                self._say(f"Still waiting for {', '.join(silent)}; {self._folder.logs} may say why.")
            await asyncio.sleep(_ASK_EVERY_S)
        self._ready_at = datetime.now(UTC)
        self._say(f"Ready after {(self._ready_at - self._started_at).total_seconds():.1f} s: {self._door.url}")
        self._write_status()
        async with httpx.AsyncClient(base_url=self._door.url, trust_env=False) as client:
            await tell_of_loading(client, self._say)

    async def _silent(self) -> list[str]:
        """Return the parts that do not answer yet."""
        if not await self._door.is_open():
            return [self._parts.gateway.name]
        try:
            client = await connect_as_admin(self._parts.nats.url, self._parts.nats.password(ADMIN))
        except (NatsError, OSError):
            return ["nats"]
        try:
            return [service for service in SERVICES if not await _has_desk(client, service)]
        finally:
            await client.close()

    def _write_status(self) -> None:
        self._folder.write_status(
            {
                "name": self._name,
                "version": VERSION,
                "url": self._door.url,
                "host": self._door.host,
                "port": self._door.port,
                "nats_url": self._parts.nats.url,
                "postgres_socket": str(self._parts.postgres.sockets),
                "pid": os.getpid(),
                "started_at": self._started_at.isoformat(),
                "ready_at": self._ready_at.isoformat() if self._ready_at else None,
                "processes": {
                    part.name: {"pid": part.process.pid, "restarts": part.restarts}
                    for part in self._parts.all
                    if part.process
                },
            }
        )

    def _shut_down(self) -> None:
        """Stop what the others need last: first the gateway, then services and sealer, then PostgreSQL and NATS."""
        self._say("Stopping ...")
        self._stop_parts([self._parts.gateway], STOP_PATIENCE_S)
        self._stop_parts([*self._parts.services, self._parts.sealer], STOP_PATIENCE_S)
        self._stop_parts(self._parts.servers[::-1], STOP_TIMEOUT_S)
        self._folder.forget_status()
        self._say("Stopped.")

    def _stop_parts(self, parts: Iterable[Part], timeout_s: float) -> None:
        """Stop *parts* together, and end those that have not ended after *timeout_s* seconds."""
        running = [(part, part.process) for part in parts if part.process and part.process.exit_code is None]
        for _, process in running:
            process.ask_to_stop()
        deadline = time.monotonic() + timeout_s
        for part, process in running:
            if not process.wait(max(0, deadline - time.monotonic())):
                process.kill()
                self._say(f"{part.name} had not stopped after {timeout_s:g} s and was ended.")


def _check_starts(part: Part, deadline: float) -> None:
    if part.process and part.process.exit_code is not None:
        raise NodeTrouble(f"{part.name} ended while it started: {last_words(part.log)}")
    if time.monotonic() > deadline:
        raise NodeTrouble(f"{part.name} was not ready within {SERVERS_TIMEOUT_S:.0f} s; {part.log} may say why.")


async def _has_desk(client: Client, service: str) -> bool:
    """Return whether someone sits at the service's desk; any answer will do."""
    try:
        await client.request(f"ask.{service}.Anyone", timeout=1)
    except (NatsError, TimeoutError):
        return False
    return True
