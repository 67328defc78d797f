"""What members say of a proposal: that they support it, and statements, of which the words are elsewhere."""

from uuid import UUID, uuid5

from libs.audit.books import Books
from libs.audit.proposals import ITSELF, find
from libs.contracts.governance import (
    ProposalMade,
    StatementMade,
    StatementTakenBack,
    SupportGiven,
    SupportRenewed,
    SupportTakenBack,
)
from libs.eventlog.log import Recorded


def give_support(books: Books, event: SupportGiven, recorded: Recorded) -> None:
    """A member supports a proposal, once and in their own name."""
    if recorded.aggregate_id != uuid5(event.proposal_id, str(event.supporter)):
        text = f"The support of {event.supporter} stands at an address that is not its own; it is not counted."
        books.differ(recorded.position, "address", text)
    elif _put(books, recorded, event.proposal_id, event.supporter):
        _count(books, event.proposal_id.bytes, 1)


def renew_support(books: Books, _: SupportRenewed, recorded: Recorded) -> None:
    """It is given again after it was taken back."""
    _change(books, recorded, is_standing=True)


def take_support_back(books: Books, _: SupportTakenBack, recorded: Recorded) -> None:
    """It does not count any more."""
    _change(books, recorded, is_standing=False)


def make_statement(books: Books, event: StatementMade, recorded: Recorded) -> None:
    """A member says something, in their own name."""
    _put(books, recorded, event.proposal_id, event.author)


def take_statement_back(books: Books, _: StatementTakenBack, recorded: Recorded) -> None:
    """The words are gone, by who said them or with them."""
    author = _author(books, recorded)
    if author and recorded.actor not in (author, ITSELF):
        books.differ(recorded.position, "actor", f"The statement of {author} was taken back by {recorded.actor}.")


def _put(books: Books, recorded: Recorded, proposal_id: UUID, author: UUID) -> bool:
    """Note that somebody said it; return whether it is new, of a proposal that can be read."""
    name = type(recorded.event).__name__
    if recorded.actor != str(author):
        books.differ(recorded.position, "actor", f"{name} of {author} was written by {recorded.actor}.")
    if find(books, proposal_id) is None:
        if books.hidden_by(ProposalMade, proposal_id) is None:
            text = f"{name} is about a proposal that was not made before it."
            books.differ(recorded.position, "no-proposal", text)
        return False
    row = recorded.aggregate_id.bytes, proposal_id.bytes, str(author)
    statement = "INSERT OR IGNORE INTO saying (saying_id, proposal_id, author) VALUES (?, ?, ?)"
    return books.db.execute(statement, row).rowcount > 0


def _change(books: Books, recorded: Recorded, *, is_standing: bool) -> None:
    author = _author(books, recorded)
    if author is None:
        return
    if recorded.actor != author:
        text = f"The support of {author} was changed by {recorded.actor}."
        books.differ(recorded.position, "actor", text)
    changed = books.db.execute(
        "UPDATE saying SET is_standing = ?1 WHERE saying_id = ?2 AND is_standing != ?1 RETURNING proposal_id",
        (is_standing, recorded.aggregate_id.bytes),
    ).fetchall()
    if not changed:
        text = f"The support of {author} {'stands and is renewed' if is_standing else 'is taken back twice'}."
        books.differ(recorded.position, "support", text)
    for (proposal_id,) in changed:
        _count(books, proposal_id, 1 if is_standing else -1)


def _author(books: Books, recorded: Recorded) -> str | None:
    row = books.db.execute("SELECT author FROM saying WHERE saying_id = ?", (recorded.aggregate_id.bytes,)).fetchone()
    return row[0] if row else None


def _count(books: Books, proposal_id: bytes, more: int) -> None:
    books.db.execute(
        "UPDATE proposal SET supports_count = supports_count + ?1,"
        " supports_max = max(supports_max, supports_count + ?1) WHERE proposal_id = ?2",
        (more, proposal_id),
    )
