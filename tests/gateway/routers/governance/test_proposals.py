"""Proposals over HTTP: what each route asks of governance, and in whose name."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Command, Query, View
from libs.contracts.governance import (
    Difference,
    DifferenceBetween,
    MakeProposal,
    ProposalOf,
    Proposals,
    ProposalsOf,
    PutProposalToVote,
    ReviseProposal,
    Settings,
    SupportProposal,
    TakeProposalBack,
    TakeSupportBack,
    TemplateTerms,
    Version,
    VersionOf,
    Versions,
    VersionsOf,
)
from libs.contracts.governance import Proposal as ProposalView
from libs.contracts.text import ARTICLE_BYTES_MAX
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices, receipt

GROUP, PROPOSAL, TEMPLATE = (UUID(int=n) for n in range(1, 4))
AT = f"/api/v1/proposals/{PROPOSAL}"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
VIEW = ProposalView(
    proposal_id=PROPOSAL,
    group_id=GROUP,
    title="An orchard",
    text="Trees.",
    text_sha256="0" * 64,
    author=TEMPLATE,
    member_id=None,
    version_number=1,
    topic=None,
    made_at=NOON,
    discussion_until=NOON,
    supporters_count=0,
    support_needed=0,
    phase="discussion",
    poll_id=None,
    template_id=None,
    terms=TemplateTerms(method="consent"),
    audience="everyone",
    is_supported=False,
    support_reached_at=None,
    put_to_vote_at=None,
    decided_at=None,
    taken_back_at=None,
    taken_back_because=None,
    position=17,
)
VERSION = Version(
    proposal_id=PROPOSAL,
    version_number=2,
    title="An orchard",
    text="Trees.",
    text_sha256="0" * 64,
    amendment_id=None,
    made_at=NOON,
    position=18,
)

READS: list[tuple[str, Query[Any], View]] = [
    (AT, ProposalOf(proposal_id=PROPOSAL), VIEW),
    (
        f"/api/v1/groups/{GROUP}/proposals?phase=taken+back&limit=5&cursor=abc",
        ProposalsOf(group_id=GROUP, phase="taken back", limit=5, cursor="abc"),
        Proposals(items=(), next=None),
    ),
    (f"{AT}/versions?limit=2", VersionsOf(proposal_id=PROPOSAL, limit=2), Versions(items=(), next=None)),
    (f"{AT}/versions/2", VersionOf(proposal_id=PROPOSAL, version_number=2), VERSION),
    (
        f"{AT}/versions/1/diff/2",
        DifferenceBetween(proposal_id=PROPOSAL, older=1, newer=2),
        Difference(title=(("=", "An orchard"),), lines=((("-", "a"), ("+", "b")),)),
    ),
]

ACTS: list[tuple[str, str, Any, Command]] = [
    (
        "POST",
        f"/api/v1/groups/{GROUP}/proposals",
        {"title": " An orchard ", "text": "Trees.\r\nMany.", "topic": "Land", "template_id": str(TEMPLATE)},
        MakeProposal(group_id=GROUP, title="An orchard", text="Trees.\nMany.", topic="land", template_id=TEMPLATE),
    ),
    (
        "PUT",
        AT,
        {"title": "An orchard", "text": "Trees.", "of_version": 1},
        ReviseProposal(proposal_id=PROPOSAL, title="An orchard", text="Trees.", of_version=1),
    ),
    ("PUT", f"{AT}/taking-back", {"reason": "No field."}, TakeProposalBack(proposal_id=PROPOSAL, reason="No field.")),
    ("PUT", f"{AT}/support", None, SupportProposal(proposal_id=PROPOSAL)),
    ("DELETE", f"{AT}/support", None, TakeSupportBack(proposal_id=PROPOSAL)),
    (
        "POST",
        f"{AT}/vote",
        {"closes_at": "2030-06-01T14:00:00+02:00", "options": ["a", "b"], "settings": {"seats": 2}},
        PutProposalToVote(proposal_id=PROPOSAL, closes_at=NOON, options=("a", "b"), settings=Settings(seats=2)),
    ),
]


@pytest.mark.parametrize("path, query, view", READS)
async def test_everybody_may_ask(
    stranger: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """A stranger asks as nobody; what they may see, governance says."""
    fake.answers(type(query), view)
    answer = await stranger.get(path)

    assert answer.status_code == 200
    assert answer.json() == view.model_dump(mode="json")
    assert fake.asked == [query]


@pytest.mark.parametrize("path, query, view", READS)
async def test_members_ask_in_their_own_name(
    ana: httpx.AsyncClient, fake: FakeServices, path: str, query: Query[Any], view: View
) -> None:
    """So that they see who it is that acts."""
    fake.answers(type(query), view)
    await ana.get(path)

    assert fake.asked == [query.model_copy(update={"asker": ANA})]


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_members_act(
    ana: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Each route is one command in the caller's name."""
    answer = await ana.request(method, path, json=body)

    assert answer.status_code == (201 if method == "POST" else 200), answer.text
    assert answer.json() == receipt("governance").model_dump(mode="json")
    ((done, actor),) = fake.done
    assert done == command
    assert actor is not None
    assert actor.id == ANA


