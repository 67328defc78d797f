"""Polls and their rolls: the answers, and the questions."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Audience, Method, PollTerms, Results, Topic
from libs.contracts.paging import Cursor, Limit


class RollDispute(View):
    """
    What a member said of a roll: that it is wrong, and why; it changes nothing.

    *disputant* is the member's pseudonym in the group.
    """

    disputant: UUID
    reason: str
    disputed_at: datetime
    position: int


class PollDetails(View):
    """
    A poll: what is asked, by which rules, and where it stands. Positions are those of governance's log.

    *terms* are all that it was opened on. *closed_at* and *closed_position* are those of its close or of its
    cancellation: a steward may close it before *closes_at*, where that was said at the opening. *opened_by* is shown to
    members of the group, as long as that member is one of them, and so are the *auditors* whom its stewards named to
    read a poll of the group alone. *disputes* are the newest of what was said of its roll.
    """

    poll_id: UUID
    group_id: UUID
    question: str
    explanation: str | None
    method: Method
    options: tuple[str, ...]
    opened_at: datetime
    closes_at: datetime
    may_close_early: bool
    allows_paper: bool
    voters_count: int
    roll_sha256: str
    terms: PollTerms
    is_open: bool
    is_result_declared: bool
    opened_position: int
    opened_by: UUID | None = None
    closed_at: datetime | None = None
    closed_position: int | None
    cancelled_because: str | None
    replaced_by: UUID | None
    reminded_position: int | None
    disputes_count: int
    disputes: tuple[RollDispute, ...]
    auditors: tuple[UUID, ...] = ()


class PollSummary(View):
    """A line in a list of polls; *closed_at* is when it was closed or cancelled, perhaps before *closes_at*."""

    poll_id: UUID
    question: str
    method: Method
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None = None
    topic: Topic | None
    results: Results
    audience: Audience
    is_open: bool
    is_cancelled: bool
    is_result_declared: bool


class Polls(View):
    """A page of a group's polls, the newest first."""

    items: tuple[PollSummary, ...]
    next: Cursor | None


class PollInGroup(PollSummary):
    """A line in a list of several groups' polls."""

    group_id: UUID
    voters_count: int


class PollsInGroups(View):
    """The polls of several groups."""

    items: tuple[PollInGroup, ...]


class Roll(View):
    """A page of the roll of a poll: the pseudonyms of those who may vote."""

    poll_id: UUID
    voters_count: int
    roll_sha256: str
    voters: tuple[UUID, ...]
    next: Cursor | None


class PollOf(Query[PollDetails]):
    """The poll of that id."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None


class PollsOf(Query[Polls]):
    """The polls of a group that the asker may read, all of them or only those that are open (or not)."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID | None = None
    is_open: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class PollsAmong(Query[PollsInGroups]):
    """
    The polls of some groups that the asker may read: those that are open, the next to close first; or those that are
    not, the last that closed first. The cancelled ones are left out.
    """

    service: ClassVar[str] = "governance"

    group_ids: Annotated[tuple[UUID, ...], Field(max_length=200)]
    asker: UUID | None = None
    is_open: bool = True
    limit: Limit = 50


class PendingPoll(View):
    """An open poll that waits for the asker's ballot; *was_reminded* says that its voters were told that it closes."""

    poll_id: UUID
    group_id: UUID
    question: str
    method: Method
    closes_at: datetime
    was_reminded: bool


class PendingPolls(View):
    """A page of polls, those that close first."""

    items: tuple[PendingPoll, ...]
    next: Cursor | None


class PendingPollsOf(Query[PendingPolls]):
    """The open polls in which the asker is on the roll and has no ballot."""

    service: ClassVar[str] = "governance"

    asker: UUID
    limit: Limit = 50
    cursor: Cursor | None = None


class RollOf(Query[Roll]):
    """Who may vote in a poll; for members of its group and named auditors."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID
    limit: Limit = 200
    cursor: Cursor | None = None
