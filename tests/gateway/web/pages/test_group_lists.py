"""The lists of a group: votes, texts, gatherings."""

from typing import Any

import httpx
import pytest

from libs.contracts.events import GatheringInBrief, Gatherings, GatheringsOf
from libs.contracts.governance import (
    PendingPoll,
    PendingPolls,
    PendingPollsOf,
    Polls,
    PollsOf,
    Proposals,
    ProposalsOf,
    ProposalSummary,
)
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.web.pages.groups_said import GARDEN, SCRIPT, quiet
from tests.gateway.web.pages.test_groups import POLL, poll

AT = f"/g/{GARDEN}"


@pytest.mark.parametrize("quand, is_open", [("", None), ("ouverts", True), ("clos", False), ("x", None)])
async def test_votes_are_all_or_some(
    fake: FakeServices, visitor: httpx.AsyncClient, quand: str, is_open: bool | None
) -> None:
    """Filters are links; one that is none shows all."""
    quiet(fake)
    fake.answers(PollsOf, Polls(items=(poll(question=SCRIPT, audience="group"),), next="more"))
    page = await visitor.get(f"{AT}/votes", params={"quand": quand})

    assert [query.is_open for query in fake.asked if isinstance(query, PollsOf)] == [is_open]
    assert SCRIPT not in page.text
    assert "apres=more" in page.text
    assert "Ouvrir un vote" not in page.text


async def test_a_vote_that_waits_is_marked(fake: FakeServices, member: httpx.AsyncClient) -> None:
    """Yellow, for it is theirs to do."""
    quiet(fake, my_role="member")
    fake.answers(PollsOf, Polls(items=(poll(),), next=None))
    waits = PendingPoll(
        poll_id=POLL,
        group_id=GARDEN,
        question="?",
        method="approval",
        closes_at="2999-01-01T00:00:00Z",
        was_reminded=False,
    )
    fake.answers(PendingPollsOf, PendingPolls(items=(waits,), next=None))
    page = await member.get(f"{AT}/votes")

    assert "Vous attend" in page.text
    assert f"/creer/vote?groupe={GARDEN}" in page.text


@pytest.mark.parametrize(
    "quand, phase", [("", None), ("discussion", "discussion"), ("adoptes", "adopted"), ("x", None)]
)
async def test_texts_say_where_they_stand(
    fake: FakeServices, visitor: httpx.AsyncClient, quand: str, phase: str | None
) -> None:
    """Discussed, looking for support, voted on, adopted or not."""
    quiet(fake)
    fake.answers(ProposalsOf, Proposals(items=(text(), text(phase="support")), next="more"))
    page = await visitor.get(f"{AT}/textes", params={"quand": quand})

    assert [query.phase for query in fake.asked if isinstance(query, ProposalsOf)] == [phase]
    assert SCRIPT not in page.text
    assert "En discussion jusqu’au" in page.text
    assert "1 sur 3" in page.text


@pytest.mark.parametrize("quand, when", [("", "coming"), ("passees", "past"), ("x", "coming")])
async def test_gatherings_are_to_come_or_over(
    fake: FakeServices, visitor: httpx.AsyncClient, quand: str, when: str
) -> None:
    """At their own clock, with the cancelled ones struck."""
    quiet(fake)
    fake.answers(
        GatheringsOf, Gatherings(items=(gathering(), gathering(cancelled_at="2026-03-01T08:00:00Z")), next="n")
    )
    page = await visitor.get(f"{AT}/rencontres", params={"quand": quand})

    assert [query.when for query in fake.asked if isinstance(query, GatheringsOf)] == [when]
    assert SCRIPT not in page.text
    assert "19\u00a0h" in page.text
    assert "Annulée" in page.text


@pytest.mark.parametrize("place", ["votes", "textes", "rencontres"])
async def test_empty_lists_say_what_one_can_do(fake: FakeServices, member: httpx.AsyncClient, place: str) -> None:
    """A member may make the first."""
    quiet(fake, my_role="member")
    page = await member.get(f"{AT}/{place}")

    assert 'class="empty first"' in page.text
    assert "/creer/" in page.text


def text(**changed: Any) -> ProposalSummary:
    """A text of the garden."""
    said: dict[str, Any] = {
        "proposal_id": GARDEN,
        "title": SCRIPT,
        "author": BO,
        "member_id": None,
        "version_number": 1,
        "topic": None,
        "made_at": "2026-03-01T08:00:00Z",
        "discussion_until": "2026-03-08T08:00:00Z",
        "supporters_count": 1,
        "support_needed": 3,
        "phase": "discussion",
        "poll_id": None,
    }
    return ProposalSummary(**{**said, **changed})


def gathering(**changed: Any) -> GatheringInBrief:
    """A gathering of the garden."""
    said: dict[str, Any] = {
        "gathering_id": GARDEN,
        "group_id": GARDEN,
        "name": SCRIPT,
        "starts_at": "2030-06-01T19:00:00+02:00",
        "ends_at": "2030-06-01T21:00:00+02:00",
        "time_zone": "Europe/Paris",
        "place": None,
        "capacity": None,
        "going_count": 1,
        "waiting_count": 0,
        "maybe_count": 0,
        "not_count": 0,
        "scheduled_at": "2026-03-01T08:00:00Z",
        "changed_at": None,
        "cancelled_at": None,
        "cancellation_reason": None,
        "my_answer": None,
    }
    return GatheringInBrief(**{**said, **changed})
