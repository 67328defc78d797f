"""Governance alone: its commands on a log in memory, with a clock that a test sets."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command, Event, View
from libs.contracts.governance import HearOfMember, OpenPoll, Role
from libs.eventlog.log import LogMovedOn, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service.aggregates import AggregateMemory, Aggregates, DoneAlready
from libs.service.vault import Vault
from services.governance.commands import HANDLERS
from services.governance.commands.access import ITSELF
from services.governance.commands.office import Office
from services.governance.domain.keys import PollKeys
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.secrets import Secrets

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)

GROUP, ANA, BO, CY, STRANGER = (UUID(int=n) for n in range(1, 6))
"""Ana is the group's steward, Bo and Cy are members."""


@dataclass
class Governance:
    """What governance decides and keeps."""

    secrets: Secrets = field(default_factory=lambda: Secrets(Pseudonyms(b"a secret"), PollKeys(b"another")))
    log: MemoryLog = field(default_factory=lambda: MemoryLog("governance", PollKeys(b"another")))
    vault: Vault | None = None
    """Where a test has a database."""

    now: datetime = MORNING
    memory: AggregateMemory = field(default_factory=AggregateMemory)

    async def do(
        self, command: Command, *, by: UUID | str = ITSELF, key: UUID | None = None, attempts_max: int = 3
    ) -> Recorded:
        """Have *command* carried out as the desk does it; the same *key* is the same request sent again."""
        recorded = await self.carry_out(command, by=by, command_id=key or uuid4(), attempts_max=attempts_max)
        assert isinstance(recorded, Recorded)
        return recorded

    async def carry_out(
        self, command: Command, *, by: UUID | str = ITSELF, command_id: UUID, attempts_max: int = 3
    ) -> Recorded | View:
        """Do as `do` does also for what needs no entry."""
        for attempt in range(attempts_max):
            aggregates = Aggregates(
                self.log, actor=str(by), command_id=command_id, now=self.now, command=command, memory=self.memory
            )
            try:
                return await HANDLERS[type(command)](
                    command, aggregates, Office(self.secrets, cast("Vault", self.vault))
                )
            except DoneAlready as done:
                return done.recorded
            except LogMovedOn:
                if attempt + 1 == attempts_max:
                    raise
                continue
        raise AssertionError

    def aggregates(self) -> Aggregates:
        """What the log says of each thing, to look at."""
        return Aggregates(self.log, actor=ITSELF, command_id=uuid4(), now=self.now)

    @property
    def pseudonyms(self) -> Pseudonyms:
        """What names people."""
        return self.secrets.pseudonyms

    async def hear(self, group_id: UUID, member_id: UUID, role: Role | None, position: int) -> None:
        """Have governance hear of a member at *position* of the log of groups."""
        await self.do(HearOfMember(group_id=group_id, member_id=member_id, role=role, source_position=position))

    async def open(self, *, by: UUID = ANA, **differing: Any) -> UUID:
        """Open a poll that closes at noon, and return its id."""
        return (await self.do(question(**differing), by=by)).aggregate_id

    async def entries(self) -> list[Recorded]:
        """All that the log holds."""
        return await recorded(self.log)

    async def events(self, *kinds: type[Event]) -> list[Event]:
        """The events of these kinds, in the log's order."""
        return [entry.event for entry in await self.entries() if isinstance(entry.event, kinds)]

    def voter(self, poll_id: UUID, member_id: UUID) -> UUID:
        """The member's pseudonym in a poll."""
        return self.pseudonyms.voter(poll_id, self.pseudonyms.elector(GROUP, member_id))


async def recorded(log: MemoryLog) -> list[Recorded]:
    """All that a log holds."""
    if not await log.last():
        return []
    found: list[Recorded] = []
    async for batch in log.follow(0):
        found += batch
        if found[-1].position == await log.last():
            break
    return found


def question(**differing: Any) -> OpenPoll:
    """A question to the group, to be answered until noon."""
    return OpenPoll(
        **{
            "group_id": GROUP,
            "question": "What becomes of the field?",
            "method": "ranked",
            "options": ("orchard", "playground", "wild"),
            "closes_at": NOON,
            "allows_paper": True,
            **differing,
        }
    )


def names(events: Sequence[Event]) -> list[str]:
    """What kinds of events these are."""
    return [type(event).__name__ for event in events]


@pytest.fixture
async def governance() -> Governance:
    """Governance, which has heard of a group with a steward and two members."""
    governance = Governance()
    await governance.hear(GROUP, ANA, "steward", 10)
    await governance.hear(GROUP, BO, "member", 11)
    await governance.hear(GROUP, CY, "member", 12)
    return governance


@pytest.fixture
async def house(database: str, governance: Governance) -> AsyncIterator[Any]:
    """Governance with its vault and read models."""
    from tests.services.governance.readers import readers_of  # it stands on this module

    async with readers_of(governance, database) as readers:
        yield readers
