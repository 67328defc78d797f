"""Who may object to a result, and what comes of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import (
    CancelPoll,
    CastBallot,
    ClosePoll,
    DeclareRecount,
    ObjectionRaised,
    PollOpened,
    ProposalDecided,
    RaiseObjection,
    Remedy,
    ResultRecounted,
    ReviewVoteOpened,
    SetCustoms,
)
from libs.eventlog.log import LogMovedOn
from services.governance.commands.access import NotForMembers
from services.governance.commands.follow_up import NothingFollowsYet
from services.governance.domain.objection import ObjectedAlready, ObjectionsAreOver, ReviewWasHeld
from services.governance.domain.roll import NotOnTheRoll
from services.governance.reactions.counting import count_what_is_closed
from services.governance.reactions.follow_up import recount_what_is_objected_to
from services.governance.reactions.proposals import decide_proposals
from tests.services.governance.commands.test_follow_up import counted
from tests.services.governance.commands.test_votes import ended, voting
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER, Governance, names
from tests.services.governance.readers import Readers
from tests.services.governance.texts import proposed

pytestmark = pytest.mark.postgres


async def object_to(
    governance: Governance, poll_id: UUID, remedy: Remedy = "recount", *, by: UUID = BO, reason: str = "Why?"
) -> UUID:
    """Have Bo object to a result, and return the objection's id."""
    command = RaiseObjection(poll_id=poll_id, reason=reason, remedy=remedy)
    return (await governance.do(command, by=by)).aggregate_id


async def polls(governance: Governance) -> list[tuple[UUID, PollOpened]]:
    """All polls that were opened."""
    return [(e.aggregate_id, e.event) for e in await governance.entries() if isinstance(e.event, PollOpened)]


