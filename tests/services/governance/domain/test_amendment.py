"""What may become of an amendment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.base import Event
from libs.contracts.governance import (
    AmendmentMade,
    AmendmentPutToVote,
    AmendmentRefused,
    AmendmentTakenBack,
    AmendmentTakenIn,
    ProposalHeld,
    ProposalRevised,
)
from libs.errors import Problem
from libs.service.aggregates import to_contract
from services.governance.domain.amendment import (
    Amendment,
    AmendmentIsSettled,
    AuthorHasTheWord,
    ChangesNothing,
    check_amends,
)
from services.governance.domain.proposal import (
    AmendmentIsInVote,
    DiscussionIsOver,
    NotTheAuthor,
    NotWhatIsVotedOn,
    Proposal,
    ProposalIsInVote,
    TextHasChanged,
)
from services.governance.domain.wording import Wording
from tests.given import given
from tests.services.governance.domain.test_proposal import (
    ANA,
    BO,
    FIRST,
    HELD,
    IN_VOTE,
    MORNING,
    NOON,
    POLL,
    REVIEW,
    REVISED,
    SECOND,
    made,
)

INSTANT = timedelta(microseconds=1)
PROPOSAL, AMENDMENT = UUID(int=21), UUID(int=22)
MADE = AmendmentMade(
    proposal_id=PROPOSAL, author=BO, of_version=1, **SECOND._asdict(), text_sha256=SECOND.sha256, why="More!"
)
REFUSED = AmendmentRefused(reason="Too many.")
VOTING = AmendmentPutToVote(poll_id=POLL)
TAKEN_IN = AmendmentTakenIn(version_number=2)


def proposal(*facts: Event, **differing: Any) -> Proposal:
    """Ana's proposal, to which *facts* have happened."""
    return given(Proposal, made(**differing), *facts, id=PROPOSAL).aggregate


def what_happened(to: Proposal) -> list[Event]:
    """What was decided on the proposal."""
    return [to_contract(event) for event in to.collect_events()]


ENDED: list[tuple[tuple[Event, ...], type[Problem]]] = [
    ((TAKEN_IN,), AmendmentIsSettled),
    ((AmendmentTakenBack(),), AmendmentIsSettled),
    ((REFUSED, VOTING, AmendmentRefused(reason=None, poll_id=POLL)), AmendmentIsSettled),
    ((REFUSED, VOTING), AmendmentIsInVote),
]


class TestMake:
    @staticmethod
    def check(to: Proposal, wording: Wording = SECOND, **differing: Any) -> None:
        check_amends(to, wording, **{"of_version": 1, "why": None, "now": MORNING, **differing})

    def test_while_it_is_discussed(self) -> None:
        """Until the discussion is over, and to the version that stands."""
        self.check(proposal())
        with pytest.raises(DiscussionIsOver):
            self.check(proposal(), now=NOON)
        with pytest.raises(TextHasChanged):
            self.check(proposal(REVISED), FIRST)

    def test_says_something_else(self) -> None:
        """An amendment that changes nothing is none."""
        with pytest.raises(ChangesNothing):
            self.check(proposal(), FIRST)


