"""How others would have a proposal read, and who says whether it does."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from libs.audit.books import Books
from libs.audit.proposals import ITSELF, find, has_passed, is_over
from libs.audit.texts import make_text
from libs.contracts.governance import (
    AmendmentMade,
    AmendmentPutToVote,
    AmendmentRefused,
    AmendmentTakenBack,
    AmendmentTakenIn,
    ProposalMade,
)
from libs.eventlog.log import Recorded


class Amendment(NamedTuple):
    """As it stands in the books."""

    proposal_id: UUID
    author: str
    of_version: int
    poll_id: bytes | None
    is_settled: bool


def make_amendment(books: Books, event: AmendmentMade, recorded: Recorded) -> None:
    """It is to a version that stands before it, and its author's own."""
    make_text(books, event, recorded)
    if recorded.actor != str(event.author):
        text = f"The amendment of {event.author} was written by {recorded.actor}."
        books.differ(recorded.position, "actor", text)
    versions = books.db.execute(
        "SELECT max(version_number) FROM text WHERE text_id = ?", (event.proposal_id.bytes,)
    ).fetchone()
    last = versions[0] or 0  # it may have become the last but one between the decision and the amendment's entry
    if not 1 <= event.of_version <= last and books.hidden_by(ProposalMade, event.proposal_id) is None:
        text = f"An amendment is to version {event.of_version} of a proposal that is at version {last}."
        books.differ(recorded.position, "amendment", text)
    books.db.execute(
        "INSERT OR IGNORE INTO amendment (amendment_id, proposal_id, author, of_version) VALUES (?, ?, ?, ?)",
        (recorded.aggregate_id.bytes, event.proposal_id.bytes, str(event.author), event.of_version),
    )


def take_in(books: Books, event: AmendmentTakenIn, recorded: Recorded) -> None:
    """It is the proposal's next version, as the proposal's author or the group wants."""
    amendment, differ = _amendment(books, recorded)
    if amendment is None:
        return
    _check_who(books, recorded, amendment, event.poll_id, differ, is_passed=True)
    row = books.db.execute(
        "SELECT own.text_sha256 = taken.text_sha256 FROM text AS own, text AS taken"
        " WHERE own.text_id = ? AND own.version_number = 0 AND taken.text_id = ? AND taken.version_number = ?",
        (recorded.aggregate_id.bytes, amendment.proposal_id.bytes, event.version_number),
    ).fetchone()
    if row is None or not row[0] or event.version_number != amendment.of_version + 1:
        differ(f"Version {event.version_number} of the proposal, which takes it in, does not read so.")
    _settle(books, recorded)


def refuse(books: Books, event: AmendmentRefused, recorded: Recorded) -> None:
    """The proposal's author does not want it, or the group voted against it."""
    amendment, differ = _amendment(books, recorded)
    if amendment is None:
        return
    _check_who(books, recorded, amendment, event.poll_id, differ, is_passed=False)
    if event.poll_id:
        _settle(books, recorded)


def put_to_vote(books: Books, event: AmendmentPutToVote, recorded: Recorded) -> None:
    """The group votes on it, in a poll that says so."""
    amendment, differ = _amendment(books, recorded)
    if amendment is None:
        return
    if amendment.is_settled or not is_over(books, amendment.poll_id):
        differ("It is settled or voted on already, and goes to the vote.")
    poll = books.known_poll(event.poll_id)
    about = poll.opened.terms.proposal if poll else None
    if not books.is_sealed(event.poll_id) and (about is None or about.amendment_id != recorded.aggregate_id):
        differ("It goes to the vote in a poll that is on something else.")
    books.db.execute(
        "UPDATE amendment SET poll_id = ? WHERE amendment_id = ?", (event.poll_id.bytes, recorded.aggregate_id.bytes)
    )


def take_back(books: Books, _: AmendmentTakenBack, recorded: Recorded) -> None:
    """Who made it does not want it any more, before the group votes."""
    amendment, differ = _amendment(books, recorded)
    if amendment is None:
        return
    if recorded.actor != amendment.author:
        text = f"The amendment of {amendment.author} was taken back by {recorded.actor}."
        books.differ(recorded.position, "actor", text)
    if amendment.is_settled or not is_over(books, amendment.poll_id):
        differ("It is settled or voted on, and is taken back.")
    _settle(books, recorded)


def _amendment(books: Books, recorded: Recorded) -> tuple[Amendment | None, Callable[[str], None]]:
    def differ(text: str) -> None:
        books.differ(recorded.position, "amendment", f"The amendment {recorded.aggregate_id}: {text}")

    row = books.db.execute(
        "SELECT proposal_id, author, of_version, poll_id, is_settled FROM amendment WHERE amendment_id = ?",
        (recorded.aggregate_id.bytes,),
    ).fetchone()
    return (Amendment(UUID(bytes=row[0]), *row[1:]), differ) if row else (None, differ)


def _check_who(
    books: Books,
    recorded: Recorded,
    amendment: Amendment,
    poll_id: UUID | None,
    differ: Callable[[str], None],
    *,
    is_passed: bool,
) -> None:
    """Check that the proposal's author answers it or, where *poll_id* is named, that the vote on it ended so."""
    proposal = find(books, amendment.proposal_id)
    expected = ITSELF if poll_id else proposal.author if proposal else recorded.actor
    if recorded.actor != expected:
        text = f"{type(recorded.event).__name__} is by {recorded.actor}, and would be by {expected}."
        books.differ(recorded.position, "actor", text)
    if amendment.is_settled:
        differ("It was settled before.")
    if poll_id is None:
        if not is_over(books, amendment.poll_id):
            differ("Its fate is said while the group votes on it.")
        return
    poll = books.known_poll(poll_id)
    if amendment.poll_id != poll_id.bytes:
        differ("A vote is named that is not the vote on it.")
    elif poll is not None and has_passed(poll) not in (is_passed, None):
        differ("The ballots of the vote on it say otherwise.")


def _settle(books: Books, recorded: Recorded) -> None:
    books.db.execute("UPDATE amendment SET is_settled = TRUE WHERE amendment_id = ?", (recorded.aggregate_id.bytes,))
