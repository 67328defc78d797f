"""What follows from results: tasks, reviews, objections."""

from libs.contracts.governance import (
    ObjectionRaised,
    ResultRecounted,
    ReviewFellDue,
    ReviewPlanned,
    ReviewVoteOpened,
    TaskAgreed,
    TaskMoved,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(TaskAgreed)
async def add_task(tx: Connection, event: TaskAgreed, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO task (task_id, poll_id, group_id, what, elector, due_on, agreed_at, moved_at, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        recorded.aggregate_id,
        event.poll_id,
        event.group_id,
        event.what,
        event.elector,
        event.due_on,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(TaskMoved)
async def move_task(tx: Connection, event: TaskMoved, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE task SET state = $2, elector = $3, due_on = $4, note = $5, moved_at = $6 WHERE task_id = $1",
        recorded.aggregate_id,
        event.state,
        event.elector,
        event.due_on,
        event.note,
        recorded.decided_at,
    )


@projection.on(ReviewPlanned)
async def plan_review(tx: Connection, event: ReviewPlanned, recorded: Recorded) -> None:
    """The newest day counts, and has not come."""
    await tx.execute(
        "INSERT INTO review (result_id, review_on) VALUES ($1, $2)"
        " ON CONFLICT (result_id) DO UPDATE SET review_on = excluded.review_on, fell_due_at = NULL",
        recorded.aggregate_id,
        event.review_on,
    )


@projection.on(ReviewFellDue)
async def fall_due(tx: Connection, _: ReviewFellDue, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE review SET fell_due_at = $2 WHERE result_id = $1",
        recorded.aggregate_id,
        recorded.decided_at,
    )


@projection.on(ObjectionRaised)
async def add_objection(tx: Connection, event: ObjectionRaised, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO objection (objection_id, poll_id, objector, reason, remedy, raised_at, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        recorded.aggregate_id,
        event.poll_id,
        event.objector,
        event.reason,
        event.remedy,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(ResultRecounted)
async def add_recount(tx: Connection, event: ResultRecounted, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE objection SET agrees = $2, outcome_sha256 = $3, ballots_sha256 = $4, recounted_at = $5"
        " WHERE objection_id = $1",
        recorded.aggregate_id,
        event.agrees,
        event.outcome_sha256,
        event.ballots_sha256,
        recorded.decided_at,
    )


@projection.on(ReviewVoteOpened)
async def add_review_vote(tx: Connection, event: ReviewVoteOpened, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE objection SET review_poll_id = $2 WHERE objection_id = $1", recorded.aggregate_id, event.review_poll_id
    )
