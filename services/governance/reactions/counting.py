"""
Counting what is closed.

A count is over the rows of a poll that is closed in them: nothing behind the close changes these. So every replica
that counts comes to the same result, and the log keeps it once.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid5

import asyncpg

from libs.contracts.base import Command
from libs.contracts.governance import CountedOutcome, DeclareResult
from libs.service.reactions import Reactions, World
from libs.tally import Ballot, ballots_sha256, count_weighted

CLOCK_S = 0.5

reactions = Reactions()

_CLOSED = """
SELECT poll_id, method, options, closed_position, closed_sha256
FROM poll WHERE closed_position IS NOT NULL AND declared_position IS NULL AND cancelled_because IS NULL
ORDER BY closed_position LIMIT 10
"""

_BALLOTS = """
SELECT choices, sum(times) AS times, coalesce(sum(times) FILTER (WHERE is_paper), 0) AS paper_times
FROM counted_ballot WHERE poll_id = $1 GROUP BY choices
"""


@reactions.every(CLOCK_S)
async def count_what_is_closed(world: World) -> list[tuple[UUID, Command]]:
    # One snapshot: should the tables be built anew at this moment, it is of the old ones or of nothing.
    async with world.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        closed = [(poll, await db.fetch(_BALLOTS, poll["poll_id"])) for poll in await db.fetch(_CLOSED)]
    return [(uuid5(poll["poll_id"], "declare"), await _count(poll, rows)) for poll, rows in closed]


async def _count(poll: asyncpg.Record, rows: Sequence[asyncpg.Record]) -> DeclareResult:
    ballots = {Ballot(tuple(row["choices"])): int(row["times"]) for row in rows}
    # In a thread of its own: a large count takes seconds, and ballots of other polls go on coming.
    outcome = await asyncio.to_thread(
        count_weighted, poll["method"], poll["options"], ballots, seed=bytes.fromhex(poll["closed_sha256"])
    )
    return DeclareResult(
        poll_id=poll["poll_id"],
        closed_position=poll["closed_position"],
        seed=poll["closed_sha256"],
        paper_ballots_count=sum(int(row["paper_times"]) for row in rows),
        ballots_sha256=ballots_sha256(ballots),
        outcome=CountedOutcome.model_validate(outcome.as_plain()),
    )
