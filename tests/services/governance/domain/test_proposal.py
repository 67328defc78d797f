"""What may be decided about a proposal, and what follows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.base import Event
from libs.contracts.governance import (
    ProposalDecided,
    ProposalHeld,
    ProposalMade,
    ProposalPutToVote,
    ProposalRevised,
    ProposalTakenBack,
    SupportReached,
)
from libs.errors import Problem
from services.governance.domain.proposal import (
    DISCUSSED_FOR_MAX,
    AmendmentIsInVote,
    DiscussionGoesOn,
    DiscussionIsOver,
    DiscussionIsTooLong,
    NotTheAuthor,
    NotWhatIsVotedOn,
    Proposal,
    ProposalIsInVote,
    ProposalIsSettled,
    SupportIsMissing,
    TextHasChanged,
    check_discussion,
)
from services.governance.domain.wording import TextIsTooLong, Wording
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
INSTANT = timedelta(microseconds=1)
GROUP, ANA, BO, POLL, AMENDMENT, REVIEW = (UUID(int=n) for n in range(11, 17))
FIRST, SECOND = Wording("An orchard", "Trees."), Wording("An orchard", "Many trees.")


def made(**differing: Any) -> ProposalMade:
    """Ana's proposal, discussed until noon, which needs the support of two."""
    return ProposalMade(
        **{
            "group_id": GROUP,
            "author": ANA,
            **FIRST._asdict(),
            "text_sha256": FIRST.sha256,
            "topic": None,
            "discussion_until": NOON,
            "support_needed": 2,
            **differing,
        }
    )


REVISED = ProposalRevised(version_number=2, **SECOND._asdict(), text_sha256=SECOND.sha256)
REACHED = SupportReached(supporters_count=2)
HELD = ProposalHeld(amendment_id=AMENDMENT, poll_id=POLL)
IN_VOTE = ProposalPutToVote(poll_id=POLL, version_number=1)
ADOPTED = ProposalDecided(poll_id=POLL, is_adopted=True)
TAKEN_BACK = ProposalTakenBack(reason=None)

SETTLED: list[tuple[tuple[Event, ...], type[Problem]]] = [
    ((REACHED, IN_VOTE), ProposalIsInVote),
    ((REACHED, IN_VOTE, ADOPTED), ProposalIsSettled),
    ((TAKEN_BACK,), ProposalIsSettled),
    ((HELD,), AmendmentIsInVote),
]


REVISE: dict[str, Any] = {"by": ANA, "of_version": None, "now": MORNING}


