"""The words that are voted on: every version of a proposal and every amendment, each with its hash."""

from hashlib import sha256
from uuid import UUID

from libs.audit.books import Books
from libs.audit.polls import Poll
from libs.contracts.governance import AmendmentMade, ProposalMade, ProposalRevised
from libs.eventlog.log import Recorded


def make_text(books: Books, event: ProposalMade | AmendmentMade, recorded: Recorded) -> None:
    """A proposal's first version is number 1; an amendment is a whole text, too."""
    _keep(books, event, recorded, version_number=1 if isinstance(event, ProposalMade) else 0)


def revise_text(books: Books, event: ProposalRevised, recorded: Recorded) -> None:
    """Each version has the number behind the one before."""
    [[last]] = books.db.execute(
        "SELECT max(version_number) FROM text WHERE text_id = ?", (recorded.aggregate_id.bytes,)
    )
    if event.version_number != (last or 0) + 1:
        text = f"Version {event.version_number} of a proposal follows version {last or 0}."
        books.differ(recorded.position, "text", text)
    _keep(books, event, recorded, version_number=event.version_number)


def _keep(
    books: Books, event: ProposalMade | ProposalRevised | AmendmentMade, recorded: Recorded, *, version_number: int
) -> None:
    if sha256(f"{event.title}\n{event.text}".encode()).hexdigest() != event.text_sha256:
        text = f"The text that {type(event).__name__} holds is not the one of its hash (text_sha256)."
        books.differ(recorded.position, "text", text)
    row = recorded.aggregate_id.bytes, version_number, recorded.position, event.title, event.text, event.text_sha256
    books.db.execute("INSERT OR REPLACE INTO text VALUES (?, ?, ?, ?, ?, ?)", row)


def check_text(books: Books, poll: Poll) -> None:
    """A poll on a proposal is on one of its versions, or on an amendment, to the letter."""
    about = poll.opened.terms.proposal
    if about is None or _is_hidden(books, about.amendment_id or about.proposal_id):
        return
    row = books.db.execute(
        "SELECT text_sha256 FROM text WHERE text_id = ? AND version_number = ?",
        (about.amendment_id.bytes, 0) if about.amendment_id else (about.proposal_id.bytes, about.version_number),
    ).fetchone()
    if row is None or row[0] != about.text_sha256:
        text = f"The poll is on version {about.version_number} of a proposal, and no such text stands before it."
        books.differ(poll.opened_position, "text", text, poll.id)


def _is_hidden(books: Books, text_id: UUID) -> bool:
    return any(books.hidden_by(contract, text_id) for contract in (ProposalMade, AmendmentMade))
