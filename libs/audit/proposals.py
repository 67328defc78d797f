"""
The way of a text to a vote: who may change it, who supports it, what the group votes on, and what follows.

What the text says is the business of `libs.audit.texts`; here it is whether each step may follow the one before.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from libs.audit.books import Books
from libs.audit.polls import Poll
from libs.audit.texts import make_text, revise_text
from libs.contracts.governance import (
    ProposalDecided,
    ProposalHeld,
    ProposalMade,
    ProposalPutToVote,
    ProposalRevised,
    ProposalTakenBack,
    SupportReached,
)
from libs.eventlog.log import Recorded

ITSELF = "governance"

_COLUMNS = "author, support_needed, supports_max, is_supported, is_taken_back, poll_id, held_by_poll_id, decided_in"


class Proposal(NamedTuple):
    """As it stands in the books; polls are by their ids' bytes, and *author* is who may act."""

    author: str
    support_needed: int
    supports_max: int
    is_supported: bool
    is_taken_back: bool
    poll_id: bytes | None
    held_by_poll_id: bytes | None
    decided_in: bytes | None


def make_proposal(books: Books, event: ProposalMade, recorded: Recorded) -> None:
    """Its first version is number 1, and its author's own."""
    make_text(books, event, recorded)
    _check_actor(books, recorded, str(event.author))
    if recorded.group_id != event.group_id:
        text = f"ProposalMade stands under the group {recorded.group_id} and says {event.group_id}."
        books.differ(recorded.position, "group", text)
    row = recorded.aggregate_id.bytes, event.group_id.bytes, str(event.author), event.support_needed
    books.db.execute(
        "INSERT OR IGNORE INTO proposal (proposal_id, group_id, author, support_needed, is_supported)"
        " VALUES (?1, ?2, ?3, ?4, ?4 = 0)",
        row,
    )


def revise_proposal(books: Books, event: ProposalRevised, recorded: Recorded) -> None:
    """It changes by its author, or by a vote on an amendment, and not while it is voted on itself."""
    revise_text(books, event, recorded)
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    is_by_vote = recorded.actor == ITSELF and event.amendment_id is not None
    if not is_by_vote:
        _check_actor(books, recorded, proposal.author)
    if event.amendment_id and _amended_sha256(books, recorded.aggregate_id, event.amendment_id) != event.text_sha256:
        differ("It takes in an amendment of this proposal that does not read so.")
    if _is_settled(books, proposal) or (not is_by_vote and _is_held(books, proposal)):
        differ("It was taken back, is decided or is voted on, and has a new version.")
    _set(books, recorded.aggregate_id, held_by_poll_id=None)


def reach_support(books: Books, event: SupportReached, recorded: Recorded) -> None:
    """So many have stood behind it at once as it needs."""
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    _check_actor(books, recorded, ITSELF)
    if not proposal.support_needed <= event.supporters_count <= proposal.supports_max:
        differ(
            f"{event.supporters_count} are said to support it. It needs {proposal.support_needed},"
            f" and never had more than {proposal.supports_max}."
        )
    _set(books, recorded.aggregate_id, is_supported=True)


def hold_proposal(books: Books, event: ProposalHeld, recorded: Recorded) -> None:
    """The group votes on an amendment, in a poll that says so."""
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    if _is_settled(books, proposal) or _is_held(books, proposal):
        differ("It is voted on already, or was settled, and is held for a vote on an amendment.")
    about = (recorded.aggregate_id, event.amendment_id)
    if not books.is_sealed(event.poll_id) and _about(books, event.poll_id)[:2] != about:
        differ("It is held for a vote on an amendment, in a poll that is on something else.")
    _set(books, recorded.aggregate_id, held_by_poll_id=event.poll_id.bytes)


def put_to_vote(books: Books, event: ProposalPutToVote, recorded: Recorded) -> None:
    """The group votes on the version that stands, once enough support it."""
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    if _is_settled(books, proposal) or _is_held(books, proposal):
        differ("It is voted on already, or was settled, and goes to the vote.")
    if not proposal.is_supported:
        differ(f"It goes to the vote without the support of {proposal.support_needed} members.")
    [[last]] = books.db.execute(
        "SELECT max(version_number) FROM text WHERE text_id = ?", (recorded.aggregate_id.bytes,)
    )
    about = (recorded.aggregate_id, None, last)
    is_on_it = books.is_sealed(event.poll_id) or _about(books, event.poll_id) == about
    if event.version_number != last or not is_on_it:
        differ(f"It goes to the vote in a poll that is not on its version {last}, which stands.")
    _set(books, recorded.aggregate_id, poll_id=event.poll_id.bytes)


