"""What a poll takes for a ballot; who audits it; its keys; how it is cancelled, reminded of, its roll disputed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import (
    AuditorNamed,
    PollCancelled,
    PollClosed,
    PollOpened,
    PollTerms,
    RollDisputed,
    Settings,
    VotersReminded,
)
from libs.tally import Ballot
from libs.tally.ballot import BLANK
from services.governance.domain.poll import (
    AUDITORS_MAX,
    SEALED_TEXT_BYTES_MAX,
    TEXT_BYTES_MAX,
    AuditorsAreMany,
    EverybodyMayRead,
    Poll,
    PollIsCancelled,
    PollIsClosed,
    PollIsTooLong,
    ReasonGoesWithBlock,
    RollIsDisputed,
    RollIsSettled,
    UncountableBallot,
    check_question,
)
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
INSTANT = timedelta(microseconds=1)
GROUP, POLL, ANA, BO = (UUID(int=n) for n in range(1, 5))
KEY = "ab" * 32
CLOSED = PollClosed(is_early=False)
CANCELLED = PollCancelled(reason="an option is missing")


def opened(method: Any = "approval", **terms: Any) -> PollOpened:
    """A poll on these terms that is open until noon."""
    consent = ("yes", "no", "abstain", "block")
    return PollOpened(
        group_id=GROUP,
        question="What becomes of the field?",
        explanation=None,
        method=method,
        options=consent if method == "consent" else ("orchard", "playground", "wild"),
        closes_at=NOON,
        may_close_early=False,
        allows_paper=True,
        voters_count=2,
        parts_count=1,
        roll_sha256="0" * 64,
        terms=PollTerms(**terms),
    )


class TestAccepts:
    @pytest.mark.parametrize(
        "method, settings, good, bad",
        [
            ("score", Settings(score_max=5), (("wild",), (5,)), (("wild",), (6,))),
            ("score", Settings(score_max=5), ((), ()), (("wild",), ())),
            ("judgment", Settings(grades=("good", "bad")), (("wild",), (1,)), (("wild",), (2,))),
            ("dots", Settings(budget=5), (("wild", "orchard"), (4, 1)), (("wild", "orchard"), (4, 2))),
            ("date", Settings(), (("wild",), (2,)), (("wild",), (3,))),
            ("schulze", Settings(), (("wild", "orchard"), (1, 1)), (("wild", "orchard"), (2, 1))),
            ("stv", Settings(seats=2), (("wild", "orchard"), ()), (("wild", "orchard"), (1, 2))),
            ("budget", Settings(budget=3, costs=(1, 1, 1)), (("wild",), ()), (("tame",), ())),
            ("approval", Settings(), (("wild",), ()), (("wild",), (1,))),
        ],
    )
    def test_marks_as_the_method_asks(self, method: Any, settings: Settings, good: Any, bad: Any) -> None:
        """A ballot marks its options as the poll's settings say, on paper as elsewhere."""
        poll = given(Poll, opened(method, settings=settings)).aggregate

        poll.check_accepts(Ballot(*good), now=MORNING)
        poll.check_accepts_paper([Ballot(*good)], now=MORNING)
        with pytest.raises(UncountableBallot):
            poll.check_accepts(Ballot(*bad), now=MORNING)
        with pytest.raises(UncountableBallot, match=r"^Ballot 2"):
            poll.check_accepts_paper([Ballot(*good), Ballot(*bad)], now=MORNING)

    def test_a_block_with_its_reason(self) -> None:
        """Who blocks says why, and nobody else gives a reason."""
        poll = given(Poll, opened("consent")).aggregate

        poll.check_accepts(Ballot(("block",)), "The well would run dry.", now=MORNING)
        poll.check_accepts(Ballot(("no",)), now=MORNING)
        for choices, reason in ((("block",), None), (("no",), "I do not like it."), ((), "Hm.")):
            with pytest.raises(ReasonGoesWithBlock):
                poll.check_accepts(Ballot(choices), reason, now=MORNING)

    def test_an_option_that_is_called_block(self) -> None:
        """Where a poll is not by consent, block is a word like any other."""
        words = opened().model_copy(update={"options": ("block", "house")})
        poll = given(Poll, words).aggregate

        poll.check_accepts(Ballot(("block",)), now=MORNING)


