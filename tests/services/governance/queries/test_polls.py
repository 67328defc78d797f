"""What polls say of themselves, of those that replaced them and of disputes; and who may read them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Query
from libs.contracts.governance import (
    BallotCast,
    BallotsIn,
    CancelPoll,
    CastBallot,
    ClosePoll,
    DisputeRoll,
    Eligibility,
    GivePlace,
    NameAuditor,
    PollOf,
    PollsAmong,
    PollsOf,
    ProposalOf,
    PutProposalToVote,
    RemindVoters,
    ResultOf,
    RollDispute,
    RollOf,
    Rules,
    Settings,
)
from libs.contracts.groups import MemberLeft
from libs.errors import NotFound
from libs.eventlog.log import New
from services.governance.domain.electorate import NotAMember
from services.governance.domain.poll import PollIsCancelled
from services.governance.queries.polls import DISPUTES_MAX
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER
from tests.services.governance.readers import Readers
from tests.services.governance.texts import proposed

pytestmark = pytest.mark.postgres

CREST = 3022700


class TestTerms:
    async def test_are_shown_as_they_stand_in_the_log(self, house: Readers) -> None:
        """Who reads a poll reads all that it was opened on."""
        await house.decided.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
        poll_id = await house.decided.open(
            method="score",
            settings=Settings(score_max=5, draws_ties=True),
            rules=Rules(quorum_roll=(1, 2)),
            eligibility=Eligibility(kind="place", place_id=CREST),
            topic="land",
            results="hidden",
            remind_at=NOON - timedelta(hours=1),
        )
        opened = (await house.decided.entries())[-1].event
        poll = await house.ask(PollOf(poll_id=poll_id))
        (listed,) = (await house.ask(PollsOf(group_id=GROUP))).items

        assert poll.terms == opened.terms  # type: ignore[attr-defined]
        assert (poll.voters_count, poll.reminded_position, poll.cancelled_because) == (1, None, None)
        assert (listed.topic, listed.results, listed.audience, listed.is_cancelled) == (
            "land",
            "hidden",
            "everyone",
            False,
        )

    async def test_say_when_voters_were_reminded(self, house: Readers) -> None:
        """The reminder's own place in the log."""
        poll_id = await house.decided.open(remind_at=NOON - timedelta(hours=1))
        house.decided.now = NOON - timedelta(hours=1)
        entry = await house.decided.do(RemindVoters(poll_id=poll_id))

        assert (await house.ask(PollOf(poll_id=poll_id))).reminded_position == entry.position


class TestClosed:
    async def test_says_when_it_was_closed(self, house: Readers) -> None:
        """A steward may close it early: that is when it ended, wherever it is listed, and not its last hour."""
        poll_id = await house.decided.open(may_close_early=True)
        open_still = await house.ask(PollOf(poll_id=poll_id))
        house.decided.now = NOON - timedelta(hours=2)
        await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
        closed = await house.ask(PollOf(poll_id=poll_id))
        (listed,) = (await house.ask(PollsOf(group_id=GROUP))).items
        (among,) = (await house.ask(PollsAmong(group_ids=(GROUP,), is_open=False))).items

        assert open_still.closed_at is None
        assert closed.closed_at == listed.closed_at == among.closed_at == NOON - timedelta(hours=2) < closed.closes_at

    async def test_says_when_it_was_cancelled(self, house: Readers) -> None:
        """Its end is that of the cancelling."""
        poll_id = await house.decided.open()
        await house.decided.do(CancelPoll(poll_id=poll_id, reason="An option is missing."), by=ANA)

        assert (await house.ask(PollOf(poll_id=poll_id))).closed_at == MORNING


class TestOpener:
    async def test_is_named_to_members_alone(self, house: Readers) -> None:
        """Members see who among them opened a poll; a stranger does not."""
        poll_id = await house.decided.open(by=BO)

        polls = [await house.ask(PollOf(poll_id=poll_id, asker=asker)) for asker in (ANA, BO, STRANGER, None)]
        assert [poll.opened_by for poll in polls] == [BO, BO, None, None]

    async def test_is_nobody_once_they_left(self, house: Readers) -> None:
        """Who is no member of the group today is not named in it."""
        poll_id = await house.decided.open(by=BO)
        await house.leave(BO)

        assert (await house.ask(PollOf(poll_id=poll_id, asker=ANA))).opened_by is None

    async def test_is_who_put_a_text_to_the_vote(self, house: Readers) -> None:
        """There the log has a pseudonym in the group; its members see who that is."""
        proposal_id = await proposed(house.decided, by=BO)
        house.decided.now = NOON
        await house.decided.do(PutProposalToVote(proposal_id=proposal_id), by=BO)
        poll_id = (await house.ask(ProposalOf(proposal_id=proposal_id))).poll_id

        assert (await house.ask(PollOf(poll_id=poll_id, asker=ANA))).opened_by == BO
        assert (await house.ask(PollOf(poll_id=poll_id))).opened_by is None


