"""
What governance does by itself: it hears who joins and leaves groups, closes polls at their time, and counts.

A count is over the rows that stand level with the poll's close, and nothing behind the close changes them. So every
replica that counts comes to the same result, and the log keeps it once.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.governance import ClosePoll, CountedOutcome, DeclareResult, HearOfMember, PollClosed, Role
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World
from libs.tally import ballots_sha256, count_weighted

CLOCK_S = 0.5
REBUILD_S_MAX = 24 * 3600.0
"""The read models may be being built anew; a count waits so long for them before its process is started again."""

reactions = Reactions()


@reactions.on(MemberJoined)
async def hear_of_joining(event: MemberJoined, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, event.role, recorded)


@reactions.on(RoleGiven)
async def hear_of_role(event: RoleGiven, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, event.role, recorded)


@reactions.on(MemberLeft)
async def hear_of_leaving(event: MemberLeft, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, None, recorded)


def _news(group_id: UUID, member_id: UUID, role: Role | None, recorded: Recorded) -> HearOfMember:
    return HearOfMember(group_id=group_id, member_id=member_id, role=role, source_position=recorded.position)


_DUE = """
SELECT poll_id FROM poll WHERE closed_position IS NULL AND closes_at <= $1 ORDER BY closes_at LIMIT 100
"""


@reactions.every(CLOCK_S)
async def close_what_is_due(world: World) -> list[tuple[UUID, Command]]:
    due = await world.pool.fetch(_DUE, datetime.now(UTC))
    return [(uuid5(poll_id, "close"), ClosePoll(poll_id=poll_id)) for (poll_id,) in due]


_RULES = "SELECT method, options FROM poll WHERE poll_id = $1"

_BALLOTS = """
SELECT choices, sum(times) AS times, coalesce(sum(times) FILTER (WHERE is_paper), 0) AS paper_times
FROM counted_ballot WHERE poll_id = $1 GROUP BY choices
"""


@reactions.on(PollClosed)
async def count(_: PollClosed, recorded: Recorded, world: World) -> DeclareResult:
    await world.progress.reach(recorded.log, recorded.position, timeout_s=REBUILD_S_MAX)
    poll = await world.pool.fetchrow(_RULES, recorded.aggregate_id)
    assert poll is not None, "a poll that closed was opened before"
    rows = await world.pool.fetch(_BALLOTS, recorded.aggregate_id)
    ballots = {tuple(row["choices"]): int(row["times"]) for row in rows}
    seed = hashlib.sha256(recorded.entry).digest()
    # In a thread of its own: a large count takes seconds, and ballots of other polls go on coming.
    outcome = await asyncio.to_thread(
        count_weighted,
        poll["method"],
        poll["options"],
        ballots,
        seed=seed,
    )
    return DeclareResult(
        poll_id=recorded.aggregate_id,
        closed_position=recorded.position,
        seed=seed.hex(),
        paper_ballots_count=sum(int(row["paper_times"]) for row in rows),
        ballots_sha256=ballots_sha256(ballots),
        outcome=CountedOutcome.model_validate(outcome.as_plain()),
    )
