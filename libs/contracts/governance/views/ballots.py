"""Who voted how: the answers, and the questions."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Key, Scope, Sha256
from libs.contracts.governance.views.electorates import OwnPlace
from libs.contracts.paging import Cursor, Limit


class BallotEntry(View):
    """
    What a ballot says, or said, by its entry at *position*; of all of a ballot's entries at most one *counts*.

    *choices* is None where the ballot was withdrawn.
    """

    choices: tuple[str, ...] | None
    marks: tuple[int, ...] = ()
    reason: str | None = None
    position: int
    counts: bool


class OwnBallot(View):
    """
    The caller's own ballot as it counts: in the public log it is the *voter*'s, and its newest entry is at *position*.

    *choices* is None for a ballot that was withdrawn. *history* has its entries, the newest last: this one counts, and
    those before were replaced. Of a ballot that was changed very often the oldest are left out.
    """

    poll_id: UUID
    ballot_id: UUID
    voter: UUID
    choices: tuple[str, ...] | None
    marks: tuple[int, ...] = ()
    reason: str | None = None
    position: int
    history: tuple[BallotEntry, ...] = ()


class NamedBallot(View):
    """
    A member's ballot that counts; at *replaced* stands in the log what it said before, which counts no longer.

    *choices* is None, and *reason* too, while results are hidden.
    """

    member_id: UUID
    voter: UUID
    choices: tuple[str, ...] | None
    marks: tuple[int, ...] = ()
    reason: str | None = None
    position: int
    replaced: tuple[int, ...] = ()


class NamedBallots(View):
    """A page of the ballots of those who are members of the group today; a page may hold fewer than were asked for."""

    items: tuple[NamedBallot, ...]
    next: Cursor | None


class PaperBatch(View):
    """A batch of paper ballots; *entered_by* is shown to members of the group alone."""

    batch_id: UUID
    ballots_count: int
    entered_at: datetime
    entered_by: UUID | None
    position: int
    struck_because: str | None


class PaperBatches(View):
    """A page of a poll's batches, in the order in which they were entered."""

    items: tuple[PaperBatch, ...]
    next: Cursor | None


class PollKey(View):
    """
    The key that ballots of a poll, or all that can be, are sealed with in the log: 32 bytes, in hexadecimal digits.

    *key_sha256* is what the poll's opening committed to: the SHA-256 of the key's bytes.
    """

    poll_id: UUID
    key: Key
    key_sha256: Sha256


class GroupKey(View):
    """
    The key that what a group keeps to itself is sealed with in the log, beside its polls: 32 bytes, in hexadecimal.

    Proposals, amendments, and delegations that are wider than one poll; an auditor's file of keys names it by the
    group's id.
    """

    group_id: UUID
    key: Key


class GivenDelegation(View):
    """
    Whom a member let vote, by pseudonym: from the entry at *from_position* to that at *until_position* (None: still).
    """

    group_id: UUID
    scope: Scope
    poll_id: UUID | None
    topic: str | None
    delegator: UUID
    delegate: UUID
    from_position: int
    until_position: int | None


class GovernanceData(View):
    """
    What this service holds of one member: their ballots, withdrawn ones too, the places that they gave, and whom they
    ever delegated to.
    """

    ballots: tuple[OwnBallot, ...]
    places: tuple[OwnPlace, ...] = ()
    delegations: tuple[GivenDelegation, ...] = ()


class OwnBallotIn(Query[OwnBallot]):
    """The asker's ballot in a poll."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID


class GovernanceDataOf(Query[GovernanceData]):
    """What this service holds of a member, for the member."""

    service: ClassVar[str] = "governance"

    member_id: UUID


class BallotsIn(Query[NamedBallots]):
    """Who voted how in a named poll; for members of its group."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class PaperBatchesIn(Query[PaperBatches]):
    """The batches of paper ballots in a poll."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class GroupKeyOf(Query[GroupKey]):
    """The key of a group, for its members."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID


class PollKeyOf(Query[PollKey]):
    """The key of a poll, for who may read it: results that are hidden stay so until the close."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
