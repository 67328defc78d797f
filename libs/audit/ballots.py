"""The ballots that members cast, read one at a time: those that `libs.audit.casts` leaves."""

from typing import NamedTuple
from uuid import UUID

import orjson

from libs.audit.books import Books
from libs.audit.casts import refuse
from libs.audit.polls import Poll
from libs.contracts.governance import BallotCast, BallotReplaced, BallotWithdrawn
from libs.eventlog.log import Recorded


class Line(NamedTuple):
    """A voter's line on the roll: the newest entry of the voter's ballot, None before there is one."""

    position: int | None
    version: int | None


def cast_ballot(books: Books, event: BallotCast, recorded: Recorded) -> None:
    """One ballot for each voter on the roll, at the one address that the poll and the voter have together."""
    poll = books.open_poll(recorded, event.poll_id)
    if poll is None:
        return
    position, voter, address = recorded.position, event.voter, recorded.aggregate_id.bytes
    if recorded.actor != str(voter):
        books.differ(position, "actor", f"The ballot of the voter {voter} was cast by {recorded.actor}.", poll.id)
    if address != poll.address(str(voter)):
        text = f"A ballot of the voter {voter} stands at an address that is not this voter's; it is not counted."
        books.differ(position, "address", text, poll.id)
    elif (line := _line(books, poll, voter.bytes)) is None or line.position is not None:
        refuse(books, position, poll.id, voter, is_second=line is not None)
    else:
        _move_on(books, poll, recorded, voter.bytes, line)
        _put(books, poll, recorded, voter.bytes, event)


def replace_ballot(books: Books, event: BallotReplaced, recorded: Recorded) -> None:
    """What a voter chose last is what counts."""
    if poll := _poll_of(books, recorded):
        voter = _take_back(books, poll, recorded, "replaced")
        _put(books, poll, recorded, voter, event)


def withdraw_ballot(books: Books, _: BallotWithdrawn, recorded: Recorded) -> None:
    """A ballot that was taken back counts for nothing."""
    if poll := _poll_of(books, recorded):
        voter = _take_back(books, poll, recorded, "withdrawn")
        books.db.execute(
            "INSERT INTO ballot VALUES (?, ?, ?, NULL, NULL, NULL, 'withdrawal', FALSE)",
            (poll.number, recorded.position, voter),
        )


def _put(books: Books, poll: Poll, recorded: Recorded, voter: bytes, event: BallotCast | BallotReplaced) -> None:
    choices = orjson.dumps(event.choices).decode()
    marks = orjson.dumps(event.marks).decode() if event.marks else None
    if recorded.key_id != poll.ballots_key_id:
        books.differ(recorded.position, "sealed", "A ballot is not sealed as its poll's opening says.", poll.id)
    if (event.reason is not None) != (poll.offers_block and "block" in event.choices):
        text = "A ballot blocks without a reason, or gives one without blocking; it is counted."
        books.differ(recorded.position, "reason", text, poll.id)
    complaint = poll.complaint(choices, marks)
    if complaint:
        books.differ(recorded.position, "ballot", f"The ballot cannot be counted: {complaint}", poll.id)
    standing, is_after_time = "invalid" if complaint else "counts", recorded.decided_at >= poll.closes_at
    row = poll.number, recorded.position, voter, choices, marks, event.reason, standing, is_after_time
    books.db.execute("INSERT INTO ballot VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _line(books: Books, poll: Poll, voter: bytes) -> Line | None:
    row = books.db.execute(
        "SELECT position, version FROM roll WHERE voter = ? AND poll = ?", (voter, poll.number)
    ).fetchone()
    return Line(*row) if row else None


def _move_on(books: Books, poll: Poll, recorded: Recorded, voter: bytes, line: Line) -> None:
    """Let the voter's newest entry be this one."""
    expected = (line.version or 0) + 1
    if recorded.version != expected:
        text = (
            f"The ballot is at version {recorded.version} where {expected} must follow: an entry is missing or twice."
        )
        books.differ(recorded.position, "version", text, poll.id)
    books.db.execute(
        "UPDATE roll SET position = ?, version = ? WHERE voter = ? AND poll = ?",
        (recorded.position, recorded.version, voter, poll.number),
    )


def _poll_of(books: Books, recorded: Recorded) -> Poll | None:
    """
    Return the open poll that a changed ballot is one of.

    The entry does not name it; but it names the group and, as its actor, the voter, and its address is made of both.
    """
    name = type(recorded.event).__name__
    address = recorded.aggregate_id.bytes
    polls = [
        poll
        for poll in books.polls_of_voter(recorded.actor)
        if poll.opened.group_id == recorded.group_id and poll.address(recorded.actor) == address
    ]
    if not polls:
        text = f"{name} is by {recorded.actor}, who has no such ballot in any poll of the group."
        books.differ(recorded.position, "no-ballot", text)
        return None
    poll = polls[0]
    if not poll.is_open:
        books.add_late(poll, recorded)
        return None
    line = _line(books, poll, UUID(recorded.actor).bytes)
    if line is None or line.position is None:
        text = f"{name} changes a ballot of the voter {recorded.actor} that was never cast; it is not counted."
        books.differ(recorded.position, "no-ballot", text, poll.id)
        return None
    return poll


def _take_back(books: Books, poll: Poll, recorded: Recorded, standing: str) -> bytes:
    """Let the newest entry of the voter's ballot, which is *standing* from now on, be followed; return the voter."""
    voter = UUID(recorded.actor).bytes
    line = _line(books, poll, voter)
    assert line is not None
    # One that could not be counted, or was a withdrawal, stays what it is.
    books.db.execute(
        "UPDATE ballot SET standing = ? WHERE poll = ? AND position = ? AND standing = 'counts'",
        (standing, poll.number, line.position),
    )
    _move_on(books, poll, recorded, voter, line)
    return voter
