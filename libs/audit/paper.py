"""Ballots cast on paper, entered by stewards."""

from uuid import UUID, uuid5

from libs.audit.books import Batch, Books, PaperPart, Poll
from libs.contracts.governance import PAPER_BALLOTS_MAX, PaperBallotsEntered, PaperBatchEntered, PaperBatchStruck
from libs.eventlog.log import Recorded
from libs.tally import Ballot


def enter_part(books: Books, event: PaperBallotsEntered, recorded: Recorded) -> None:
    """A part waits for the entry of its batch."""
    if recorded.aggregate_id != uuid5(event.batch_id, f"part {event.part}"):
        text = f"Part {event.part} of a paper batch stands at an address that is not its own."
        books.differ(recorded.position, "address", text, event.poll_id)
    part = PaperPart(recorded.position, event.part, recorded.actor, event.poll_id, tuple(map(Ballot, event.ballots)))
    books.paper_parts.setdefault(event.batch_id, []).append(part)


def enter_batch(books: Books, event: PaperBatchEntered, recorded: Recorded) -> None:
    """A batch counts whole, in a poll that allows paper, in the name of the steward who entered it."""
    parts = books.paper_parts.pop(recorded.aggregate_id, [])
    poll = books.open_poll(recorded, event.poll_id)
    if poll is None:
        return
    position = recorded.position

    def differ(rule: str, text: str) -> None:
        books.differ(position, rule, text, event.poll_id)

    if not poll.opened.allows_paper:
        differ("paper-not-allowed", "Paper ballots were entered into a poll that does not allow them; not counted.")
        return
    if recorded.aggregate_id in books.batches:
        differ("batch-twice", "A paper batch was entered that was entered before; it is counted once.")
        return
    if not _is_member_id(recorded.actor) or {part.actor for part in parts} - {recorded.actor}:
        differ("actor", f"A paper batch, or a part of it, is not in the name of one steward ({recorded.actor}).")
    ballots = _ballots(books, poll, parts)
    numbers = sorted(part.number for part in parts)
    is_whole = numbers == list(range(event.parts_count)) and all(part.poll_id == poll.id for part in parts)
    if not is_whole or sum(len(part.ballots) for part in parts) != event.ballots_count:
        differ(
            "paper-parts",
            f"The batch is of {event.ballots_count} ballots in {event.parts_count} parts, and before"
            f" it stand {sum(len(part.ballots) for part in parts)} in {len(parts)}.",
        )
    if event.ballots_count > PAPER_BALLOTS_MAX:
        differ("paper-parts", f"The batch holds more than {PAPER_BALLOTS_MAX} ballots.")
    if recorded.decided_at >= poll.opened.closes_at:
        poll.after_time_count += len(ballots)
    poll.batches[recorded.aggregate_id] = Batch(ballots)
    books.batches[recorded.aggregate_id] = poll


def strike_batch(books: Books, _: PaperBatchStruck, recorded: Recorded) -> None:
    """A batch that was struck before the close counts for nothing."""
    poll = books.batches.get(recorded.aggregate_id)
    if poll is None:
        books.differ(recorded.position, "no-batch", "A paper batch is struck that was never entered.")
    elif books.open_poll(recorded, poll.id):
        poll.batches[recorded.aggregate_id].is_struck = True


def _ballots(books: Books, poll: Poll, parts: list[PaperPart]) -> list[Ballot]:
    """Return the ballots that can be counted, the same object for all that say the same."""
    ballots: list[Ballot] = []
    number = 0
    for part in sorted(parts, key=lambda part: part.number):
        for ballot in part.ballots:
            number += 1
            if complaint := poll.complaint(ballot):
                text = f"Paper ballot {number} of the batch cannot be counted: {complaint}"
                books.differ(part.position, "ballot", text, poll.id)
                continue
            _, same = poll.alike((1, ballot))
            assert same is not None
            ballots.append(same)
    return ballots


def _is_member_id(actor: str) -> bool:
    try:
        return str(UUID(actor)) == actor
    except ValueError:
        return False