class TestObject:
    async def test_bears_the_voter_s_pseudonym(self, house: Readers) -> None:
        """As their ballot does."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id)

        entry = (await house.decided.entries())[-1]
        voter = house.decided.voter(poll_id, BO)
        assert entry.event == ObjectionRaised(poll_id=poll_id, objector=voter, reason="Why?", remedy="recount")
        assert entry.actor == str(voter)

    async def test_only_who_was_on_the_roll(self, house: Readers) -> None:
        """Not who joined since; and to nothing that is not there yet."""
        poll_id = await counted(house)
        await house.decided.hear(GROUP, STRANGER, "member", 30)
        with pytest.raises(NotOnTheRoll):
            await object_to(house.decided, poll_id, by=STRANGER)
        house.decided.now = MORNING
        still_open = await house.decided.open()
        with pytest.raises(NothingFollowsYet):
            await object_to(house.decided, still_open, by=CY)

    async def test_in_time(self, house: Readers) -> None:
        """As many days as the customs said when the result was declared; fewer since do not count."""
        await house.decided.do(SetCustoms(group_id=GROUP, objection_days=3), by=ANA)
        poll_id = await counted(house)
        house.decided.now = NOON + timedelta(days=1)
        await house.decided.do(SetCustoms(group_id=GROUP, objection_days=0), by=ANA)
        house.decided.now = NOON + timedelta(days=3)
        await object_to(house.decided, poll_id)
        house.decided.now += timedelta(microseconds=1)
        with pytest.raises(ObjectionsAreOver):
            await object_to(house.decided, poll_id, by=CY)

    async def test_twice_is_once(self, house: Readers) -> None:
        """The same again is there already, also when it is too late by then; another reason is refused."""
        poll_id = await counted(house)
        first = await object_to(house.decided, poll_id)
        house.decided.now = NOON + timedelta(days=300)
        assert await object_to(house.decided, poll_id) == first
        with pytest.raises(ObjectedAlready):
            await object_to(house.decided, poll_id, reason="I lost.")
        assert len(await house.decided.events(ObjectionRaised)) == 1


class TestRecount:
    async def test_agrees_with_what_was_counted_well(self, house: Readers) -> None:
        """Every replica counts the same ballots again; the log keeps one recount."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id)
        found = await house.strike(recount_what_is_objected_to, recount_what_is_objected_to)

        assert len(found) == 1
        await house.decided.do(found[0])
        (recount,) = await house.decided.events(ResultRecounted)
        assert isinstance(recount, ResultRecounted)
        assert recount.agrees

    async def test_says_when_it_does_not(self, house: Readers) -> None:
        """A result that does not follow from the ballots is shown to be none."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id)
        await house.level()
        await house.pool.execute("UPDATE ballot SET choices = '{orchard}' WHERE poll_id = $1", poll_id)
        await house.strike(recount_what_is_objected_to)

        (recount,) = await house.decided.events(ResultRecounted)
        assert isinstance(recount, ResultRecounted)
        assert not recount.agrees

    async def test_nobody_says_what_it_gave(self, house: Readers) -> None:
        """It is counted."""
        poll_id = await counted(house)
        objection_id = await object_to(house.decided, poll_id)
        (found,) = await house.strike(recount_what_is_objected_to)
        assert isinstance(found, DeclareRecount)
        assert found.objection_id == objection_id
        with pytest.raises(NotForMembers):
            await house.decided.do(found, by=ANA)


class TestReview:
    async def test_opens_the_same_question_again(self, house: Readers) -> None:
        """Roll, poll, objection and what it led to are one batch; the terms are those of the old poll."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id, "review")

        batch = (await house.decided.entries())[-4:]
        assert names([e.event for e in batch]) == ["RollFrozen", "PollOpened", "ObjectionRaised", "ReviewVoteOpened"]
        (_, old), (review_id, new) = await polls(house.decided)
        assert batch[-1].event == ReviewVoteOpened(review_poll_id=review_id)
        assert (new.question, new.method, new.options) == (old.question, old.method, old.options)
        assert new.terms.reviews == poll_id
        assert new.closes_at - house.decided.now == old.closes_at - (NOON - timedelta(hours=1))

    async def test_is_one_for_each_poll(self, house: Readers) -> None:
        """Of all who ask at once, one opens it; the new vote's result is not voted on again."""
        poll_id = await counted(house)
        outcomes = await asyncio.gather(
            *(object_to(house.decided, poll_id, "review", by=who) for who in (ANA, BO, CY)), return_exceptions=True
        )
        refused = [o for o in outcomes if isinstance(o, BaseException)]
        assert len(refused) == 2
        assert all(isinstance(o, ReviewWasHeld | LogMovedOn) for o in refused)

        (_, (review_id, review)) = await polls(house.decided)
        house.decided.now = review.closes_at
        await house.decided.do(ClosePoll(poll_id=review_id))
        await house.strike(count_what_is_closed)
        with pytest.raises(ReviewWasHeld):
            await object_to(house.decided, review_id, "review", by=CY)
        await object_to(house.decided, review_id, "recount", by=CY)

    async def test_again_where_it_was_cancelled(self, house: Readers) -> None:
        """A cancelled review was none; who asked before need not be the one who asks again."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id, "review")
        (_, (review_id, _)) = await polls(house.decided)
        await house.decided.do(CancelPoll(poll_id=review_id, reason="Too short."), by=ANA)
        await object_to(house.decided, poll_id, "review", by=CY)

        assert len(await polls(house.decided)) == 3

    async def test_of_a_roll_by_list_lists_the_same(self, house: Readers) -> None:
        """Who was on it and is still in the group."""
        listed: dict[str, Any] = {"eligibility": {"kind": "list"}, "listed": (BO, CY)}
        house.decided.now = MORNING
        poll_id = await house.decided.open(method="single", **listed)
        house.decided.now = NOON
        await house.decided.do(ClosePoll(poll_id=poll_id))
        await house.strike(count_what_is_closed)
        await house.decided.hear(GROUP, CY, None, 30)
        await object_to(house.decided, poll_id, "review")

        (_, (review_id, review)) = await polls(house.decided)
        assert review.voters_count == 1
        await house.decided.do(CastBallot(poll_id=review_id, choices=("wild",)), by=BO)

    async def test_decides_a_proposal_anew(self, house: Readers) -> None:
        """What was adopted is not, when the group votes against it the second time."""
        proposal_id = await proposed(house.decided)
        poll_id = await voting(house.decided, proposal_id)
        await ended(house, poll_id, yes=BO)
        await house.strike(decide_proposals)
        await object_to(house.decided, poll_id, "review", by=CY)
        (_, (review_id, review)) = await polls(house.decided)
        for who in (ANA, CY):
            await house.decided.do(CastBallot(poll_id=review_id, choices=("no",)), by=who)
        house.decided.now = review.closes_at
        await house.decided.do(ClosePoll(poll_id=review_id))
        await house.strike(count_what_is_closed, decide_proposals)

        assert await house.decided.events(ProposalDecided) == [
            ProposalDecided(poll_id=poll_id, is_adopted=True),
            ProposalDecided(poll_id=review_id, is_adopted=False),
        ]
        assert await house.strike(decide_proposals) == []


async def test_of_a_closed_group_is_sealed(house: Readers) -> None:
    """With the key of the poll that it is about."""
    await house.decided.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
    poll_id = await counted(house)
    await object_to(house.decided, poll_id)

    assert (await house.decided.entries())[-1].key_id == poll_id