class TestKeys:
    @pytest.mark.parametrize(
        "terms, has_key, has_ballots_key, is_published",
        [
            ({}, False, False, False),
            ({"results": "hidden"}, False, True, True),
            ({"audience": "group"}, True, True, False),
            ({"audience": "group", "results": "hidden"}, True, True, False),
        ],
    )
    def test_are_the_poll_s_own(self, terms: Any, has_key: bool, has_ballots_key: bool, is_published: bool) -> None:
        """Hidden ballots are sealed until the close publishes their key; what is the group's stays so."""
        poll = given(Poll, opened(**terms), id=POLL)

        assert poll.aggregate.key_id == (POLL if has_key else None)
        assert poll.aggregate.ballots_key_id == (POLL if has_ballots_key else None)
        poll.when(Poll.close, now=NOON, key=KEY).then(PollClosed(is_early=False, key=KEY if is_published else None))


class TestNameAuditor:
    def test_of_a_poll_of_the_group_alone(self) -> None:
        """Whoever is named may read it; named twice is named once."""
        named = AuditorNamed(auditor_id=ANA)
        given(Poll, opened(audience="group")).when(Poll.name_auditor, ANA).then(named)
        given(Poll, opened(audience="group"), named).when(Poll.name_auditor, ANA).then()

    def test_not_where_everybody_may_read(self) -> None:
        """A public poll is audited by whoever likes to."""
        given(Poll, opened()).when(Poll.name_auditor, ANA).refuses(EverybodyMayRead)

    def test_not_without_end(self) -> None:
        """As many as a poll takes; who is named already may be named again."""
        named = [AuditorNamed(auditor_id=UUID(int=100 + n)) for n in range(AUDITORS_MAX)]
        full = given(Poll, opened(audience="group"), *named)
        full.when(Poll.name_auditor, ANA).refuses(AuditorsAreMany)
        full.when(Poll.name_auditor, UUID(int=100)).then()


class TestCancel:
    def test_takes_an_open_poll_back(self) -> None:
        """Until its last instant, with the reason."""
        given(Poll, opened()).when(Poll.cancel, CANCELLED.reason, now=NOON - INSTANT).then(CANCELLED)

    def test_once(self) -> None:
        """What is cancelled stays so, for the reason that was given first, whenever it is asked again."""
        given(Poll, opened(), CANCELLED).when(Poll.cancel, "another", now=MORNING).then()
        given(Poll, opened(), CANCELLED).when(Poll.cancel, "another", now=NOON).then()

    def test_never_a_closed_one(self) -> None:
        """At its time, or closed early, a poll has its ballots, and they count."""
        given(Poll, opened()).when(Poll.cancel, "late", now=NOON).refuses(PollIsClosed)
        given(Poll, opened(), PollClosed(is_early=True)).when(Poll.cancel, "late", now=MORNING).refuses(PollIsClosed)

    def test_ends_voting(self) -> None:
        """No ballot is taken behind it, nor paper; the refusal says what happened."""
        poll = given(Poll, opened(), CANCELLED).aggregate

        with pytest.raises(PollIsCancelled, match="cancelled"):
            poll.check_accepts(Ballot(("wild",)), now=MORNING)
        with pytest.raises(PollIsCancelled):
            poll.check_accepts_paper([BLANK], now=MORNING)

    def test_is_no_close(self) -> None:
        """A cancelled poll is never closed, by the clock or by hand, so it never has a result."""
        given(Poll, opened(), CANCELLED).when(Poll.close, now=NOON).refuses(PollIsCancelled)
        given(Poll, opened(), CANCELLED).when(Poll.close, now=MORNING).refuses(PollIsCancelled)


