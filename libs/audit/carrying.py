"""Delegations as they stand at any position of the log, and what became of them in a count."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

import orjson

from libs.audit.books import Books
from libs.audit.delegations import Delegated, Grant, address, complaint, delegated, differences
from libs.audit.parts import Part, add_part, are_whole, take_parts
from libs.audit.polls import Poll, ballot
from libs.contracts.governance import (
    Carried,
    DelegationChanged,
    DelegationGranted,
    DelegationsCounted,
    DelegationWithdrawn,
    KnownAs,
    ResultDeclared,
)
from libs.eventlog.log import Recorded
from libs.tally import Ballot


def grant(books: Books, event: DelegationGranted, recorded: Recorded) -> None:
    """Somebody lets another vote; in a poll that takes delegations, while it is open."""
    if event.poll_id is not None:
        poll = books.open_poll(recorded, event.poll_id)
        if poll is None:
            return
        if not poll.opened.terms.takes_delegations:
            books.differ(recorded.position, "delegation", "The poll takes no delegations.", poll.id)
            return
    if fault := complaint(event):
        books.differ(recorded.position, "delegation", fault, event.poll_id)
    if recorded.aggregate_id != address(event):
        text = "A delegation stands at an address that is not its delegator's; it is not counted."
        books.differ(recorded.position, "address", text, event.poll_id)
        return
    _check_actor(books, recorded, event.delegator)
    poll_id = event.poll_id.bytes if event.poll_id else None
    books.db.execute(
        "INSERT INTO delegation VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?)",
        (
            recorded.aggregate_id.bytes,
            recorded.position,
            event.group_id.bytes,
            event.scope,
            poll_id,
            event.topic,
            event.delegator.bytes,
            event.delegate.bytes,
        ),
    )


def change(books: Books, event: DelegationChanged, recorded: Recorded) -> None:
    """From here on it is another who votes."""
    if _end(books, recorded):
        books.db.execute(
            "INSERT INTO delegation SELECT delegation_id, ?, NULL, group_id, scope, poll_id, topic, delegator, ?"
            " FROM delegation WHERE delegation_id = ? ORDER BY since DESC LIMIT 1",
            (recorded.position, event.delegate.bytes, recorded.aggregate_id.bytes),
        )


def withdraw(books: Books, _: DelegationWithdrawn, recorded: Recorded) -> None:
    """Nobody votes by it any more."""
    _end(books, recorded)


def _end(books: Books, recorded: Recorded) -> bool:
    """End what stands at the entry's address; return whether there is a delegation at all."""
    row = books.db.execute(
        "SELECT delegator, poll_id FROM delegation WHERE delegation_id = ? LIMIT 1", (recorded.aggregate_id.bytes,)
    ).fetchone()
    if row is None:
        name = type(recorded.event).__name__
        books.differ(recorded.position, "no-delegation", f"{name} is about a delegation that was never granted.")
        return False
    _check_actor(books, recorded, UUID(bytes=row[0]))
    if row[1] and books.open_poll(recorded, UUID(bytes=row[1])) is None:
        return False
    books.db.execute(
        "UPDATE delegation SET until = ? WHERE delegation_id = ? AND until IS NULL",
        (recorded.position, recorded.aggregate_id.bytes),
    )
    return True


def _check_actor(books: Books, recorded: Recorded, delegator: UUID) -> None:
    if recorded.actor != str(delegator):
        text = f"A delegation of {delegator} was written by {recorded.actor}."
        books.differ(recorded.position, "actor", text)


def count_part(books: Books, event: DelegationsCounted, recorded: Recorded) -> None:
    """A part of what became of delegated votes waits for the declaration."""
    if recorded.aggregate_id != uuid5(event.poll_id, f"delegations {event.part}"):
        text = f"Part {event.part} of the delegations stands at an address that is not its own."
        books.differ(recorded.position, "address", text, event.poll_id)
    body = orjson.dumps(event.model_dump(mode="json", include={"carried", "known_as"})).decode()
    part = Part(recorded.position, event.part, recorded.actor, event.poll_id, len(event.carried), body)
    add_part(books, "delegation", event.poll_id, part)


