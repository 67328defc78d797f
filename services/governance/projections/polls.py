"""Polls and their rolls."""

import hashlib
from uuid import UUID

from libs.contracts.governance import (
    AuditorNamed,
    PollCancelled,
    PollClosed,
    PollOpened,
    RollDisputed,
    RollFrozen,
    VotersReminded,
)
from libs.eventlog.codec import KeyIsMissing
from libs.eventlog.log import Recorded
from libs.eventlog.sealing import Keys
from libs.service.database import Connection
from libs.service.projection import Projection
from services.governance.projections.hidden import open_ballots
from services.governance.projections.paper import open_paper_ballots

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
        " may_close_early, allows_paper, voters_count, parts_count, roll_sha256, terms, audience, replaces, remind_at,"
        " opened_by, opened_position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
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
        event.parts_count,
        event.roll_sha256,
        event.terms.model_dump(mode="json"),
        event.terms.audience,
        event.terms.replaces,
        event.terms.remind_at,
        UUID(recorded.actor),
        recorded.position,
    )


@projection.on_with_keys(PollClosed)
async def close_poll(tx: Connection, _: PollClosed, recorded: Recorded, keys: Keys | None) -> None:
    poll_id = recorded.aggregate_id
    results = await tx.fetchval(
        "UPDATE poll SET closed_position = $2, closed_sha256 = $3, closed_at = $4"
        " WHERE poll_id = $1 AND closed_position IS NULL RETURNING terms ->> 'results'",
        poll_id,
        recorded.position,
        hashlib.sha256(recorded.entry).hexdigest(),
        recorded.decided_at,
    )
    if results == "hidden":
        if keys is None:
            raise KeyIsMissing(f"The poll {poll_id} is closed, and nobody here knows the key of its ballots.")
        await open_ballots(tx, poll_id, keys)
        await open_paper_ballots(tx, poll_id, keys)


@projection.on(AuditorNamed)
async def add_auditor(tx: Connection, event: AuditorNamed, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO auditor (poll_id, auditor_id) VALUES ($1, $2)", recorded.aggregate_id, event.auditor_id
    )


@projection.on(PollCancelled)
async def cancel_poll(tx: Connection, event: PollCancelled, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE poll SET closed_position = $2, cancelled_because = $3, closed_at = $4"
        " WHERE poll_id = $1 AND closed_position IS NULL",
        recorded.aggregate_id,
        recorded.position,
        event.reason,
        recorded.decided_at,
    )


@projection.on(VotersReminded)
async def note_reminder(tx: Connection, _: VotersReminded, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE poll SET reminded_position = $2 WHERE poll_id = $1", recorded.aggregate_id, recorded.position
    )


@projection.on(RollDisputed)
async def add_dispute(tx: Connection, event: RollDisputed, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO dispute (poll_id, disputant, reason, disputed_at, position) VALUES ($1, $2, $3, $4, $5)",
        recorded.aggregate_id,
        event.disputant,
        event.reason,
        recorded.decided_at,
        recorded.position,
    )
