"""Proposals, how they read, and how that changed."""

import asyncio
from typing import Any
from uuid import UUID

from libs.contracts.governance import (
    Difference,
    DifferenceBetween,
    Proposal,
    ProposalOf,
    Proposals,
    ProposalsOf,
    ProposalSummary,
    Version,
    VersionOf,
    Versions,
    VersionsOf,
    VersionSummary,
)
from libs.errors import NotFound
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.secrets import Secrets
from services.governance.domain.support import Support
from services.governance.domain.wording import Wording, compare
from services.governance.queries.access import BEHIND_ALL, next_cursor

_STANDING = """
SELECT proposal.*, named.member_id, vote.poll_id AS valid_poll_id,
    CASE
        WHEN taken_back_at IS NOT NULL THEN 'taken back'
        WHEN decided_in IS NOT NULL THEN CASE WHEN is_adopted THEN 'adopted' ELSE 'rejected' END
        WHEN vote.poll_id IS NOT NULL THEN 'vote'
        WHEN discussion_until > now() THEN 'discussion'
        WHEN support_needed > 0 AND support_reached_at IS NULL THEN 'support'
        ELSE 'ready'
    END AS phase
FROM proposal
    LEFT JOIN poll AS vote ON vote.poll_id = proposal.poll_id AND vote.cancelled_because IS NULL
    LEFT JOIN LATERAL member_seen(proposal.group_id, author, $2) AS named (member_id) ON true
WHERE may_see(proposal, $2)
"""

_PROPOSAL = f"SELECT * FROM ({_STANDING}) AS standing WHERE proposal_id = $1"  # noqa: S608 - two constants

_IS_GIVEN = "SELECT is_given FROM support WHERE support_id = $1"


async def proposal(query: ProposalOf, db: Connection, secrets: Secrets) -> Proposal:
    """
    Raises:
        NotFound: There is no such proposal, or none that the asker may know of.
    """
    row = await seen(db, _PROPOSAL, query.proposal_id, query.asker)
    is_supported = False
    if query.asker:
        own = Support.create_id(query.proposal_id, secrets.pseudonyms.elector(row["group_id"], query.asker))
        is_supported = bool(await db.fetchval(_IS_GIVEN, own))
    row |= {"poll_id": row["valid_poll_id"], "is_supported": is_supported}
    return Proposal(**{name: row[name] for name in Proposal.model_fields})


_PROPOSALS = f"""
SELECT * FROM ({_STANDING}) AS standing
WHERE group_id = $1 AND made_position < $3 AND ($4::text IS NULL OR phase = $4)
ORDER BY made_position DESC LIMIT $5
"""  # noqa: S608 - two constants


async def proposals(query: ProposalsOf, db: Connection, _: Secrets) -> Proposals:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (before,) = from_cursor(query.cursor, [int]) or [BEHIND_ALL]
    rows = await db.fetch(_PROPOSALS, query.group_id, query.asker, before, query.phase, query.limit)
    fields = ProposalSummary.model_fields
    items = tuple(
        ProposalSummary(**{name: row[name] for name in fields} | {"poll_id": row["valid_poll_id"]}) for row in rows
    )
    return Proposals(items=items, next=next_cursor(rows, query.limit, "made_position"))


_SEEN = "SELECT FROM proposal WHERE proposal_id = $1 AND may_see(proposal, $2)"

_VERSIONS = """
SELECT version_number, title, text_sha256, amendment_id, made_at, position FROM proposal_version
WHERE proposal_id = $1 AND version_number > $2 ORDER BY version_number LIMIT $3
"""


async def versions(query: VersionsOf, db: Connection, _: Secrets) -> Versions:
    """
    Raises:
        NotFound: There is no such proposal, or none that the asker may know of.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    await seen(db, _SEEN, query.proposal_id, query.asker)
    rows = await db.fetch(_VERSIONS, query.proposal_id, min(behind, 2**31 - 1), query.limit)
    items = tuple(VersionSummary(**row) for row in rows)
    return Versions(items=items, next=next_cursor(rows, query.limit, "version_number"))


_VERSION = """
SELECT proposal_id, version_number, title, text, text_sha256, amendment_id, made_at, position
FROM proposal_version WHERE proposal_id = $1 AND version_number = $2
"""


async def version(query: VersionOf, db: Connection, _: Secrets) -> Version:
    """
    Raises:
        NotFound: There is no such version, or none that the asker may know of.
    """
    await seen(db, _SEEN, query.proposal_id, query.asker)
    return await version_of(db, query.proposal_id, query.version_number)


async def difference(query: DifferenceBetween, db: Connection, _: Secrets) -> Difference:
    """
    Raises:
        NotFound: There is no such version, or none that the asker may know of.
    """
    await seen(db, _SEEN, query.proposal_id, query.asker)
    older = await version_of(db, query.proposal_id, query.older)
    newer = await version_of(db, query.proposal_id, query.newer)
    return await difference_between(Wording(older.title, older.text), Wording(newer.title, newer.text))


async def difference_between(older: Wording, newer: Wording) -> Difference:
    """Compare in a thread of its own: two long texts take a while, and others ask meanwhile."""
    title = await asyncio.to_thread(compare, older.title, newer.title)
    lines = await asyncio.to_thread(compare, older.text, newer.text)
    return Difference(title=tuple(piece for line in title for piece in line), lines=lines)


async def version_of(db: Connection, proposal_id: UUID, version_number: int) -> Version:
    """
    Return a version of a proposal that the asker may see.

    Raises:
        NotFound: It has none of that number.
    """
    row = await db.fetchrow(_VERSION, proposal_id, version_number)
    if row is None:
        raise NotFound(f"The proposal has no version {version_number}.")
    return Version(**row)


async def seen(db: Connection, statement: str, thing_id: UUID, asker: UUID | None) -> dict[str, Any]:
    """
    Return what *statement* finds for *thing_id* and *asker*, its arguments.

    Raises:
        NotFound: Nothing; what the asker may not know of is not there.
    """
    row = await db.fetchrow(statement, thing_id, asker)
    if row is None:
        raise NotFound(f"There is no {thing_id} among the proposals and what is said of them.")
    return dict(row)


QUERIES: QueryHandlers = {
    ProposalOf: proposal,
    ProposalsOf: proposals,
    VersionsOf: versions,
    VersionOf: version,
    DifferenceBetween: difference,
}
