"""What people found wrong with a poll or a result: cancelled polls, disputed rolls, objections and recounts."""

from uuid import UUID

from libs.audit.books import Books
from libs.audit.results import outcome_sha256
from libs.contracts.governance import (
    AuditorNamed,
    ObjectionRaised,
    PollCancelled,
    ResultRecounted,
    RollDisputed,
    VotersReminded,
)
from libs.eventlog.log import Recorded


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
    poll.notes.append(f"The poll was cancelled: {event.reason}")
    books.save(poll)


def dispute_roll(books: Books, event: RollDisputed, recorded: Recorded) -> None:
    """A dispute changes nothing, and is told."""
    if poll := books.poll(recorded, recorded.aggregate_id):
        poll.notes.append(f"The roll is disputed: {event.reason}")
        books.save(poll)


def hear_of_poll(books: Books, _: VotersReminded | AuditorNamed, recorded: Recorded) -> None:
    """It changes nothing, and is about a poll that was opened."""
    books.poll(recorded, recorded.aggregate_id)


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
    poll.notes.append(f"The result is objected to ({event.remedy}): {event.reason}")
    books.save(poll)
    books.db.execute("INSERT OR REPLACE INTO objection VALUES (?, ?)", (recorded.aggregate_id.bytes, poll.id.bytes))


def recount(books: Books, event: ResultRecounted, recorded: Recorded) -> None:
    """A recount that the node declares is what ours gives."""
    row = books.db.execute(
        "SELECT poll_id FROM objection WHERE objection_id = ?", (recorded.aggregate_id.bytes,)
    ).fetchone()
    poll = books.known_poll(UUID(bytes=row[0])) if row else None
    if poll is None:
        books.differ(recorded.position, "no-objection", "A recount answers an objection that was never raised.")
        return
    if poll.outcome is None:
        return
    if (event.outcome_sha256, event.ballots_sha256) != (outcome_sha256(poll.outcome), poll.ballots_sha256):
        text = "The recount that is declared is not what the ballots give."
        books.differ(recorded.position, "result", text, poll.id)
