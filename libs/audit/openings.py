"""Who may vote, and in what: rolls and the opening of polls."""

from hashlib import sha256
from itertools import pairwise
from uuid import uuid5

from libs.audit.books import Books
from libs.audit.electorates import count_eligible
from libs.audit.parts import Part, add_part, are_whole, take_parts
from libs.audit.polls import Poll
from libs.audit.terms import check_terms
from libs.audit.texts import check_text
from libs.contracts.governance import (
    CustomsSet,
    PollOpened,
    RollFrozen,
)
from libs.eventlog.log import Recorded

_WHICH = {
    "group": "",
    "subgroups": " who are in its sub-groups",
    "place": " who are of the place",
    "tenure": " for so long",
}


def freeze_roll_part(books: Books, event: RollFrozen, recorded: Recorded) -> None:
    """A part of a roll stands before its poll's opening, and nothing is added behind it."""
    position, poll_id = recorded.position, event.poll_id
    if books.known_poll(poll_id):
        books.differ(position, "roll", "A part of a roll stands behind its poll's opening; nobody is added.", poll_id)
        return
    if recorded.aggregate_id != uuid5(poll_id, f"roll {event.part}"):
        text = f"Part {event.part} of a roll stands at an address that is not its own."
        books.differ(position, "address", text, poll_id)
    if any(before.int >= after.int for before, after in pairwise(event.voters)):
        text = f"The voters in part {event.part} of the roll are not in ascending order."
        books.differ(position, "roll", text, poll_id)
    number, before = books.number_of(poll_id), books.db.total_changes
    books.db.executemany(
        "INSERT OR IGNORE INTO roll_part VALUES (?, ?, ?)",
        [(number, voter.bytes, event.part) for voter in event.voters],
    )
    if books.db.total_changes - before != len(event.voters):
        books.differ(position, "roll", f"A voter in part {event.part} of the roll stands on it already.", poll_id)
    add_part(books, "roll", poll_id, Part(position, event.part, recorded.actor, poll_id, len(event.voters)))


def open_poll(books: Books, event: PollOpened, recorded: Recorded) -> None:
    """The opening fixes what is asked, how it is counted and who may vote."""
    poll_id = recorded.aggregate_id
    parts = take_parts(books, "roll", poll_id)
    if books.known_poll(poll_id):
        books.differ(recorded.position, "opened-twice", "A poll is opened that was opened before.", poll_id)
        return
    if recorded.group_id != event.group_id:
        text = f"PollOpened stands under the group {recorded.group_id} and says {event.group_id}."
        books.differ(recorded.position, "group", text, poll_id)
    poll = Poll(poll_id, event, recorded.position, recorded.entry, books.number_of(poll_id))
    if event.closes_at <= recorded.decided_at:
        books.differ(recorded.position, "closing-time", "The poll was opened after its own closing time.", poll_id)
    check_terms(books, poll, recorded)
    check_text(books, poll)
    voters_count = _check_roll(books, poll, parts)
    books.db.execute(
        "INSERT INTO roll SELECT voter, poll, NULL, NULL FROM roll_part WHERE poll = ? ORDER BY voter", (poll.number,)
    )
    books.db.execute("DELETE FROM roll_part WHERE poll = ?", (poll.number,))
    eligible_count = count_eligible(books, event, recorded.decided_at)
    if eligible_count is not None and voters_count != eligible_count:
        # No difference: somebody may have joined or left between the decision and its entry.
        text = (
            f"The roll bears {voters_count} voters; at the opening the log knew {eligible_count} members of the group"
            f"{_WHICH[event.terms.eligibility.kind]}."
        )
        poll.note("roll-otherwise", text, voters_count, eligible_count)
    books.save(poll)


def _check_roll(books: Books, poll: Poll, parts: list[Part]) -> int:
    """Return how many voters the roll bears, after comparing it with what the opening says of it."""
    event = poll.opened

    def differ(text: str) -> None:
        books.differ(poll.opened_position, "roll", text, poll.id)

    if not are_whole(parts, event.parts_count):
        differ(f"The roll has {event.parts_count} parts, and {len(parts)} stand before the opening.")
    digest, voters_count, strays_count = sha256(), 0, 0
    voters = books.db.execute("SELECT voter, part FROM roll_part WHERE poll = ? ORDER BY voter", (poll.number,))
    for voter, part in voters:
        digest.update(voter)
        voters_count += 1
        strays_count += int.from_bytes(voter, "big") % max(event.parts_count, 1) != part
    if strays_count:
        differ(f"{strays_count} voters stand in a part of the roll and belong into another.")
    if voters_count != event.voters_count:
        differ(f"The opening says {event.voters_count} voters, and the roll bears {voters_count}.")
    if digest.hexdigest() != event.roll_sha256:
        differ("The roll is not the one that the opening commits to (roll_sha256).")
    return voters_count


def set_customs(books: Books, event: CustomsSet, recorded: Recorded) -> None:
    """A group's customs are at the group's own address; they count for what begins behind them."""
    row = event.group_id.bytes, recorded.decided_at.timestamp(), event.objection_days
    books.db.execute("INSERT OR REPLACE INTO customs VALUES (?, ?, ?)", row)
    if recorded.aggregate_id != uuid5(event.group_id, "customs"):
        books.differ(recorded.position, "address", "Customs stand at an address that is not their group's.")
