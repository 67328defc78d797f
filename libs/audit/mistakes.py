"""What becomes of a poll beside its count: it is cancelled, disputed, objected to; and what follows from its result."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from libs.audit.books import Books
from libs.audit.polls import Poll
from libs.audit.results import outcome_sha256
from libs.contracts.governance import (
    AuditorNamed,
    ObjectionRaised,
    PollCancelled,
    ResultRecounted,
    ReviewVoteOpened,
    RollDisputed,
    TaskAgreed,
    VotersReminded,
)
from libs.eventlog.log import Recorded

USUAL_OBJECTION_DAYS = 14
"""Where a group's customs say nothing."""


def cancel_poll(books: Books, event: PollCancelled, recorded: Recorded) -> None:
    """Nothing counts in a poll that was cancelled; only an open one can be."""
    poll = books.poll(recorded, recorded.aggregate_id)
    if poll is None:
        return
    if not poll.is_open:
        text = f"The poll was cancelled, and had ended at {poll.closed_position or poll.cancelled_position}."
        books.differ(recorded.position, "cancelled", text, poll.id)
        return
    poll.cancelled_position = recorded.position
    poll.note("cancelled", f"The poll was cancelled: {event.reason}", event.reason)
    books.save(poll)


def dispute_roll(books: Books, event: RollDisputed, recorded: Recorded) -> None:
    """A dispute changes nothing, and is told."""
    if poll := books.poll(recorded, recorded.aggregate_id):
        poll.note("disputed", f"The roll is disputed: {event.reason}", event.reason)
        books.save(poll)


def remind_voters(books: Books, _: VotersReminded, recorded: Recorded) -> None:
    """Voters are reminded once, while the poll is open and from the time on that its opening names."""
    poll = books.poll(recorded, recorded.aggregate_id)
    if poll is None:
        return
    remind_at = poll.opened.terms.remind_at
    is_due = remind_at is not None and remind_at <= recorded.decided_at
    key = (poll.number,)
    is_first = bool(books.db.execute("INSERT OR IGNORE INTO reminded VALUES (?)", key).rowcount)
    if not (is_due and is_first and poll.is_open):
        text = "Voters are reminded twice, before the time for it, or of a poll that is over."
        books.differ(recorded.position, "reminded", text, poll.id)


def name_auditor(books: Books, _: AuditorNamed, recorded: Recorded) -> None:
    """A poll that everybody may read needs no named auditors."""
    poll = books.poll(recorded, recorded.aggregate_id)
    if poll is not None and poll.opened.terms.audience == "everyone":
        text = "An auditor is named in a poll that everybody may read."
        books.differ(recorded.position, "auditor", text, poll.id)


def raise_objection(books: Books, event: ObjectionRaised, recorded: Recorded) -> None:
    """Who objects is on the roll, and says so in their own name."""
    poll = books.poll(recorded, event.poll_id)
    if poll is None:
        return
    if recorded.actor != str(event.objector):
        text = f"The objection of {event.objector} was written by {recorded.actor}."
        books.differ(recorded.position, "actor", text, poll.id)
    if not books.is_on_roll(poll, event.objector):
        text = f"{event.objector} objects to a result and is not on the roll."
        books.differ(recorded.position, "not-on-the-roll", text, poll.id)
    if recorded.aggregate_id != uuid5(poll.id, f"objection {event.objector} {event.remedy}"):
        text = f"The objection of {event.objector} stands at an address that is not its own."
        books.differ(recorded.position, "address", text, poll.id)
    _check_in_time(books, poll, recorded)
    text = f"The result is objected to ({event.remedy}): {event.reason}"
    poll.note(f"objected-{event.remedy}", text, event.reason)
    books.save(poll)
    books.db.execute("INSERT OR REPLACE INTO objection VALUES (?, ?)", (recorded.aggregate_id.bytes, poll.id.bytes))