class TestRevise:
    def test_makes_a_version(self) -> None:
        """The author may change the text while it is discussed."""
        given(Proposal, made()).when(Proposal.revise, SECOND, **REVISE).then(REVISED)

    def test_the_same_again(self) -> None:
        """The text that stands is no new version, also when the discussion is over."""
        given(Proposal, made(), REVISED).when(Proposal.revise, SECOND, **REVISE | {"now": NOON}).then()

    def test_back_to_an_earlier_one(self) -> None:
        """What was given up may come back, as another version."""
        given(Proposal, made(), REVISED).when(Proposal.revise, FIRST, **REVISE).then(
            ProposalRevised(version_number=3, **FIRST._asdict(), text_sha256=FIRST.sha256)
        )

    def test_until_the_discussion_is_over(self) -> None:
        """The last instant is in time, the end is not."""
        given(Proposal, made()).when(Proposal.revise, SECOND, **REVISE | {"now": NOON - INSTANT}).then(REVISED)
        given(Proposal, made()).when(Proposal.revise, SECOND, **REVISE | {"now": NOON}).refuses(DiscussionIsOver)

    def test_by_nobody_else(self) -> None:
        """A text is its author's."""
        given(Proposal, made()).when(Proposal.revise, SECOND, **REVISE | {"by": BO}).refuses(NotTheAuthor)

    def test_overwrites_nothing_unseen(self) -> None:
        """Who says which version they mean is refused when it is not the one that stands."""
        third = Wording("Another", "Other trees.")
        given(Proposal, made(), REVISED).when(Proposal.revise, third, **REVISE | {"of_version": 1}).refuses(
            TextHasChanged, "at version 2"
        )

    def test_too_long(self) -> None:
        """What fits into no entry is refused with the sizes."""
        long = Wording("A", "\n" * 30_000)
        given(Proposal, made()).when(Proposal.revise, long, **REVISE).refuses(TextIsTooLong)

    @pytest.mark.parametrize("facts, problem", SETTLED)
    def test_not_when_the_group_is_at_it(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """What is voted on, or decided, or taken back stays as it is."""
        given(Proposal, made(), *facts).when(Proposal.revise, SECOND, **REVISE).refuses(problem)


class TestSupport:
    def test_is_reached_once(self) -> None:
        """From then on it is, whatever supporters do."""
        given(Proposal, made()).when(Proposal.reach_support, 2).then(REACHED)
        given(Proposal, made(), REACHED).when(Proposal.reach_support, 3).then()

    def test_is_there_where_none_is_needed(self) -> None:
        """Nothing is recorded of what was never missing."""
        given(Proposal, made(support_needed=0)).when(Proposal.reach_support, 0).then()


class TestPutToVote:
    def test_as_it_reads_now(self) -> None:
        """The vote is on the version that stands when the discussion is over."""
        given(Proposal, made(), REVISED, REACHED).when(Proposal.put_to_vote, POLL, now=NOON).then(
            ProposalPutToVote(poll_id=POLL, version_number=2)
        )

    def test_not_while_it_may_change(self) -> None:
        """An instant before the end of the discussion is too early."""
        given(Proposal, made(), REACHED).when(Proposal.put_to_vote, POLL, now=NOON - INSTANT).refuses(DiscussionGoesOn)

    def test_not_without_support(self) -> None:
        """The sentence says how much is needed."""
        given(Proposal, made()).when(Proposal.put_to_vote, POLL, now=NOON).refuses(SupportIsMissing, "2 members")

    @pytest.mark.parametrize("facts, problem", SETTLED)
    def test_not_twice(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """There is one vote on it, and none on what is gone or about to change."""
        given(Proposal, made(support_needed=0), *facts).when(Proposal.put_to_vote, REVIEW, now=NOON).refuses(problem)

    def test_again_where_the_vote_was_cancelled(self) -> None:
        """A vote that was cancelled is none; neither does one on an amendment hold it up that was lost."""
        proposal = given(Proposal, made(support_needed=0), HELD).aggregate
        proposal.look_past_amendment()
        proposal.put_to_vote(POLL, now=NOON)
        proposal.look_past_vote()
        proposal.put_to_vote(REVIEW, now=NOON)

        assert proposal.poll_id == REVIEW


class TestTakeIn:
    def test_ends_the_hold(self) -> None:
        """A version that takes an amendment in names it, and the proposal may go to the vote again."""
        proposal = given(Proposal, made(support_needed=0), HELD).aggregate

        assert proposal.take_in(AMENDMENT, SECOND) == 2
        proposal.put_to_vote(REVIEW, now=NOON)


class TestDecide:
    def test_as_the_vote_ended(self) -> None:
        """Adopted or not; counted again it is decided already."""
        given(Proposal, made(), REACHED, IN_VOTE).when(Proposal.decide, POLL, is_adopted=True, reviews=None).then(
            ADOPTED
        )
        given(Proposal, made(), REACHED, IN_VOTE, ADOPTED).when(
            Proposal.decide, POLL, is_adopted=True, reviews=None
        ).then()

    def test_anew_by_a_review(self) -> None:
        """When the group votes again on the same question, the newer vote counts."""
        given(Proposal, made(), REACHED, IN_VOTE, ADOPTED).when(
            Proposal.decide, REVIEW, is_adopted=False, reviews=POLL
        ).then(ProposalDecided(poll_id=REVIEW, is_adopted=False))

    def test_by_no_other_vote(self) -> None:
        """Neither another poll nor the review of another decides."""
        given(Proposal, made(), REACHED, IN_VOTE).when(Proposal.decide, REVIEW, is_adopted=True, reviews=None).refuses(
            NotWhatIsVotedOn
        )
        given(Proposal, made(), REACHED, IN_VOTE, ADOPTED).when(
            Proposal.decide, REVIEW, is_adopted=True, reviews=GROUP
        ).refuses(NotWhatIsVotedOn)


class TestTakeBack:
    def test_by_the_author(self) -> None:
        """With a reason or without; twice is once."""
        taken_back = ProposalTakenBack(reason="No field.")
        given(Proposal, made()).when(Proposal.take_back, "No field.", by=ANA).then(taken_back)
        given(Proposal, made(), taken_back).when(Proposal.take_back, "Again.", by=ANA).then()

    def test_by_nobody_else(self) -> None:
        """A proposal is its author's."""
        given(Proposal, made()).when(Proposal.take_back, None, by=BO).refuses(NotTheAuthor)

    @pytest.mark.parametrize("facts, problem", [each for each in SETTLED if TAKEN_BACK not in each[0]])
    def test_not_when_the_group_is_at_it(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """What is voted on belongs to the group."""
        given(Proposal, made(), *facts).when(Proposal.take_back, None, by=ANA).refuses(problem)


class TestDiscussion:
    def test_ends_within_a_year(self) -> None:
        """It may be over at once, and lasts a year at most."""
        check_discussion(NOON, now=NOON)
        check_discussion(NOON, now=NOON - DISCUSSED_FOR_MAX)
        for now in (NOON + INSTANT, NOON - DISCUSSED_FOR_MAX - INSTANT):
            with pytest.raises(DiscussionIsTooLong):
                check_discussion(NOON, now=now)


def test_is_sealed_for_its_group_alone() -> None:
    """Where only the group may read, the entries are sealed with the group's key."""
    assert given(Proposal, made()).aggregate.key_id is None
    assert given(Proposal, made(audience="group")).aggregate.key_id == GROUP