def decide(books: Books, event: ProposalDecided, recorded: Recorded) -> None:
    """It is adopted if its vote passed; a review of that vote decides anew."""
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    _check_actor(books, recorded, ITSELF)
    poll = books.known_poll(event.poll_id)
    if poll is not None:
        reviewed = poll.opened.terms.reviews
        is_review = reviewed is not None and reviewed.bytes == proposal.decided_in
        if event.poll_id.bytes != proposal.poll_id and not is_review:
            differ("It is decided by a vote that is not on it.")
        elif (passed := has_passed(poll)) is not None and passed != event.is_adopted:
            differ(f"It is said to be {'' if event.is_adopted else 'not '}adopted, and the ballots say otherwise.")
    elif not books.is_sealed(event.poll_id):
        differ("It is decided by a poll that was never opened.")
    _set(books, recorded.aggregate_id, decided_in=event.poll_id.bytes)


def take_back(books: Books, _: ProposalTakenBack, recorded: Recorded) -> None:
    """Its author takes it back before it goes to the vote."""
    proposal, differ = _proposal(books, recorded)
    if proposal is None:
        return
    _check_actor(books, recorded, proposal.author)
    if _is_settled(books, proposal) or _is_held(books, proposal):
        differ("It is voted on, or was settled, and is taken back.")
    _set(books, recorded.aggregate_id, is_taken_back=True)


def has_passed(poll: Poll) -> bool | None:
    """Return whether something was decided, by our own count; None where there is no result or none that we know."""
    outcome = poll.outcome
    if poll.declared_position is None:
        return False
    if outcome is None:
        return None
    if outcome.method == "consent":
        return outcome.winners == ("yes",)
    return bool(outcome.winners) and (outcome.verdict is None or outcome.verdict.is_passed)


def find(books: Books, proposal_id: UUID) -> Proposal | None:
    """Return a proposal that was made before, if it can be read."""
    row = books.db.execute(
        f"SELECT {_COLUMNS} FROM proposal WHERE proposal_id = ?",  # noqa: S608
        (proposal_id.bytes,),
    ).fetchone()
    return Proposal(*row) if row else None


def is_over(books: Books, poll_id: bytes | None) -> bool:
    """Return whether a vote that was begun holds nothing up any more: it was cancelled, or lost."""
    poll = books.known_poll(UUID(bytes=poll_id)) if poll_id else None
    if poll is None:
        return poll_id is None
    return poll.cancelled_position is not None or (poll.declared_position is not None and has_passed(poll) is False)


def _proposal(books: Books, recorded: Recorded) -> tuple[Proposal | None, Callable[[str], None]]:
    def differ(text: str) -> None:
        books.differ(recorded.position, "proposal", f"The proposal {recorded.aggregate_id}: {text}")

    return find(books, recorded.aggregate_id), differ


def _is_settled(books: Books, proposal: Proposal) -> bool:
    """Return whether it is taken back or decided, or in a vote that was not cancelled."""
    if proposal.is_taken_back or proposal.decided_in:
        return True
    poll = books.known_poll(UUID(bytes=proposal.poll_id)) if proposal.poll_id else None
    return poll is not None and poll.cancelled_position is None


def _is_held(books: Books, proposal: Proposal) -> bool:
    return not is_over(books, proposal.held_by_poll_id)


def _about(books: Books, poll_id: UUID) -> tuple[UUID | None, UUID | None, int | None]:
    """Return what a poll is about: a proposal, an amendment to it, and which version."""
    poll = books.known_poll(poll_id)
    about = poll.opened.terms.proposal if poll else None
    return (about.proposal_id, about.amendment_id, about.version_number) if about else (None, None, None)


def _amended_sha256(books: Books, proposal_id: UUID, amendment_id: UUID) -> str | None:
    row = books.db.execute(
        "SELECT text_sha256 FROM amendment JOIN text ON text_id = amendment_id AND version_number = 0"
        " WHERE amendment_id = ? AND proposal_id = ?",
        (amendment_id.bytes, proposal_id.bytes),
    ).fetchone()
    return row[0] if row else None


def _check_actor(books: Books, recorded: Recorded, expected: str) -> None:
    if recorded.actor != expected:
        text = f"{type(recorded.event).__name__} is by {recorded.actor}, and would be by {expected}."
        books.differ(recorded.position, "actor", text)


def _set(books: Books, proposal_id: UUID, **values: Any) -> None:
    [(column, value)] = values.items()
    books.db.execute(f"UPDATE proposal SET {column} = ? WHERE proposal_id = ?", (value, proposal_id.bytes))  # noqa: S608
