"""What follows from results by itself: reviews fall due, and what was objected to is counted again."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.governance import DeclareRecount, NoteReviewDue
from libs.service.database import one_moment
from libs.service.reactions import Reactions, World
from services.governance.reactions.counting import count, open_box

CLOCK_S = 1.0

reactions = Reactions()

_DUE = "SELECT result_id, review_on FROM review WHERE fell_due_at IS NULL AND review_on <= $1 LIMIT 100"


@reactions.every(CLOCK_S)
async def note_due_reviews(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(result_id, f"due {review_on}"), NoteReviewDue(result_id=result_id, review_on=review_on))
        for result_id, review_on in await world.pool.fetch(_DUE, datetime.now(UTC).date())
    ]


_OBJECTED = """
SELECT objection_id, poll.poll_id, method, options, voters_count, terms, closed_position, closed_sha256, closed_root
FROM objection JOIN poll USING (poll_id)
WHERE remedy = 'recount' AND recounted_at IS NULL ORDER BY objection.position LIMIT 10
"""


@reactions.every(CLOCK_S)
async def recount_what_is_objected_to(world: World) -> list[tuple[UUID, Command]]:
    (secrets,) = world.resources
    async with one_moment(world.pool) as db:
        polls = [(poll, await open_box(db, poll, secrets.pseudonyms)) for poll in await db.fetch(_OBJECTED)]
    commands: list[tuple[UUID, Command]] = []
    for poll, box in polls:
        again = await count(poll, box)
        command = DeclareRecount(
            objection_id=poll["objection_id"], ballots_sha256=again.ballots_sha256, outcome=again.outcome
        )
        commands.append((uuid5(poll["objection_id"], "recount"), command))
    return commands
