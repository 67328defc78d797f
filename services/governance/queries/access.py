"""What questions share: a row or the news that there is none, membership, and where a page ends."""

from typing import Any
from uuid import UUID

import asyncpg

from libs.errors import NotFound
from libs.service.database import Connection
from libs.service.paging import to_cursor
from services.governance.domain.electorate import NotAMember

BEHIND_ALL = 2**62


_MEMBERSHIP = """
SELECT poll.group_id, member_id FROM poll
    LEFT JOIN membership ON membership.group_id = poll.group_id AND member_id = $2
WHERE poll_id = $1
"""


async def check_is_member(db: Connection, poll_id: UUID, asker: UUID) -> UUID:
    """Return the poll's group, whose member *asker* is."""
    row = await row_of(db, _MEMBERSHIP, poll_id, asker)
    if row["member_id"] is None:
        raise NotAMember("Only members of the group see this.")
    group_id: UUID = row["group_id"]
    return group_id


_MAY_READ = """
SELECT poll_id FROM poll
WHERE poll_id = $1 AND (
    terms ->> 'audience' = 'everyone'
    OR EXISTS (SELECT FROM membership WHERE membership.group_id = poll.group_id AND member_id = $2)
    OR EXISTS (SELECT FROM auditor WHERE auditor.poll_id = poll.poll_id AND auditor_id = $2)
)
"""


async def check_may_read(db: Connection, poll_id: UUID, asker: UUID | None) -> None:
    """
    Let everybody pass where the poll is everybody's to read; where it is its group's, members and named auditors.

    Raises:
        NotFound: There is no such poll, or none that *asker* may know of.
    """
    await row_of(db, _MAY_READ, poll_id, asker)


async def row_of(db: Connection, statement: str, poll_id: UUID, *more: Any) -> dict[str, Any]:
    """
    Return what *statement* finds of a poll, its first argument.

    Raises:
        NotFound: Nothing.
    """
    row = await db.fetchrow(statement, poll_id, *more)
    if row is None:
        raise NotFound(f"There is no poll {poll_id}.")
    return dict(row)


def next_cursor(rows: list[asyncpg.Record], limit: int, *key: str) -> str | None:
    """Return the cursor behind a full page of *rows*, from the columns that they are ordered by."""
    return to_cursor(*(rows[-1][name] for name in key)) if len(rows) == limit else None
