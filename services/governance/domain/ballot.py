"""One voter's ballot in one poll: cast, replaced, withdrawn, for as long as the poll is open."""

from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.errors import NotFound


class NoBallotYet(NotFound):
    """The voter has no ballot in the poll."""


class Ballot(Aggregate):
    """
    What a voter chose in a poll; *choices* is None while it is withdrawn.

    Its address is made of the poll and the voter: a second ballot of the same voter would have the same, and the log
    refuses to write version 1 twice.
    """

    is_long = True  # a voter may change often while the poll is open

    @staticmethod
    def create_id(poll_id: UUID, voter: UUID) -> UUID:
        """Return the one address of the voter's ballot in the poll."""
        return uuid5(poll_id, str(voter))

    @event("BallotCast")
    def __init__(
        self, poll_id: UUID, voter: UUID, choices: tuple[str, ...], marks: tuple[int, ...], reason: str | None
    ) -> None:
        self.poll_id = poll_id
        self.voter = voter
        self.choices: tuple[str, ...] | None = choices
        self.marks = marks
        self.reason = reason

    def change(self, choices: tuple[str, ...], marks: tuple[int, ...] = (), reason: str | None = None) -> None:
        """Choose anew; the same again is nothing new."""
        if (choices, marks, reason) != (self.choices, self.marks, self.reason):
            self._replace(choices, marks, reason)

    def withdraw(self) -> None:
        """Take the ballot back; what is withdrawn stays so."""
        if self.choices is not None:
            self._withdraw()

    @event("BallotReplaced")
    def _replace(self, choices: tuple[str, ...], marks: tuple[int, ...], reason: str | None) -> None:
        self.choices = choices
        self.marks = marks
        self.reason = reason

    @event("BallotWithdrawn")
    def _withdraw(self) -> None:
        self.choices = None
