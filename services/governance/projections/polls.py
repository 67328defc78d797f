"""Polls and their rolls."""

import hashlib

from libs.contracts.governance import (
    AuditorNamed,
    PollClosed,
    PollOpened,
    RollFrozen,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(RollFrozen)
async def add_roll_part(tx: Connection, event: RollFrozen, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO roll_part (poll_id, part, voters) VALUES ($1, $2, $3)", event.poll_id, event.part, event.voters
    )


@projection.on(PollOpened)
async def add_poll(tx: Connection, event: PollOpened, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO poll (poll_id, group_id, question, explanation, method, options, opened_at, closes_at,"
        " may_close_early, allows_paper, voters_count, roll_sha256, terms, opened_position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        recorded.aggregate_id,
        event.group_id,
        event.question,
        event.explanation,
        event.method,
        event.options,
        recorded.decided_at,
        event.closes_at,
        event.may_close_early,
        event.allows_paper,
        event.voters_count,
        event.roll_sha256,
        event.terms.model_dump(mode="json"),
        recorded.position,
    )


@projection.on(PollClosed)
async def close_poll(tx: Connection, _: PollClosed, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE poll SET closed_position = $2, closed_sha256 = $3 WHERE poll_id = $1 AND closed_position IS NULL",
        recorded.aggregate_id,
        recorded.position,
        hashlib.sha256(recorded.entry).hexdigest(),
    )


@projection.on(AuditorNamed)
async def add_auditor(tx: Connection, event: AuditorNamed, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO auditor (poll_id, auditor_id) VALUES ($1, $2)", recorded.aggregate_id, event.auditor_id
    )
