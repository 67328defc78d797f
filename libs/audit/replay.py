"""
Reads the vote log once, from its first entry to its last, and checks each against all before it.

An entry is taken for what its bytes say. What is not as it must be is noted and, where it would be a vote, not
counted; then the reading goes on, so that one audit names every difference there is.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

from libs.audit import ballots, openings, paper, results
from libs.audit.books import Books
from libs.audit.report import Difference, Report
from libs.contracts.base import Event
from libs.contracts.governance import (
    BallotCast,
    BallotEvent,
    BallotReplaced,
    BallotWithdrawn,
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorRoleGiven,
    PaperBallotsEntered,
    PaperBatchEntered,
    PaperBatchStruck,
    PollClosed,
    PollOpened,
    ResultDeclared,
    RollFrozen,
    RoundsCounted,
)
from libs.errors import UnknownEntry
from libs.eventlog.codec import decode, encode
from libs.eventlog.log import EntryTooLarge, New, Recorded

LOG = "governance"


class Replay:
    """One audit. Give it the log's entries in order, then ask for the report."""

    def __init__(self) -> None:
        self.position = 0
        self._books = Books()
        self._ids: set[int] = set()
        self._versions: dict[tuple[str, UUID], int] = {}

    def read(self, entries: Iterable[bytes]) -> None:
        """Go on with *entries*, the exact bytes of each, without line ends."""
        for entry in entries:
            self.position += 1
            recorded = self._recorded(entry)
            if recorded is not None:
                _HANDLERS[type(recorded.event)](self._books, recorded.event, recorded)

    @property
    def awaited(self) -> tuple[UUID, ...]:
        """The polls that are closed and have no result yet; right after a close it is on its way."""
        return tuple(
            poll.id
            for poll in self._books.polls.values()
            if poll.closed_position is not None and poll.declared_position is None
        )

    def report(self, last: int | None = None) -> Report:
        """Return what was found up to here, the end of the log; by its keeper's word it ends at *last*."""
        differences = sorted([*self._books.differences, *self._at_the_end(last)], key=lambda each: each.position)
        polls = tuple(poll.report() for poll in self._books.polls.values())
        return Report(self.position, polls, tuple(differences))

    def _at_the_end(self, last: int | None) -> Iterator[Difference]:
        """Yield what is wrong only if nothing more comes."""
        books = self._books
        if last is not None and last != self.position:
            text = f"The log is said to end at {last}, and {self.position} entries are served."
            yield Difference(self.position, None, "gap", text)
        for poll_id in self.awaited:
            closed_position = books.polls[poll_id].closed_position or 0
            yield Difference(closed_position, poll_id, "no-result", "The poll is closed, and no result was declared.")
        for parts in (books.roll_parts, books.paper_parts, books.result_parts):
            for part in chain.from_iterable(parts.values()):
                text = "A part stands alone: the entry that it belongs to, which was written with it, is missing."
                yield Difference(part.position, part.poll_id, "part-alone", text)

    def _recorded(self, entry: bytes) -> Recorded | None:
        """Return what *entry* says, after checking all that an entry must be whatever it is about."""
        try:
            recorded = decode(LOG, self.position, entry)
        except UnknownEntry as fault:
            self._books.differ(self.position, "unreadable", str(fault))
            return None
        if type(recorded.version) is not int or type(recorded.actor) is not str or recorded.decided_at.tzinfo is None:
            text = f"{type(recorded.event).__name__} lacks a version, an actor or a time with its zone."
            self._books.differ(self.position, "unreadable", text)
            return None
        if not _is_canonical(recorded):
            text = f"{type(recorded.event).__name__} is not written in the one form that an entry has."
            self._books.differ(self.position, "form", text)
        if recorded.id.int in self._ids:
            text = f"{type(recorded.event).__name__} bears an id that an earlier entry bears ({recorded.id})."
            self._books.differ(self.position, "id-twice", text)
        self._ids.add(recorded.id.int)
        if not isinstance(recorded.event, BallotEvent):  # a ballot's version is kept with what it says
            self._check_version(recorded)
        return recorded

    def _check_version(self, recorded: Recorded) -> None:
        event = recorded.event
        key = (event.aggregate, recorded.aggregate_id)
        expected = self._versions.get(key, 0) + 1
        if recorded.version != expected:
            text = (
                f"{type(event).__name__} is version {recorded.version} of {recorded.aggregate_id}, where {expected}"
                " must follow: an entry is missing or twice."
            )
            self._books.differ(self.position, "version", text)
        self._versions[key] = recorded.version


def _is_canonical(recorded: Recorded) -> bool:
    """Return whether the bytes are those that anyone would write who had to say the same."""
    again = New(
        event=recorded.event,
        aggregate_id=recorded.aggregate_id,
        version=recorded.version,
        after=0,
        actor=recorded.actor,
        id=recorded.id,
        decided_at=recorded.decided_at,
        group_id=recorded.group_id,
    )
    try:
        if encode(again) == recorded.entry:
            return True
    except EntryTooLarge:
        return False
    fields = orjson.loads(recorded.entry)
    # One of an older revision is read as a new one and cannot be written again; its form can still be looked at.
    is_older: bool = fields["revision"] < recorded.event.revision
    return is_older and orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) == recorded.entry


_HANDLERS: dict[type[Event], Callable[[Books, Any, Recorded], None]] = {
    ElectorateFormed: openings.form_electorate,
    ElectorJoined: openings.join_electorate,
    ElectorRoleGiven: openings.keep_elector,
    ElectorLeft: openings.leave_electorate,
    RollFrozen: openings.freeze_roll_part,
    PollOpened: openings.open_poll,
    BallotCast: ballots.cast_ballot,
    BallotReplaced: ballots.replace_ballot,
    BallotWithdrawn: ballots.withdraw_ballot,
    PaperBallotsEntered: paper.enter_part,
    PaperBatchEntered: paper.enter_batch,
    PaperBatchStruck: paper.strike_batch,
    PollClosed: results.close_poll,
    RoundsCounted: results.count_rounds,
    ResultDeclared: results.declare_result,
}
