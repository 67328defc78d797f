"""Who may vote, and in what: electorates, rolls and the opening of polls."""

from hashlib import sha256
from itertools import pairwise
from uuid import UUID, uuid5

from libs.audit.books import Books, Poll, RollPart
from libs.contracts.governance import (
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorRoleGiven,
    PollOpened,
    RollFrozen,
)
from libs.eventlog.log import Recorded
from libs.tally import InvalidPoll, check_poll


def form_electorate(books: Books, event: ElectorateFormed, recorded: Recorded) -> None:
    """An electorate's address is made of its group's."""
    if recorded.aggregate_id != uuid5(event.group_id, "electorate"):
        books.differ(recorded.position, "address", "An electorate stands at an address that is not its group's.")
    books.electors.setdefault(recorded.aggregate_id, set())


def join_electorate(books: Books, event: ElectorJoined, recorded: Recorded) -> None:
    """Who joins was not in before."""
    electors = books.electors.setdefault(recorded.aggregate_id, set())
    if event.elector.int in electors:
        books.differ(recorded.position, "electorate", f"The elector {event.elector} joins and was in already.")
    electors.add(event.elector.int)


def keep_elector(books: Books, event: ElectorRoleGiven, recorded: Recorded) -> None:
    """Who gets a role is in."""
    if event.elector.int not in books.electors.get(recorded.aggregate_id, ()):
        books.differ(recorded.position, "electorate", f"{event.elector} gets a role and is no elector of the group.")


def leave_electorate(books: Books, event: ElectorLeft, recorded: Recorded) -> None:
    """Who leaves was in."""
    electors = books.electors.get(recorded.aggregate_id, set())
    if event.elector.int not in electors:
        books.differ(recorded.position, "electorate", f"{event.elector} leaves and was no elector of the group.")
    electors.discard(event.elector.int)


def freeze_roll_part(books: Books, event: RollFrozen, recorded: Recorded) -> None:
    """A part of a roll stands before its poll's opening, and nothing is added behind it."""
    if event.poll_id in books.polls:
        text = "A part of a roll stands behind its poll's opening; nobody is added to it."
        books.differ(recorded.position, "roll", text, event.poll_id)
        return
    if recorded.aggregate_id != uuid5(event.poll_id, f"roll {event.part}"):
        text = f"Part {event.part} of a roll stands at an address that is not its own."
        books.differ(recorded.position, "address", text, event.poll_id)
    part = RollPart(recorded.position, event.part, recorded.actor, event.poll_id, event.voters)
    books.roll_parts.setdefault(event.poll_id, []).append(part)


def open_poll(books: Books, event: PollOpened, recorded: Recorded) -> None:
    """The opening fixes what is asked, how it is counted and who may vote."""
    poll_id = recorded.aggregate_id
    parts = books.roll_parts.pop(poll_id, [])
    if poll_id in books.polls:
        books.differ(recorded.position, "opened-twice", "A poll is opened that was opened before.", poll_id)
        return
    if recorded.group_id != event.group_id:
        text = f"PollOpened stands under the group {recorded.group_id} and says {event.group_id}."
        books.differ(recorded.position, "group", text, poll_id)
    try:
        check_poll(event.method, event.options)
    except InvalidPoll as fault:
        books.differ(recorded.position, "options", f"The poll cannot be counted: {fault}", poll_id)
    if event.closes_at <= recorded.decided_at:
        books.differ(recorded.position, "closing-time", "The poll was opened after its own closing time.", poll_id)
    poll = Poll(poll_id, event, recorded.position)
    voters = _voters(books, event, recorded, parts)
    poll.roll = frozenset(voter.int for voter in voters)
    electors_count = len(books.electors.get(uuid5(event.group_id, "electorate"), ()))
    if len(voters) != electors_count:
        # No difference: somebody may have joined or left between the decision and its entry.
        poll.notes.append(
            f"The roll bears {len(voters)} voters; at the opening the log knew {electors_count} members of the group."
        )
    books.polls[poll_id] = poll
    books.polls_of[event.group_id].append(poll)


def _voters(books: Books, event: PollOpened, recorded: Recorded, parts: list[RollPart]) -> list[UUID]:
    """Return the voters of all *parts*, after comparing them with what the opening says of its roll."""
    poll_id = recorded.aggregate_id

    def differ(position: int, text: str) -> None:
        books.differ(position, "roll", text, poll_id)

    if sorted(part.number for part in parts) != list(range(event.parts_count)):
        differ(recorded.position, f"The roll has {event.parts_count} parts, and {len(parts)} stand before the opening.")
    for part in parts:
        if any(before.int >= after.int for before, after in pairwise(part.voters)):
            differ(part.position, f"The voters in part {part.number} of the roll are not in ascending order.")
        if any(voter.int % max(event.parts_count, 1) != part.number for voter in part.voters):
            differ(part.position, f"A voter stands in part {part.number} of the roll and belongs into another.")
    voters = sorted(voter for part in parts for voter in part.voters)
    if len(voters) != event.voters_count:
        differ(recorded.position, f"The opening says {event.voters_count} voters, and the roll bears {len(voters)}.")
    if sha256(b"".join(voter.bytes for voter in voters)).hexdigest() != event.roll_sha256:
        differ(recorded.position, "The roll is not the one that the opening commits to (roll_sha256).")
    return voters
