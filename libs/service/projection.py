"""
Keeps a service's read models level with the logs.

A projection's rows and its checkpoints change in one transaction, so an event is applied once however often it is
delivered. The log keeps no list of its readers: to rebuild, drop the schema and start the service again. That happens
by itself when `schema.sql` is not the one that the tables were built from.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from itertools import groupby
from typing import Any, TypeVar

from libs.contracts.base import Event
from libs.errors import NotYet
from libs.eventlog.log import Batch, EventLog, Recorded
from libs.eventlog.sealing import Keys
from libs.service.database import Connection, Pool
from libs.telemetry import metrics, traces

E = TypeVar("E", bound=Event)

Apply = Callable[[Connection, Any, Recorded], Awaitable[None]]
ApplyMany = Callable[[Connection, Sequence[Recorded]], Awaitable[None]]
ApplyWithKeys = Callable[[Connection, Any, Recorded, Keys | None], Awaitable[None]]


class Projection:
    """One function for each event that changes a row."""

    def __init__(self) -> None:
        self._apply: dict[type[Event], Apply] = {}
        self._apply_many: dict[type[Event], ApplyMany] = {}
        self._apply_with_keys: dict[type[Event], ApplyWithKeys] = {}
        self._look_at_all: dict[str, ApplyMany] = {}

    @classmethod
    def of(cls, *parts: "Projection") -> "Projection":
        """
        Return one projection that does what all its *parts* do.

        Raises:
            ValueError: Two of them take the same event, or all of a log; rows would depend on which comes first.
        """
        whole = cls()
        for part in parts:
            if twice := whole._kinds & part._kinds:
                raise ValueError(f"Two parts of a projection take {', '.join(kind.__name__ for kind in twice)}.")
            if logs := whole._look_at_all.keys() & part._look_at_all.keys():
                raise ValueError(f"Two parts of a projection look at all of {', '.join(logs)}.")
            whole._apply |= part._apply
            whole._apply_many |= part._apply_many
            whole._apply_with_keys |= part._apply_with_keys
            whole._look_at_all |= part._look_at_all
        return whole

    @property
    def _kinds(self) -> set[type[Event]]:
        return {*self._apply, *self._apply_many, *self._apply_with_keys}

    def on(self, event: type[E]) -> Callable[[Apply], Apply]:
        """Register the decorated function `(tx, event, recorded)` for *event*."""

        def register(apply: Apply) -> Apply:
            self._apply[event] = apply
            return apply

        return register

    def on_many(self, event: type[E]) -> Callable[[ApplyMany], ApplyMany]:
        """Register the decorated function `(tx, recorded_run)` for runs of *event*: fewer round trips in a rebuild."""

        def register(apply: ApplyMany) -> ApplyMany:
            self._apply_many[event] = apply
            return apply

        return register

    def on_with_keys(self, event: type[E]) -> Callable[[ApplyWithKeys], ApplyWithKeys]:
        """Register the decorated function `(tx, event, recorded, keys)`, which opens rows that were kept sealed."""

        def register(apply: ApplyWithKeys) -> ApplyWithKeys:
            self._apply_with_keys[event] = apply
            return apply

        return register

    def on_all(self, log: str) -> Callable[[ApplyMany], ApplyMany]:
        """
        Register the decorated function `(tx, new)`, which is shown every new entry of *log* once and in order.

        Also those that no function takes; and after those functions have changed their rows.
        """

        def register(look: ApplyMany) -> ApplyMany:
            self._look_at_all[log] = look
            return look

        return register

    @property
    def logs(self) -> tuple[str, ...]:
        """The logs that the functions take entries from."""
        return tuple(sorted({*self._look_at_all, *(event.service for event in self._kinds)}))

    async def advance(self, tx: Connection, batch: Batch, keys: Keys | None = None) -> None:
        """Apply what is new in *batch*, and move the checkpoint of its log to its end; *keys* open sealed rows."""
        log = batch[0].log
        done = await tx.fetchval("SELECT position FROM checkpoint WHERE log = $1 FOR UPDATE", log)
        # Another replica may have come further while this one read the batch.
        new = [recorded for recorded in batch if recorded.position > done]
        for kind, run in groupby(new, key=lambda recorded: type(recorded.event)):
            if many := self._apply_many.get(kind):
                await many(tx, list(run))
            elif apply := self._apply.get(kind):
                for recorded in run:
                    await apply(tx, recorded.event, recorded)
            elif apply_with_keys := self._apply_with_keys.get(kind):
                for recorded in run:
                    await apply_with_keys(tx, recorded.event, recorded, keys)
        if new and (look := self._look_at_all.get(log)):
            await look(tx, new)
        await tx.execute(
            "UPDATE checkpoint SET position = greatest(position, $2) WHERE log = $1", log, batch[-1].position
        )


class Progress:
    """
    How far each log is in the read models, as this process knows it; lets a query wait for a position.

    *logs* are those that the read models follow (None: whichever is asked for). Of another there is nothing to wait
    for: one request may ask several services and names all the entries that it has seen.
    """

    def __init__(self, logs: Collection[str] | None = None) -> None:
        self._logs = logs
        self._positions: dict[str, int] = {}
        self._moved = asyncio.Condition()

    async def moved(self, log: str, position: int) -> None:
        """Note that *log* is read up to *position*, and wake who waits for it."""
        async with self._moved:
            self._positions[log] = max(position, self._positions.get(log, 0))
            self._moved.notify_all()

    def position(self, log: str) -> int:
        """Return how far *log* is read."""
        return self._positions.get(log, 0)

    async def reach(self, log: str, at_least: int, *, timeout_s: float) -> None:
        """
        Wait until the read models stand at *at_least* of *log* or later.

        Raises:
            NotYet: They did not within *timeout_s* seconds.
        """
        if self.position(log) >= at_least or (self._logs is not None and log not in self._logs):
            return
        try:
            async with asyncio.timeout(timeout_s), self._moved:
                await self._moved.wait_for(lambda: self.position(log) >= at_least)
        except TimeoutError as fault:
            raise NotYet(f"The read models are at {log}:{self.position(log)}, not at {at_least} yet.") from fault


async def keep_level(
    projection: Projection, log: EventLog, pool: Pool, progress: Progress, keys: Keys | None = None
) -> None:
    """Follow *log* and apply it, for ever; ends with the fault that stops it."""
    position = await pool.fetchval("SELECT position FROM checkpoint WHERE log = $1", log.service)
    await progress.moved(log.service, position)
    async for batch in log.follow(position):
        started_ns = time.time_ns()
        async with pool.acquire() as connection, connection.transaction():
            await projection.advance(connection, batch, keys)
        await progress.moved(log.service, batch[-1].position)
        _note(log.service, batch, started_ns)


def _note(log: str, batch: Batch, started_ns: int) -> None:
    """Count what the read models took, and end the traces of what is fresh in it."""
    metrics.PROJECTED_ENTRIES.labels(log).inc(len(batch))
    if not traces.is_fresh(batch[-1].decided_at):
        return  # they are being built again: from then to now is no delay
    metrics.PROJECTION_DELAY_SECONDS.labels(log).observe(metrics.age_s(batch[0].decided_at))
    for recorded in batch:
        if span := traces.behind(f"project {recorded.name}", recorded, started_ns=started_ns):
            span.end()
