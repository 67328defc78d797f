"""Groups on logs in memory and, where a test asks for it, a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

import services.groups
from libs.contracts.base import Command, Event, Query, View
from libs.contracts.groups import FoundGroup, JoinGroup
from libs.contracts.identity import MemberErased
from libs.eventlog.log import LogMovedOn, New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service import database as databases
from libs.service import tables
from libs.service.aggregates import Aggregates, DoneAlready
from libs.service.database import Pool
from libs.service.projection import Progress
from libs.service.reactions import World
from libs.service.vault import Vault
from services.groups.commands import HANDLERS
from services.groups.projections import groups
from services.groups.queries import QUERIES
from services.groups.reactions import reactions

ViewT = TypeVar("ViewT", bound=View)

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
ANA, BO, CY, DI = (UUID(int=n) for n in range(1, 5))
FOLDER = Path(next(iter(services.groups.__path__)))


class Unhurried(MemoryLog):
    """A log that lets others come between reading and writing, as a real one does."""

    async def history(self, aggregate: str, aggregate_id: UUID, *, after: int = 0) -> list[Recorded]:
        """Read, and give way."""
        found = await super().history(aggregate, aggregate_id, after=after)
        await asyncio.sleep(0)
        return found

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        """Give way, then write."""
        await asyncio.sleep(0)
        return await super().append(*new)


class House:
    """The service without its process: commands, the read models after them, and what its clock makes it do."""

    def __init__(self, pool: "Pool | None" = None) -> None:
        self.log = Unhurried("groups")
        self.identity = MemoryLog("identity")
        self._pool = pool

    @property
    def pool(self) -> Pool:
        """The database."""
        assert self._pool is not None, "this test asked for no database"
        return self._pool

    async def do(self, command: Command, *, by: UUID | str, key: UUID | None = None, attempts_max: int = 3) -> Recorded:
        """Carry out *command* as the desk does; the same *key* is the same request sent again."""
        command_id = key or uuid4()
        vault: Any = Vault(self._pool) if self._pool else None
        for _ in range(attempts_max):
            work = Aggregates(self.log, actor=str(by), command_id=command_id, now=NOON, command=command)
            try:
                recorded = await HANDLERS[type(command)](command, work, vault)
            except DoneAlready as done:
                return done.recorded
            except LogMovedOn:
                continue
            assert isinstance(recorded, Recorded)
            return recorded
        raise LogMovedOn(f"others were faster {attempts_max} times")

    async def found(self, *members: UUID, by: UUID = ANA, **differing: Any) -> UUID:
        """Found a group that *members* have joined, and return its id."""
        described = {"name": "Crest en transition", "purpose": "Repair and share.", **differing}
        group_id = (await self.do(FoundGroup(**described), by=by)).aggregate_id
        for member_id in members:
            await self.do(JoinGroup(group_id=group_id), by=member_id)
        return group_id

    async def recorded(self, after: int = 0) -> list[Recorded]:
        """All that the log holds."""
        return await _recorded(self.log, after)

    async def events(self, after: int = 0) -> list[Event]:
        """The events of the log, in order."""
        return [recorded.event for recorded in await self.recorded(after)]

    async def names(self, after: int = 0) -> list[str]:
        """The names of the log's entries, in order."""
        return [type(event).__name__ for event in await self.events(after)]

    async def erase(self, member_id: UUID) -> None:
        """Have identity say that a member took themselves back."""
        await self.identity.append(New(MemberErased(), member_id, 1, 0, str(member_id), uuid4(), NOON))

    async def level(self) -> None:
        """Bring the read models level with the logs."""
        for log in (self.log, self.identity):
            async with self.pool.acquire() as connection, connection.transaction():
                after = await connection.fetchval("SELECT position FROM checkpoint WHERE log = $1", log.service)
                if batch := await _recorded(log, after):
                    await groups.advance(connection, batch)

    async def ask(self, query: Query[ViewT]) -> ViewT:
        """Answer *query* from read models that are level with the logs."""
        await self.level()
        async with self.pool.acquire() as connection:
            answer = await QUERIES[type(query)](query, connection)
        assert isinstance(answer, query.answer)
        return answer  # type: ignore[return-value]

    async def tick(self) -> list[Command]:
        """Let the clock strike once; return the commands that it brought."""
        await self.level()
        done = []
        for _, look in reactions.ticks:
            for command_id, command in await look(World(self.pool, Progress())):
                await self.do(command, by="groups", key=command_id)
                done.append(command)
        return done

    async def react(self) -> None:
        """React to the whole of its own log, as after a restart that lost the place."""

        async def do(command: Command, *, command_id: UUID) -> None:
            await self.do(command, by="groups", key=command_id)

        for recorded in await self.recorded():
            await reactions.react(recorded, World(self.pool, Progress()), do)


async def _recorded(log: MemoryLog, after: int) -> list[Recorded]:
    found: list[Recorded] = []
    while (position := after + len(found)) < await log.last():
        found += await anext(log.follow(position))
    return found


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A database with the service's tables."""
    pool = await databases.connect(database, None, connections_max=4)
    await tables.prepare(
        pool,
        schema=(FOLDER / "schema.sql").read_text(),
        vault=(FOLDER / "vault.sql").read_text(),
        read_from=groups.logs,
        react_to=reactions.logs,
    )
    yield pool
    await pool.close()


@pytest.fixture
def house() -> House:
    """The service, with nothing in its log and no database."""
    return House()


@pytest.fixture
def whole(pool: Pool) -> House:
    """The service, with nothing in its log and an empty database."""
    return House(pool)
