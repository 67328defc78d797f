"""Whether something was decided, and when the group looks at it again."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import Method, ResultDeclared, ReviewFellDue, ReviewPlanned, Verdict
from services.governance.domain.result import Result, ReviewIsNotDue, ReviewIsPast, has_passed
from tests.given import given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
JULY, AUGUST = date(2030, 7, 1), date(2030, 8, 1)
IN_JULY = datetime(2030, 7, 1, tzinfo=UTC)
PLANNED = ReviewPlanned(review_on=JULY)


def declared(**differing: Any) -> ResultDeclared:
    """A result by single choice."""
    return ResultDeclared(
        **{
            "poll_id": UUID(int=11),
            "method": "single",
            "closed_position": 7,
            "seed": "0" * 64,
            "voters_count": 3,
            "ballots_count": 2,
            "paper_ballots_count": 0,
            "blank_count": 0,
            "winners": ("wild",),
            "rounds_count": 1,
            "parts_count": 1,
            "outcome_sha256": "1" * 64,
            "ballots_sha256": "2" * 64,
            **differing,
        }
    )


def verdict(*, is_passed: bool) -> Verdict:
    """What the rules said."""
    return Verdict(
        quorum_needed=1, quorum_is_met=is_passed, support=1, support_needed=1, blocks_count=0, is_passed=is_passed
    )


@pytest.mark.parametrize(
    "method, winners, rules_met, passed",
    [
        ("consent", ("yes",), None, True),
        ("consent", ("no",), None, False),
        ("consent", ("yes",), True, True),
        ("single", ("wild",), None, True),
        ("single", (), None, False),
        ("single", ("wild",), True, True),
        ("single", ("wild",), False, False),
    ],
)
def test_what_is_decided(method: Method, winners: tuple[str, ...], *, rules_met: bool | None, passed: bool) -> None:
    """By consent a yes; otherwise a winner, if the rules were met that the poll was opened with."""
    rules = None if rules_met is None else verdict(is_passed=rules_met)
    assert has_passed(given(Result, declared(method=method, winners=winners, verdict=rules)).aggregate) == passed


class TestReview:
    def test_is_planned_for_a_day_to_come(self) -> None:
        """The same day again is nothing new; today is too late."""
        given(Result, declared()).when(Result.plan_review, JULY, now=NOON).then(PLANNED)
        given(Result, declared(), PLANNED).when(Result.plan_review, JULY, now=NOON).then()
        given(Result, declared()).when(Result.plan_review, NOON.date(), now=NOON).refuses(ReviewIsPast)

    def test_falls_due_once(self) -> None:
        """On the day, not before it, and not for a day that was given up."""
        due = ReviewFellDue(review_on=JULY)
        given(Result, declared(), PLANNED).when(Result.fall_due, JULY, now=IN_JULY).then(due)
        given(Result, declared(), PLANNED, due).when(Result.fall_due, JULY, now=IN_JULY).then()
        given(Result, declared(), PLANNED).when(Result.fall_due, JULY, now=NOON).refuses(ReviewIsNotDue)
        later = ReviewPlanned(review_on=AUGUST)
        given(Result, declared(), PLANNED, later).when(Result.fall_due, JULY, now=IN_JULY).then()

    def test_may_be_planned_again(self) -> None:
        """After one look back there may be another."""
        due, later = ReviewFellDue(review_on=JULY), ReviewPlanned(review_on=AUGUST)
        given(Result, declared(), PLANNED, due).when(Result.plan_review, AUGUST, now=IN_JULY).then(later)
