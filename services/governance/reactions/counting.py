"""
Counting what is closed.

A count is over the rows of a poll that is closed in them: nothing behind the close changes these. So every replica
that counts comes to the same result, and the log keeps it once.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg

from libs.contracts.base import Command
from libs.contracts.governance import CountedOutcome, DeclareResult, PollTerms
from libs.service.database import Connection, one_moment
from libs.service.reactions import Reactions, World
from libs.tally import Ballot, Rules, Settings, ballots_sha256, count_weighted
from services.governance.domain.carrying import Carrying
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.reactions.delegations import delegated_votes

CLOCK_S = 0.5

reactions = Reactions()


@dataclass(frozen=True)
class Box:
    """
    The *ballots* of a poll that count, each distinct one with its number; *paper_count* of them are on paper.

    A ballot counts once more for each whose vote its voter carries; *carrying* is None where nobody delegated.
    """

    ballots: Mapping[Ballot, int]
    paper_count: int
    carrying: Carrying | None = None


_CLOSED = """
SELECT poll_id, method, options, voters_count, terms, closed_position, closed_sha256, closed_root
FROM poll WHERE closed_sha256 IS NOT NULL AND declared_position IS NULL ORDER BY closed_position LIMIT 10
"""


@reactions.every(CLOCK_S)
async def count_what_is_closed(world: World) -> list[tuple[UUID, Command]]:
    (secrets,) = world.resources
    async with one_moment(world.pool) as db:
        closed = [(poll, await open_box(db, poll, secrets.pseudonyms)) for poll in await db.fetch(_CLOSED)]
    return [(uuid5(poll["poll_id"], "declare"), await count(poll, box)) for poll, box in closed]


_BALLOTS = """
SELECT choices, marks, sum(times) AS times, coalesce(sum(times) FILTER (WHERE is_paper), 0) AS paper_times
FROM counted_ballot WHERE poll_id = $1 GROUP BY choices, marks
"""


async def open_box(db: Connection, poll: asyncpg.Record, pseudonyms: Pseudonyms) -> Box:
    """Return the ballots of a closed *poll*, whose row that is."""
    rows = await db.fetch(_BALLOTS, poll["poll_id"])
    ballots = Counter({Ballot(tuple(row["choices"]), tuple(row["marks"])): int(row["times"]) for row in rows})
    delegated = await delegated_votes(db, poll["poll_id"], poll["terms"]["carry_max"], pseudonyms)
    if delegated:
        ballots.update(delegated.more)
    return Box(
        ballots,
        paper_count=sum(int(row["paper_times"]) for row in rows),
        carrying=delegated and delegated.carrying,
    )


async def count(poll: asyncpg.Record, box: Box) -> DeclareResult:
    """Count what is in the *box*, on the terms that the *poll*'s row holds."""
    terms = PollTerms.model_validate(poll["terms"])
    seed = poll["closed_root"] if terms.seed_from == "root" else poll["closed_sha256"]
    # In a thread of its own: a large count takes seconds, and ballots of other polls go on coming.
    outcome = await asyncio.to_thread(
        count_weighted,
        poll["method"],
        poll["options"],
        box.ballots,
        seed=bytes.fromhex(seed),
        settings=Settings(**dict(terms.settings)),
        rules=Rules(**dict(terms.rules)) if terms.rules else None,
        voters_count=poll["voters_count"],
    )
    return DeclareResult(
        poll_id=poll["poll_id"],
        closed_position=poll["closed_position"],
        seed=seed,
        paper_ballots_count=box.paper_count,
        ballots_sha256=ballots_sha256(box.ballots),
        outcome=CountedOutcome.model_validate(outcome.as_plain()),
        carried=box.carrying.carried if box.carrying else (),
        known_as=box.carrying.known_as if box.carrying else (),
        for_group=box.carrying is not None and box.carrying.is_for_group,
    )
