"""When something is wrong with a vote: disputing its roll, cancelling it, closing it early."""

from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import CancelPoll, ClosePoll, DisputeRoll, Roll, RollOf
from libs.errors import Refused
from tests.gateway.conftest import FakeServices
from tests.gateway.test_governance import DIGEST, POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.polls_said import AT, VOTER, answers


@pytest.fixture
def asked(fake: FakeServices) -> FakeServices:
    """An open poll with a roll of two."""
    answers(fake, role="steward", may_close_early=True)
    roll = Roll(poll_id=POLL, voters_count=2, roll_sha256=DIGEST, voters=(VOTER, UUID(int=5)), next=None)
    fake.answers(RollOf, roll)
    return fake


async def test_the_roll_shows_which_is_oneself(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Others stay pseudonyms."""
    page = await member.get(f"{AT}/liste")
    assert page.text.count(str(VOTER)) == 1
    assert "2 personnes sont sur la liste" in page.text


async def test_the_roll_is_disputed_for_a_reason(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Without one it is not."""
    assert (await member.post(f"{AT}/liste", data={"csrf": csrf()})).status_code == 422
    assert asked.done == []
    done = await member.post(f"{AT}/liste", data={"reason": "Il manque Bo.", "csrf": csrf()})

    assert done.status_code == 303
    assert [each for each, _ in asked.done] == [DisputeRoll(poll_id=POLL, reason="Il manque Bo.")]


async def test_a_vote_is_cancelled_for_a_reason(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Everybody reads it; without one nothing is cancelled."""
    assert (await member.post(f"{AT}/annuler", data={"reason": " ", "csrf": csrf()})).status_code == 422
    assert (await member.post(f"{AT}/annuler", data={"reason": "a" * 201, "csrf": csrf()})).status_code == 422
    assert asked.done == []
    await member.post(f"{AT}/annuler", data={"reason": "Un choix manquait.", "csrf": csrf()})

    assert [each for each, _ in asked.done] == [CancelPoll(poll_id=POLL, reason="Un choix manquait.")]


async def test_who_may_not_cancel_is_told(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """The reason that was typed is still there."""
    asked.answers(CancelPoll, Refused(403, "NotASteward", "…"))
    page = await member.post(f"{AT}/annuler", data={"reason": "Un choix manquait.", "csrf": csrf()})

    assert page.status_code == 422
    assert 'value="Un choix manquait."' in page.text


async def test_a_steward_closes_early_where_it_was_opened_so(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Otherwise there is no such button."""
    assert "Clore maintenant" in (await member.get(f"{AT}/annuler")).text
    await member.post(f"{AT}/annuler", data={"clore": "1", "csrf": csrf()})
    assert [each for each, _ in asked.done] == [ClosePoll(poll_id=POLL)]
    answers(asked, role="steward")
    assert "Clore maintenant" not in (await member.get(f"{AT}/annuler")).text


async def test_a_closed_vote_is_not_cancelled(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Its page says what can be done instead."""
    answers(asked, is_open=False)
    assert (await member.get(f"{AT}/annuler")).headers["location"] == AT