@pytest.mark.parametrize("method, path, body, command", ACTS)
async def test_strangers_do_not(
    stranger: httpx.AsyncClient, fake: FakeServices, *, method: str, path: str, body: Any, command: Command
) -> None:
    """Who is not signed in is told so."""
    assert isinstance(command, Command)
    assert (await stranger.request(method, path, json=body)).status_code == 401
    assert not fake.done


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", f"/api/v1/groups/{GROUP}/proposals", {"title": "A", "text": "é" * (ARTICLE_BYTES_MAX // 2 + 1)}),
        ("POST", f"/api/v1/groups/{GROUP}/proposals", {"title": "", "text": "Trees."}),
        ("POST", f"/api/v1/groups/{GROUP}/proposals", {"title": "A", "text": "Trees.", "support_needed": -1}),
        ("PUT", AT, {"title": "A", "text": "Trees.", "of_version": 0}),
        ("POST", f"{AT}/vote", {"options": ["a"] * 501}),
        ("GET", f"{AT}/versions/0", None),
        ("GET", f"{AT}/versions/1/diff/99999999999", None),
        ("GET", f"/api/v1/groups/{GROUP}/proposals?phase=asleep", None),
    ],
)
async def test_nonsense_is_refused(
    ana: httpx.AsyncClient, fake: FakeServices, method: str, path: str, body: Any
) -> None:
    """What makes no sense does not reach governance."""
    assert (await ana.request(method, path, json=body)).status_code == 422
    assert not fake.done
    assert not fake.asked


async def test_a_refusal_is_shown_as_it_is(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """With its stable name and its sentence."""
    fake.answers(PutProposalToVote, Refused(409, "SupportIsMissing", "The proposal needs 3 members."))
    answer = await ana.post(f"{AT}/vote", json={})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/SupportIsMissing")


async def test_the_documents_examples_can_be_sent(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Whoever tries the interface in the documentation is not refused."""
    schemas = (await ana.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    for method, path, name in (
        ("POST", f"/api/v1/groups/{GROUP}/proposals", "NewProposal"),
        ("PUT", AT, "Revision"),
        ("PUT", f"{AT}/taking-back", "ReasonBody"),
        ("POST", f"{AT}/vote", "VoteBody"),
        ("POST", f"{AT}/statements", "NewStatement"),
        ("POST", f"{AT}/amendments", "NewAmendment"),
        ("PUT", f"/api/v1/amendments/{PROPOSAL}/refusal", "RefusalBody"),
        ("POST", f"/api/v1/amendments/{PROPOSAL}/vote", "AmendmentVoteBody"),
    ):
        assert (await ana.request(method, path, json=schemas[name]["example"])).is_success, name
    assert len(fake.done) == 8
