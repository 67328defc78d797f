"""The vote log as auditors fetch it: exact bytes, a page at a time."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from libs.audit.notes import Verifier
from libs.contracts.governance import LogKey, LogKeyOf
from libs.contracts.identity import ManifestoApproved
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog
from tests.gateway.conftest import FakeServices

NOBODY = UUID(int=1)


@pytest.fixture
async def log(app: FastAPI) -> MemoryLog:
    """A log of three entries behind the application."""
    log = MemoryLog("identity")  # any log will do: its entries pass as they are
    for sha256 in ("a" * 64, "b" * 64, "c" * 64):
        event = ManifestoApproved(sha256=sha256)
        await log.append(New(event, uuid4(), 1, 0, actor="ana", id=uuid4(), decided_at=datetime.now(UTC)))
    app.state.logs = {"governance": log}
    return log


async def test_entries_are_the_exact_bytes_one_a_line(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """Anybody gets the entries as they are kept, and the log's length and name."""
    response = await stranger.get("/log/governance/entries")

    assert response.content.split(b"\n") == [entry.data for entry in await log.entries(0)] + [b""]
    assert response.headers["Plaanet-Log-Last"] == "3"
    assert response.headers["Plaanet-Log-Origin"] == "node.example/governance"


async def test_a_page_goes_on_from_the_last(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """A full page never changes and says so; the last, shorter one may grow."""
    full = await stranger.get("/log/governance/entries", params={"after": 0, "limit": 2})
    rest = await stranger.get("/log/governance/entries", params={"after": 2, "limit": 2})

    assert full.content + rest.content == b"".join(entry.data + b"\n" for entry in await log.entries(0))
    assert "immutable" in full.headers["Cache-Control"]
    assert rest.headers["Cache-Control"] == "no-cache"


async def test_a_gap_is_said(log: MemoryLog, stranger: httpx.AsyncClient) -> None:
    """A log with a hole is not served as if it were whole."""
    log.lose(2)

    response = await stranger.get("/log/governance/entries")

    assert (response.status_code, response.json()["type"]) == (500, "/problems/LogHasGap")
    assert "position 2 is missing" in response.json()["detail"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "after=99999999999999999999"])
async def test_other_numbers_are_refused(log: MemoryLog, stranger: httpx.AsyncClient, query: str) -> None:
    """Positions and limits outside their bounds are 422."""
    assert (await stranger.get(f"/log/governance/entries?{query}")).status_code == 422


async def test_the_key_is_one_line(fake: FakeServices, stranger: httpx.AsyncClient) -> None:
    """Anybody can pin the log's key, in the form that other tools read."""
    fake.answers(LogKeyOf, LogKey(public_key="00" * 32))

    response = await stranger.get("/log/governance/key")

    assert response.text == Verifier("node.example/governance", bytes(32)).vkey + "\n"
