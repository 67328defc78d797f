"""What governance does when it is asked, and what it refuses."""

import asyncio
import hashlib
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.governance import (
    BallotCast,
    BallotReplaced,
    BallotWithdrawn,
    CastBallot,
    ClosePoll,
    CountedOutcome,
    DeclareResult,
    EnterPaperBallots,
    HearOfMember,
    PaperBallotsEntered,
    PaperBatchEntered,
    PaperBatchStruck,
    PollClosed,
    PollOpened,
    ResultDeclared,
    RollFrozen,
    RoundsCounted,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.errors import NotFound, NotSignedIn
from libs.eventlog.log import LogMovedOn
from libs.service.aggregates import AggregateMemory, KeyWasUsed
from libs.tally import Ballot, ballots_sha256, count
from services.governance.commands.access import ITSELF, NotForMembers
from services.governance.domain.ballot import NoBallotYet
from services.governance.domain.electorate import NotAMember, NotASteward
from services.governance.domain.poll import (
    OptionsAreAlike,
    PaperIsNotAllowed,
    PollIsClosed,
    PollIsStillOpen,
    UncountableBallot,
)
from services.governance.domain.roll import NotOnTheRoll
from tests.services.governance.conftest import (
    ANA,
    BO,
    CY,
    GROUP,
    NOON,
    STRANGER,
    Governance,
    names,
    question,
)


class TestOpenPoll:
    async def test_freezes_the_roll_with_the_question(self, governance: Governance) -> None:
        """The roll stands right before the poll, and names its voters by pseudonyms for this poll alone."""
        poll_id = await governance.open(by=BO)

        roll, poll = (await governance.entries())[-2:]
        assert isinstance(roll.event, RollFrozen)
        assert isinstance(poll.event, PollOpened)
        assert set(roll.event.voters) == {governance.voter(poll_id, member) for member in (ANA, BO, CY)}
        assert list(roll.event.voters) == sorted(roll.event.voters)
        assert poll.event.voters_count == 3
        assert poll.event.roll_sha256 == hashlib.sha256(b"".join(v.bytes for v in roll.event.voters)).hexdigest()
        assert poll.actor == str(BO)
        assert roll.group_id == poll.group_id == GROUP

    async def test_is_for_members(self, governance: Governance) -> None:
        """A stranger, who left, and who is a member elsewhere cannot put a question to the group."""
        await governance.hear(UUID(int=99), STRANGER, "steward", 13)
        await governance.hear(GROUP, CY, None, 14)
        for nobody in (STRANGER, CY):
            with pytest.raises(NotAMember):
                await governance.open(by=nobody)

    async def test_needs_a_group(self, governance: Governance) -> None:
        """A group that nobody has heard of has no polls."""
        with pytest.raises(NotFound, match="There is no group"):
            await governance.open(group_id=uuid4())

    async def test_needs_somebody(self, governance: Governance) -> None:
        """Who is not signed in opens nothing."""
        with pytest.raises(NotSignedIn):
            await governance.do(question(), by="")

    async def test_sent_twice_opens_one(self, governance: Governance) -> None:
        """The same request is one poll, even when the group has grown meanwhile and the poll has closed."""
        key = uuid4()
        first = await governance.do(question(), by=ANA, key=key)
        await governance.hear(GROUP, STRANGER, "member", 13)
        governance.now = NOON + timedelta(days=1)
        again = await governance.do(question(), by=ANA, key=key)

        assert again.position == first.position
        assert len(await governance.events(PollOpened)) == 1

    async def test_a_key_is_used_for_one_request(self, governance: Governance) -> None:
        """Another question under a used key is refused, never added to the first one's history."""
        key = uuid4()
        await governance.do(question(), by=ANA, key=key)
        with pytest.raises(KeyWasUsed):
            await governance.do(question(question="And the barn?"), by=ANA, key=key)

    async def test_a_refused_question_leaves_no_roll(self, governance: Governance) -> None:
        """All or nothing: where the poll is refused, no part of its roll is in the log."""
        before = await governance.log.last()
        with pytest.raises(OptionsAreAlike):
            await governance.open(options=("yes", "Yes"))

        assert await governance.log.last() == before

    async def test_of_a_large_group_is_one_batch(self, governance: Governance) -> None:
        """A roll of several parts is kept whole, and each voter finds the part."""
        for position in range(2000):
            await governance.hear(GROUP, UUID(int=1000 + position), "member", 100 + position)
        poll_id = await governance.open()
        roll = await governance.events(RollFrozen)
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=UUID(int=2999))

        assert len(roll) == 3


