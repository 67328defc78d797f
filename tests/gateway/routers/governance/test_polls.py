"""Polls on all their terms over HTTP; disputes of a roll, places of members, and what waits for a ballot."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from libs.contracts.governance import (
    CancelPoll,
    DisputeRoll,
    Eligibility,
    OpenPoll,
    PendingPoll,
    PendingPolls,
    PendingPollsOf,
    PollOf,
    Polls,
    PollsOf,
    Rules,
    Settings,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.test_governance import AT, DETAILS, GROUP, POLL, QUESTION

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


def command(fake: FakeServices) -> OpenPoll:
    """The poll that was asked for."""
    ((asked, _),) = fake.done
    assert isinstance(asked, OpenPoll)
    return asked


class TestOpenPoll:
    async def test_takes_all_terms(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """What the body says is what governance is asked, field for field."""
        body = QUESTION | {
            "method": "score",
            "settings": {"score_max": 5},
            "rules": {"quorum_roll": [1, 2], "quorum_ballots": 3},
            "eligibility": {"kind": "list"},
            "listed": [str(ANA), str(BO)],
            "topic": " Land ",
            "takes_delegations": True,
            "carry_max": 3,
            "results": "hidden",
            "audience": "group",
            "replaces": str(POLL),
            "remind_at": "2030-06-01T11:00:00Z",
        }
        assert (await ana.post(f"/api/v1/groups/{GROUP}/polls", json=body)).status_code == 201
        asked = command(fake)

        assert dict(asked.settings) == dict(Settings(score_max=5, draws_ties=True))
        assert asked.rules == Rules(quorum_roll=(1, 2), quorum_ballots=3)
        assert (asked.eligibility, asked.listed) == (Eligibility(kind="list"), (ANA, BO))
        assert (asked.topic, asked.takes_delegations, asked.carry_max) == ("land", True, 3)
        assert (asked.results, asked.audience, asked.replaces) == ("hidden", "group", POLL)
        assert asked.remind_at == NOON.replace(hour=11)

    async def test_draws_of_what_is_level_unless_told_not_to(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A tie is broken by the lot, also where other settings are given; who says so lets it stand."""
        bodies: list[dict[str, Any]] = [{}, {"settings": {}}, {"settings": {"draws_ties": False}}]
        for settings in bodies:
            await ana.post(f"/api/v1/groups/{GROUP}/polls", json=QUESTION | settings)

        assert [asked.settings.draws_ties for asked, _ in fake.done if isinstance(asked, OpenPoll)] == [
            True,
            True,
            False,
        ]

    async def test_by_consent_needs_no_options(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """They are yes, no and abstain, and where it is asked for, block."""
        body = {"question": "An orchard?", "method": "consent", "closes_at": QUESTION["closes_at"]}
        await ana.post(f"/api/v1/groups/{GROUP}/polls", json=body | {"allows_block": True})

        assert (command(fake).options, command(fake).allows_block) == ((), True)

    async def test_takes_the_openapi_document_s_own_example(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who copies the example opens a poll."""
        schemas = (await ana.get("/api/v1/openapi.json")).json()["components"]["schemas"]

        assert (await ana.post(f"/api/v1/groups/{GROUP}/polls", json=schemas["NewPoll"]["example"])).status_code == 201

    @pytest.mark.parametrize(
        "wrong",
        [
            {"options": []},
            {"options": None},
            {"allows_block": True},
            {"method": "consent", "options": ["yes"]},
            {"listed": [str(ANA)]},
            {"eligibility": {"kind": "list"}},
            {"eligibility": {"kind": "place"}},
            {"eligibility": {"kind": "subgroups"}},
            {"eligibility": {"kind": "tenure", "days": 0}},
            {"eligibility": {"kind": "friends"}},
            {"listed": ["ana"], "eligibility": {"kind": "list"}},
            {"carry_max": 3},
            {"carry_max": 0, "takes_delegations": True},
            {"rules": {"quorum_roll": [2, 1]}},
            {"rules": {"threshold": "qualified"}},
            {"settings": {"seats": 0}},
            {"results": "secret"},
            {"topic": "x" * 61},
            {"remind_at": "tomorrow"},
            {"key_sha256": "0" * 64},
            {"seed_from": "close"},
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, ana: httpx.AsyncClient, fake: FakeServices, wrong: dict[str, Any]
    ) -> None:
        """Terms that contradict each other, or that nobody chooses, reach no service."""
        answer = await ana.post(f"/api/v1/groups/{GROUP}/polls", json=QUESTION | wrong)

        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert not fake.done


async def test_a_poll_is_cancelled_with_a_reason(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """A PUT: twice is once."""
    answer = await ana.put(f"{AT}/cancelling", json={"reason": " An option is missing. "})

    assert answer.status_code == 200
    assert fake.done[0][0] == CancelPoll(poll_id=POLL, reason="An option is missing.")


async def test_a_roll_is_disputed_with_a_reason(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Each member's dispute of a roll is one."""
    assert (await ana.put(f"{AT}/roll/dispute", json={"reason": "Bo is missing."})).status_code == 200
    assert fake.done[0][0] == DisputeRoll(poll_id=POLL, reason="Bo is missing.")


async def test_what_waits_for_a_ballot_is_asked_in_one_s_own_name(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """The caller's polls, a page at a time."""
    poll = PendingPoll(
        poll_id=POLL, group_id=GROUP, question="What?", method="single", closes_at=NOON, was_reminded=True
    )
    fake.answers(PendingPollsOf, PendingPolls(items=(poll,), next="abc"))
    answer = await ana.get("/api/v1/me/pending-polls?limit=1&cursor=xyz")

    assert answer.json()["items"][0]["was_reminded"] is True
    assert fake.asked == [PendingPollsOf(asker=ANA, limit=1, cursor="xyz")]


async def test_polls_are_asked_for_in_the_caller_s_name(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """So a group's own polls are shown to its members; governance tells a stranger that there are none."""
    fake.answers(PollOf, DETAILS)
    fake.answers(PollsOf, Polls(items=(), next=None))
    await ana.get(AT)
    await ana.get(f"/api/v1/groups/{GROUP}/polls")

    assert fake.asked == [PollOf(poll_id=POLL, asker=ANA), PollsOf(group_id=GROUP, asker=ANA)]

    fake.answers(PollOf, Refused(404, "NotFound", f"There is no poll {POLL}."))
    assert (await ana.get(AT)).status_code == 404


@pytest.mark.parametrize(
    "method, path",
    [
        ("PUT", f"{AT}/cancelling"),
        ("PUT", f"{AT}/roll/dispute"),
        ("GET", "/api/v1/me/pending-polls"),
    ],
)
async def test_strangers_do_none_of_it(stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str) -> None:
    """Who is not signed in is told so."""
    body = None if method in ("GET", "DELETE") else {"reason": "no"}
    assert (await stranger.request(method, path, json=body)).status_code == 401
    assert not fake.done
    assert not fake.asked
