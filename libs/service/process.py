"""
One service as a process: wires the log, the database, the desk, the projection and the reactions, and runs them.

All run in one task group: when a part fails the process ends, and whoever supervises it starts it again. A read
model that is visibly down beats one that is quietly wrong.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from faststream._internal.endpoint.subscriber.mixins import ConcurrentMixin
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases.core_subscriber import CoreSubscriber
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs import configuration, telemetry
from libs.errors import NotYet
from libs.eventlog.jetstream import PING_EVERY_S, JetStreamLog
from libs.eventlog.measuring import Measures
from libs.eventlog.sealing import Keys
from libs.health import Health
from libs.service import database, tables
from libs.service.database import Pool
from libs.service.desk import CommandHandlers, Desk, QueryHandlers
from libs.service.projection import Progress, Projection, keep_level
from libs.service.reactions import Reactions, World, keep_reacting, keep_ticking
from libs.service.ready import readiness
from libs.service.rebuild import SEARCH_PATH, Builder
from libs.service.tables import Version
from libs.settings import ServiceSettings
from libs.together import together

log = logging.getLogger(__name__)

REBUILD = "rebuild"
"""What stands behind the module on the command line to have the read models rebuilt beside the processes that run."""

Resources = Callable[[Pool, ServiceSettings], Awaitable[Sequence[Any]]]


@dataclass
class Service:
    """
    A service, whole. *folder* holds `schema.sql` and, where it has one, `vault.sql`.

    *resources* makes what every command handler gets after the command and the aggregates: a vault, keys.
    """

    name: str
    folder: Path
    commands: CommandHandlers
    queries: QueryHandlers
    projection: Projection
    reactions: Reactions = field(default_factory=Reactions)
    resources: Resources | None = None
    query_resources: Resources | None = None
    """What every query handler gets after the query and the connection, and reactions find in their world."""

    keys: Callable[[ServiceSettings], Keys] | None = None
    """What makes the keys of what is sealed in the service's own log, and in rows until it may be read."""

    background: Sequence[Callable[[Pool], Awaitable[None]]] = ()
    """What else runs beside the desk and ends by itself or never (the gazetteer's loading)."""

    _health: Health = field(default_factory=Health, init=False)

    def run(self) -> None:
        """Run until a signal or a fault, or rebuild the read models if that is what the command says; exits 0 or 1."""
        settings = configuration.read_or_end(ServiceSettings, self.name)
        telemetry.set_up(self.name, settings)
        work = self.rebuild if sys.argv[1:] == [REBUILD] else self._serve_seen
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(work(settings))
        except* Exception as faults:
            for fault in faults.exceptions:
                log.critical("stopped", extra={"service": self.name, "reason": str(fault)}, exc_info=fault)
            sys.exit(1)

    async def _serve_seen(self, settings: ServiceSettings) -> None:
        """Serve, and say meanwhile how it goes, from before the first look at the database."""
        async with self._health.served(settings.health_host, settings.health_port):
            await self.serve(settings)

    async def serve(self, settings: ServiceSettings) -> None:
        """Serve until SIGTERM or SIGINT; raises an exception group when a part fails."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        version = tables.Version((self.folder / "schema.sql").read_text())
        broker = _broker(settings)
        async with _pool(settings, version.search_path) as pool, _pool(settings, version.search_path, 1) as tenancy:
            try:
                client = await broker.connect()
                assert isinstance(client, Client)
                async with tenancy.acquire() as tenant:
                    await version.inhabit(tenant)
                    if await _unless(stop, self._prepare(pool, settings, version, client)):
                        await self._work(settings, pool, broker, client, stop, tables.keep_tidy(tenant, version))
            finally:
                await broker.stop()

    async def rebuild(self, settings: ServiceSettings) -> None:
        """
        Build the read models anew beside those that answer queries, and switch to them.

        Raises:
            CannotRebuild: Somebody else does already, or those that are there are another version's.
        """
        version, broker = tables.Version((self.folder / "schema.sql").read_text()), _broker(settings)
        try:
            client = await broker.connect()
            assert isinstance(client, Client)
            async with self._builder(settings, version, client) as builder:
                await builder.build()
            log.info("rebuilt", extra={"service": self.name})
        finally:
            await broker.stop()

    async def _prepare(self, pool: Pool, settings: ServiceSettings, version: Version, client: Client) -> None:
        vault = self.folder / "vault.sql"
        is_there = await tables.prepare(
            pool,
            schema=version.schema,
            vault=vault.read_text() if vault.exists() else "",
            read_from=self.projection.logs,
            react_to=self.reactions.logs,
        )
        if not is_there:
            # Nobody is served before they are level: the processes of the former version answer meanwhile.
            async with self._builder(settings, version, client) as builder:
                if await builder.build_if_missing():
                    log.info("built", extra={"service": self.name, "schema_sha256": version.sha256})

    @asynccontextmanager
    async def _builder(self, settings: ServiceSettings, version: Version, client: Client) -> AsyncIterator[Builder]:
        async with _pool(settings, SEARCH_PATH, 1) as pool, pool.acquire() as connection:
            keys = self.keys(settings) if self.keys else None
            logs = {
                name: JetStreamLog(client, name, keys if name == self.name else None) for name in self.projection.logs
            }
            yield Builder(connection, version, self.projection, logs, keys, self._say_how_far)

    def _say_how_far(self, positions: dict[str, int]) -> None:
        log.info("rebuilding", extra={"service": self.name, "positions": positions})

    async def _work(
        self,
        settings: ServiceSettings,
        pool: Pool,
        broker: NatsBroker,
        client: Client,
        stop: asyncio.Event,
        *tidying: Coroutine[Any, Any, None],
    ) -> None:
        others = {*self.projection.logs, *self.reactions.logs} - {self.name}
        logs = {name: JetStreamLog(client, name) for name in others}
        keys = self.keys(settings) if self.keys else None
        logs[self.name] = JetStreamLog(client, self.name, keys)
        query_resources = await self.query_resources(pool, settings) if self.query_resources else ()
        world, heard = World(pool, Progress(self.projection.logs), query_resources), Progress()
        desk = Desk(
            service=self.name,
            origin=f"{settings.node_name}/{self.name}",
            events=logs[self.name],
            commands=self.commands,
            queries=self.queries,
            pool=pool,
            progress=world.progress,
            catch_up_timeout_s=settings.catch_up_timeout_s,
            resources=await self.resources(pool, settings) if self.resources else (),
            query_resources=query_resources,
            hear_all=self._hear_all(logs, heard, settings.catch_up_timeout_s),
        )
        desk.open(broker, at_once_max=settings.commands_at_once_max)
        work = (
            *(keep_level(self.projection, logs[n], pool, world.progress, keys) for n in self.projection.logs),
            *(keep_reacting(self.reactions, logs[n], world, heard, desk.react) for n in self.reactions.logs),
            *(keep_ticking(seconds, tick, world, desk.react) for seconds, tick in self.reactions.ticks),
            *(_run(background, pool) for background in self.background),
            self._measures(logs, world.progress, heard).keep(),
            *tidying,
        )
        async with together(*work) as tasks:
            for task in tasks:
                task.add_done_callback(_stops_when_it_fails(stop))
            await broker.start()
            log.info("ready", extra={"service": self.name})
            followed = [logs[name] for name in self.projection.logs]
            self._health.check = readiness(client, followed, world.progress, behind_max=settings.ready_behind_max)
            await stop.wait()
            self._health.check = None
            await _close_desk(broker)

    def _measures(self, logs: dict[str, JetStreamLog], read: Progress, heard: Progress) -> Measures:
        readers = {"projection": (read, self.projection.logs), "reactions": (heard, self.reactions.logs)}
        return Measures(
            logs.values(),
            {
                reader: {log: partial(progress.position, log) for log in followed}
                for reader, (progress, followed) in readers.items()
            },
        )

    def _hear_all(
        self, logs: dict[str, JetStreamLog], heard: Progress, timeout_s: float
    ) -> Callable[[], Awaitable[None]] | None:
        """Return what waits until all that the other logs hold now has been reacted to, or *timeout_s* are over."""
        others = [name for name in self.reactions.logs if name != self.name]
        if not others:
            return None

        async def hear_all() -> None:
            with suppress(NotYet):
                for name in others:
                    await heard.reach(name, await logs[name].last(), timeout_s=timeout_s)

        return hear_all


def _stops_when_it_fails(stop: asyncio.Event) -> Callable[[asyncio.Task[None]], None]:
    """
    Return what sets *stop* when a task fails.

    The failure cancels whoever waits, but the broker's start may swallow that, and wait for a stop ever after.
    """

    def look(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            stop.set()

    return look


async def _close_desk(broker: NatsBroker) -> None:
    """
    Have nothing new come to the desk, and what has come answered.

    FastStream's own stop comes second: it takes no notice of what arrives while it waits for what is under way, and
    whoever sent that would wait for nothing. Where the connection is gone there is nobody to answer.
    """
    for subscriber in broker.subscribers:
        assert isinstance(subscriber, CoreSubscriber)
        subscription, subscriber.subscription = subscriber.subscription, None
        if subscription is not None:
            with suppress(NatsError, OSError):
                await subscription.drain()  # type: ignore[no-untyped-call]
        if isinstance(subscriber, ConcurrentMixin):
            while subscriber.receive_stream.statistics().current_buffer_used:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
            await asyncio.sleep(0)  # what was taken from it stands in line now
            async with subscriber.limiter:  # whose turn comes when all of that has begun
                pass
    for subscriber in broker.subscribers:
        await subscriber.stop()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do *work* and return True; or end it and return False when *stop* is set before."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
        return working.done()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def _run(work: Callable[[Pool], Awaitable[None]], pool: Pool) -> None:
    await work(pool)


@asynccontextmanager
async def _pool(settings: ServiceSettings, search_path: str, connections_max: int | None = None) -> AsyncIterator[Pool]:
    pool = await database.connect(
        settings.database_url,
        settings.database_password,
        connections_max=connections_max or settings.database_connections_max,
        search_path=search_path,
    )
    try:
        yield pool
    finally:
        await pool.close()


def _broker(settings: ServiceSettings) -> NatsBroker:
    return NatsBroker(
        settings.nats_url,
        security=SASLPlaintext(username=settings.nats_user, password=settings.nats_password),
        inbox_prefix=f"_INBOX.{settings.nats_user}",
        max_reconnect_attempts=-1,
        ping_interval=PING_EVERY_S,
        connect_timeout=10,
        logger=None,
        apply_types=False,
    )
