"""
That somebody on the roll does not accept a result, and what is done about it.

Its address is made of poll, voter and remedy: whoever asks for a recount asks once, and may ask for another vote too.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Remedy
from libs.errors import Conflict


class ObjectionsAreOver(Conflict):
    """The time in which the result could be objected to is over."""


class ObjectedAlready(Conflict):
    """The voter has asked for this before, for another reason."""


class ReviewWasHeld(Conflict):
    """A result is voted on again once, and the new vote's result is not."""


class Objection(Aggregate):
    """A voter's objection to a result."""

    key_id: UUID | None = None
    """The poll's, whose secrets are in it; set by who loads it."""

    @staticmethod
    def create_id(poll_id: UUID, objector: UUID, remedy: Remedy) -> UUID:
        """Return the one address of what this voter asks for."""
        return uuid5(poll_id, f"objection {objector} {remedy}")

    @event("ObjectionRaised")
    def __init__(self, poll_id: UUID, objector: UUID, reason: str, remedy: Remedy) -> None:
        self.poll_id = poll_id
        self.objector = objector
        self.reason = reason
        self.remedy: Remedy = remedy
        self.is_recounted = False
        self.agrees: bool | None = None
        self.review_poll_id: UUID | None = None

    def check_is_same(self, reason: str) -> None:
        """
        Raises:
            ObjectedAlready: It was raised for another reason.
        """
        if reason != self.reason:
            raise ObjectedAlready("You have objected to this result already, and said why.")

    def recount(self, *, outcome_sha256: str, ballots_sha256: str, agrees: bool) -> None:
        """Note what a recount gave, once."""
        if not self.is_recounted:
            self._recount(outcome_sha256, ballots_sha256, agrees)

    def open_review(self, review_poll_id: UUID) -> None:
        """Have the group vote again."""
        self._open_review(review_poll_id)

    @event("ResultRecounted")
    def _recount(self, outcome_sha256: str, ballots_sha256: str, agrees: bool) -> None:
        self.is_recounted = True
        self.recount_digests = (outcome_sha256, ballots_sha256)
        self.agrees = agrees

    @event("ReviewVoteOpened")
    def _open_review(self, review_poll_id: UUID) -> None:
        self.review_poll_id = review_poll_id


def check_in_time(declared_at: datetime, *, days: int, now: datetime) -> None:
    """
    Raises:
        ObjectionsAreOver: More than *days* have gone by since the declaration.
    """
    until = declared_at + timedelta(days=days)
    if now > until:
        raise ObjectionsAreOver(f"This result could be objected to until {until:%Y-%m-%d %H:%M} UTC.")
