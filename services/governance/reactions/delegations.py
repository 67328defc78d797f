"""
Which ballots count for more than one voter.

As the count itself, this is over the rows of a closed poll: the delegations that stood at its close, whatever became of
them since.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

from libs.service.database import Connection
from libs.tally import Ballot
from services.governance.domain.carrying import Carrying, Grant, carry, mentioned, tell
from services.governance.domain.pseudonyms import Pseudonyms


class Delegated(NamedTuple):
    """What became of delegations in a poll (*carrying*), and how often *more* each of the carriers' ballots counts."""

    carrying: Carrying
    more: Mapping[Ballot, int]


_GRANTS = """
SELECT scope, delegator, delegate, from_position, is_for_group
FROM delegation_in_poll WHERE poll_id = $1 ORDER BY from_position
"""

_ON_ROLL = "SELECT voter FROM roll_part, unnest(voters) AS voter WHERE poll_id = $1 AND voter = ANY($2)"

_OWN_BALLOTS = """
SELECT voter, choices, marks FROM ballot WHERE poll_id = $1 AND voter = ANY($2) AND choices IS NOT NULL
"""


async def delegated_votes(
    db: Connection, poll_id: UUID, carry_max: int | None, pseudonyms: Pseudonyms
) -> Delegated | None:
    """Return what the delegations in a closed poll come to; None where nobody delegated."""
    grants = [Grant(*row) for row in await db.fetch(_GRANTS, poll_id)]
    if not grants:
        return None
    # In threads of their own, as the count: a large group has many delegations.
    told = await asyncio.to_thread(tell, grants, cache(partial(pseudonyms.voter, poll_id)))
    voters = mentioned(told)
    roll = {row["voter"] for row in await db.fetch(_ON_ROLL, poll_id, voters)}
    ballots = {
        row["voter"]: Ballot(tuple(row["choices"]), tuple(row["marks"]))
        for row in await db.fetch(_OWN_BALLOTS, poll_id, voters)
    }
    carrying = await asyncio.to_thread(carry, told, roll=roll, with_ballot=ballots.keys(), carry_max=carry_max)
    return Delegated(carrying, Counter(ballots[carrier] for carrier in carrying.resolution.carriers.values()))
