"""What is said of proposals, and how others would have them read."""

from libs.contracts.governance import (
    Amendment,
    AmendmentOf,
    Amendments,
    AmendmentsOf,
    AmendmentSummary,
    Statement,
    Statements,
    StatementsOn,
)
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.secrets import Secrets
from services.governance.domain.wording import Wording
from services.governance.queries.access import next_cursor
from services.governance.queries.proposals import difference_between, seen, version_of

_PROPOSAL = "SELECT group_id FROM proposal WHERE proposal_id = $1 AND may_see(proposal, $2)"

_STATEMENTS = """
SELECT statement.statement_id, author, named.member_id, side, words, encode(salt, 'hex') AS salt, text_sha256, made_at,
    position
FROM statement
    LEFT JOIN statement_words
        ON statement_words.statement_id = statement.statement_id AND sha256 = text_sha256 AND NOT is_taken_back
    LEFT JOIN LATERAL member_seen($5, author, $2) AS named (member_id) ON true
WHERE proposal_id = $1 AND position > $3 AND ($6::text IS NULL OR side = $6) ORDER BY position LIMIT $4
"""


async def statements(query: StatementsOn, db: Connection, _: Secrets) -> Statements:
    """
    Raises:
        NotFound: There is no such proposal, or none that the asker may know of.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    group_id = (await seen(db, _PROPOSAL, query.proposal_id, query.asker))["group_id"]
    rows = await db.fetch(_STATEMENTS, query.proposal_id, query.asker, behind, query.limit, group_id, query.side)
    return Statements(items=tuple(Statement(**row) for row in rows), next=next_cursor(rows, query.limit, "position"))


_AMENDMENT = """
SELECT amendment.*, named.member_id, vote.poll_id AS valid_poll_id,
    CASE WHEN vote.poll_id IS NOT NULL AND NOT is_settled THEN 'vote' ELSE state END AS standing
FROM amendment JOIN proposal USING (proposal_id)
    LEFT JOIN poll AS vote ON vote.poll_id = amendment.poll_id AND vote.cancelled_because IS NULL
    LEFT JOIN LATERAL member_seen(proposal.group_id, amendment.author, $2) AS named (member_id) ON true
WHERE may_see(proposal, $2)
"""

_AMENDMENTS = f"{_AMENDMENT} AND proposal_id = $1 AND amendment.position > $3 ORDER BY amendment.position LIMIT $4"


async def amendments(query: AmendmentsOf, db: Connection, _: Secrets) -> Amendments:
    """
    Raises:
        NotFound: There is no such proposal, or none that the asker may know of.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    await seen(db, _PROPOSAL, query.proposal_id, query.asker)
    rows = await db.fetch(_AMENDMENTS, query.proposal_id, query.asker, behind, query.limit)
    items = tuple(
        AmendmentSummary(
            **{name: row[name] for name in AmendmentSummary.model_fields}
            | {"state": row["standing"], "poll_id": row["valid_poll_id"]}
        )
        for row in rows
    )
    return Amendments(items=items, next=next_cursor(rows, query.limit, "position"))


async def amendment(query: AmendmentOf, db: Connection, _: Secrets) -> Amendment:
    """
    Raises:
        NotFound: There is no such amendment, or none that the asker may know of.
    """
    row = await seen(db, f"{_AMENDMENT} AND amendment_id = $1", query.amendment_id, query.asker)
    replaced = await version_of(db, row["proposal_id"], row["of_version"])
    row |= {
        "state": row["standing"],
        "poll_id": row["valid_poll_id"],
        "difference": await difference_between(
            Wording(replaced.title, replaced.text), Wording(row["title"], row["text"])
        ),
    }
    return Amendment(**{name: row[name] for name in Amendment.model_fields})


QUERIES: QueryHandlers = {
    StatementsOn: statements,
    AmendmentsOf: amendments,
    AmendmentOf: amendment,
}
