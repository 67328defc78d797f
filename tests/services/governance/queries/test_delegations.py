"""What a voter, a member and a stranger see of who votes for whom."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    DelegateInGroup,
    DelegateInPoll,
    DelegationOutcomes,
    DelegationsIn,
    DelegationsOf,
    GovernanceDataOf,
    Granted,
    NameAuditor,
    OwnDelegation,
    OwnDelegationIn,
    SetCustoms,
    Somebody,
    StandingDelegations,
    WithdrawBallot,
    WithdrawDelegationInGroup,
)
from libs.contracts.groups import MemberLeft
from libs.errors import NotFound
from libs.eventlog.log import New
from libs.service.paging import BadCursor
from services.governance.domain.electorate import NotAMember
from services.governance.domain.roll import NotOnTheRoll
from services.governance.queries.results import ResultIsNotYet
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, STRANGER
from tests.services.governance.readers import Readers, join

pytestmark = pytest.mark.postgres


async def poll_of(house: Readers, **differing: Any) -> UUID:
    """A poll that takes delegations."""
    return await house.decided.open(**{"method": "single", "takes_delegations": True, **differing})


async def lets(house: Readers, who: UUID, whom: UUID, poll_id: UUID | None = None, topic: str | None = None) -> int:
    """Have somebody delegate, in a poll, on a topic, or in the group; return the entry's position."""
    command = (
        DelegateInPoll(poll_id=poll_id, member_id=whom)
        if poll_id
        else DelegateInGroup(group_id=GROUP, topic=topic, member_id=whom)
    )
    return (await house.decided.do(command, by=who)).position


async def leave(house: Readers, member: UUID) -> None:
    """Have the log of groups say that a member left, as one who is erased does everywhere."""
    left = MemberLeft(group_id=GROUP, member_id=member, reason="left")
    await house.groups.append(New(left, uuid4(), 1, 0, actor=str(member), id=uuid4(), decided_at=MORNING))


async def own(house: Readers, poll_id: UUID, who: UUID) -> OwnDelegation:
    """What a voter is told."""
    answer = await house.ask(OwnDelegationIn(poll_id=poll_id, asker=who))
    assert isinstance(answer, OwnDelegation)
    return answer