class TestAuditors:
    async def test_are_named_to_members_alone(self, house: Readers) -> None:
        """The group knows who reads its vote from outside; whoever that is does not learn of the others."""
        poll_id = await house.decided.open(audience="group")
        await house.decided.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)

        assert (await house.ask(PollOf(poll_id=poll_id, asker=BO))).auditors == (STRANGER,)
        assert (await house.ask(PollOf(poll_id=poll_id, asker=STRANGER))).auditors == ()


class TestAmong:
    async def test_are_those_of_some_groups(self, house: Readers) -> None:
        """Open ones, the next to close first; of one that is for its group alone no stranger hears."""
        later = await house.decided.open(closes_at=NOON + timedelta(days=9))
        sooner = await house.decided.open(closes_at=NOON + timedelta(days=2))
        ours = await house.decided.open(closes_at=NOON + timedelta(days=3), audience="group")

        async def found(asker: UUID | None, *groups: UUID) -> list[UUID]:
            polls = await house.ask(PollsAmong(group_ids=groups, asker=asker))
            assert all(poll.group_id == GROUP and poll.is_open for poll in polls.items)
            return [poll.poll_id for poll in polls.items]

        assert await found(None, GROUP) == [sooner, later]
        assert await found(BO, GROUP, uuid4()) == [sooner, ours, later]
        assert await found(BO) == await found(BO, uuid4()) == []

    async def test_are_those_that_closed(self, house: Readers) -> None:
        """A cancelled one is none of them."""
        cancelled, counted = await house.decided.open(), await house.decided.open()
        await house.decided.do(CancelPoll(poll_id=cancelled, reason="An option is missing."), by=ANA)
        await house.close(counted)
        (poll,) = (await house.ask(PollsAmong(group_ids=(GROUP,), is_open=False))).items

        assert (poll.poll_id, poll.is_result_declared, poll.voters_count) == (counted, True, poll.voters_count)


class TestCancelled:
    async def test_is_shown_with_its_reason_and_what_came_instead(self, house: Readers) -> None:
        """A cancelled poll is over, never declared, and leads to the one that replaces it, and back."""
        poll_id = await house.decided.open()
        await house.cast(poll_id, BO, "wild")
        entry = await house.decided.do(CancelPoll(poll_id=poll_id, reason="An option is missing."), by=ANA)
        before = await house.ask(PollOf(poll_id=poll_id))
        again = await house.decided.open(replaces=poll_id)
        await house.count()
        old, new = [await house.ask(PollOf(poll_id=each)) for each in (poll_id, again)]

        assert (before.cancelled_because, before.replaced_by) == ("An option is missing.", None)
        assert (old.is_open, old.is_result_declared, old.closed_position) == (False, False, entry.position)
        assert old.replaced_by == new.poll_id
        assert new.terms.replaces == old.poll_id
        assert [(p.poll_id, p.is_cancelled) for p in (await house.ask(PollsOf(group_id=GROUP))).items] == [
            (again, False),
            (poll_id, True),
        ]
        assert [p.poll_id for p in (await house.ask(PollsOf(group_id=GROUP, is_open=True))).items] == [again]

    async def test_has_no_result(self, house: Readers) -> None:
        """Not yet, and never: who asks is told so."""
        poll_id = await house.decided.open()
        await house.decided.do(CancelPoll(poll_id=poll_id, reason="no"), by=ANA)
        await house.count()

        with pytest.raises(PollIsCancelled, match="no result"):
            await house.ask(ResultOf(poll_id=poll_id))

    async def test_takes_no_ballot_that_came_behind_it(self, house: Readers) -> None:
        """What is recorded behind a cancelling changes no row, as behind a close."""
        poll_id = await house.decided.open()
        await house.decided.do(CancelPoll(poll_id=poll_id, reason="no"), by=ANA)
        voter = house.decided.voter(poll_id, BO)
        await house.late(poll_id, BallotCast(poll_id=poll_id, voter=voter, choices=("wild",)), voter)

        assert (await house.tally(poll_id)).ballots_count == 0


