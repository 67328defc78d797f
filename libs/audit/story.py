"""One poll, told to its end: what the report of an audit shows beyond figures, row by row from the books."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from libs.audit.books import Books
from libs.audit.polls import Poll, ballot
from libs.tally import Ballot


class BallotLine(NamedTuple):
    """
    An entry of a voter's ballot.

    *standing* is `counts`, or why it does not: `replaced` (by a later one), `withdrawn`, `withdrawal` (the entry that
    took it back, *ballot* is None), `invalid`.
    """

    position: int
    voter: UUID
    ballot: Ballot | None
    reason: str | None
    standing: str


class PaperBatch(NamedTuple):
    """Ballots on paper that a steward, *actor*, entered together; *struck_position* is where they were taken back."""

    position: int
    actor: str
    ballots_count: int
    struck_position: int | None


class TextLine(NamedTuple):
    """
    A version of the text that the poll is about, as it stood at the opening; an amendment has none, and is number 0.

    *is_voted_on* is the one that the opening names, by its hash.
    """

    version_number: int
    position: int
    title: str
    text: str
    text_sha256: str
    is_voted_on: bool


class DelegationLine(NamedTuple):
    """A vote that *delegator* entrusted to *delegate* for this poll alone, at entry *since* until entry *until*."""

    since: int
    until: int | None
    delegator: UUID
    delegate: UUID


class CarriedLine(NamedTuple):
    """What became of the vote of somebody who delegated it and cast no ballot: *carrier* cast it, or it is *lost*."""

    voter: UUID
    carrier: UUID | None
    lost: str | None


class Story:
    """The rows of a *poll* in the *books*; each is read anew, and none is kept."""

    def __init__(self, books: Books, poll: Poll) -> None:
        self._db = books.db
        self._number = poll.number
        self._poll_id = poll.id
        self.opened = poll.opened
        self.opened_at = poll.opened_at

    def texts(self) -> Iterator[TextLine]:
        """Yield what is voted on, and the versions of the text before it, the newest first; none without a proposal."""
        about = self.opened.terms.proposal
        if about is None:
            return
        of_proposal = about.proposal_id.bytes, about.version_number - (about.amendment_id is not None)
        amendment = about.amendment_id.bytes if about.amendment_id else None
        for row in self._db.execute(
            "SELECT version_number, position, title, text, text_sha256, text_sha256 = ? AND (text_id = ? OR ? IS NULL)"
            " FROM text WHERE text_id = ? OR text_id = ? AND version_number <= ?"
            " ORDER BY text_id = ? DESC, version_number DESC",
            (about.text_sha256, amendment, amendment, amendment, *of_proposal, amendment),
        ):
            number, position, title, text, digest, is_voted_on = row
            yield TextLine(number, position, title, text, digest, bool(is_voted_on))

    def delegations(self) -> Iterator[DelegationLine]:
        """Yield the delegations that were given for this poll alone, in the order of the log."""
        for since, until, delegator, delegate in self._db.execute(
            "SELECT since, until, delegator, delegate FROM delegation"
            " WHERE group_id = ? AND poll_id = ? ORDER BY since",
            (self.opened.group_id.bytes, self._poll_id.bytes),
        ):
            yield DelegationLine(since, until, UUID(bytes=delegator), UUID(bytes=delegate))

    def carried(self) -> Iterator[CarriedLine]:
        """Yield what became of every delegated vote at the count, of wider delegations too, in the order of voters."""
        for voter, carrier, lost in self._db.execute(
            "SELECT voter, carrier, lost FROM carried WHERE poll = ? ORDER BY voter", (self._number,)
        ):
            yield CarriedLine(UUID(bytes=voter), UUID(bytes=carrier) if carrier else None, lost)

    def ballots(self) -> Iterator[BallotLine]:
        """Yield every entry of every ballot, in the order of the log."""
        for position, voter, choices, marks, reason, standing in self._db.execute(
            "SELECT position, voter, choices, marks, reason, standing FROM ballot WHERE poll = ? ORDER BY position",
            (self._number,),
        ):
            said = ballot(choices, marks) if choices is not None else None
            yield BallotLine(position, UUID(bytes=voter), said, reason, standing)

    def ballot_lines_count(self) -> int:
        """Return how many `ballots` yields."""
        return self._count("SELECT count(*) FROM ballot WHERE poll = ?")

    def silent_voters(self) -> Iterator[UUID]:
        """Yield those on the roll who cast no ballot, in ascending order."""
        for (voter,) in self._db.execute(
            "SELECT voter FROM roll WHERE poll = ? AND position IS NULL ORDER BY voter", (self._number,)
        ):
            yield UUID(bytes=voter)

    def silent_voters_count(self) -> int:
        """Return how many `silent_voters` yields."""
        return self._count("SELECT count(*) FROM roll WHERE poll = ? AND position IS NULL")

    def batches(self) -> Iterator[PaperBatch]:
        """Yield the batches of paper ballots, in the order of the log."""
        for row in self._db.execute(
            "SELECT position, actor, ballots_count, struck_position FROM batch WHERE poll = ? ORDER BY position",
            (self._number,),
        ):
            yield PaperBatch(*row)

    def paper_ballots(self) -> Iterator[tuple[int, Ballot]]:
        """Yield the paper ballots that count, each with its number in its batch."""
        for number, choices, marks in self._db.execute(
            "SELECT number, choices, marks FROM batch JOIN paper_ballot USING (poll, batch_id)"
            " WHERE poll = ? AND struck_position IS NULL ORDER BY position, number",
            (self._number,),
        ):
            yield number, ballot(choices, marks)

    def _count(self, statement: str) -> int:
        return int(self._db.execute(statement, (self._number,)).fetchone()[0])