class TestCastBallot:
    async def test_is_kept_under_a_pseudonym(self, governance: Governance) -> None:
        """No byte of a ballot's entry is the member's id."""
        poll_id = await governance.open()
        entry = await governance.do(CastBallot(poll_id=poll_id, choices=("wild", "orchard")), by=BO)

        voter = governance.voter(poll_id, BO)
        assert entry.event == BallotCast(poll_id=poll_id, voter=voter, choices=("wild", "orchard"))
        assert entry.aggregate_id == uuid5(poll_id, str(voter))
        assert entry.actor == str(voter)
        assert entry.group_id == GROUP
        assert str(BO).encode() not in entry.entry

    async def test_twice_is_replaced(self, governance: Governance) -> None:
        """The second ballot of a voter replaces the first; the same again is the entry that is there."""
        poll_id = await governance.open()
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        second = await governance.do(CastBallot(poll_id=poll_id, choices=("orchard",)), by=BO)
        third = await governance.do(CastBallot(poll_id=poll_id, choices=("orchard",)), by=BO)

        assert second.event == BallotReplaced(choices=("orchard",))
        assert second.actor == str(governance.voter(poll_id, BO))
        assert third.position == second.position

    async def test_sent_again_after_the_close_is_answered(self, governance: Governance) -> None:
        """A retry whose first answer was lost gets its receipt, though the poll has closed meanwhile."""
        poll_id, key = await governance.open(), uuid4()
        first = await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO, key=key)
        governance.now = NOON
        again = await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO, key=key)

        assert again.position == first.position

    async def test_fifty_at_once_are_one_ballot(self, governance: Governance) -> None:
        """Of 50 ballots that one voter sends at the same moment one is the first; others replace it or are told."""
        poll_id = await governance.open()
        options = ("wild", "orchard", "playground")
        outcomes = await asyncio.gather(
            *(governance.do(CastBallot(poll_id=poll_id, choices=(options[n % 3],)), by=BO) for n in range(50)),
            return_exceptions=True,
        )

        assert {type(o) for o in outcomes if isinstance(o, BaseException)} <= {LogMovedOn}
        assert len(await governance.events(BallotCast)) == 1
        history = [e for e in await governance.entries() if isinstance(e.event, BallotCast | BallotReplaced)]
        assert [e.version for e in history] == list(range(1, len(history) + 1))

    async def test_every_voter_at_once(self, governance: Governance) -> None:
        """Different voters never stand in each other's way."""
        poll_id = await governance.open()
        await asyncio.gather(
            *(governance.do(CastBallot(poll_id=poll_id, choices=()), by=who, attempts_max=1) for who in (ANA, BO, CY))
        )

        assert len(await governance.events(BallotCast)) == 3

    async def test_the_roll_decides(self, governance: Governance) -> None:
        """Who joined after the opening does not vote; who left since does."""
        poll_id = await governance.open()
        await governance.hear(GROUP, STRANGER, "member", 13)
        await governance.hear(GROUP, BO, None, 14)

        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        with pytest.raises(NotOnTheRoll):
            await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=STRANGER)

    async def test_in_another_group_s_poll_is_refused(self, governance: Governance) -> None:
        """A member of one group is a stranger in another's poll."""
        other = UUID(int=99)
        await governance.hear(other, STRANGER, "steward", 13)
        poll_id = await governance.open(group_id=other, by=STRANGER)
        with pytest.raises(NotOnTheRoll):
            await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=ANA)

    async def test_needs_a_poll(self, governance: Governance) -> None:
        """There is no voting in the void."""
        with pytest.raises(NotFound):
            await governance.do(CastBallot(poll_id=uuid4(), choices=()), by=ANA)

    async def test_after_the_close_is_refused(self, governance: Governance) -> None:
        """At its time a poll takes no more, closed already or not; closed early it takes none either."""
        late, early = await governance.open(), await governance.open(may_close_early=True)
        await governance.do(ClosePoll(poll_id=early), by=ANA)
        with pytest.raises(PollIsClosed):
            await governance.do(CastBallot(poll_id=early, choices=()), by=BO)
        governance.now = NOON
        with pytest.raises(PollIsClosed):
            await governance.do(CastBallot(poll_id=late, choices=()), by=BO)

    async def test_says_what_the_poll_offers(self, governance: Governance) -> None:
        """What cannot be counted is not kept."""
        poll_id = await governance.open()
        before = await governance.log.last()
        with pytest.raises(UncountableBallot):
            await governance.do(CastBallot(poll_id=poll_id, choices=("tame",)), by=BO)

        assert await governance.log.last() == before

    async def test_names_options_in_any_form_of_unicode(self, governance: Governance) -> None:
        """An é of two characters is the é of one."""
        poll_id = await governance.open(options=("été", "hiver"))
        entry = await governance.do(CastBallot(poll_id=poll_id, choices=(" e\u0301te\u0301 ",)), by=BO)

        assert entry.event.choices == ("été",)  # type: ignore[attr-defined]

    async def test_does_not_hang_on_what_is_remembered(self, governance: Governance) -> None:
        """A process that starts anew decides as one that remembers."""
        poll_id = await governance.open()
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        governance.memory = AggregateMemory()
        await governance.do(CastBallot(poll_id=poll_id, choices=()), by=BO)

        assert names(await governance.events(BallotCast, BallotReplaced)) == ["BallotCast", "BallotReplaced"]


