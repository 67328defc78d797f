"""Delegations over HTTP."""

from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    DelegateInGroup,
    DelegateInPoll,
    DelegationOutcome,
    DelegationOutcomes,
    DelegationsIn,
    DelegationsOf,
    Granted,
    OwnDelegation,
    OwnDelegationIn,
    Somebody,
    StandingDelegations,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices

GROUP, POLL, VOTER = (UUID(int=n) for n in range(1, 4))
IN_POLL = f"/api/v1/polls/{POLL}"
IN_GROUP = f"/api/v1/groups/{GROUP}"
BODY = {"member_id": str(BO)}

SOMEBODY = Somebody(pseudonym=VOTER, member_id=None)


async def test_members_delegate_and_take_it_back(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Each route is one command in the caller's name; a topic is read as groups write it, in any case."""
    answers = [
        await ana.put(f"{IN_POLL}/delegation", json=BODY),
        await ana.delete(f"{IN_POLL}/delegation"),
        await ana.put(f"{IN_GROUP}/delegation", json=BODY),
        await ana.put(f"{IN_GROUP}/delegation", params={"topic": " Money "}, json=BODY),
        await ana.delete(f"{IN_GROUP}/delegation"),
        await ana.delete(f"{IN_GROUP}/delegation", params={"topic": "money"}),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json()["position"] == 17
    assert [command for command, _ in fake.done] == [
        DelegateInPoll(poll_id=POLL, member_id=BO),
        WithdrawDelegationInPoll(poll_id=POLL),
        DelegateInGroup(group_id=GROUP, topic=None, member_id=BO),
        DelegateInGroup(group_id=GROUP, topic="money", member_id=BO),
        WithdrawDelegationInGroup(group_id=GROUP),
        WithdrawDelegationInGroup(group_id=GROUP, topic="money"),
    ]
    assert {actor.id for _, actor in fake.done if actor} == {ANA}


@pytest.mark.parametrize("path", [f"{IN_POLL}/delegation", f"{IN_GROUP}/delegation"])
async def test_strangers_do_not(stranger: httpx.AsyncClient, fake: FakeServices, path: str) -> None:
    """Who is not signed in delegates nothing, takes nothing back, and has nothing of their own to see."""
    answers = [await stranger.put(path, json=BODY), await stranger.delete(path)]
    answers.append(await stranger.get(f"{IN_POLL}/delegation"))

    assert {answer.status_code for answer in answers} == {401}
    assert not fake.done
    assert not fake.asked


@pytest.mark.parametrize(
    "body, topic",
    [({}, "money"), ({"member_id": "bo"}, "money"), (BODY | {"until": "noon"}, "money"), (BODY, "x" * 61)],
)
async def test_what_makes_no_sense_is_refused(
    ana: httpx.AsyncClient, fake: FakeServices, body: dict[str, str], topic: str
) -> None:
    """A delegation is to a member, and a topic is a word or two."""
    answer = await ana.put(f"{IN_GROUP}/delegation", params={"topic": topic}, json=body)

    assert answer.status_code == 422
    assert fake.done == []


async def test_a_refusal_is_told(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """What governance refuses is a problem with its name."""
    fake.answers(DelegateInPoll, Refused(409, "DelegationsAreNotTaken", "In this poll everybody votes for themselves."))
    answer = await ana.put(f"{IN_POLL}/delegation", json=BODY)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/DelegationsAreNotTaken")


async def test_a_voter_sees_the_own_vote_s_way(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Before voting one sees who would vote for oneself, and for how many one would."""
    own = OwnDelegation(
        poll_id=POLL,
        voter=VOTER,
        takes_delegations=True,
        carry_max=5,
        has_ballot=False,
        delegation=Granted(scope="topic", topic="money", delegate=SOMEBODY, position=12),
        ends_with=SOMEBODY,
        lost="no ballot",
        carries_count=1,
        carries=(SOMEBODY,),
    )
    fake.answers(OwnDelegationIn, own)
    answer = await ana.get(f"{IN_POLL}/delegation")

    assert OwnDelegation.model_validate_json(answer.content) == own
    assert fake.asked == [OwnDelegationIn(poll_id=POLL, asker=ANA)]


@pytest.fixture
def answering(fake: FakeServices) -> FakeServices:
    """Governance, which has something to show."""
    outcome = DelegationOutcome(delegator=SOMEBODY, carrier=None, lost="cap")
    fake.answers(DelegationsIn, DelegationOutcomes(poll_id=POLL, delegated_count=0, items=(outcome,), next=None))
    fake.answers(DelegationsOf, StandingDelegations(group_id=GROUP, own=(), items=(), next=None))
    return fake


async def test_a_stranger_may_ask(stranger: httpx.AsyncClient, answering: FakeServices) -> None:
    """What the public log says is for everybody."""
    assert (await stranger.get(f"{IN_POLL}/delegations")).json()["items"][0]["lost"] == "cap"
    assert (await stranger.get(f"{IN_GROUP}/delegations")).json()["own"] == []
    assert answering.asked == [DelegationsIn(poll_id=POLL), DelegationsOf(group_id=GROUP)]


async def test_governance_is_told_who_asks(ana: httpx.AsyncClient, answering: FakeServices) -> None:
    """Who may read what, governance says."""
    for path in (IN_POLL, IN_GROUP):
        assert (await ana.get(f"{path}/delegations?limit=3&cursor=abc")).status_code == 200
    assert answering.asked == [
        DelegationsIn(poll_id=POLL, asker=ANA, limit=3, cursor="abc"),
        DelegationsOf(group_id=GROUP, asker=ANA, limit=3, cursor="abc"),
    ]
