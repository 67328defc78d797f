"""Ballots over HTTP: marks, reasons, auditors and keys."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    CastBallot,
    EnterPaperBallots,
    GroupKey,
    GroupKeyOf,
    NameAuditor,
    PollKey,
    PollKeyOf,
    ResultOf,
    Tally,
    TallyOf,
)
from libs.errors import NotFound
from tests.gateway.conftest import ANA, BO, FakeServices

POLL = UUID(int=2)
AT = f"/api/v1/polls/{POLL}"


class TestBallot:
    async def test_brings_marks_along(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """One for each choice, in their order."""
        answer = await ana.put(f"{AT}/ballot", json={"choices": ["wild", "orchard"], "marks": [5, 0]})

        assert answer.status_code == 200
        assert fake.done[0][0] == CastBallot(poll_id=POLL, choices=("wild", "orchard"), marks=(5, 0))

    async def test_says_why_it_blocks(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The reason goes with the ballot."""
        await ana.put(f"{AT}/ballot", json={"choices": ["block"], "reason": "The well would run dry."})

        assert fake.done[0][0] == CastBallot(poll_id=POLL, choices=("block",), reason="The well would run dry.")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"marks": [-1]},
            {"marks": ["much"]},
            {"marks": [1.5]},
            {"marks": [10**12 + 1]},
            {"marks": [1] * 501},
            {"reason": "two\nlines"},
            {"reason": " "},
            {"reason": "x" * 201},
        ],
    )
    async def test_of_no_shape_is_refused(
        self, ana: httpx.AsyncClient, fake: FakeServices, wrong: dict[str, Any]
    ) -> None:
        """Marks are whole numbers from 0, a reason is a line."""
        assert (await ana.put(f"{AT}/ballot", json={"choices": ["wild"], **wrong})).status_code == 422
        assert not fake.done


class TestPaper:
    async def test_brings_marks_along(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A row for each sheet, an empty one for a blank sheet."""
        body = {"ballots": [["wild"], []], "marks": [[5], []]}

        assert (await ana.post(f"{AT}/paper-ballots", json=body)).status_code == 201
        assert fake.done[0][0] == EnterPaperBallots(poll_id=POLL, ballots=(("wild",), ()), marks=((5,), ()))

    async def test_with_rows_that_belong_to_no_sheet_is_refused(
        self, ana: httpx.AsyncClient, fake: FakeServices
    ) -> None:
        """Before anybody counts them."""
        answer = await ana.post(f"{AT}/paper-ballots", json={"ballots": [["wild"], []], "marks": [[5]]})

        assert answer.status_code == 422
        assert "2 ballots and 1 rows of marks" in answer.json()["detail"]
        assert not fake.done


class TestAuditors:
    async def test_are_named(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """By the id of a member of this node."""
        answer = await ana.post(f"{AT}/auditors", json={"member_id": str(BO)})

        assert answer.status_code == 201
        assert fake.done[0][0] == NameAuditor(poll_id=POLL, auditor_id=BO)

    async def test_are_not_named_by_strangers(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who is not signed in names nobody."""
        assert (await stranger.post(f"{AT}/auditors", json={"member_id": str(BO)})).status_code == 401
        assert not fake.done


class TestKey:
    async def test_is_asked_for_in_the_caller_s_name(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Governance decides who gets it."""
        fake.answers(PollKeyOf, PollKey(poll_id=POLL, key="ab" * 32, key_sha256="0" * 64))

        assert (await ana.get(f"{AT}/key")).json()["key"] == "ab" * 32
        assert fake.asked == [PollKeyOf(poll_id=POLL, asker=ANA)]

    async def test_is_not_there_for_who_may_not_know(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A stranger asks as nobody, and is told what governance says."""
        fake.answers(PollKeyOf, NotFound("There is no poll."))

        assert (await stranger.get(f"{AT}/key")).status_code == 404
        assert fake.asked == [PollKeyOf(poll_id=POLL, asker=None)]


async def test_polls_of_a_group_alone_are_asked_for_by_name(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Tally and result are asked for as who is signed in."""
    tally = Tally(
        poll_id=POLL,
        method="single",
        voters_count=3,
        ballots_count=2,
        paper_ballots_count=0,
        blank_count=None,
        counts=(),
        is_hidden=True,
        is_final=False,
    )
    fake.answers(TallyOf, tally)
    fake.answers(ResultOf, NotFound("There is no poll."))

    assert (await ana.get(f"{AT}/tally")).json()["blank_count"] is None
    assert (await ana.get(f"{AT}/result")).status_code == 404
    assert fake.asked == [TallyOf(poll_id=POLL, asker=ANA), ResultOf(poll_id=POLL, asker=ANA)]


async def test_a_groups_key_is_for_members(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Who asks is said to governance, which knows who is a member."""
    fake.answers(GroupKeyOf, GroupKey(group_id=POLL, key="cd" * 32))

    assert (await ana.get(f"/api/v1/groups/{POLL}/key")).json()["key"] == "cd" * 32
    assert fake.asked == [GroupKeyOf(group_id=POLL, asker=ANA)]
