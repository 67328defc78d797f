"""What a poll takes for a ballot, by its method and its settings; who audits it; its keys."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import AuditorNamed, PollClosed, PollOpened, PollTerms, Settings
from libs.tally import Ballot
from services.governance.domain.poll import (
    AUDITORS_MAX,
    AuditorsAreMany,
    EverybodyMayRead,
    Poll,
    ReasonGoesWithBlock,
    UncountableBallot,
)
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
GROUP, POLL, ANA = (UUID(int=n) for n in range(1, 4))
KEY = "ab" * 32


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
