"""What is due by governance's own clock; any number of replicas may run it."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.governance import ClosePoll, RemindVoters
from libs.service.reactions import Reactions, World

CLOCK_S = 0.5

reactions = Reactions()

_DUE = """
SELECT poll_id FROM poll WHERE closed_position IS NULL AND closes_at <= $1 ORDER BY closes_at LIMIT 100
"""


@reactions.every(CLOCK_S)
async def close_what_is_due(world: World) -> list[tuple[UUID, Command]]:
    due = await world.pool.fetch(_DUE, datetime.now(UTC))
    return [(uuid5(poll_id, "close"), ClosePoll(poll_id=poll_id)) for (poll_id,) in due]


_TO_REMIND = """
SELECT poll_id FROM poll
WHERE closed_position IS NULL AND reminded_position IS NULL AND remind_at <= $1 AND closes_at > $1
ORDER BY remind_at LIMIT 100
"""


@reactions.every(CLOCK_S)
async def remind_who_has_not_voted(world: World) -> list[tuple[UUID, Command]]:
    due = await world.pool.fetch(_TO_REMIND, datetime.now(UTC))
    return [(uuid5(poll_id, "remind"), RemindVoters(poll_id=poll_id)) for (poll_id,) in due]
