"""Events on logs in memory and a database of its own, with the news that it hears from groups and identity."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.base import Command, Event, Query, Receipt, View
from libs.contracts.events import AnswerGathering, ScheduleGathering
from libs.contracts.groups import GroupFounded, MemberJoined, MemberLeft, RoleGiven
from libs.contracts.identity import MemberErased
from libs.eventlog.log import New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service import database as databases
from libs.service import tables
from libs.service.database import Pool
from libs.service.desk import Desk
from libs.service.projection import Progress
from libs.service.reactions import World
from libs.service.turns import Turns
from libs.service.vault import Vault
from services.events.app import SERVICE

ViewT = TypeVar("ViewT", bound=View)

GROUP = UUID("60000000-0000-4000-8000-000000000001")
OTHER_GROUP = UUID("60000000-0000-4000-8000-000000000002")
ANA, BO, CLEO, DARA = (UUID(f"{letter}0000000-0000-4000-8000-000000000003") for letter in "abcd")
NOW = datetime.now(UTC)
YEAR = NOW.year + 2  # the desk goes by the real clock

CAFE = ScheduleGathering(
    group_id=GROUP,
    name="Repair café",
    starts_at=datetime.fromisoformat(f"{YEAR}-06-01T14:00:00+02:00"),
    ends_at=datetime.fromisoformat(f"{YEAR}-06-01T18:00:00+02:00"),
    time_zone="Europe/Paris",
    capacity=2,
)


class Events:
    """The service without its process: its desk, the read models after it, and the news from elsewhere."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.logs = {name: MemoryLog(name) for name in ("events", "groups", "identity")}
        self.world = World(pool, Progress())
        self._heard = dict.fromkeys(self.logs, 0)
        self.desk = Desk(
            service="events",
            origin="node.example/events",
            events=self.logs["events"],
            commands=SERVICE.commands,
            queries=SERVICE.queries,
            pool=pool,
            progress=self.world.progress,
            catch_up_timeout_s=1,
            resources=(Vault(pool), Turns()),
        )

    async def do(self, command: Command, actor: UUID, command_id: UUID | None = None) -> Receipt:
        """Carry out *command* as the desk does, with no more patience than it has."""
        answer = await self.desk.carry_out(command, actor=str(actor), command_id=command_id or uuid4(), attempts_max=3)
        assert isinstance(answer, Receipt)
        return answer

    async def ask(self, query: Query[ViewT]) -> ViewT:
        """Answer *query* from read models that are level with all logs."""
        await self.level()
        async with self.pool.acquire() as connection:
            answer = await SERVICE.queries[type(query)](query, connection)
        assert isinstance(answer, query.answer)
        return answer  # type: ignore[return-value]

    async def level(self) -> None:
        """Bring the read models level with the logs, events' own first: the order between logs must not matter."""
        for log in self.logs.values():
            async with self.pool.acquire() as connection, connection.transaction():
                after = await connection.fetchval("SELECT position FROM checkpoint WHERE log = $1", log.service)
                if batch := await recorded(log, after):
                    await SERVICE.projection.advance(connection, batch)

    async def hear(self) -> None:
        """React to what is new in the logs of others."""
        for name in SERVICE.reactions.logs:
            for entry in await recorded(self.logs[name], self._heard[name]):
                await SERVICE.reactions.react(entry, self.world, self.desk.react)
                self._heard[name] = entry.position

    async def tick(self) -> None:
        """Let the clock do its work once."""
        await self.level()
        for _, tick in SERVICE.reactions.ticks:
            for command_id, command in await tick(self.world):
                await self.desk.react(command, command_id=command_id)

    async def time_passes(self) -> None:
        """All gatherings end now, as far as the read models know."""
        await self.level()
        await self.pool.execute("UPDATE gathering SET ends_at = now(), ends_wall = now() AT TIME ZONE 'UTC'")

    async def happens(self, event: Event, aggregate_id: UUID) -> None:
        """Have another service record *event*, and hear of it."""
        log = self.logs[event.service]
        history = await log.history(event.aggregate, aggregate_id)
        await log.append(
            New(
                event,
                aggregate_id=aggregate_id,
                version=len(history) + 1,
                after=history[-1].position if history else 0,
                actor=str(ANA),
                id=uuid4(),
                decided_at=NOW,
            )
        )
        await self.hear()

    async def found(self, group_id: UUID, steward: UUID) -> None:
        """A group, and its first steward."""
        founded = GroupFounded.model_validate(GroupFounded.model_config["json_schema_extra"]["example"])  # type: ignore[index]
        await self.happens(founded, group_id)
        await self.join(steward, "steward", group_id)

    async def join(self, member_id: UUID, role: Any = "member", group_id: UUID = GROUP) -> None:
        """Somebody becomes a member."""
        event = MemberJoined(group_id=group_id, member_id=member_id, role=role)
        await self.happens(event, uuid5(group_id, str(member_id)))

    async def make(self, member_id: UUID, role: Any, group_id: UUID = GROUP) -> None:
        """A member gets another role."""
        event = RoleGiven(group_id=group_id, member_id=member_id, role=role)
        await self.happens(event, uuid5(group_id, str(member_id)))

    async def leave(self, member_id: UUID, group_id: UUID = GROUP) -> None:
        """A member leaves the group."""
        event = MemberLeft(group_id=group_id, member_id=member_id, reason="left")
        await self.happens(event, uuid5(group_id, str(member_id)))

    async def erase(self, member_id: UUID) -> None:
        """A member is erased from this node; groups has not said anything yet."""
        await self.happens(MemberErased(), member_id)

    async def says(self, member_id: UUID, gathering_id: UUID, answer: Any) -> Receipt:
        """A member answers."""
        return await self.do(AnswerGathering(gathering_id=gathering_id, answer=answer), member_id)

    async def facts(self) -> list[Event]:
        """What the service's own log holds of gatherings."""
        entries = await recorded(self.logs["events"], 0)
        return [entry.event for entry in entries if entry.event.aggregate == "gathering"]


async def recorded(log: MemoryLog, after: int) -> list[Recorded]:
    """What *log* holds behind *after*, all of it."""
    if after >= await log.last():
        return []
    found: list[Recorded] = []
    async for batch in log.follow(after):
        found += batch
        if found[-1].position == await log.last():
            break
    return found


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """The service's database, with its tables."""
    pool = await databases.connect(database, None, connections_max=4)
    await tables.prepare(
        pool,
        schema=(SERVICE.folder / "schema.sql").read_text(),
        vault=(SERVICE.folder / "vault.sql").read_text(),
        read_from=SERVICE.projection.logs,
        react_to=SERVICE.reactions.logs,
    )
    yield pool
    await pool.close()


@pytest.fixture
async def events(pool: Pool) -> Events:
    """A group whose steward is Ana; Bo, Cleo and Dara are members."""
    events = Events(pool)
    await events.found(GROUP, ANA)
    for member_id in (BO, CLEO, DARA):
        await events.join(member_id)
    return events


@pytest.fixture
async def cafe(events: Events) -> UUID:
    """A gathering of the group with two places, called by Bo."""
    return (await events.do(CAFE, BO)).id
