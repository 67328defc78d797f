"""The polls that wait for a member's ballot."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from asyncpg import Record

from libs.contracts.governance import PendingPoll, PendingPolls, PendingPollsOf
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.ballot import Ballot
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.roll import part_of
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import next_cursor

LOOKED_THROUGH_MAX = 500
"""Of open polls at once."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

_OPEN = """
SELECT poll_id, group_id, question, method, closes_at, reminded_position IS NOT NULL AS was_reminded, parts_count
FROM poll WHERE closed_position IS NULL AND (closes_at, poll_id) > ($1, $2)
ORDER BY closes_at, poll_id LIMIT $3
"""

_WAITING = """
SELECT poll_id
FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[]) AS own (poll_id, part, voter, ballot_id)
    JOIN roll_part USING (poll_id, part)
WHERE voter = ANY (voters)
    AND NOT EXISTS (
        SELECT FROM ballot
        WHERE ballot.ballot_id = own.ballot_id AND (choices IS NOT NULL OR sealed IS NOT NULL)
    )
"""


async def pending_polls(query: PendingPollsOf, db: Connection, secrets: Secrets) -> PendingPolls:
    """
    Go through the open polls of all groups: who left a group since may still vote in those opened before.

    Raises:
        BadCursor: The cursor is not one of this list.
    """
    behind = from_cursor(query.cursor, [datetime, UUID]) or [_LONG_AGO, UUID(int=0)]
    found: list[Record] = []
    while len(found) < query.limit:
        polls = await db.fetch(_OPEN, *behind, LOOKED_THROUGH_MAX)
        waiting = await _that_wait(db, polls, query.asker, secrets.pseudonyms)
        found += [poll for poll in polls if poll["poll_id"] in waiting]
        if len(polls) < LOOKED_THROUGH_MAX:
            break
        behind = [polls[-1]["closes_at"], polls[-1]["poll_id"]]
    page = found[: query.limit]
    return PendingPolls(
        items=tuple(PendingPoll(**{name: poll[name] for name in PendingPoll.model_fields}) for poll in page),
        next=next_cursor(page, query.limit, "closes_at", "poll_id"),
    )


async def _that_wait(db: Connection, polls: Sequence[Record], asker: UUID, pseudonyms: Pseudonyms) -> set[UUID]:
    """Return those of *polls* whose roll bears the asker, and which have no ballot of theirs."""
    ids = [poll["poll_id"] for poll in polls]
    electors = {group_id: pseudonyms.elector(group_id, asker) for group_id in {poll["group_id"] for poll in polls}}
    voters = [pseudonyms.voter(poll["poll_id"], electors[poll["group_id"]]) for poll in polls]
    parts = [part_of(voter, poll["parts_count"]) for voter, poll in zip(voters, polls, strict=True)]
    ballots = [Ballot.create_id(poll_id, voter) for poll_id, voter in zip(ids, voters, strict=True)]
    return {poll_id for (poll_id,) in await db.fetch(_WAITING, ids, parts, voters, ballots)}


QUERIES: QueryHandlers = {
    PendingPollsOf: pending_polls,
}
