"""Who audits a vote that its group alone may read: named by stewards, known to members, by their handle."""

import httpx
import pytest

from libs.contracts.governance import NameAuditor
from libs.contracts.identity import MemberCalled, Profile
from libs.errors import Refused
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.polls_said import AT, answers, terms

AUDIT = f"{AT}/controle"


@pytest.fixture
def closed(fake: FakeServices) -> FakeServices:
    """A poll that is for the group alone, seen by a steward."""
    answers(fake, role="steward", terms=terms(audience="group"))
    fake.answers(MemberCalled, Profile(id=BO, handle="bo", is_former=False))
    return fake


async def test_is_named_by_handle(closed: FakeServices, member: httpx.AsyncClient) -> None:
    """As a steward knows somebody; governance is told the member."""
    done = await member.post(AUDIT, data={"handle": "Bo", "csrf": csrf()})

    assert (done.status_code, done.headers["location"]) == (303, AUDIT)
    assert MemberCalled(handle="Bo") in closed.asked
    assert [each for each, _ in closed.done] == [NameAuditor(poll_id=POLL, auditor_id=BO)]


async def test_nobody_of_that_name(closed: FakeServices, member: httpx.AsyncClient) -> None:
    """Is said beside the field, and what was typed is still there."""
    closed.answers(MemberCalled, Refused(404, "NotFound", "…"))
    page = await member.post(AUDIT, data={"handle": "Boo", "csrf": csrf()})

    assert page.status_code == 422
    assert 'value="Boo"' in page.text
    assert closed.done == []
    assert (await member.post(AUDIT, data={"handle": " ", "csrf": csrf()})).status_code == 422


async def test_what_governance_refuses_is_told(closed: FakeServices, member: httpx.AsyncClient) -> None:
    """Whether somebody may name an auditor is not the page's to say."""
    closed.answers(NameAuditor, Refused(409, "AuditorsAreMany", "…"))
    page = await member.post(AUDIT, data={"handle": "bo", "csrf": csrf()})

    assert page.status_code == 422
    assert "autant de personnes" in page.text


async def test_members_see_who_and_stewards_name(closed: FakeServices, member: httpx.AsyncClient) -> None:
    """A member finds the names and no form."""
    answers(closed, terms=terms(audience="group"), auditors=(BO,))
    page = await member.get(AUDIT)

    assert "<bdi>bo</bdi>" in page.text
    assert 'name="handle"' not in page.text
    assert "Qui contrôle ce vote" in (await member.get(AT)).text


async def test_a_public_vote_needs_none(closed: FakeServices, member: httpx.AsyncClient) -> None:
    """Everybody may read it; the page says so, and no other leads there."""
    answers(closed, role="steward")

    assert "Tout le monde peut lire ce vote" in (await member.get(AUDIT)).text
    assert "Qui contrôle ce vote" not in (await member.get(AT)).text