def carry(books: Books, poll: Poll, event: ResultDeclared, recorded: Recorded) -> Counter[Ballot] | None:
    """
    Return the ballots that count more than once, each so often as others are carried by it, after comparing what was
    declared of the delegations; None where these are not for everybody's eyes.
    """
    parts = take_parts(books, "delegation", poll.id)
    if not are_whole(parts, event.delegation_parts_count):
        if _are_hidden(books, poll, event.delegation_parts_count):
            return None
        text = f"The result has {event.delegation_parts_count} parts of delegations, and {len(parts)} stand before it."
        books.differ(recorded.position, "result-parts", text, poll.id)
    if not poll.opened.terms.takes_delegations and not parts:
        return Counter()
    told = [orjson.loads(part.body) for part in parts]
    known_as = [KnownAs.model_validate(each) for each_part in told for each in each_part["known_as"]]
    carried = [Carried.model_validate(each) for each_part in told for each in each_part["carried"]]
    own = _delegated(books, poll, known_as)
    for text in differences(
        own,
        carried=carried,
        known_as=known_as,
        delegated_count=event.delegated_count,
        is_on_roll=lambda voter: books.is_on_roll(poll, voter),
    ):
        books.differ(recorded.position, "delegations", text, poll.id)
    books.db.executemany(
        "INSERT INTO carried VALUES (?, ?, ?, ?)",
        [
            (poll.number, voter.bytes, carrier.bytes if carrier else None, lost)
            for voter, (carrier, lost) in own.fates.items()
        ],
    )
    more: Counter[Ballot] = Counter()
    for carrier, number in own.more.items():
        more[_ballot_of(books, poll, carrier)] += number
    return more


def _are_hidden(books: Books, poll: Poll, parts_count: int) -> bool:
    addresses = [uuid5(poll.id, f"delegations {part}").bytes for part in range(min(parts_count, 100))]
    found = books.db.execute(
        f"SELECT count(*) FROM hidden_aggregate WHERE aggregate_id IN ({', '.join('?' * len(addresses))})",  # noqa: S608
        addresses,
    ).fetchone()
    return bool(found[0])


def _delegated(books: Books, poll: Poll, known_as: Sequence[KnownAs]) -> Delegated:
    rows = books.db.execute(
        "SELECT scope, delegator, delegate FROM delegation"
        " WHERE group_id = ?1 AND since < ?2 AND (until IS NULL OR until > ?2)"
        " AND (scope = 'group' OR (scope = 'topic' AND topic = ?3) OR (scope = 'poll' AND poll_id = ?4))"
        " ORDER BY since",
        (poll.opened.group_id.bytes, poll.closed_position, poll.opened.terms.topic, poll.id.bytes),
    )
    grants = [Grant(scope, UUID(bytes=delegator), UUID(bytes=delegate)) for scope, delegator, delegate in rows]
    return delegated(
        grants if poll.opened.terms.takes_delegations else [],
        known_as=known_as,
        is_on_roll=lambda voter: books.is_on_roll(poll, voter),
        has_ballot=lambda voter: _counting_row(books, poll, voter) is not None,
        carry_max=poll.opened.terms.carry_max,
    )


def _counting_row(books: Books, poll: Poll, voter: UUID) -> tuple[str, str | None] | None:
    row: tuple[str, str | None] | None = books.db.execute(
        "SELECT choices, marks FROM roll JOIN ballot USING (poll, position)"
        " WHERE roll.voter = ? AND poll = ? AND standing = 'counts'",
        (voter.bytes, poll.number),
    ).fetchone()
    return row


def _ballot_of(books: Books, poll: Poll, voter: UUID) -> Ballot:
    row = _counting_row(books, poll, voter)
    assert row is not None
    return ballot(*row)
