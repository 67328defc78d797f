"""A small domain of jars, and a database for its read models."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid5

import pytest
from eventsourcing.domain import Aggregate, event

from libs.contracts import catalogue
from libs.contracts.base import Command, Event
from libs.service import database as databases
from libs.service.database import Pool

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
JARS = UUID("1a400000-0000-4000-8000-000000000001")


class JarOpened(Event):
    """A jar stands open."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "honey_jar"
    label: str


class SpoonTaken(Event):
    """Somebody took a spoonful."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "honey_jar"


class HoneyJar(Aggregate):
    """A jar that counts its spoonfuls; one for each label."""

    @staticmethod
    def create_id(label: str) -> UUID:
        return uuid5(JARS, label)

    @event("JarOpened")
    def __init__(self, label: str) -> None:
        self.label = label
        self.spoons_count = 0

    def take(self) -> None:
        self._take()

    @event("SpoonTaken")
    def _take(self) -> None:
        self.spoons_count += 1


class OpenJar(Command):
    """Open a jar."""

    service: ClassVar[str] = "groups"
    label: str


@pytest.fixture(autouse=True)
def contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the catalogue know the tests' own contracts."""
    for contract in (JarOpened, SpoonTaken):
        monkeypatch.setitem(catalogue.events(), contract.__name__, contract)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A pool of connections to a database that is this test's own."""
    pool = await databases.connect(database, None, connections_max=4)
    yield pool
    await pool.close()
