"""What questions share: a row or the news that there is none, who may read it, and where a page ends."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from libs.errors import NotFound
from libs.service.database import Connection
from libs.service.paging import to_cursor
from services.governance.domain.electorate import NotAMember

BEHIND_ALL = 2**62


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks about a poll: what they are to it, and its group."""

    group_id: UUID
    is_member: bool
    is_auditor: bool


_READER = """
SELECT poll.group_id, member_id IS NOT NULL AS is_member, auditor_id IS NOT NULL AS is_auditor
FROM poll
    LEFT JOIN membership ON membership.group_id = poll.group_id AND member_id = $2
    LEFT JOIN auditor ON auditor.poll_id = poll.poll_id AND auditor_id = $2
WHERE poll.poll_id = $1 AND may_read(poll, $2)
"""


async def check_may_read(db: Connection, poll_id: UUID, asker: UUID | None) -> Reader:
    """
    Return what *asker* is to the poll; everybody's polls may be read by everybody, a group's by members and auditors.

    Raises:
        NotFound: There is no such poll, or none that *asker* may know of.
    """
    return Reader(**await row_of(db, _READER, poll_id, asker))


async def check_is_member(db: Connection, poll_id: UUID, asker: UUID) -> UUID:
    """
    Return the poll's group, whose member *asker* is.

    Raises:
        NotFound: As `check_may_read`.
        NotAMember: They may read it and are no member.
    """
    reader = await check_may_read(db, poll_id, asker)
    if not reader.is_member:
        raise NotAMember("Only members of the group see this.")
    return reader.group_id


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