class TestDisputes:
    async def test_are_shown_newest_first(self, house: Readers) -> None:
        """With who said it, by pseudonym, why, when, and where it stands in the log."""
        poll_id = await house.decided.open()
        entries = [
            await house.decided.do(DisputeRoll(poll_id=poll_id, reason=f"{n}"), by=who)
            for n, who in enumerate((ANA, BO))
        ]
        poll = await house.ask(PollOf(poll_id=poll_id))

        assert poll.disputes_count == 2
        assert poll.disputes == tuple(
            RollDispute(
                disputant=house.decided.pseudonyms.elector(GROUP, who),
                reason=f"{n}",
                disputed_at=MORNING,
                position=entries[n].position,
            )
            for n, who in ((1, BO), (0, ANA))
        )

    async def test_of_many_are_counted_and_not_all_shown(self, house: Readers) -> None:
        """However many there are, a poll's page stays short."""
        poll_id = await house.decided.open()
        for n in range(DISPUTES_MAX + 1):
            await house.decided.hear(GROUP, UUID(int=100 + n), "member", 100 + n)
            await house.decided.do(DisputeRoll(poll_id=poll_id, reason="x" * 200), by=UUID(int=100 + n))
        poll = await house.ask(PollOf(poll_id=poll_id))

        assert (poll.disputes_count, len(poll.disputes)) == (DISPUTES_MAX + 1, DISPUTES_MAX)


class TestAudience:
    @staticmethod
    def questions(poll_id: UUID, asker: UUID) -> list[Query[Any]]:
        return [PollOf(poll_id=poll_id, asker=asker), RollOf(poll_id=poll_id, asker=asker)]

    async def test_of_a_group_is_its_members(self, house: Readers) -> None:
        """For all others, signed in or not, a group's own poll is not there: not found, and in no list."""
        poll_id = await house.decided.open(audience="group")
        for query in self.questions(poll_id, BO):
            await house.ask(query)
        for query in [
            *self.questions(poll_id, STRANGER),
            PollOf(poll_id=poll_id),
            BallotsIn(poll_id=poll_id, asker=STRANGER),
        ]:
            with pytest.raises(NotFound, match=f"There is no poll {poll_id}"):
                await house.ask(query)

        seen = {
            who: [p.poll_id for p in (await house.ask(PollsOf(group_id=GROUP, asker=who))).items]
            for who in (BO, STRANGER, None)
        }
        assert seen == {BO: [poll_id], STRANGER: [], None: []}

    async def test_ends_with_membership(self, house: Readers) -> None:
        """Who left the group reads its own polls no longer."""
        poll_id = await house.decided.open(audience="group")
        left = MemberLeft(group_id=GROUP, member_id=CY, reason="left")
        await house.groups.append(New(left, uuid4(), 1, 0, actor=str(CY), id=uuid4(), decided_at=MORNING))

        with pytest.raises(NotFound):
            await house.ask(PollOf(poll_id=poll_id, asker=CY))

    async def test_has_auditors_that_are_named(self, house: Readers) -> None:
        """An auditor reads that poll and its roll, and no other poll of the group."""
        poll_id, other = [await house.decided.open(audience="group") for _ in range(2)]
        await house.decided.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)
        for query in self.questions(poll_id, STRANGER):
            await house.ask(query)
        for query in self.questions(other, STRANGER):
            with pytest.raises(NotFound):
                await house.ask(query)

        assert [p.poll_id for p in (await house.ask(PollsOf(group_id=GROUP, asker=STRANGER))).items] == [poll_id]

    async def test_of_everyone_is_everyone(self, house: Readers) -> None:
        """A stranger reads an open group's poll; its roll is for members all the same."""
        poll_id = await house.decided.open()
        await house.decided.do(CastBallot(poll_id=poll_id, choices=()), by=BO)

        assert (await house.ask(PollOf(poll_id=poll_id))).poll_id == poll_id
        with pytest.raises(NotAMember):
            await house.ask(RollOf(poll_id=poll_id, asker=STRANGER))