class TestWithdrawBallot:
    async def test_and_vote_again(self, governance: Governance) -> None:
        """A ballot may be taken back and cast again, for as long as the poll is open."""
        poll_id = await governance.open()
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        withdrawn = await governance.do(WithdrawBallot(poll_id=poll_id), by=BO)
        assert (await governance.do(WithdrawBallot(poll_id=poll_id), by=BO)).position == withdrawn.position
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)

        assert names(await governance.events(BallotCast, BallotReplaced, BallotWithdrawn)) == [
            "BallotCast",
            "BallotWithdrawn",
            "BallotReplaced",
        ]
        assert withdrawn.actor == str(governance.voter(poll_id, BO))

    async def test_needs_a_ballot(self, governance: Governance) -> None:
        """Who has not voted, or may not, has nothing to take back."""
        poll_id = await governance.open()
        with pytest.raises(NoBallotYet):
            await governance.do(WithdrawBallot(poll_id=poll_id), by=BO)
        with pytest.raises(NotOnTheRoll):
            await governance.do(WithdrawBallot(poll_id=poll_id), by=STRANGER)

    async def test_ends_with_the_poll(self, governance: Governance) -> None:
        """A closed poll keeps its ballots."""
        poll_id = await governance.open()
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        governance.now = NOON
        with pytest.raises(PollIsClosed):
            await governance.do(WithdrawBallot(poll_id=poll_id), by=BO)


class TestClosePoll:
    async def test_by_the_clock(self, governance: Governance) -> None:
        """The clock closes a poll at its time, not before, and once however often it strikes."""
        poll_id = await governance.open(may_close_early=True)
        with pytest.raises(PollIsStillOpen):
            await governance.do(ClosePoll(poll_id=poll_id))
        governance.now = NOON
        key = uuid5(poll_id, "close")
        for _ in range(3):
            await governance.do(ClosePoll(poll_id=poll_id), key=key)
        await governance.do(ClosePoll(poll_id=poll_id))

        assert await governance.events(PollClosed) == [PollClosed(is_early=False)]

    async def test_by_two_replicas_at_once(self, governance: Governance) -> None:
        """Two clocks that strike together close once."""
        poll_id = await governance.open()
        governance.now = NOON
        await asyncio.gather(
            *(governance.do(ClosePoll(poll_id=poll_id), key=uuid5(poll_id, "close")) for _ in range(5))
        )

        assert len(await governance.events(PollClosed)) == 1

    async def test_early_by_a_steward(self, governance: Governance) -> None:
        """A steward may close early what was opened so, and answers for it by name."""
        poll_id = await governance.open(may_close_early=True)
        entry = await governance.do(ClosePoll(poll_id=poll_id), by=ANA)
        again = await governance.do(ClosePoll(poll_id=poll_id), by=ANA)

        assert entry.event == PollClosed(is_early=True)
        assert entry.actor == str(ANA)
        assert again.position == entry.position

    async def test_not_early_unless_opened_so(self, governance: Governance) -> None:
        """What was opened to last until noon lasts until noon."""
        poll_id = await governance.open()
        with pytest.raises(PollIsStillOpen):
            await governance.do(ClosePoll(poll_id=poll_id), by=ANA)

    async def test_not_by_members_nor_strangers(self, governance: Governance) -> None:
        """Not even who opened the poll closes it early, without being a steward."""
        poll_id = await governance.open(by=BO, may_close_early=True)
        for who in (BO, STRANGER):
            with pytest.raises(NotASteward):
                await governance.do(ClosePoll(poll_id=poll_id), by=who)

    async def test_not_by_a_steward_of_another_group(self, governance: Governance) -> None:
        """Stewards are stewards at home."""
        await governance.hear(UUID(int=99), STRANGER, "steward", 13)
        poll_id = await governance.open(may_close_early=True)
        with pytest.raises(NotASteward):
            await governance.do(ClosePoll(poll_id=poll_id), by=STRANGER)


