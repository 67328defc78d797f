"""Polls and their rolls: the answers, and the questions."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Method
from libs.contracts.paging import Cursor, Limit


class PollDetails(View):
    """A poll: what is asked, by which rules, and where it stands. Positions are those of governance's log."""

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
    is_open: bool
    is_result_declared: bool
    opened_position: int
    closed_position: int | None


class PollSummary(View):
    """A line in a list of polls."""

    poll_id: UUID
    question: str
    method: Method
    opened_at: datetime
    closes_at: datetime
    is_open: bool
    is_result_declared: bool


class Polls(View):
    """A page of a group's polls, the newest first."""

    items: tuple[PollSummary, ...]
    next: Cursor | None


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


class PollsOf(Query[Polls]):
    """The polls of a group, all of them or only those that are open (or not)."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    is_open: bool | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class RollOf(Query[Roll]):
    """Who may vote in a poll; for members of its group."""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID
    limit: Limit = 200
    cursor: Cursor | None = None


class LogKey(View):
    """The public half of the Ed25519 key that the vote log is sealed with: 32 bytes, in hex."""

    public_key: str


class LogKeyOf(Query[LogKey]):
    """Which key is the vote log sealed with?"""

    service: ClassVar[str] = "governance"
