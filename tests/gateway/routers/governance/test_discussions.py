"""Statements and amendments over HTTP: what each route asks of governance, and in whose name."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Command, Query, View
from libs.contracts.governance import (
    Amendment,
    AmendmentOf,
    Amendments,
    AmendmentsOf,
    Difference,
    MakeAmendment,
    MakeStatement,
    PutAmendmentToVote,
    RefuseAmendment,
    Statements,
    StatementsOn,
    TakeAmendmentBack,
    TakeAmendmentIn,
    TakeStatementBack,
)
from tests.gateway.conftest import ANA, FakeServices

PROPOSAL, AMENDMENT, STATEMENT = (UUID(int=n) for n in range(1, 4))
AT, OF = f"/api/v1/proposals/{PROPOSAL}", f"/api/v1/amendments/{AMENDMENT}"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
VIEW = Amendment(
    amendment_id=AMENDMENT,
    proposal_id=PROPOSAL,
    author=STATEMENT,
    member_id=None,
    of_version=1,
    title="An orchard",
    text="Trees.",
    text_sha256="0" * 64,
    why=None,
    state="open",
    reason=None,
    poll_id=None,
    version_number=None,
    made_at=NOON,
    position=17,
    difference=Difference(title=(), lines=()),
)
READS: list[tuple[str, Query[Any], View]] = [
    (
        f"{AT}/statements?side=against&limit=5&cursor=abc",
        StatementsOn(proposal_id=PROPOSAL, side="against", limit=5, cursor="abc"),
        Statements(items=(), next=None),
    ),
    (f"{AT}/amendments?limit=5", AmendmentsOf(proposal_id=PROPOSAL, limit=5), Amendments(items=(), next=None)),
    (OF, AmendmentOf(amendment_id=AMENDMENT), VIEW),
]
ACTS: list[tuple[str, str, Any, Command]] = [
    (
        "POST",
        f"{AT}/statements",
        {"side": "for", "words": " Yes. "},
        MakeStatement(proposal_id=PROPOSAL, side="for", words="Yes."),
    ),
    ("DELETE", f"/api/v1/statements/{STATEMENT}", None, TakeStatementBack(statement_id=STATEMENT)),
    (
        "POST",
        f"{AT}/amendments",
        {"of_version": 2, "title": "A", "text": "B", "why": "Bees."},
        MakeAmendment(proposal_id=PROPOSAL, of_version=2, title="A", text="B", why="Bees."),
    ),
    ("DELETE", OF, None, TakeAmendmentBack(amendment_id=AMENDMENT)),
    ("PUT", f"{OF}/taking-in", None, TakeAmendmentIn(amendment_id=AMENDMENT)),
    ("PUT", f"{OF}/refusal", {"reason": "No."}, RefuseAmendment(amendment_id=AMENDMENT, reason="No.")),
    (
        "POST",
        f"{OF}/vote",
        {"closes_at": "2030-06-01T12:00:00Z"},
        PutAmendmentToVote(amendment_id=AMENDMENT, closes_at=NOON),
    ),
]


@pytest.mark.parametrize("path, query, view", READS)
async def test_everybody_may_ask(
    ana: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """In their own name, where they have one."""
    fake.answers(type(query), view)
    answer = await ana.get(path)

    assert answer.json() == view.model_dump(mode="json")
    assert fake.asked == [query.model_copy(update={"asker": ANA})]


@pytest.mark.parametrize("path, query, view", READS)
async def test_strangers_too(
    stranger: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """What they may see, governance says."""
    fake.answers(type(query), view)

    assert (await stranger.get(path)).status_code == 200
    assert fake.asked == [query]


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_members_act(
    ana: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Each route is one command in the caller's name."""
    answer = await ana.request(method, path, json=body)

    assert answer.status_code == (201 if method == "POST" else 200), answer.text
    assert [done for done, _ in fake.done] == [command]


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_strangers_do_not(
    stranger: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Who is not signed in is told so."""
    assert isinstance(command, Command)
    assert (await stranger.request(method, path, json=body)).status_code == 401
    assert not fake.done


@pytest.mark.parametrize(
    "path, body",
    [
        (f"{AT}/statements", {"side": "beside", "words": "Hm."}),
        (f"{AT}/statements", {"side": "for", "words": "a" * 10_001}),
        (f"{AT}/amendments", {"of_version": 0, "title": "A", "text": "B"}),
    ],
)
async def test_nonsense_is_refused(ana: httpx.AsyncClient, fake: FakeServices, path: str, body: Any) -> None:
    """What makes no sense does not reach governance."""
    assert (await ana.post(path, json=body)).status_code == 422
    assert not fake.done