class TestPaper:
    async def test_is_kept_marked_and_attributed(self, governance: Governance) -> None:
        """Ballots from paper stand in the log as such, with the steward who vouches for them."""
        poll_id = await governance.open()
        batch = await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",), ())), by=ANA)

        part = (await governance.entries())[-2]
        assert part.event == PaperBallotsEntered(
            poll_id=poll_id, batch_id=batch.aggregate_id, part=0, ballots=(("wild",), ())
        )
        assert batch.event == PaperBatchEntered(poll_id=poll_id, ballots_count=2, parts_count=1)
        assert part.actor == batch.actor == str(ANA)
        assert part.group_id == GROUP

    async def test_sent_twice_is_entered_once(self, governance: Governance) -> None:
        """The same batch under the same key is one batch, even after the close; another one is refused."""
        poll_id, key = await governance.open(), uuid4()
        command = EnterPaperBallots(poll_id=poll_id, ballots=(("wild",), ()))
        first = await governance.do(command, by=ANA, key=key)
        governance.now = NOON
        again = await governance.do(command, by=ANA, key=key)

        assert again.position == first.position
        with pytest.raises(KeyWasUsed):
            await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=((),)), by=ANA, key=key)

    async def test_is_all_or_nothing(self, governance: Governance) -> None:
        """One bad ballot refuses all 500, by its number."""
        poll_id = await governance.open()
        before = await governance.log.last()
        ballots = [*[("wild",)] * 412, ("wild", "wild"), *[("wild",)] * 87]
        with pytest.raises(UncountableBallot, match="Ballot 413: "):
            await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=tuple(ballots)), by=ANA)

        assert await governance.log.last() == before

    async def test_of_long_ballots_is_several_entries(self, governance: Governance) -> None:
        """500 long ballots are more than one entry takes, and still one batch."""
        options = tuple(f"{n} " + "é" * 100 for n in range(20))
        poll_id = await governance.open(options=options)
        command = EnterPaperBallots(poll_id=poll_id, ballots=(options,) * 500)
        batch = await governance.do(command, by=ANA)

        parts = await governance.events(PaperBallotsEntered)
        assert isinstance(batch.event, PaperBatchEntered)
        assert len(parts) == batch.event.parts_count > 1
        assert sum(len(part.ballots) for part in parts if isinstance(part, PaperBallotsEntered)) == 500

    async def test_is_for_stewards(self, governance: Governance) -> None:
        """A member does not vouch for a hall."""
        poll_id = await governance.open(by=BO)
        for who in (BO, STRANGER):
            with pytest.raises(NotASteward):
                await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=((),)), by=who)

    async def test_only_into_a_poll_that_takes_it(self, governance: Governance) -> None:
        """Whether paper counts was decided at the opening; and none is entered after the close."""
        command = EnterPaperBallots(poll_id=await governance.open(allows_paper=False), ballots=((),))
        with pytest.raises(PaperIsNotAllowed):
            await governance.do(command, by=ANA)
        command = EnterPaperBallots(poll_id=await governance.open(), ballots=((),))
        governance.now = NOON
        with pytest.raises(PollIsClosed):
            await governance.do(command, by=ANA)

    async def test_is_struck_as_a_batch(self, governance: Governance) -> None:
        """A steward takes a batch back, with the reason; twice is once."""
        poll_id = await governance.open()
        batch = await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=((),)), by=ANA)
        command = StrikePaperBatch(poll_id=poll_id, batch_id=batch.aggregate_id, reason="entered twice")
        with pytest.raises(NotASteward):
            await governance.do(command, by=BO)
        await governance.do(command, by=ANA)
        await governance.do(command, by=ANA)

        assert await governance.events(PaperBatchStruck) == [PaperBatchStruck(reason="entered twice")]

    async def test_is_struck_in_its_own_poll_before_the_close(self, governance: Governance) -> None:
        """A batch of another poll is none of this one's; and what is closed stays as it is."""
        poll_id, other = await governance.open(), await governance.open()
        batch = await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=((),)), by=ANA)
        with pytest.raises(NotFound):
            await governance.do(StrikePaperBatch(poll_id=other, batch_id=batch.aggregate_id, reason="no"), by=ANA)
        governance.now = NOON
        with pytest.raises(PollIsClosed):
            await governance.do(StrikePaperBatch(poll_id=poll_id, batch_id=batch.aggregate_id, reason="no"), by=ANA)


