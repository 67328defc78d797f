"""
What a poll decided, with every round of its count.

The rounds of a large ranking are longer than one entry of the log, so they stand in parts before the result; its
digest is over the whole outcome, and whoever counts again must come to the same.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import CountedOutcome, Method, Round, Verdict
from libs.errors import Conflict, Unprocessable

PART_BYTES_MAX = 38_000
"""Of rounds in one entry of the log, which may have to be sealed."""


class ReviewIsPast(Unprocessable):
    """A review is planned for a day to come."""


class ReviewIsNotDue(Conflict):
    """The day of the review has not come."""


class ResultPart(Aggregate):
    """Some rounds of a count."""

    is_settled = True

    @staticmethod
    def create_id(poll_id: UUID, part: int) -> UUID:
        """Return the address of the part."""
        return uuid5(poll_id, f"result {part}")

    @event("RoundsCounted")
    def __init__(self, poll_id: UUID, part: int, rounds: tuple[Round, ...]) -> None:
        self.poll_id = poll_id
        self.part = part
        self.rounds = rounds


class Result(Aggregate):
    """What a poll decided."""

    @staticmethod
    def create_id(poll_id: UUID) -> UUID:
        """Return the one address of the poll's result."""
        return uuid5(poll_id, "result")

    @event("ResultDeclared")
    def __init__(
        self,
        *,
        poll_id: UUID,
        method: Method,
        closed_position: int,
        seed: str,
        voters_count: int,
        ballots_count: int,
        paper_ballots_count: int,
        blank_count: int,
        winners: tuple[str, ...],
        rounds_count: int,
        parts_count: int,
        outcome_sha256: str,
        ballots_sha256: str,
        unit: int,
        quota: int | None,
        ranking: tuple[tuple[int, ...], ...],
        verdict: Verdict | None,
        delegated_count: int,
        delegation_parts_count: int,
    ) -> None:
        self.poll_id = poll_id
        self.method = method
        self.closed_position = closed_position
        self.seed = seed
        self.voters_count = voters_count
        self.ballots_count = ballots_count
        self.paper_ballots_count = paper_ballots_count
        self.blank_count = blank_count
        self.winners = winners
        self.rounds_count = rounds_count
        self.parts_count = parts_count
        self.outcome_sha256 = outcome_sha256
        self.ballots_sha256 = ballots_sha256
        self.unit = unit
        self.quota = quota
        self.ranking = ranking
        self.verdict = verdict
        self.delegated_count = delegated_count
        self.delegation_parts_count = delegation_parts_count
        self.review_on: date | None = None
        self.has_review_fallen_due = False

    @property
    def declared_at(self) -> datetime:
        """When it was declared."""
        return self.created_on

    def plan_review(self, review_on: date, *, now: datetime) -> None:
        """
        Look again at what was decided on that day; the same day again is nothing new.

        Raises:
            ReviewIsPast: The day is not still to come.
        """
        if review_on == self.review_on:
            return
        if review_on <= now.date():
            raise ReviewIsPast("What was decided is looked at again on a day to come.")
        self._plan_review(review_on)

    def fall_due(self, review_on: date, *, now: datetime) -> None:
        """
        Note that the day has come, once; of a day that is planned no longer nothing is noted.

        Raises:
            ReviewIsNotDue: It has not.
        """
        if now.date() < review_on:
            raise ReviewIsNotDue(f"The review is planned for {review_on}.")
        if review_on == self.review_on and not self.has_review_fallen_due:
            self._fall_due(review_on)

    @event("ReviewPlanned")
    def _plan_review(self, review_on: date) -> None:
        self.review_on = review_on
        self.has_review_fallen_due = False

    @event("ReviewFellDue")
    def _fall_due(self, review_on: date) -> None:  # noqa: ARG002 - told to readers
        self.has_review_fallen_due = True


def split(poll_id: UUID, rounds: Sequence[Round]) -> list[ResultPart]:
    """Return the rounds in parts, each of which fits into one entry of the log."""
    parts: list[list[Round]] = [[]]
    size = 0
    for round_ in rounds:
        round_size = len(round_.model_dump_json()) + 1
        if parts[-1] and size + round_size > PART_BYTES_MAX:
            parts.append([])
            size = 0
        parts[-1].append(round_)
        size += round_size
    return [ResultPart(poll_id=poll_id, part=part, rounds=tuple(some)) for part, some in enumerate(parts)]


def has_passed(result: Result) -> bool:
    """Whether something was decided: by consent a yes, by the other methods a winner, and all that the rules ask."""
    if result.method == "consent":
        return result.winners == ("yes",)
    return bool(result.winners) and (result.verdict is None or result.verdict.is_passed)


def outcome_sha256(outcome: CountedOutcome) -> str:
    """Return the SHA-256 of the outcome as canonical JSON."""
    plain = outcome.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