class TestOwnDelegation:
    async def test_before_voting_both_ways_are_seen(self, house: Readers) -> None:
        """Bo sees to whom the own vote goes; Ana, who has not voted yet, whose votes she would carry."""
        poll_id = await poll_of(house, topic="money", carry_max=5)
        position = await lets(house, BO, ANA, topic="money")
        await lets(house, CY, BO)
        ana = Somebody(pseudonym=house.decided.voter(poll_id, ANA), member_id=ANA)
        bo = Somebody(pseudonym=house.decided.voter(poll_id, BO), member_id=BO)
        cy = Somebody(pseudonym=house.decided.voter(poll_id, CY), member_id=CY)

        of_bo, of_ana = await own(house, poll_id, BO), await own(house, poll_id, ANA)
        assert of_bo == OwnDelegation(
            poll_id=poll_id,
            voter=bo.pseudonym,
            takes_delegations=True,
            carry_max=5,
            has_ballot=False,
            delegation=Granted(scope="topic", topic="money", delegate=ana, position=position),
            ends_with=ana,
            lost="no ballot",
            carries_count=1,
            carries=(cy,),
        )
        assert (of_ana.delegation, of_ana.ends_with, of_ana.lost) == (None, None, None)
        assert (of_ana.carries_count, of_ana.carries) == (2, (bo, cy))

    async def test_follows_ballots_as_they_come(self, house: Readers) -> None:
        """A ballot of the end of the chain counts for all of it; one in between takes what is behind along."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, BO, poll_id)
        await house.cast(poll_id, ANA, "wild")
        assert (await own(house, poll_id, CY)).lost is None
        assert (await own(house, poll_id, ANA)).carries_count == 2

        await house.cast(poll_id, BO, "wild")
        of_bo, of_cy = await own(house, poll_id, BO), await own(house, poll_id, CY)
        assert of_bo.has_ballot
        assert of_bo.delegation
        assert of_bo.carries_count == 1
        assert of_cy.ends_with
        assert of_cy.ends_with.member_id == BO
        assert (await own(house, poll_id, ANA)).carries_count == 0

        await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
        assert (await own(house, poll_id, ANA)).carries_count == 2

    async def test_of_hidden_results_follows_too(self, house: Readers) -> None:
        """That somebody voted is seen in the log of a hidden poll; what, is not needed."""
        poll_id = await poll_of(house, results="hidden")
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")

        assert (await own(house, poll_id, BO)).lost is None

    async def test_says_why_a_vote_would_be_lost(self, house: Readers) -> None:
        """In a circle, to one who is not on the roll, behind the cap."""
        poll_id = await poll_of(house, carry_max=1)
        await house.decided.hear(GROUP, STRANGER, "member", 20)
        await lets(house, BO, CY, poll_id)
        await lets(house, CY, BO, poll_id)
        circle = await own(house, poll_id, BO)
        assert (circle.lost, circle.ends_with) == ("cycle", None)

        await lets(house, CY, ANA, poll_id)
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        assert (await own(house, poll_id, CY)).lost is None
        assert (await own(house, poll_id, BO)).lost == "cap"

        other = await house.decided.open(takes_delegations=True, eligibility={"kind": "list"}, listed=(ANA, BO))
        await lets(house, BO, CY)
        assert (await own(house, other, BO)).lost == "not on the roll"

    async def test_of_a_closed_poll_is_as_it_stood(self, house: Readers) -> None:
        """What is granted or taken back after the close changes nothing of it."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)
        before = await own(house, poll_id, BO)
        await lets(house, BO, CY)
        await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)
        await lets(house, CY, ANA)

        assert await own(house, poll_id, BO) == before
        assert (await own(house, poll_id, ANA)).carries_count == 1

    async def test_where_none_are_taken(self, house: Readers) -> None:
        """A poll without delegations says so, whatever stands in the group."""
        poll_id = await poll_of(house, takes_delegations=False)
        await lets(house, BO, ANA)
        answer = await own(house, poll_id, BO)

        assert not answer.takes_delegations
        assert answer.delegation is None
        assert (await own(house, poll_id, ANA)).carries_count == 0

    async def test_is_for_who_may_vote(self, house: Readers) -> None:
        """Who is not on the roll has no vote to delegate; who may not know of the poll does not."""
        poll_id, closed = await poll_of(house), await poll_of(house, audience="group")
        with pytest.raises(NotOnTheRoll):
            await own(house, poll_id, STRANGER)
        for unknown in (closed, uuid4()):
            with pytest.raises(NotFound):
                await own(house, unknown, STRANGER)

    async def test_names_nobody_who_left(self, house: Readers) -> None:
        """Who left, or was erased, is a pseudonym; so is everybody to one who left, who votes on all the same."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, BO, poll_id)
        await leave(house, ANA)
        of_bo = await own(house, poll_id, BO)
        assert of_bo.delegation
        assert of_bo.delegation.delegate == Somebody(pseudonym=house.decided.voter(poll_id, ANA), member_id=None)
        assert [each.member_id for each in of_bo.carries] == [CY]

        assert [each.member_id for each in (await own(house, poll_id, ANA)).carries] == [None, None]

    async def test_names_a_hundred_of_many(self, house: Readers) -> None:
        """However many one carries, the answer stays short and the number is right."""
        members = [UUID(int=1000 + n) for n in range(150)]
        for n, member in enumerate(members):
            await house.decided.hear(GROUP, member, "member", 100 + n)
            await join(house.groups, member, "member", after=3 + n)
        poll_id = await poll_of(house)
        for member in members:
            await lets(house, member, ANA)

        answer = await own(house, poll_id, ANA)
        assert answer.carries_count == 150
        assert [each.member_id for each in answer.carries] == members[:100]


async def outcomes(house: Readers, poll_id: UUID, asker: UUID | None, **page: Any) -> DelegationOutcomes:
    """What somebody is told of a counted poll."""
    answer = await house.ask(DelegationsIn(poll_id=poll_id, asker=asker, **page))
    assert isinstance(answer, DelegationOutcomes)
    return answer


class TestOutcomes:
    async def test_are_told_with_the_result(self, house: Readers) -> None:
        """Before, nothing is settled; then everybody sees who was carried by whom, and members by name."""
        poll_id = await poll_of(house, carry_max=1)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        with pytest.raises(ResultIsNotYet):
            await outcomes(house, poll_id, ANA)
        await house.close(poll_id)

        for asker in (ANA, STRANGER, None):
            found = await outcomes(house, poll_id, asker)
            assert found.delegated_count == 1
            shown = {each.delegator.pseudonym: each for each in found.items}
            carried = shown[house.decided.voter(poll_id, BO)]
            lost = shown[house.decided.voter(poll_id, CY)]
            assert carried.carrier
            assert carried.carrier.pseudonym == house.decided.voter(poll_id, ANA)
            assert (carried.lost, lost.carrier, lost.lost) == (None, None, "cap")
            names = (carried.delegator.member_id, carried.carrier.member_id, lost.delegator.member_id)
            assert names == ((BO, ANA, CY) if asker == ANA else (None, None, None))

    async def test_are_paged(self, house: Readers) -> None:
        """Each once, whatever the page's length."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)
        first = await outcomes(house, poll_id, ANA, limit=1)
        second = await outcomes(house, poll_id, ANA, limit=1, cursor=first.next)
        third = await outcomes(house, poll_id, ANA, limit=1, cursor=second.next)

        assert {each.delegator.member_id for each in (*first.items, *second.items)} == {BO, CY}
        assert (third.items, third.next) == ((), None)
        with pytest.raises(BadCursor):
            await outcomes(house, poll_id, ANA, cursor="none of ours")

    async def test_for_the_group_alone(self, house: Readers) -> None:
        """Where delegations are the group's own affair only its members are told."""
        await house.decided.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert (await outcomes(house, poll_id, CY)).items[0].delegator.member_id == BO
        for asker in (STRANGER, None):
            with pytest.raises(NotAMember):
                await outcomes(house, poll_id, asker)

    async def test_in_a_poll_of_the_group_alone(self, house: Readers) -> None:
        """Members see it, and the auditors they name, by pseudonyms; to others there is no such poll."""
        poll_id = await poll_of(house, audience="group")
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)
        await house.decided.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)

        assert (await outcomes(house, poll_id, STRANGER)).items[0].delegator.member_id is None
        assert (await outcomes(house, poll_id, CY)).items[0].delegator.member_id == BO
        with pytest.raises(NotFound):
            await outcomes(house, poll_id, None)