class TestHearOfMember:
    async def test_a_replay_from_the_start_changes_nothing(self, governance: Governance) -> None:
        """Hearing the whole log of groups once more adds no entry, whoever left in between."""
        await governance.hear(GROUP, BO, None, 13)
        before = await governance.log.last()
        governance.memory = AggregateMemory()
        for member, role, position in ((ANA, "steward", 10), (BO, "member", 11), (CY, "member", 12), (BO, None, 13)):
            await governance.hear(GROUP, member, role, position)  # type: ignore[arg-type]

        assert await governance.log.last() == before

    async def test_never_names_the_member(self, governance: Governance) -> None:
        """The electorate in the public log is pseudonyms."""
        for entry in await governance.entries():
            for member in (ANA, BO, CY):
                assert str(member).encode() not in entry.entry

    async def test_is_not_for_members(self, governance: Governance) -> None:
        """Nobody makes himself a member of a group by asking governance."""
        command = HearOfMember(group_id=GROUP, member_id=STRANGER, role="steward", source_position=99)
        with pytest.raises(NotForMembers):
            await governance.do(command, by=STRANGER)


class TestDeclareResult:
    @staticmethod
    def declaration(poll_id: UUID, options: tuple[str, ...], *ballots: tuple[str, ...]) -> DeclareResult:
        outcome = count("ranked", options, ballots, seed=b"")
        return DeclareResult(
            poll_id=poll_id,
            closed_position=7,
            seed="0" * 64,
            paper_ballots_count=1,
            ballots_sha256=ballots_sha256(Counter(map(Ballot, ballots))),
            outcome=CountedOutcome.model_validate(outcome.as_plain()),
        )

    async def test_once(self, governance: Governance) -> None:
        """Two replicas that counted declare one result."""
        poll_id, key = await governance.open(), uuid4()
        governance.now = NOON
        await governance.do(ClosePoll(poll_id=poll_id))
        command = self.declaration(poll_id, ("orchard", "playground", "wild"), ("wild",), ())
        first, second = [await governance.do(command, key=key) for _ in range(2)]
        third = await governance.do(command)

        assert first.position == second.position == third.position
        assert len(await governance.events(RoundsCounted)) == 1
        (declared,) = await governance.events(ResultDeclared)
        assert isinstance(declared, ResultDeclared)
        assert declared.winners == ("wild",)
        assert (declared.voters_count, declared.ballots_count, declared.blank_count) == (3, 2, 1)

    async def test_not_before_the_close(self, governance: Governance) -> None:
        """An open poll has no result."""
        poll_id = await governance.open()
        with pytest.raises(PollIsStillOpen):
            await governance.do(self.declaration(poll_id, ("orchard", "playground", "wild")))

    async def test_not_by_anybody(self, governance: Governance) -> None:
        """A result follows from the ballots; no member declares one, nor a steward."""
        poll_id = await governance.open(may_close_early=True)
        await governance.do(ClosePoll(poll_id=poll_id), by=ANA)
        with pytest.raises(NotForMembers):
            await governance.do(self.declaration(poll_id, ("orchard", "playground", "wild")), by=ANA)

    async def test_of_500_options(self, governance: Governance) -> None:
        """Hundreds of rounds of 500 options are kept whole, the result last."""
        options = tuple(f"option {n:03}" for n in range(500))
        poll_id = await governance.open(options=options)
        governance.now = NOON
        await governance.do(ClosePoll(poll_id=poll_id), by=ITSELF)
        ballots = [options[n:] for n in range(500) for _ in range(n + 1)]
        command = self.declaration(poll_id, options, *ballots)
        last = await governance.do(command)

        parts = await governance.events(RoundsCounted)
        assert isinstance(last.event, ResultDeclared)
        assert last.event.rounds_count == len(command.outcome.rounds) > 200
        assert sum((part.rounds for part in parts), ()) == command.outcome.rounds  # type: ignore[attr-defined]
        assert len(parts) == last.event.parts_count > 1
