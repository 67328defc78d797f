"""Ballots cast on paper, entered by stewards."""

from itertools import zip_longest
from uuid import UUID, uuid5

import orjson

from libs.audit.books import Books
from libs.audit.parts import Part, add_part, are_whole, take_parts
from libs.audit.polls import Poll
from libs.contracts.governance import PAPER_BALLOTS_MAX, PaperBallotsEntered, PaperBatchEntered, PaperBatchStruck
from libs.eventlog.log import Recorded


def enter_part(books: Books, event: PaperBallotsEntered, recorded: Recorded) -> None:
    """A part waits for the entry of its batch."""
    if recorded.aggregate_id != uuid5(event.batch_id, f"part {event.part}"):
        text = f"Part {event.part} of a paper batch stands at an address that is not its own."
        books.differ(recorded.position, "address", text, event.poll_id)
    poll = books.known_poll(event.poll_id)
    if poll is not None and recorded.key_id != poll.ballots_key_id:
        text = f"Part {event.part} of a paper batch is not sealed as its poll's opening says."
        books.differ(recorded.position, "sealed", text, event.poll_id)
    if event.marks and len(event.marks) != len(event.ballots):
        text = (
            f"Part {event.part} of a paper batch has {len(event.ballots)} ballots and {len(event.marks)} rows of marks."
        )
        books.differ(recorded.position, "paper-parts", text, event.poll_id)
    body = orjson.dumps(list(zip_longest(event.ballots, event.marks[: len(event.ballots)], fillvalue=()))).decode()
    part = Part(recorded.position, event.part, recorded.actor, event.poll_id, len(event.ballots), body)
    add_part(books, "paper", event.batch_id, part)


def enter_batch(books: Books, event: PaperBatchEntered, recorded: Recorded) -> None:
    """A batch counts whole, in a poll that allows paper, in the name of the steward who entered it."""
    parts = take_parts(books, "paper", recorded.aggregate_id)
    poll = books.open_poll(recorded, event.poll_id)
    if poll is None:
        return

    def differ(rule: str, text: str) -> None:
        books.differ(recorded.position, rule, text, event.poll_id)

    if not poll.opened.allows_paper:
        differ("paper-not-allowed", "Paper ballots were entered into a poll that does not allow them; not counted.")
        return
    if _poll_of(books, recorded.aggregate_id) is not None:
        differ("batch-twice", "A paper batch was entered that was entered before; it is counted once.")
        return
    if not _is_member_id(recorded.actor) or {part.actor for part in parts} - {recorded.actor}:
        differ("actor", f"A paper batch, or a part of it, is not in the name of one steward ({recorded.actor}).")
    ballots_count = sum(part.size for part in parts)
    is_whole = are_whole(parts, event.parts_count) and all(part.poll_id == poll.id for part in parts)
    if not is_whole or ballots_count != event.ballots_count:
        differ(
            "paper-parts",
            f"The batch is of {event.ballots_count} ballots in {event.parts_count} parts, and before"
            f" it stand {ballots_count} in {len(parts)}.",
        )
    if event.ballots_count > PAPER_BALLOTS_MAX:
        differ("paper-parts", f"The batch holds more than {PAPER_BALLOTS_MAX} ballots.")
    _put(books, poll, parts, recorded)


def strike_batch(books: Books, _: PaperBatchStruck, recorded: Recorded) -> None:
    """A batch that was struck before the close counts for nothing."""
    number = _poll_of(books, recorded.aggregate_id)
    if number is None:
        books.differ(recorded.position, "no-batch", "A paper batch is struck that was never entered.")
    elif books.open_poll(recorded, books.poll_numbered(number).id):
        books.db.execute(
            "UPDATE batch SET struck_position = ? WHERE batch_id = ?", (recorded.position, recorded.aggregate_id.bytes)
        )


def _put(books: Books, poll: Poll, parts: list[Part], recorded: Recorded) -> None:
    """Put the ballots that can be counted into the books."""
    batch_id, number, ballots = recorded.aggregate_id.bytes, 0, []
    for part in parts:
        for choices, marks in orjson.loads(part.body):
            number += 1
            said = orjson.dumps(choices).decode(), orjson.dumps(marks).decode() if marks else None
            if complaint := poll.complaint(*said):
                text = f"Paper ballot {number} of the batch cannot be counted: {complaint}"
                books.differ(part.position, "ballot", text, poll.id)
            else:
                ballots.append((poll.number, batch_id, number, *said))
    books.db.executemany("INSERT INTO paper_ballot VALUES (?, ?, ?, ?, ?)", ballots)
    is_after_time = recorded.decided_at >= poll.closes_at
    row = batch_id, poll.number, recorded.position, recorded.actor, len(ballots), is_after_time
    books.db.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, NULL)", row)


def _poll_of(books: Books, batch_id: UUID) -> int | None:
    """Return the number of the poll that a batch was entered into."""
    row = books.db.execute("SELECT poll FROM batch WHERE batch_id = ?", (batch_id.bytes,)).fetchone()
    return row[0] if row else None


def _is_member_id(actor: str) -> bool:
    try:
        return str(UUID(actor)) == actor
    except ValueError:
        return False
