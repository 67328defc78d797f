"""Governance with its read models: what was decided can be asked for, as far as a test lets the rows come."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.base import Command, Event, Query
from libs.contracts.governance import CastBallot, ClosePoll, Tally, TallyOf
from libs.contracts.groups import GroupFounded, MemberJoined, MemberLeft
from libs.contracts.identity import MemberErased
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service import database as databases
from libs.service.database import Pool
from libs.service.projection import Progress
from libs.service.reactions import Tick, World
from libs.service.tables import prepare
from libs.service.vault import Vault
from services.governance.app import SERVICE
from services.governance.domain.ballot import Ballot
from services.governance.projections import governance as projection
from services.governance.queries import QUERIES
from services.governance.reactions import reactions
from services.governance.reactions.counting import count_what_is_closed
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, Governance, recorded

SCHEMA = (Path(SERVICE.folder) / "schema.sql").read_text()
VAULT = (Path(SERVICE.folder) / "vault.sql").read_text()
TABLES = re.findall(r"CREATE TABLE (\w+)", SCHEMA)


@asynccontextmanager
async def readers_of(decided: Governance, database: str) -> AsyncIterator["Readers"]:
    """The group with its three members in the log of groups, a vault, and empty read models."""
    pool = await databases.connect(database, None, connections_max=4)
    await prepare(pool, schema=SCHEMA, vault=VAULT, read_from=projection.logs)
    decided.vault = Vault(pool)
    readers = Readers(decided, pool)
    await join(readers.groups, ANA, "steward", after=0)
    await found(readers.groups, ANA)
    for position, member in enumerate((BO, CY), 2):
        await join(readers.groups, member, "member", after=position)
    yield readers
    await pool.close()


@dataclass
class Readers:
    """Governance with its read models, which stand where a test lets them go."""

    decided: Governance
    pool: Pool
    groups: MemoryLog = field(default_factory=lambda: MemoryLog("groups"))
    identity: MemoryLog = field(default_factory=lambda: MemoryLog("identity"))

    @property
    def world(self) -> World:
        """What reactions may look at."""
        return World(self.pool, Progress(), (self.decided.secrets,))

    async def level(self, *, step: int = 500) -> None:
        """Bring the read models level with all logs, *step* entries at a time."""
        for log in (self.identity, self.groups, self.decided.log):
            done = await self.pool.fetchval("SELECT position FROM checkpoint WHERE log = $1", log.service)
            new = [entry for entry in await recorded(log) if entry.position > done]
            for start in range(0, len(new), step):
                async with self.pool.acquire() as connection, connection.transaction():
                    await projection.advance(connection, new[start : start + step], self.decided.secrets.keys)

    async def ask(self, query: Query[Any]) -> Any:
        """Answer *query* from read models that are level."""
        await self.level()
        async with self.pool.acquire() as connection:
            return await QUERIES[type(query)](query, connection, self.decided.secrets)

    async def tally(self, poll_id: UUID) -> Tally:
        tally = await self.ask(TallyOf(poll_id=poll_id))
        assert isinstance(tally, Tally)
        return tally

    async def counts(self, poll_id: UUID) -> dict[str, int]:
        """The running counts by option."""
        return {counted.option: counted.count for counted in (await self.tally(poll_id)).counts}

    async def cast(self, poll_id: UUID, who: UUID, *choices: str) -> Recorded:
        return await self.decided.do(CastBallot(poll_id=poll_id, choices=choices), by=who)

    async def late(self, poll_id: UUID, event: Event, voter: UUID, *, version: int = 1, after: int = 0) -> None:
        """Append behind the close what no handler would have let through had it known."""
        address = Ballot.create_id(poll_id, voter)
        await self.decided.log.append(
            New(event, address, version, after, actor=str(voter), id=uuid4(), decided_at=MORNING, group_id=GROUP)
        )

    async def close(self, poll_id: UUID) -> None:
        """Close the poll at its time, and have the result declared."""
        self.decided.now = NOON
        await self.decided.do(ClosePoll(poll_id=poll_id))
        await self.count()
        self.decided.now = MORNING

    async def count(self) -> None:
        """Let the clock strike for what is closed."""
        await self.level()
        for command_id, command in await count_what_is_closed(self.world):
            await self.decided.do(command, key=command_id)

    async def strike(self, *ticks: Tick) -> list[Command]:
        """Let the clock strike, and return what it had governance do; the read models are level before and after."""
        done: list[Command] = []
        for tick in ticks:
            await self.level()
            for command_id, command in await tick(self.world):
                await self.decided.carry_out(command, command_id=command_id)
                done.append(command)
        await self.level()
        return done

    async def leave(self, member_id: UUID) -> None:
        """Have the log of groups say that a member left."""
        event = MemberLeft(group_id=GROUP, member_id=member_id, reason="left")
        await self.groups.append(New(event, uuid4(), 1, 0, actor=str(member_id), id=uuid4(), decided_at=MORNING))

    async def erase(self, member_id: UUID) -> None:
        """Have the log of identity say that a member took themselves back."""
        event = MemberErased()
        await self.identity.append(New(event, member_id, 1, 0, actor=str(member_id), id=uuid4(), decided_at=MORNING))

    async def react(self, entry: Recorded) -> None:
        """Let the reactions see an entry."""

        async def do(command: Any, *, command_id: UUID) -> None:
            await self.decided.do(command, key=command_id)

        await reactions.react(entry, self.world, do)

    async def rows(self) -> dict[str, list[Any]]:
        """All that the read models hold."""
        return {table: sorted(map(repr, await self.pool.fetch(f"SELECT * FROM {table}"))) for table in TABLES}

    async def rebuild(self, *, step: int) -> dict[str, list[Any]]:
        """Drop the rows, read everything again, and return the rows."""
        await self.pool.execute("DELETE FROM built_from")
        await prepare(self.pool, schema=SCHEMA, read_from=projection.logs)
        await self.pool.expire_connections()  # they remember the old tables
        await self.level(step=step)
        return await self.rows()


async def join(log: MemoryLog, member: UUID, role: Any, *, after: int, group: UUID = GROUP) -> None:
    """Have the log of groups say that a member joined."""
    event = MemberJoined(group_id=group, member_id=member, role=role)
    await log.append(New(event, uuid4(), 1, 0, actor=str(member), id=uuid4(), decided_at=MORNING))


async def found(log: MemoryLog, founder: UUID, *, group: UUID = GROUP, parent: UUID | None = None) -> None:
    """Have the log of groups say that a group was founded, right behind its founder's joining."""
    event = GroupFounded(
        founder=founder,
        name="Garden",
        purpose="To grow.",
        place=None,
        admission="open",
        charter_keys=(),
        threshold=0,
        parent_id=parent,
    )
    await log.append(New(event, group, 1, 0, actor=str(founder), id=uuid4(), decided_at=MORNING))
