"""What follows from results: the answers, and the questions. Members of the group see *member_id*, others do not."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Remedy, TaskState
from libs.contracts.paging import Cursor, Limit


class Task(View):
    """Something that follows from a result, as it stands; *elector* is who does it, by the pseudonym in the group."""

    task_id: UUID
    poll_id: UUID
    what: str
    elector: UUID | None
    member_id: UUID | None
    due_on: date | None
    state: TaskState
    note: str | None
    agreed_at: datetime
    moved_at: datetime
    position: int


class Tasks(View):
    """A page of tasks, in the order in which they were agreed."""

    items: tuple[Task, ...]
    next: Cursor | None


class FollowUp(View):
    """What follows from a result: when the group looks at it again, whether that day has come, and a page of tasks."""

    poll_id: UUID
    review_on: date | None
    review_fell_due_at: datetime | None
    tasks: tuple[Task, ...]
    next: Cursor | None


class Objection(View):
    """
    An objection to a result, and what came of it.

    *objector* is the voter's pseudonym in the poll. *agrees* says of a recount whether it gave what was declared, None
    before; *review_poll_id* is where the group votes again.
    """

    objection_id: UUID
    objector: UUID
    member_id: UUID | None
    reason: str
    remedy: Remedy
    raised_at: datetime
    agrees: bool | None
    outcome_sha256: str | None
    ballots_sha256: str | None
    recounted_at: datetime | None
    review_poll_id: UUID | None
    position: int


class Objections(View):
    """A page of the objections to a result, the first first."""

    items: tuple[Objection, ...]
    next: Cursor | None


class FollowUpOf(Query[FollowUp]):
    """What follows from this poll's result?"""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class TasksOf(Query[Tasks]):
    """What has this group to do, all of it or what stands so?"""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID | None = None
    state: TaskState | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class ObjectionsTo(Query[Objections]):
    """Who objects to this poll's result?"""

    service: ClassVar[str] = "governance"

    poll_id: UUID
    asker: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None
