"""Identity on a log in memory and a database of its own, with passwords that are hashed quickly."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from joserfc.jwk import OKPKey

import services.identity
from libs.contracts.base import Command, Query, View
from libs.contracts.identity import LogIn, PublishManifesto, SessionTokens, SignUp
from libs.eventlog.log import EventLog, LogMovedOn, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service import database as databases
from libs.service import tables
from libs.service.aggregates import Aggregates, DoneAlready
from libs.service.database import Pool
from libs.service.projection import Progress
from libs.service.reactions import World
from libs.service.vault import Vault
from services.identity.commands import HANDLERS
from services.identity.commands.means import Means
from services.identity.domain.password import Passwords
from services.identity.domain.session import Signer
from services.identity.projections import identity
from services.identity.queries import QUERIES
from services.identity.reactions import reactions

ViewT = TypeVar("ViewT", bound=View)

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
TEXT = "# Manifeste\n\nNous décidons ensemble.\n"
PASSWORD = "quatre chevaux verts"
FOLDER = Path(next(iter(services.identity.__path__)))


class Identity:
    """The service without its process: commands, the read models after them, and what its own log makes it do."""

    def __init__(self, log: EventLog, pool: Pool, means: Means) -> None:
        self.log = log
        self.pool = pool
        self.means = means
        self.now = NOON

    async def do(self, command: Command, actor: object = "", command_id: UUID | None = None) -> Any:
        """Carry out *command* as the desk does: decide again when others were faster."""
        command_id = command_id or uuid4()
        for _ in range(3):
            work = Aggregates(self.log, actor=str(actor), command_id=command_id, now=self.now, command=command)
            try:
                return await HANDLERS[type(command)](command, work, self.means)
            except DoneAlready as done:
                return done.recorded
            except LogMovedOn:
                continue
        raise AssertionError("others were faster three times")

    async def ask(self, query: Query[ViewT]) -> ViewT:
        """Answer *query* from read models that are level with the log."""
        await self.level()
        async with self.pool.acquire() as connection:
            answer = await QUERIES[type(query)](query, connection)
        assert isinstance(answer, query.answer)
        return answer  # type: ignore[return-value]

    async def level(self) -> None:
        """Bring the read models level with the log."""
        async with self.pool.acquire() as connection, connection.transaction():
            after = await connection.fetchval("SELECT position FROM checkpoint")
            if batch := await self.recorded(after):
                await identity.advance(connection, batch)

    async def recorded(self, after: int = 0) -> list[Recorded]:
        """What the log holds."""
        last = await self.log.last()
        if last == after:
            return []
        return list(await anext(self.log.follow(after)))

    async def names(self) -> list[str]:
        """The names of the log's entries, in order."""
        return [type(recorded.event).__name__ for recorded in await self.recorded()]

    async def react(self) -> None:
        """React to the whole log, as after a restart that lost the place."""

        async def do(command: Command, *, command_id: UUID) -> None:
            await self.do(command, actor="identity", command_id=command_id)

        for recorded in await self.recorded():
            await reactions.react(recorded, self.world, do)

    @property
    def world(self) -> World:
        """What reactions look at."""
        return World(self.pool, Progress())

    async def publish(self, text: str = TEXT) -> str:
        """Publish a manifesto and return its hash."""
        recorded = await self.do(PublishManifesto(text=text), actor="operator")
        return str(recorded.event.sha256)

    async def sign_up(self, handle: str = "zoé", password: str = PASSWORD) -> UUID:
        """A new member's id."""
        manifesto = [r for r in await self.recorded() if type(r.event).__name__ == "ManifestoPublished"][-1]
        command = SignUp(handle=handle, password=password, manifesto_sha256=manifesto.event.sha256)  # type: ignore[attr-defined]
        recorded: Recorded = await self.do(command)
        return recorded.aggregate_id

    async def log_in(self, handle: str = "zoé", password: str = PASSWORD) -> SessionTokens:
        """A new session's tokens."""
        tokens = await self.do(LogIn(handle=handle, password=password, label="test"))
        assert isinstance(tokens, SessionTokens)
        return tokens


@pytest.fixture(scope="session")
def key() -> OKPKey:
    """A key that signs tokens."""
    return OKPKey.generate_key("Ed25519", private=True)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A database with identity's tables."""
    pool = await databases.connect(database, None, connections_max=4)
    await tables.prepare(
        pool,
        schema=(FOLDER / "schema.sql").read_text(),
        vault=(FOLDER / "vault.sql").read_text(),
        read_from=identity.logs,
        react_to=reactions.logs,
    )
    yield pool
    await pool.close()


@pytest.fixture
def means(pool: Pool, key: OKPKey) -> Means:
    """A vault, cheap passwords, a key."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Means(Vault(pool), Passwords(hasher), Signer(key, "node.example"))


@pytest.fixture
async def node(pool: Pool, means: Means) -> Identity:
    """Identity, with a manifesto and no members."""
    identity = Identity(MemoryLog("identity"), pool, means)
    await identity.publish()
    return identity
