"""
Reads the vote log once, from its first entry to its last, and checks each against all before it.

An entry is taken for what its bytes say. What is not as it must be is noted and, where it would be a vote, not
counted; then the reading goes on, so that one audit names every difference there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from libs.audit import (
    amendments,
    ballots,
    carrying,
    electorates,
    mistakes,
    openings,
    paper,
    proposals,
    results,
    sayings,
)
from libs.audit.books import CACHE_MB, Books
from libs.audit.casts import AT_ONCE_MAX, Casts, add_ids
from libs.audit.entries import contract_of, is_canonical, read
from libs.audit.hidden import published, put_aside
from libs.audit.merkle import leaf_hash
from libs.audit.parts import alone
from libs.audit.polls import Poll
from libs.audit.report import Difference, Report, Rows
from libs.contracts import governance as told
from libs.contracts.base import Event
from libs.contracts.governance import BallotEvent, PollClosed
from libs.errors import UnknownEntry
from libs.eventlog.log import Recorded
from libs.eventlog.sealing import CannotBeOpened


class Replay:
    """
    One audit. Give it the log's entries in order, then ask for the report.

    With *keys*, by their ids, entries are read that are not for everybody's eyes. With a *state* it goes on where the
    audit that left the file stood; what it finds is in the file once it is `keep`t.

    Raises:
        StateUnusable: *state* is no such file, or another audit is at it.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        keys: Mapping[UUID, bytes] = MappingProxyType({}),
        cache_mb: int = CACHE_MB,
        at_once_max: int = AT_ONCE_MAX,
    ) -> None:
        self.books = Books(state, cache_mb=cache_mb, keys=keys)
        self._casts = Casts(self.books, at_once_max=at_once_max)
        self._outside: list[Difference] = []

    @property
    def position(self) -> int:
        """Up to where it has read."""
        return self.books.edge.size

    @property
    def root(self) -> bytes:
        """The root of the Merkle tree over all that was read."""
        return self.books.edge.root()

    def read(self, entries: Iterable[bytes]) -> None:
        """Go on with *entries*, the exact bytes of each, without line ends."""
        edge = self.books.edge
        for entry in entries:
            edge.append(leaf_hash(entry))
            if self._casts.take(self.position, entry):
                continue
            self._casts.put()
            recorded = self._recorded(entry)
            if recorded is not None and not put_aside(self.books, recorded):
                self._handle(recorded)

    def _handle(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, PollClosed) and (poll := published(self.books, event, recorded)):
            self._open_hidden(poll)
        _HANDLERS[type(event)](self.books, event, recorded)

    def _open_hidden(self, poll: Poll) -> None:
        """Read what was sealed with the poll's key as if it were read in its place."""
        db = self.books.db
        hidden = db.execute(
            "SELECT position, entry FROM hidden_entry WHERE key_id = ? ORDER BY position", (poll.id.bytes,)
        )
        for position, entry in hidden:
            try:
                self._handle(read(position, entry, self.books.keys))
            except UnknownEntry as fault:
                self._cannot_read(position, fault, poll.id)
        db.execute("DELETE FROM hidden_entry WHERE key_id = ?", (poll.id.bytes,))

    def _cannot_read(self, position: int, fault: UnknownEntry, poll_id: UUID | None = None) -> None:
        if isinstance(fault.__cause__, CannotBeOpened):
            text = f"It is not sealed for its place with the key that it names: {fault.__cause__}."
            self.books.differ(position, "sealed", text, poll_id)
        else:
            self.books.differ(position, "unreadable", str(fault), poll_id)

    def differ(self, rule: str, text: str, position: int = 0, poll_id: UUID | None = None) -> None:
        """Note what is wrong outside the log: in how it is served, or in what is shown beside it."""
        self._outside.append(Difference(position, poll_id, rule, text))

    def keep(self) -> None:
        """Leave all that was read up to here in the state."""
        self._casts.put()
        self.books.keep()

    def close(self) -> None:
        """End the audit; its reports can be read no longer."""
        self.books.close()

    @property
    def awaited(self) -> tuple[UUID, ...]:
        """The polls that are closed and have no result yet; right after a close it is on its way."""
        self._casts.put()
        return tuple(poll_id for poll_id, _ in self.books.awaited())

    def report(self, last: int | None = None) -> Report:
        """
        Return what was found up to here, the end of the log; by its keeper's word it ends at *last*.

        The report reads what it tells from the books, and has to be read before the audit goes on.
        """
        self._casts.put()
        books = self.books
        books.forget_findings()
        for difference in (*self._outside, *self._at_the_end(last)):
            books.find(difference)
        return Report(
            self.position,
            Rows(books.reports_count, books.reports),
            Rows(books.differences_count, books.differences),
        )

    def _at_the_end(self, last: int | None) -> Iterator[Difference]:
        """Yield what is wrong only if nothing more comes."""
        if last is not None and last != self.position:
            text = f"The log is said to end at {last}, and {self.position} entries are served."
            yield Difference(self.position, None, "gap", text)
        for poll_id, closed_position in self.books.awaited():
            yield Difference(closed_position, poll_id, "no-result", "The poll is closed, and no result was declared.")
        for position, poll_id in alone(self.books):
            text = "A part stands alone: the entry that it belongs to, which was written with it, is missing."
            yield Difference(position, poll_id, "part-alone", text)

    def _recorded(self, entry: bytes) -> Recorded | None:
        """Return what *entry* says, after checking all that an entry must be whatever it is about."""
        try:
            recorded = read(self.position, entry, self.books.keys)
        except UnknownEntry as fault:
            self._cannot_read(self.position, fault)
            return None
        contract = contract_of(recorded)
        name = contract.__name__
        if not is_canonical(recorded):
            self.books.differ(self.position, "form", f"{name} is not written in the one form that an entry has.")
        add_ids(self.books, name, [(recorded.id.bytes, self.position)])
        if not issubclass(contract, BallotEvent):  # a ballot's version is kept with what it says
            self._check_version(contract, recorded)
        return recorded

    def _check_version(self, contract: type[Event], recorded: Recorded) -> None:
        key = contract.aggregate, recorded.aggregate_id.bytes
        found = self.books.db.execute("SELECT version FROM version WHERE aggregate = ? AND id = ?", key).fetchone()
        expected = found[0] + 1 if found else 1
        if recorded.version != expected:
            text = (
                f"{contract.__name__} is version {recorded.version} of {recorded.aggregate_id}, where {expected}"
                " must follow: an entry is missing or twice."
            )
            self.books.differ(self.position, "version", text)
        begins = _BEGINS.get(contract.aggregate)
        if begins and (contract is begins) == bool(found):
            text = f"{contract.__name__} comes {'behind' if found else 'before'} the beginning, {begins.__name__}."
            self.books.differ(self.position, "beginning", text)
        self.books.db.execute("INSERT OR REPLACE INTO version VALUES (?, ?, ?)", (*key, recorded.version))


