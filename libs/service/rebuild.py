"""
Builds a service's read models anew beside those that answer queries, and switches to them in one transaction.

The new ones are built in a schema of their own, from position 1 on, by one connection that holds a lock: one builder at
a time, and none that outlives its session. When they are level, the builder holds up the other projections for the
moment in which it applies the last entries and renames the schemas. So nobody ever reads older rows than before, and
no event is applied twice or not at all; statements find the new tables by name. A builder that is ended leaves the old
read models as they were.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

import asyncpg

from libs.eventlog.log import EventLog
from libs.eventlog.sealing import Keys
from libs.service import tables
from libs.service.database import REST_OF_PATH, Connection
from libs.service.projection import Projection
from libs.service.tables import BUILDING, FORMER, NEXT, ONE_AT_A_TIME, READ, Version

NEAR_ENTRIES = 200
"""So far behind the new read models may be for the switch to be tried."""

SWITCH_TIMEOUT_S = 5.0
"""So long the other projections are held up at most; then the builder catches up once more."""

LOOK_AGAIN_S = 0.2
"""Whoever waits for another builder looks so often whether it is done, or gone."""

SEARCH_PATH = f"{NEXT}, {REST_OF_PATH}"

_TRY_LOCK = "SELECT pg_try_advisory_lock($1)"

_LOCK_PATIENCE = "2s"
"""Whoever tidies up holds the builders' lock for a moment, too."""

_BEHIND = """
SELECT log, now.position AS end, coming.position AS position
  FROM {former}.checkpoint AS now JOIN read_next.checkpoint AS coming USING (log)
 WHERE coming.position < now.position
"""

Say = Callable[[dict[str, int]], None]


class CannotRebuild(Exception):
    """Nothing was done; *args[0]* says why in one sentence."""


@dataclass
class Builder:
    """Builds the read models of *version* from *logs* on *connection*, whose search path is `SEARCH_PATH`."""

    connection: Connection
    version: Version
    projection: Projection
    logs: Mapping[str, EventLog]
    keys: Keys | None = None
    say: Say = lambda _: None
    """Hears how far the new read models are in each log."""

    async def build_if_missing(self) -> bool:
        """
        Build the read models of this version and switch to them, unless they are there or another builds them.

        Return whether it was this call that built them; they are there when it returns.
        """
        while not await self.connection.fetchval(_TRY_LOCK, BUILDING):
            if await self.version.home(self.connection):
                return False
            await asyncio.sleep(LOOK_AGAIN_S)
        try:
            if await self.version.home(self.connection):
                return False
            await self._build()
            return True
        finally:
            await self._let_go()

    async def build(self) -> None:
        """
        Build the read models anew and switch to them.

        Raises:
            CannotRebuild: Somebody else does already, or those that are there are another version's.
        """
        try:
            async with self.connection.transaction():
                await self.connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'")
                await self.connection.execute("SELECT pg_advisory_lock($1)", BUILDING)  # the session's
        except asyncpg.LockNotAvailableError as fault:
            raise CannotRebuild("These read models are being rebuilt already; nothing was done here.") from fault
        try:
            if await self.version.home(self.connection) is None:
                raise CannotRebuild(
                    "The read models are of another version of the service, and nothing was done: start this version,"
                    " which builds its own by itself."
                )
            await self._build()
        finally:
            await self._let_go()

    async def _build(self) -> None:
        async with self.connection.transaction():
            await self.version.make(self.connection, NEXT, self.projection.logs)
        while True:
            await self._catch_up()
            with suppress(TimeoutError, asyncpg.LockNotAvailableError):
                async with asyncio.timeout(SWITCH_TIMEOUT_S):
                    await self._switch()
                    break
        await self._drop_former()

    async def _catch_up(self) -> None:
        """Apply all that the logs hold now, a piece of each in turn, until little has come meanwhile."""
        while True:
            ends = {name: await self.logs[name].last() for name in self.projection.logs}
            positions = await self._positions()
            if all(end - positions[name] <= NEAR_ENTRIES for name, end in ends.items()):
                return
            for name, end in ends.items():
                await self._apply(name, positions[name], end)

    async def _positions(self) -> dict[str, int]:
        rows = await self.connection.fetch("SELECT log, position FROM checkpoint")
        positions = {row["log"]: row["position"] for row in rows}
        self.say(positions)
        return positions

    async def _apply(self, name: str, position: int, end: int) -> None:
        """Apply the log *name* from behind *position* to *end*, or a little farther."""
        if position >= end:
            return
        said_at = time.monotonic()
        async with aclosing(self.logs[name].follow(position)) as batches:
            async for batch in batches:
                async with self.connection.transaction():
                    await self.projection.advance(self.connection, batch, self.keys)
                if time.monotonic() - said_at > 1:
                    said_at = time.monotonic()
                    await self._positions()
                if batch[-1].position >= end:
                    return

    async def _switch(self) -> None:
        async with self.connection.transaction():
            await self.connection.execute(f"SET LOCAL lock_timeout = {round(SWITCH_TIMEOUT_S * 1000)}")
            await self.connection.execute("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
            home = await self.version.home(self.connection)
            former = home or READ
            sha256 = await tables.built_from(self.connection, former)
            if await self.connection.fetchval("SELECT to_regclass($1)", f"{former}.checkpoint"):
                # Whoever applies a batch holds a row of it, and whoever comes now waits and finds the new one.
                await self.connection.execute(f"LOCK TABLE {former}.checkpoint IN ACCESS EXCLUSIVE MODE")
                for row in await self.connection.fetch(_BEHIND.format(former=former)):
                    await self._apply(row["log"], row["position"], row["end"])
            aside = FORMER if home or sha256 is None else tables.own_name(sha256)
            await self.connection.execute(f"DROP SCHEMA IF EXISTS {aside} CASCADE")
            if await self.connection.fetchval("SELECT to_regnamespace($1)", former):
                await self.connection.execute(f"ALTER SCHEMA {former} RENAME TO {aside}")
            await self.connection.execute(f"ALTER SCHEMA {NEXT} RENAME TO {former}")

    async def _drop_former(self) -> None:
        """Drop what was switched from when nobody reads there any more, unless another version uses it."""
        while True:
            try:
                await tables.tidy(self.connection, self.version)
            except asyncpg.LockNotAvailableError:
                continue
            return

    async def _let_go(self) -> None:
        if not self.connection.is_closed():
            await self.connection.execute("SELECT pg_advisory_unlock($1)", BUILDING)
