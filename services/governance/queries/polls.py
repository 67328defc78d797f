"""Polls and their rolls."""

from libs.contracts.governance import (
    PollDetails,
    PollInGroup,
    PollOf,
    Polls,
    PollsAmong,
    PollsInGroups,
    PollsOf,
    PollSummary,
    Roll,
    RollDispute,
    RollOf,
)
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.electorate import NotAMember
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import BEHIND_ALL, check_may_read, next_cursor, row_of

DISPUTES_MAX = 50
"""So many are shown with a poll; how many there are is told as well."""

_POLL = """
SELECT poll.poll_id, group_id, question, explanation, method, options, opened_at, closes_at, may_close_early,
    allows_paper, voters_count, roll_sha256, terms, closed_position IS NULL AS is_open,
    declared_position IS NOT NULL AS is_result_declared, opened_position, opener_seen(poll, $2) AS opened_by,
    closed_at, closed_position, cancelled_because, reminded_position,
    (SELECT poll_id FROM poll AS other WHERE other.replaces = poll.poll_id ORDER BY opened_position LIMIT 1)
        AS replaced_by,
    (SELECT count(*) FROM dispute WHERE dispute.poll_id = poll.poll_id) AS disputes_count
FROM poll WHERE poll.poll_id = $1
"""

_DISPUTES = """
SELECT disputant, reason, disputed_at, position FROM dispute WHERE poll_id = $1 ORDER BY position DESC LIMIT $2
"""

_AUDITORS = "SELECT auditor_id FROM auditor WHERE poll_id = $1 ORDER BY auditor_id"


async def poll(query: PollOf, db: Connection, _: Secrets) -> PollDetails:
    """
    Raises:
        NotFound: There is no such poll for the asker.
    """
    reader = await check_may_read(db, query.poll_id, query.asker)
    disputes = await db.fetch(_DISPUTES, query.poll_id, DISPUTES_MAX)
    auditors = await db.fetch(_AUDITORS, query.poll_id) if reader.is_member else []
    return PollDetails(
        **await row_of(db, _POLL, query.poll_id, query.asker),
        disputes=tuple(RollDispute(**dispute) for dispute in disputes),
        auditors=tuple(row["auditor_id"] for row in auditors),
    )


_POLLS = """
SELECT poll_id, question, method, opened_at, closes_at, closed_at, terms ->> 'topic' AS topic,
    terms ->> 'results' AS results, audience, closed_position IS NULL AS is_open,
    cancelled_because IS NOT NULL AS is_cancelled, declared_position IS NOT NULL AS is_result_declared, opened_position
FROM poll
WHERE group_id = $1 AND opened_position < $2 AND ($3::boolean IS NULL OR (closed_position IS NULL) = $3)
    AND may_read(poll, $5)
ORDER BY opened_position DESC LIMIT $4
"""


async def polls(query: PollsOf, db: Connection, _: Secrets) -> Polls:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (before,) = from_cursor(query.cursor, [int]) or [BEHIND_ALL]
    rows = await db.fetch(_POLLS, query.group_id, min(before, BEHIND_ALL), query.is_open, query.limit, query.asker)
    items = tuple(PollSummary(**{name: row[name] for name in PollSummary.model_fields}) for row in rows)
    return Polls(items=items, next=next_cursor(rows, query.limit, "opened_position"))


_AMONG = """
SELECT poll_id, group_id, question, method, opened_at, closes_at, closed_at, voters_count, terms ->> 'topic' AS topic,
    terms ->> 'results' AS results, audience, closed_position IS NULL AS is_open,
    cancelled_because IS NOT NULL AS is_cancelled, declared_position IS NOT NULL AS is_result_declared
FROM poll
WHERE group_id = ANY ($1) AND (closed_position IS NULL) = $2 AND cancelled_because IS NULL AND may_read(poll, $4)
ORDER BY CASE WHEN $2 THEN closes_at END, closed_position DESC, poll_id LIMIT $3
"""


async def polls_among(query: PollsAmong, db: Connection, _: Secrets) -> PollsInGroups:
    rows = await db.fetch(_AMONG, list(query.group_ids), query.is_open, query.limit, query.asker)
    return PollsInGroups(items=tuple(PollInGroup(**row) for row in rows))


_ROLL = """
SELECT part, place, voter FROM roll_part, unnest(voters) WITH ORDINALITY AS listed (voter, place)
WHERE poll_id = $1 AND part >= $2 AND (part, place) > ($2, $3) ORDER BY part, place LIMIT $4
"""


_COMMITMENT = "SELECT poll_id, voters_count, roll_sha256 FROM poll WHERE poll_id = $1"


async def roll(query: RollOf, db: Connection, _: Secrets) -> Roll:
    """
    Raises:
        NotFound: There is no such poll for the asker.
        NotAMember: The asker is not in its group, nor named to audit it.
    """
    reader = await check_may_read(db, query.poll_id, query.asker)
    if not (reader.is_member or reader.is_auditor):
        raise NotAMember("Only members of the group see this.")
    part, place = from_cursor(query.cursor, [int, int]) or [0, 0]
    rows = await db.fetch(_ROLL, query.poll_id, min(part, 2**30), min(place, BEHIND_ALL), query.limit)
    return Roll(
        **await row_of(db, _COMMITMENT, query.poll_id),
        voters=tuple(row["voter"] for row in rows),
        next=next_cursor(rows, query.limit, "part", "place"),
    )


QUERIES: QueryHandlers = {
    PollOf: poll,
    PollsOf: polls,
    PollsAmong: polls_among,
    RollOf: roll,
}
