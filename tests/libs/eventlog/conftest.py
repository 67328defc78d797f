"""Logs of each kind, and a contract that only these tests know."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from nats.aio.client import Client

from libs.contracts import catalogue
from libs.contracts.base import Event
from libs.eventlog.log import New
from libs.node.embedded import EmbeddedNats

NOTE = UUID("0e000000-0000-4000-8000-000000000001")
OTHER_NOTE = UUID("0e000000-0000-4000-8000-000000000002")
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


class NoteTaken(Event):
    """Somebody wrote something down."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "note"
    text: str


class NoteFiled(Event):
    """Since revision 2 a note says where it is filed."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "note"
    revision: ClassVar[int] = 2
    drawer: str


@pytest.fixture(autouse=True)
def contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the catalogue know the tests' own contracts."""
    for contract in (NoteTaken, NoteFiled):
        monkeypatch.setitem(catalogue.events(), contract.__name__, contract)


def note(text: str, *, to: UUID = NOTE, version: int = 1, after: int = 0, id: UUID | None = None) -> New:  # noqa: A002
    """A note to be appended, by Ana at noon."""
    return New(
        NoteTaken(text=text),
        aggregate_id=to,
        version=version,
        after=after,
        actor="ana",
        id=id or uuid4(),
        decided_at=NOON,
    )


@pytest.fixture
async def client(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """A connection with the rights that governance has, and no more."""
    client = await nats_server.connect("governance")
    yield client
    await client.close()