def _check_in_time(books: Books, poll: Poll, recorded: Recorded) -> None:
    """A result is objected to within the days that the group's customs gave when it was declared."""
    row = books.db.execute("SELECT declared_at FROM declared WHERE poll = ?", (poll.number,)).fetchone()
    if row is None:
        books.differ(recorded.position, "follow-up", "There is no result yet that is objected to.", poll.id)
        return
    [declared_at] = row
    customs = books.db.execute(
        "SELECT objection_days FROM customs WHERE group_id = ? AND since <= ? ORDER BY since DESC LIMIT 1",
        (poll.opened.group_id.bytes, declared_at),
    ).fetchone()
    days = customs[0] if customs else USUAL_OBJECTION_DAYS
    if recorded.decided_at > datetime.fromtimestamp(declared_at, UTC) + timedelta(days=days):
        text = f"The result is objected to later than the {days} days that the group's customs give."
        books.differ(recorded.position, "follow-up", text, poll.id)


def recount(books: Books, event: ResultRecounted, recorded: Recorded) -> None:
    """A recount that the node declares is what ours gives."""
    poll = _objected(books, recorded)
    if poll is None:
        return
    declared = books.db.execute(
        "SELECT outcome_sha256, ballots_sha256 FROM declared WHERE poll = ?", (poll.number,)
    ).fetchone()
    if event.agrees != ((event.outcome_sha256, event.ballots_sha256) == declared):
        text = (
            f"The recount is said {'' if event.agrees else 'not '}to agree with the result; its digests say otherwise."
        )
        books.differ(recorded.position, "result", text, poll.id)
    if poll.outcome is None:
        return
    if (event.outcome_sha256, event.ballots_sha256) != (outcome_sha256(poll.outcome), poll.ballots_sha256):
        text = "The recount that is declared is not what the ballots give."
        books.differ(recorded.position, "result", text, poll.id)


def open_review(books: Books, event: ReviewVoteOpened, recorded: Recorded) -> None:
    """The new vote says that it reviews the poll that is objected to."""
    poll = _objected(books, recorded)
    if poll is None or books.is_sealed(event.review_poll_id):
        return
    review = books.known_poll(event.review_poll_id)
    if review is None or review.opened.terms.reviews != poll.id:
        text = "An objection is said to have opened a vote, which does not review the poll that is objected to."
        books.differ(recorded.position, "follow-up", text, poll.id)
    elif poll.opened.terms.reviews or _stands(books, poll, besides=review):
        text = "The group votes again on what it has voted on again already."
        books.differ(recorded.position, "follow-up", text, poll.id)
    key = event.review_poll_id.bytes, poll.number
    books.db.execute("UPDATE declared SET reviewed_by = ? WHERE poll = ?", key)


def _stands(books: Books, poll: Poll, *, besides: Poll) -> bool:
    """Return whether there is another vote on the same already, which was not cancelled."""
    row = books.db.execute("SELECT reviewed_by FROM declared WHERE poll = ?", (poll.number,)).fetchone()
    earlier = books.known_poll(UUID(bytes=row[0])) if row and row[0] else None
    return earlier is not None and earlier.id != besides.id and earlier.cancelled_position is None


def agree_task(books: Books, event: TaskAgreed, recorded: Recorded) -> None:
    """A task follows from a result."""
    poll = books.poll(recorded, event.poll_id)
    if poll is not None and poll.declared_position is None:
        books.differ(recorded.position, "follow-up", "A task follows from a poll that has no result.", poll.id)


def _objected(books: Books, recorded: Recorded) -> Poll | None:
    """Return the poll that the objection is to which an entry answers, or note that there is none."""
    row = books.db.execute(
        "SELECT poll_id FROM objection WHERE objection_id = ?", (recorded.aggregate_id.bytes,)
    ).fetchone()
    if row is None:
        name = type(recorded.event).__name__
        books.differ(recorded.position, "no-objection", f"{name} answers an objection that was never raised.")
        return None
    return books.known_poll(UUID(bytes=row[0]))