class TestRemind:
    at = NOON - timedelta(hours=1)

    def test_at_its_time(self) -> None:
        """Not an instant before, and until the last instant of the poll."""
        poll = opened(remind_at=self.at)
        given(Poll, poll).when(Poll.remind, now=self.at - INSTANT).then()
        given(Poll, poll).when(Poll.remind, now=self.at).then(VotersReminded())
        given(Poll, poll).when(Poll.remind, now=NOON - INSTANT).then(VotersReminded())

    def test_once(self) -> None:
        """Nobody is reminded twice of a poll."""
        given(Poll, opened(remind_at=self.at), VotersReminded()).when(Poll.remind, now=self.at).then()

    def test_not_of_what_is_over(self) -> None:
        """A poll that takes no more ballots waits for nobody."""
        poll = opened(remind_at=self.at)
        given(Poll, poll).when(Poll.remind, now=NOON).refuses(PollIsClosed)
        given(Poll, poll, CLOSED).when(Poll.remind, now=self.at).refuses(PollIsClosed)
        given(Poll, poll, CANCELLED).when(Poll.remind, now=self.at).refuses(PollIsCancelled)

    def test_not_where_the_opening_names_no_time(self) -> None:
        """Polls of old remind nobody."""
        given(Poll, opened()).when(Poll.remind, now=self.at).then()


class TestDisputeRoll:
    disputed = RollDisputed(disputant=ANA, reason="Bo is missing.")

    def test_is_noted(self) -> None:
        """While the poll is open, and closed without a result yet."""
        given(Poll, opened()).when(Poll.dispute_roll, ANA, "Bo is missing.", now=MORNING).then(self.disputed)
        given(Poll, opened(), CLOSED).when(Poll.dispute_roll, ANA, "Bo is missing.", now=NOON).then(self.disputed)

    def test_by_each_member_once(self) -> None:
        """The same again is nothing new, another reason is refused, another member is heard."""
        past = given(Poll, opened(), self.disputed)
        past.when(Poll.dispute_roll, ANA, "Bo is missing.", now=MORNING).then()
        given(Poll, opened(), self.disputed).when(Poll.dispute_roll, ANA, "No!", now=MORNING).refuses(RollIsDisputed)
        given(Poll, opened(), self.disputed).when(Poll.dispute_roll, BO, "No!", now=MORNING).then(
            RollDisputed(disputant=BO, reason="No!")
        )

    def test_until_objections_are_over(self) -> None:
        """The last instant is in time; saying the same again is answered ever after."""
        until = NOON + timedelta(days=14)
        past = (opened(), CLOSED)
        given(Poll, *past).when(Poll.dispute_roll, ANA, "Bo is missing.", now=until - INSTANT, until=until).then(
            self.disputed
        )
        given(Poll, *past).when(Poll.dispute_roll, ANA, "late", now=until, until=until).refuses(RollIsSettled)
        given(Poll, *past, self.disputed).when(Poll.dispute_roll, ANA, "Bo is missing.", now=until, until=until).then()

    def test_changes_nothing(self) -> None:
        """Voting goes on by the roll as it is."""
        given(Poll, opened(), self.disputed).aggregate.check_accepts(Ballot(("wild",)), now=MORNING)

    def test_of_a_cancelled_poll_is_idle(self) -> None:
        """Nothing in it counts anyway."""
        given(Poll, opened(), CANCELLED).when(Poll.dispute_roll, ANA, "no", now=MORNING).refuses(PollIsCancelled)


@pytest.mark.parametrize(
    "terms, most", [(PollTerms(), TEXT_BYTES_MAX), (PollTerms(key_sha256="0" * 64), SEALED_TEXT_BYTES_MAX)]
)
def test_a_sealed_poll_is_shorter(terms: PollTerms, most: int) -> None:
    """A sealed entry is longer than what it says, and the log takes the same; terms count as options do."""

    def check(size: int, terms: PollTerms = terms) -> None:
        options = tuple(f"{n:02}" + "x" * (size // 100) for n in range(100))
        check_question("What?", None, options, closes_at=NOON, now=MORNING, terms=terms)

    check(most - 1000)
    with pytest.raises(PollIsTooLong, match=f"{most} fit"):
        check(most)
    graded = terms.model_copy(update={"settings": Settings(grades=tuple(f"{n:02}" * 50 for n in range(10)))})
    with pytest.raises(PollIsTooLong):
        check(most - 1000, graded)
