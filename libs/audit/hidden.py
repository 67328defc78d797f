"""
Entries that are sealed with a key.

Where the results of a poll are hidden until its close, all that is about its ballots is put aside until the close
publishes the key, and is read then as if it were read in its place. What is for a group alone stays unread without the
group's or the poll's key; what follows it in the open (a close, a withdrawal) is passed over with it, and of ballots
their envelopes are checked.
"""

from hashlib import sha256
from uuid import UUID, uuid5

from libs.audit.books import Books
from libs.audit.entries import contract_of
from libs.audit.parts import take_parts
from libs.audit.polls import Poll
from libs.contracts.base import Event, Sealed
from libs.contracts.governance import (
    AmendmentEvent,
    BallotCast,
    BallotEvent,
    BallotReplaced,
    DelegationEvent,
    DelegationsCounted,
    PaperBallotsEntered,
    PaperBatchEntered,
    PollClosed,
    PollOpened,
    ProposalEvent,
)
from libs.eventlog.log import Recorded

_FOR_GROUP = (ProposalEvent, AmendmentEvent, DelegationEvent, DelegationsCounted)
"""What may be sealed with the key of its group."""

_HIDDEN = (BallotCast, BallotReplaced, PaperBallotsEntered)
"""What is sealed with its poll's key until the close."""


def put_aside(books: Books, recorded: Recorded) -> bool:
    """Put the entry aside if it cannot be read yet, or is about what cannot be; return whether it was."""
    key_id = _key_id(books, recorded)
    if key_id is None:
        return False
    contract = contract_of(recorded)
    if isinstance(recorded.event, Sealed) and not _may_be_sealed(books, recorded, key_id, contract):
        text = f"{contract.__name__} is sealed with the key {key_id}, with which it must not be; it counts for nothing."
        books.differ(recorded.position, "sealed", text)
        return True
    if issubclass(contract, BallotEvent):
        _check_key(books, recorded, key_id)
    poll = books.known_poll(key_id)
    if poll is not None and poll.is_hidden and poll.is_open:
        books.db.execute("INSERT INTO hidden_entry VALUES (?, ?, ?)", (key_id.bytes, recorded.position, recorded.entry))
    elif contract is PollOpened:
        _freeze(books, recorded)
    elif issubclass(contract, BallotEvent) and books.is_sealed(key_id):
        check_envelope(books, recorded, key_id)
    books.hide(contract, recorded.aggregate_id, key_id)
    return True


def _may_be_sealed(books: Books, recorded: Recorded, key_id: UUID, contract: type[Event]) -> bool:
    """Return whether there is a reason to seal it with that key, which is missing."""
    if contract is PollOpened:
        return key_id == recorded.aggregate_id and books.known_poll(key_id) is None
    if key_id == recorded.group_id:
        return issubclass(contract, _FOR_GROUP)
    if poll := books.known_poll(key_id):
        return poll.is_hidden and poll.is_open and issubclass(contract, _HIDDEN)
    return books.is_sealed(key_id)


def _freeze(books: Books, recorded: Recorded) -> None:
    """Take the roll of a poll whose opening cannot be read as it stands before it: nobody else may vote."""
    number = books.number_of(recorded.aggregate_id)
    take_parts(books, "roll", recorded.aggregate_id)
    books.db.execute("INSERT INTO roll SELECT voter, poll, NULL, NULL FROM roll_part WHERE poll = ?", (number,))
    books.db.execute("DELETE FROM roll_part WHERE poll = ?", (number,))
    books.db.execute("UPDATE poll SET is_sealed = TRUE WHERE poll = ?", (number,))


def check_envelope(books: Books, recorded: Recorded, poll_id: UUID) -> None:
    """What can be seen of a ballot that cannot be read: whose it is, where it stands, and that none is missing."""
    name, number = contract_of(recorded).__name__, books.number_of(poll_id)

    def differ(rule: str, text: str) -> None:
        books.differ(recorded.position, rule, text, poll_id)

    if recorded.aggregate_id != uuid5(poll_id, recorded.actor):
        differ("address", f"{name} by {recorded.actor} stands at an address that is not this voter's.")
        return
    row = books.db.execute(
        "SELECT version FROM roll WHERE voter = ? AND poll = ?", (UUID(recorded.actor).bytes, number)
    ).fetchone()
    if row is None:
        differ("not-on-the-roll", f"{recorded.actor} voted and is not on the roll.")
        return
    expected = (row[0] or 0) + 1
    if (name == "BallotCast") != (expected == 1):
        rule = "second-ballot" if name == "BallotCast" else "no-ballot"
        differ(rule, f"{name} by {recorded.actor} comes where version {expected} of the ballot must follow.")
    elif recorded.version != expected:
        differ("version", f"The ballot is at version {recorded.version} where {expected} must follow.")
    books.db.execute(
        "UPDATE roll SET position = ?, version = ? WHERE voter = ? AND poll = ?",
        (recorded.position, recorded.version, UUID(recorded.actor).bytes, number),
    )


def _key_id(books: Books, recorded: Recorded) -> UUID | None:
    """Return the id of the key that is missing, or None where none is."""
    event = recorded.event
    if isinstance(event, Sealed):
        return event.key_id
    if isinstance(event, PaperBatchEntered):
        poll = books.known_poll(event.poll_id)
        is_hidden = poll.is_hidden and poll.is_open if poll else books.is_sealed(event.poll_id)
        return event.poll_id if is_hidden and not books.keys.key(event.poll_id) else None
    return books.hidden_by(contract_of(recorded), recorded.aggregate_id)


def _check_key(books: Books, recorded: Recorded, key_id: UUID) -> None:
    """A ballot is sealed with its poll's key: with another one it would be lost without a trace."""
    for poll in books.polls_of_voter(recorded.actor):
        if poll.id != key_id:
            text = f"A ballot of the voter {recorded.actor} is sealed with a key that is not its poll's; not counted."
            books.differ(recorded.position, "sealed", text, poll.id)


def published(books: Books, event: PollClosed, recorded: Recorded) -> Poll | None:
    """Take the key that a close publishes; return the poll whose entries can be read now."""
    poll = books.known_poll(recorded.aggregate_id)
    if poll is None or not poll.is_open:
        return None
    if not poll.is_hidden or poll.opened.terms.audience == "group":
        if event.key is not None:
            books.differ(recorded.position, "poll-key", "The close publishes a key that is not for everybody.", poll.id)
        return None
    if event.key is None or sha256(bytes.fromhex(event.key)).hexdigest() != poll.opened.terms.key_sha256:
        text = "The close does not publish the key that the opening committed to (key_sha256)."
        books.differ(recorded.position, "poll-key", text, poll.id)
    if event.key is None:
        return None
    books.db.execute("INSERT OR REPLACE INTO published_key VALUES (?, ?)", (poll.id.bytes, bytes.fromhex(event.key)))
    books.db.execute("DELETE FROM hidden_aggregate WHERE key_id = ?", (poll.id.bytes,))
    return poll
