"""
Entries that are sealed with a key.

Where the results of a poll are hidden until its close, all that is about its ballots is put aside until the close
publishes the key, and is read then as if it were read in its place. What is for a group alone stays unread without the
group's or the poll's key; what follows it in the open (a close, a withdrawal) is passed over with it.
"""

from hashlib import sha256
from uuid import UUID

from libs.audit.books import Books
from libs.audit.entries import contract_of
from libs.audit.parts import take_parts
from libs.audit.polls import Poll
from libs.contracts.base import Sealed
from libs.contracts.governance import BallotEvent, PaperBatchEntered, PollClosed, PollOpened
from libs.eventlog.log import Recorded


def put_aside(books: Books, recorded: Recorded) -> bool:
    """Put the entry aside if it cannot be read yet, or is about what cannot be; return whether it was."""
    key_id = _key_id(books, recorded)
    if key_id is None:
        return False
    contract = contract_of(recorded)
    if issubclass(contract, BallotEvent):
        _check_key(books, recorded, key_id)
    poll = books.known_poll(key_id)
    if poll is not None and poll.is_hidden and poll.is_open:
        books.db.execute("INSERT INTO hidden_entry VALUES (?, ?, ?)", (key_id.bytes, recorded.position, recorded.entry))
    if contract is PollOpened:
        take_parts(books, "roll", recorded.aggregate_id)
        books.db.execute("DELETE FROM roll_part WHERE poll = ?", (books.number_of(recorded.aggregate_id),))
        books.db.execute("UPDATE poll SET is_sealed = TRUE WHERE poll_id = ?", (recorded.aggregate_id.bytes,))
    books.db.execute(
        "INSERT OR IGNORE INTO hidden_aggregate VALUES (?, ?)", (recorded.aggregate_id.bytes, key_id.bytes)
    )
    return True


def _key_id(books: Books, recorded: Recorded) -> UUID | None:
    """Return the id of the key that is missing, or None where none is."""
    event = recorded.event
    if isinstance(event, Sealed):
        return event.key_id
    if isinstance(event, PaperBatchEntered):
        poll = books.known_poll(event.poll_id)
        is_hidden = poll.is_hidden and poll.is_open if poll else books.is_sealed(event.poll_id)
        return event.poll_id if is_hidden and not books.keys.key(event.poll_id) else None
    row = books.db.execute(
        "SELECT key_id FROM hidden_aggregate WHERE aggregate_id = ?", (recorded.aggregate_id.bytes,)
    ).fetchone()
    return UUID(bytes=row[0]) if row else None


def _check_key(books: Books, recorded: Recorded, key_id: UUID) -> None:
    """A ballot is sealed with its poll's key: with another one it would be lost without a trace."""
    for poll in books.polls_of_voter(recorded.actor):
        if poll.id != key_id:
            text = f"A ballot of the voter {recorded.actor} is sealed with a key that is not its poll's; not counted."
            books.differ(recorded.position, "sealed", text, poll.id)


def published(books: Books, event: PollClosed, recorded: Recorded) -> Poll | None:
    """Take the key that a close publishes; return the poll whose entries can be read now."""
    poll = books.known_poll(recorded.aggregate_id)
    if poll is None or not poll.is_hidden or not poll.is_open or poll.opened.terms.audience == "group":
        return None
    if event.key is None or sha256(bytes.fromhex(event.key)).hexdigest() != poll.opened.terms.key_sha256:
        text = "The close does not publish the key that the opening committed to (key_sha256)."
        books.differ(recorded.position, "poll-key", text, poll.id)
    if event.key is None:
        return None
    books.db.execute("INSERT OR REPLACE INTO published_key VALUES (?, ?)", (poll.id.bytes, bytes.fromhex(event.key)))
    books.db.execute("DELETE FROM hidden_aggregate WHERE key_id = ?", (poll.id.bytes,))
    return poll