async def standing(house: Readers, asker: UUID | None, **page: Any) -> StandingDelegations:
    """What somebody is told of a group's delegations."""
    answer = await house.ask(DelegationsOf(group_id=GROUP, asker=asker, **page))
    assert isinstance(answer, StandingDelegations)
    return answer


class TestOwnData:
    async def test_has_all_that_one_ever_delegated(self, house: Readers) -> None:
        """A member takes along each delegation they gave, with its time; also in groups they left; nobody else's."""
        poll_id = await poll_of(house)
        first = await lets(house, BO, ANA)
        second = await lets(house, BO, CY)
        in_poll = await lets(house, BO, ANA, poll_id)
        await lets(house, CY, BO)
        await leave(house, BO)
        elector = house.decided.pseudonyms.elector

        found = (await house.ask(GovernanceDataOf(member_id=BO))).delegations
        assert [(each.delegate, each.from_position, each.until_position) for each in found] == [
            (elector(GROUP, ANA), first, second),
            (elector(GROUP, CY), second, None),
            (house.decided.voter(poll_id, ANA), in_poll, None),
        ]
        assert (await house.ask(GovernanceDataOf(member_id=STRANGER))).delegations == ()


class TestStanding:
    async def test_own_and_the_group_s(self, house: Readers) -> None:
        """A member sees the own ones, and all of the group's by name; what was taken back is gone."""
        whole = await lets(house, BO, ANA)
        money = await lets(house, BO, CY, topic="money")
        await lets(house, CY, ANA)
        await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP), by=CY)
        answer = await standing(house, BO)

        assert [(each.scope, each.topic, each.delegate.member_id, each.position) for each in answer.own] == [
            ("group", None, ANA, whole),
            ("topic", "money", CY, money),
        ]
        assert [(each.delegator.member_id, each.delegate.member_id) for each in answer.items] == [(BO, ANA), (BO, CY)]

    async def test_of_the_public_kind_are_pseudonyms_to_strangers(self, house: Readers) -> None:
        """They see what is in the public log, and have none of their own."""
        await lets(house, BO, ANA)
        for asker in (STRANGER, None):
            answer = await standing(house, asker)
            assert answer.own == ()
            assert [each.delegator for each in answer.items] == [
                Somebody(pseudonym=house.decided.pseudonyms.elector(GROUP, BO), member_id=None)
            ]

    async def test_for_the_group_alone(self, house: Readers) -> None:
        """What was sealed is for members; what was public before stays so, until it is given to another."""
        await lets(house, BO, ANA)
        await lets(house, CY, ANA)
        await house.decided.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
        await lets(house, BO, CY)
        cy = house.decided.pseudonyms.elector(GROUP, CY)

        assert [each.delegator.pseudonym for each in (await standing(house, None)).items] == [cy]
        assert len((await standing(house, ANA)).items) == 2

    async def test_are_paged(self, house: Readers) -> None:
        """In the order of the log, each once."""
        positions = [
            await lets(house, who, whom, topic=topic)
            for who, whom, topic in ((BO, ANA, None), (CY, ANA, None), (ANA, BO, "trees"))
        ]
        first = await standing(house, ANA, limit=2)
        second = await standing(house, ANA, limit=2, cursor=first.next)

        assert [each.position for each in (*first.items, *second.items)] == positions
        assert second.next is None

    async def test_of_an_unknown_group_are_none(self, house: Readers) -> None:
        """As its polls are none."""
        assert (await house.ask(DelegationsOf(group_id=uuid4(), asker=ANA))).items == ()