def _pass_by(*_: object) -> None:
    """All that must hold of it holds of every entry."""


_BEGINS: dict[str, type[Event]] = {
    event.aggregate: event
    for event in (
        told.ElectorateFormed,
        told.ProposalMade,
        told.AmendmentMade,
        told.SupportGiven,
        told.StatementMade,
        told.ResultDeclared,
        told.TaskAgreed,
        told.TemplateMade,
    )
}
"""What the first entry of such a thing is, and no later one."""

_HANDLERS: dict[type[Event], Callable[[Books, Any, Recorded], None]] = {
    told.ElectorateFormed: electorates.form_electorate,
    told.ElectorJoined: electorates.join_electorate,
    told.ElectorRoleGiven: electorates.give_role,
    told.ElectorLeft: electorates.leave_electorate,
    told.SubgroupJoined: electorates.join_subgroup,
    told.SubgroupLeft: electorates.leave_subgroup,
    told.ElectorPlaced: electorates.place_elector,
    told.RollFrozen: openings.freeze_roll_part,
    told.PollOpened: openings.open_poll,
    told.PollCancelled: mistakes.cancel_poll,
    told.RollDisputed: mistakes.dispute_roll,
    told.VotersReminded: mistakes.remind_voters,
    told.AuditorNamed: mistakes.name_auditor,
    told.BallotCast: ballots.cast_ballot,
    told.BallotReplaced: ballots.replace_ballot,
    told.BallotWithdrawn: ballots.withdraw_ballot,
    told.PaperBallotsEntered: paper.enter_part,
    told.PaperBatchEntered: paper.enter_batch,
    told.PaperBatchStruck: paper.strike_batch,
    told.DelegationGranted: carrying.grant,
    told.DelegationChanged: carrying.change,
    told.DelegationWithdrawn: carrying.withdraw,
    told.PollClosed: results.close_poll,
    told.RoundsCounted: results.count_rounds,
    told.DelegationsCounted: carrying.count_part,
    told.ResultDeclared: results.declare_result,
    told.ObjectionRaised: mistakes.raise_objection,
    told.ResultRecounted: mistakes.recount,
    told.ReviewVoteOpened: mistakes.open_review,
    told.TaskAgreed: mistakes.agree_task,
    told.ProposalMade: proposals.make_proposal,
    told.ProposalRevised: proposals.revise_proposal,
    told.SupportReached: proposals.reach_support,
    told.ProposalHeld: proposals.hold_proposal,
    told.ProposalPutToVote: proposals.put_to_vote,
    told.ProposalDecided: proposals.decide,
    told.ProposalTakenBack: proposals.take_back,
    told.AmendmentMade: amendments.make_amendment,
    told.AmendmentTakenIn: amendments.take_in,
    told.AmendmentRefused: amendments.refuse,
    told.AmendmentPutToVote: amendments.put_to_vote,
    told.AmendmentTakenBack: amendments.take_back,
    told.SupportGiven: sayings.give_support,
    told.SupportRenewed: sayings.renew_support,
    told.SupportTakenBack: sayings.take_support_back,
    told.StatementMade: sayings.make_statement,
    told.StatementTakenBack: sayings.take_statement_back,
    told.CustomsSet: openings.set_customs,
    **dict.fromkeys(
        (
            told.TemplateMade,
            told.TemplateChanged,
            told.TemplateDropped,
            told.TaskMoved,
            told.ReviewPlanned,
            told.ReviewFellDue,
        ),
        _pass_by,
    ),
}
