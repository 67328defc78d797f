"""What follows from results: tasks, reviews, objections."""

from uuid import UUID

import asyncpg

from libs.contracts.governance import FollowUp, FollowUpOf, Objection, Objections, ObjectionsTo, Task, Tasks, TasksOf
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.result import Result
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import check_may_read, next_cursor

_TASKS = """
SELECT task_id, task.poll_id, what, elector, named.member_id, due_on, state, note, agreed_at, moved_at, position
FROM task JOIN poll USING (poll_id)
    LEFT JOIN LATERAL member_seen(task.group_id, elector, $2) AS named (member_id) ON true
WHERE may_read(poll, $2) AND position > $3
"""

_OF_POLL = f"{_TASKS} AND task.poll_id = $1 ORDER BY position LIMIT $4"

_OF_GROUP = f"{_TASKS} AND task.group_id = $1 AND ($5::text IS NULL OR state = $5) ORDER BY position LIMIT $4"

_REVIEW = "SELECT review_on, fell_due_at FROM review WHERE result_id = $1"


async def follow_up(query: FollowUpOf, db: Connection, _: Secrets) -> FollowUp:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    await check_may_read(db, query.poll_id, query.asker)
    review = await db.fetchrow(_REVIEW, Result.create_id(query.poll_id))
    rows = await db.fetch(_OF_POLL, query.poll_id, query.asker, behind, query.limit)
    return FollowUp(
        poll_id=query.poll_id,
        review_on=review and review["review_on"],
        review_fell_due_at=review and review["fell_due_at"],
        tasks=tuple(Task(**row) for row in rows),
        next=next_cursor(rows, query.limit, "position"),
    )


async def tasks(query: TasksOf, db: Connection, _: Secrets) -> Tasks:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    rows = await db.fetch(_OF_GROUP, query.group_id, query.asker, behind, query.limit, query.state)
    return Tasks(items=tuple(Task(**row) for row in rows), next=next_cursor(rows, query.limit, "position"))


_OBJECTIONS = """
SELECT objection_id, objector, reason, remedy, raised_at, agrees, outcome_sha256, ballots_sha256, recounted_at,
    review_poll_id, position
FROM objection WHERE poll_id = $1 AND position > $2 ORDER BY position LIMIT $3
"""

_KNOWN = "SELECT elector, member_id FROM known_elector JOIN membership USING (group_id, member_id) WHERE group_id = $1"


async def objections(query: ObjectionsTo, db: Connection, secrets: Secrets) -> Objections:
    """
    Raises:
        NotFound: There is no such poll, or none that the asker may know of.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    reader = await check_may_read(db, query.poll_id, query.asker)
    rows = await db.fetch(_OBJECTIONS, query.poll_id, behind, query.limit)
    known = await db.fetch(_KNOWN, reader.group_id) if rows and reader.is_member else []
    members = _voters(query.poll_id, known, secrets.pseudonyms)
    items = tuple(Objection(**row, member_id=members.get(row["objector"])) for row in rows)
    return Objections(items=items, next=next_cursor(rows, query.limit, "position"))


def _voters(poll_id: UUID, known: list[asyncpg.Record], pseudonyms: Pseudonyms) -> dict[UUID, UUID]:
    """Return who those that act in sight of the group are in one poll."""
    return {pseudonyms.voter(poll_id, elector): member_id for elector, member_id in known}


QUERIES: QueryHandlers = {
    FollowUpOf: follow_up,
    TasksOf: tasks,
    ObjectionsTo: objections,
}
