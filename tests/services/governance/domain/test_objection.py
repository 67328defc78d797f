"""Until when a result may be objected to, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from libs.contracts.governance import CustomsSet, ObjectionRaised, ResultRecounted, ReviewVoteOpened
from services.governance.domain.customs import Customs
from services.governance.domain.objection import ObjectedAlready, Objection, ObjectionsAreOver, check_in_time
from tests.given import LONG_AGO, given

POLL, BO, REVIEW, GROUP = (UUID(int=n) for n in range(11, 15))
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
RAISED = ObjectionRaised(poll_id=POLL, objector=BO, reason="Paper is missing.", remedy="recount")
RECOUNTED = ResultRecounted(outcome_sha256="1" * 64, ballots_sha256="2" * 64, agrees=True)


def test_has_one_address_for_each_remedy() -> None:
    """A voter asks once for a recount and once for another vote."""
    ids = {Objection.create_id(POLL, BO, "recount"), Objection.create_id(POLL, BO, "review")}
    assert len(ids | {Objection.create_id(POLL, GROUP, "recount"), Objection.create_id(POLL, BO, "recount")}) == 3


def test_the_last_instant_is_in_time() -> None:
    """A moment later is too late, and the sentence says until when it was possible."""
    check_in_time(NOON, days=14, now=NOON + timedelta(days=14))
    with pytest.raises(ObjectionsAreOver, match="2030-06-15 12:00"):
        check_in_time(NOON, days=14, now=NOON + timedelta(days=14) + INSTANT)


def test_customs_count_for_what_comes_behind_them() -> None:
    """Stewards cannot cut off objections to a result that is there already."""
    fewer = CustomsSet(group_id=GROUP, audience="everyone", delegations="public", carry_max=None, objection_days=0)
    customs = given(Customs, fewer, id=Customs.create_id(GROUP)).aggregate

    assert customs.objection_days_at(LONG_AGO - INSTANT) == 14
    assert customs.objection_days_at(LONG_AGO) == 0
    assert Customs.before_any(GROUP).objection_days_at(NOON) == 14


def test_a_recount_is_noted_once() -> None:
    """Every replica finds the same."""
    digests = {"outcome_sha256": "1" * 64, "ballots_sha256": "2" * 64}
    given(Objection, RAISED).when(Objection.recount, **digests, agrees=True).then(RECOUNTED)
    given(Objection, RAISED, RECOUNTED).when(Objection.recount, **digests, agrees=True).then()


def test_a_review_names_its_poll() -> None:
    """The new vote stands before the entry."""
    given(Objection, RAISED).when(Objection.open_review, REVIEW).then(ReviewVoteOpened(review_poll_id=REVIEW))


def test_another_reason_is_no_other_objection() -> None:
    """The same is there already; another is refused rather than lost."""
    given(Objection, RAISED).when(Objection.check_is_same, "Paper is missing.").then()
    given(Objection, RAISED).when(Objection.check_is_same, "I lost.").refuses(ObjectedAlready)
