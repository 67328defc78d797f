"""Ballots cast on paper."""

from collections import Counter
from uuid import UUID

from libs import tally
from libs.contracts.governance import PaperBallotsEntered, PaperBatchEntered, PaperBatchStruck
from libs.eventlog.log import Recorded
from libs.eventlog.sealing import Keys
from libs.service.database import Connection
from libs.service.projection import Projection
from services.governance.projections.hidden import hidden_polls, opened

projection = Projection()


@projection.on(PaperBallotsEntered)
async def add_paper_ballots(tx: Connection, event: PaperBallotsEntered, recorded: Recorded) -> None:
    if await hidden_polls(tx, [recorded]):
        await tx.execute(
            "INSERT INTO paper_ballot (batch_id, sealed, times) VALUES ($1, $2, $3)",
            event.batch_id,
            recorded.entry.decode(),
            len(event.ballots),
        )
    else:
        await _add_part(tx, event)


async def open_paper_ballots(tx: Connection, poll_id: UUID, keys: Keys) -> None:
    """Put what the paper ballots of a poll say in place of their sealed entries."""
    sealed = await tx.fetch(
        "DELETE FROM paper_ballot USING paper_batch"
        " WHERE paper_ballot.batch_id = paper_batch.batch_id AND poll_id = $1 AND sealed IS NOT NULL"
        " RETURNING sealed, position",
        poll_id,
    )
    for row in sealed:
        event = opened(row["position"], row["sealed"], keys)
        assert isinstance(event, PaperBallotsEntered)
        await _add_part(tx, event)


async def _add_part(tx: Connection, event: PaperBallotsEntered) -> None:
    ballots = Counter(map(tally.Ballot, event.ballots, event.marks or ((),) * len(event.ballots)))
    await tx.execute(
        "INSERT INTO paper_ballot (batch_id, choices, marks, times)"
        " SELECT $1, choices, marks, times FROM jsonb_to_recordset($2)"
        " AS new (choices text[], marks bigint[], times integer)",
        event.batch_id,
        [{**ballot._asdict(), "times": times} for ballot, times in ballots.items()],
    )


@projection.on(PaperBatchEntered)
async def add_paper_batch(tx: Connection, event: PaperBatchEntered, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO paper_batch (batch_id, poll_id, ballots_count, entered_at, entered_by, position)"
        " SELECT $1, poll_id, $3, $4, $5, $6 FROM poll WHERE poll_id = $2 AND closed_position IS NULL",
        recorded.aggregate_id,
        event.poll_id,
        event.ballots_count,
        recorded.decided_at,
        UUID(recorded.actor),
        recorded.position,
    )


@projection.on(PaperBatchStruck)
async def strike_paper_batch(tx: Connection, event: PaperBatchStruck, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE paper_batch SET struck_because = $2 FROM poll"
        " WHERE batch_id = $1 AND poll.poll_id = paper_batch.poll_id AND closed_position IS NULL",
        recorded.aggregate_id,
        event.reason,
    )