class TestTakeIn:
    def test_by_the_author_of_the_proposal(self) -> None:
        """The proposal has a new version that names it."""
        amended = proposal()
        given(Amendment, MADE, id=AMENDMENT).when(Amendment.take_in, amended, by=ANA, now=MORNING).then(TAKEN_IN)

        assert what_happened(amended) == [REVISED.model_copy(update={"amendment_id": AMENDMENT})]

    def test_though_it_was_refused(self) -> None:
        """The author may think again."""
        given(Amendment, MADE, REFUSED).when(Amendment.take_in, proposal(), by=ANA, now=MORNING).then(TAKEN_IN)

    def test_twice_is_once(self) -> None:
        """What was taken in is in, whatever became of the proposal since."""
        amended = proposal(REVISED)
        given(Amendment, MADE, TAKEN_IN).when(Amendment.take_in, amended, by=ANA, now=NOON).then()

        assert what_happened(amended) == []

    def test_by_nobody_else(self) -> None:
        """Not even by who made it."""
        given(Amendment, MADE).when(Amendment.take_in, proposal(), by=BO, now=MORNING).refuses(NotTheAuthor)

    def test_not_into_another_version(self) -> None:
        """It was made for a text that stands no longer; the sentence says to look again."""
        given(Amendment, MADE).when(Amendment.take_in, proposal(REVISED), by=ANA, now=MORNING).refuses(
            TextHasChanged, "read it again"
        )

    def test_not_when_the_discussion_is_over(self) -> None:
        """Then the text stands, unless the group votes otherwise."""
        given(Amendment, MADE).when(Amendment.take_in, proposal(), by=ANA, now=NOON).refuses(DiscussionIsOver)

    def test_not_while_the_group_votes_on_another(self) -> None:
        """The text of the proposal is not the author's to change then."""
        given(Amendment, MADE).when(Amendment.take_in, proposal(HELD), by=ANA, now=MORNING).refuses(AmendmentIsInVote)

    @pytest.mark.parametrize("facts, problem", ENDED[1:])
    def test_not_when_it_is_settled(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """What is over is over, and what the group votes on the group decides."""
        given(Amendment, MADE, *facts).when(Amendment.take_in, proposal(), by=ANA, now=MORNING).refuses(problem)


class TestRefuse:
    def test_with_a_reason(self) -> None:
        """Once; another reason is no other refusal."""
        given(Amendment, MADE).when(Amendment.refuse, "Too many.", proposal=proposal(), by=ANA).then(REFUSED)
        given(Amendment, MADE, REFUSED).when(Amendment.refuse, "Why?", proposal=proposal(), by=ANA).then()

    def test_by_nobody_else(self) -> None:
        """Who made it takes it back; nobody else says no to it but the group."""
        given(Amendment, MADE).when(Amendment.refuse, "No.", proposal=proposal(), by=BO).refuses(NotTheAuthor)

    @pytest.mark.parametrize("facts, problem", ENDED)
    def test_not_when_it_is_settled(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """What is over is over."""
        given(Amendment, MADE, *facts).when(Amendment.refuse, "No.", proposal=proposal(), by=ANA).refuses(problem)


class TestPutToVote:
    def test_when_the_author_refused_it(self) -> None:
        """The group decides then, and the proposal stands still meanwhile."""
        held = proposal()
        given(Amendment, MADE, REFUSED, id=AMENDMENT).when(Amendment.put_to_vote, POLL, held, now=MORNING).then(VOTING)

        assert what_happened(held) == [ProposalHeld(amendment_id=AMENDMENT, poll_id=POLL)]

    def test_when_the_discussion_is_over(self) -> None:
        """What the author left lying; until the last instant the word is theirs."""
        given(Amendment, MADE).when(Amendment.put_to_vote, POLL, proposal(), now=NOON).then(VOTING)
        given(Amendment, MADE).when(Amendment.put_to_vote, POLL, proposal(), now=NOON - INSTANT).refuses(
            AuthorHasTheWord
        )

    def test_not_on_another_version(self) -> None:
        """The group would vote on what nobody proposes."""
        given(Amendment, MADE, REFUSED).when(Amendment.put_to_vote, POLL, proposal(REVISED), now=NOON).refuses(
            TextHasChanged
        )

    def test_not_beside_another_vote(self) -> None:
        """One vote at a time, on the proposal or on one amendment to it."""
        given(Amendment, MADE, REFUSED).when(Amendment.put_to_vote, REVIEW, proposal(HELD), now=NOON).refuses(
            AmendmentIsInVote
        )
        given(Amendment, MADE, REFUSED).when(
            Amendment.put_to_vote, REVIEW, proposal(IN_VOTE, support_needed=0), now=NOON
        ).refuses(ProposalIsInVote)

    @pytest.mark.parametrize("facts, problem", ENDED)
    def test_not_when_it_is_settled(self, facts: tuple[Event, ...], problem: type[Problem]) -> None:
        """Once is enough."""
        given(Amendment, MADE, *facts).when(Amendment.put_to_vote, REVIEW, proposal(), now=NOON).refuses(problem)

    def test_again_where_the_vote_was_cancelled(self) -> None:
        """A cancelled vote decided nothing."""
        amendment = given(Amendment, MADE, REFUSED, VOTING).aggregate
        amendment.look_past_vote()
        amendment.put_to_vote(REVIEW, proposal(), now=NOON)

        assert amendment.poll_id == REVIEW


class TestSettle:
    def test_takes_in_what_passed(self) -> None:
        """The new version and the amendment name the vote, and each other."""
        amended = proposal(HELD)
        given(Amendment, MADE, REFUSED, VOTING, id=AMENDMENT).when(
            Amendment.settle, POLL, amended, is_passed=True
        ).then(AmendmentTakenIn(version_number=2, poll_id=POLL))

        assert what_happened(amended) == [
            ProposalRevised(version_number=2, **SECOND._asdict(), text_sha256=SECOND.sha256, amendment_id=AMENDMENT)
        ]

    def test_refuses_what_did_not(self) -> None:
        """The group said no; the proposal stays as it is."""
        kept = proposal(HELD)
        given(Amendment, MADE, VOTING).when(Amendment.settle, POLL, kept, is_passed=False).then(
            AmendmentRefused(reason=None, poll_id=POLL)
        )

        assert what_happened(kept) == []

    def test_once(self) -> None:
        """Told again, nothing more follows."""
        settled = AmendmentTakenIn(version_number=2, poll_id=POLL)
        given(Amendment, MADE, VOTING, settled).when(Amendment.settle, POLL, proposal(REVISED), is_passed=True).then()

    def test_by_no_other_vote(self) -> None:
        """Only the vote on it settles it."""
        given(Amendment, MADE, VOTING).when(Amendment.settle, REVIEW, proposal(), is_passed=True).refuses(
            NotWhatIsVotedOn
        )


class TestTakeBack:
    def test_by_who_made_it(self) -> None:
        """Once, and nobody else."""
        given(Amendment, MADE).when(Amendment.take_back, by=BO).then(AmendmentTakenBack())
        given(Amendment, MADE, AmendmentTakenBack()).when(Amendment.take_back, by=BO).then()
        given(Amendment, MADE).when(Amendment.take_back, by=ANA).refuses(NotTheAuthor)

    def test_not_while_the_group_votes(self) -> None:
        """Then it is the group's."""
        given(Amendment, MADE, REFUSED, VOTING).when(Amendment.take_back, by=BO).refuses(AmendmentIsInVote)
