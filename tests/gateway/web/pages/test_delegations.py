"""Letting somebody else vote: how far it reaches, what is shown of it, and how it is taken back."""

import httpx
import pytest

from libs.contracts.base import Command
from libs.contracts.governance import (
    DelegateInGroup,
    DelegateInPoll,
    DelegationsOf,
    Granted,
    OwnDelegationIn,
    Somebody,
    StandingDelegations,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.errors import Refused
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN
from tests.gateway.web.pages.polls_said import AT, OFF_ROLL, VOTER, answers, delegation, terms

TO_BO = Granted(scope="topic", topic="land", delegate=Somebody(pseudonym=VOTER, member_id=BO), position=9)


@pytest.fixture
def asked(fake: FakeServices) -> FakeServices:
    """A poll on a topic that takes delegations."""
    answers(fake, terms=terms(takes_delegations=True, topic="land", carry_max=3))
    fake.answers(DelegationsOf, StandingDelegations(group_id=GARDEN, own=(TO_BO,), items=(), next=None))
    return fake


async def test_says_who_would_vote(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """By name, before one votes, with for how many one votes oneself."""
    somebody = Somebody(pseudonym=VOTER, member_id=BO)
    told = delegation(delegation=TO_BO, ends_with=somebody, carries_count=1, carries=(somebody,))
    asked.answers(OwnDelegationIn, told)
    page = await member.get(f"{AT}/delegation")

    assert "votera pour vous" in page.text
    assert '<b dir="auto">bo</b>' in page.text
    assert "vous portez la voix de 1 autre personne" in page.text
    assert "au plus 3 autres voix" in page.text


@pytest.mark.parametrize(
    "lost, sentence",
    [
        ("cycle", "tourne en rond"),
        ("no ballot", "on attend"),
        ("not on the roll", "liste de ce vote"),
        ("cap", "permis"),
    ],
)
async def test_says_why_nobody_would(asked: FakeServices, member: httpx.AsyncClient, lost: str, sentence: str) -> None:
    """A chain that leads nowhere is told before the close, not after it."""
    somebody = Somebody(pseudonym=VOTER, member_id=BO)
    asked.answers(OwnDelegationIn, delegation(delegation=TO_BO, ends_with=somebody, lost=lost))

    assert sentence in (await member.get(f"{AT}/delegation")).text


@pytest.mark.parametrize(
    "form, command",
    [
        ({"scope": "poll", "member_id": str(BO)}, DelegateInPoll(poll_id=POLL, member_id=BO)),
        ({"scope": "topic", "member_id": str(BO)}, DelegateInGroup(group_id=GARDEN, topic="land", member_id=BO)),
        ({"scope": "group", "member_id": str(BO)}, DelegateInGroup(group_id=GARDEN, member_id=BO)),
        ({"scope": "poll", "reprendre": "1"}, WithdrawDelegationInPoll(poll_id=POLL)),
        ({"scope": "topic", "reprendre": "1"}, WithdrawDelegationInGroup(group_id=GARDEN, topic="land")),
        ({"scope": "group", "reprendre": "1"}, WithdrawDelegationInGroup(group_id=GARDEN)),
    ],
)
async def test_reaches_as_far_as_it_says(
    asked: FakeServices, member: httpx.AsyncClient, form: dict[str, str], command: Command
) -> None:
    """For this poll, its topic, or the group; given and taken back."""
    done = await member.post(f"{AT}/delegation", data={**form, "csrf": csrf()})

    assert done.status_code == 303
    assert [each for each, _ in asked.done] == [command]


async def test_in_a_group_the_topic_is_typed(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """One without words is none."""
    at, form = f"/g/{GARDEN}/delegation", {"scope": "topic", "member_id": str(BO), "csrf": csrf()}
    assert "Dites sur quel sujet" in (await member.post(at, data=form)).text
    await member.post(at, data={**form, "topic": "Argent"})

    assert [each for each, _ in asked.done] == [DelegateInGroup(group_id=GARDEN, topic="argent", member_id=BO)]


async def test_in_a_group_shows_what_stands(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Each of one's own with a button that takes it back."""
    page = await member.get(f"/g/{GARDEN}/delegation")

    assert "le sujet" in page.text
    assert "La reprendre" in page.text


async def test_asks_to_whom(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Nothing is given to nobody, nor to something that is no member's id."""
    for chosen in ("", "pas-un-id"):
        page = await member.post(f"{AT}/delegation", data={"scope": "poll", "member_id": chosen, "csrf": csrf()})
        assert page.status_code == 422
    assert asked.done == []


async def test_a_refusal_is_told(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """In the reader's words."""
    asked.answers(DelegateInPoll, Refused(403, "DelegateIsNotOnTheRoll", "…"))
    page = await member.post(f"{AT}/delegation", data={"scope": "poll", "member_id": str(BO), "csrf": csrf()})

    assert page.status_code == 422
    assert "n’est pas sur la liste" in page.text


async def test_is_nothing_for_who_has_no_vote(asked: FakeServices, member: httpx.AsyncClient) -> None:
    """Who is not on the roll has none to give."""
    asked.answers(OwnDelegationIn, OFF_ROLL)
    assert "pas de voix à confier" in (await member.get(f"{AT}/delegation")).text
    answers(asked)
    assert "les voix ne se confient pas" in (await member.get(f"{AT}/delegation")).text


async def test_is_not_for_strangers(visitor: httpx.AsyncClient) -> None:
    """They are asked who they are."""
    assert (await visitor.get(f"{AT}/delegation")).headers["location"].startswith("/connexion")
