"""The ballots that members cast."""

from libs.audit.books import Books, Poll
from libs.contracts.governance import BallotCast, BallotReplaced, BallotWithdrawn
from libs.eventlog.log import Recorded
from libs.tally import Ballot


def cast_ballot(books: Books, event: BallotCast, recorded: Recorded) -> None:
    """One ballot for each voter on the roll, at the one address that the poll and the voter have together."""
    poll = books.open_poll(recorded, event.poll_id)
    if poll is None:
        return
    position, voter, key = recorded.position, event.voter, recorded.aggregate_id.int
    name = str(voter)
    if recorded.actor != name:
        books.differ(position, "actor", f"The ballot of the voter {voter} was cast by {recorded.actor}.", poll.id)
    if key != poll.address(name):
        text = f"A ballot of the voter {voter} stands at an address that is not this voter's; it is not counted."
        books.differ(position, "address", text, poll.id)
    elif voter.int not in poll.roll:
        books.differ(position, "not-on-the-roll", f"{voter} voted and is not on the roll; not counted.", poll.id)
    elif key in poll.ballots:
        text = f"The voter {voter} cast a second ballot; the first one is counted."
        books.differ(position, "second-ballot", text, poll.id)
    else:
        if recorded.version != 1:
            _differ_in_version(books, poll, recorded, expected=1)
        _put(books, poll, recorded, Ballot(event.choices))


def replace_ballot(books: Books, event: BallotReplaced, recorded: Recorded) -> None:
    """What a voter chose last is what counts."""
    if poll := _poll_of(books, recorded):
        _check_version(books, poll, recorded)
        _put(books, poll, recorded, Ballot(event.choices))


def withdraw_ballot(books: Books, _: BallotWithdrawn, recorded: Recorded) -> None:
    """A ballot that was taken back counts for nothing."""
    if poll := _poll_of(books, recorded):
        _check_version(books, poll, recorded)
        poll.ballots[recorded.aggregate_id.int] = poll.alike((recorded.version, None))


def _put(books: Books, poll: Poll, recorded: Recorded, ballot: Ballot) -> None:
    if recorded.decided_at >= poll.opened.closes_at:
        poll.after_time_count += 1
    complaint = poll.complaint(ballot)
    if complaint:
        books.differ(recorded.position, "ballot", f"The ballot cannot be counted: {complaint}", poll.id)
    standing = (recorded.version, None if complaint else ballot)
    poll.ballots[recorded.aggregate_id.int] = poll.alike(standing)


def _poll_of(books: Books, recorded: Recorded) -> Poll | None:
    """
    Return the open poll that a changed ballot is one of.

    The entry does not name it; but it names the group and, as its actor, the voter, and its address is made of both.
    """
    key = recorded.aggregate_id.int
    polls = [poll for poll in books.polls_of[recorded.group_id] if poll.address(recorded.actor) == key]
    name = type(recorded.event).__name__
    if not polls:
        text = f"{name} is by {recorded.actor}, who has no such ballot in any poll of the group."
        books.differ(recorded.position, "no-ballot", text)
        return None
    poll = polls[0]
    if poll.closed_position is not None:
        poll.late_positions.append(recorded.position)
        return None
    if recorded.aggregate_id.int not in poll.ballots:
        text = f"{name} changes a ballot of the voter {recorded.actor} that was never cast; it is not counted."
        books.differ(recorded.position, "no-ballot", text, poll.id)
        return None
    return poll


def _check_version(books: Books, poll: Poll, recorded: Recorded) -> None:
    expected = poll.ballots[recorded.aggregate_id.int][0] + 1
    if recorded.version != expected:
        _differ_in_version(books, poll, recorded, expected=expected)


def _differ_in_version(books: Books, poll: Poll, recorded: Recorded, *, expected: int) -> None:
    text = f"The ballot is at version {recorded.version} where {expected} must follow: an entry is missing or twice."
    books.differ(recorded.position, "version", text, poll.id)
