"""Ballots of members, and those cast on paper."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from libs.contracts.governance import (
    BallotCast,
    BallotReplaced,
    BallotWithdrawn,
    PaperBallotsEntered,
    PaperBatchEntered,
    PaperBatchStruck,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on_many(BallotCast)
async def add_ballots(tx: Connection, run: Sequence[Recorded]) -> None:
    await tx.execute(
        "INSERT INTO ballot (ballot_id, poll_id, voter, choices, position)"
        " SELECT ballot_id, poll_id, voter, choices, position FROM jsonb_to_recordset($1)"
        " AS new (ballot_id uuid, poll_id uuid, voter uuid, choices text[], position bigint)"
        " JOIN poll USING (poll_id) WHERE closed_position IS NULL",
        [
            {
                "ballot_id": recorded.aggregate_id,
                "poll_id": event.poll_id,
                "voter": event.voter,
                "choices": event.choices,
                "position": recorded.position,
            }
            for recorded, event in _with_events(run)
        ],
    )


@projection.on_many(BallotReplaced)
async def replace_choices(tx: Connection, run: Sequence[Recorded]) -> None:
    newest: dict[UUID, dict[str, Any]] = {
        recorded.aggregate_id: {
            "ballot_id": recorded.aggregate_id,
            "choices": event.choices,
            "position": recorded.position,
        }
        for recorded, event in _with_events(run)
    }
    await tx.execute(
        "UPDATE ballot SET choices = new.choices, position = new.position"
        " FROM jsonb_to_recordset($1) AS new (ballot_id uuid, choices text[], position bigint), poll"
        " WHERE ballot.ballot_id = new.ballot_id AND poll.poll_id = ballot.poll_id AND closed_position IS NULL",
        list(newest.values()),
    )


@projection.on(BallotWithdrawn)
async def withdraw_choices(tx: Connection, _: BallotWithdrawn, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE ballot SET choices = NULL, position = $2 FROM poll"
        " WHERE ballot_id = $1 AND poll.poll_id = ballot.poll_id AND closed_position IS NULL",
        recorded.aggregate_id,
        recorded.position,
    )


@projection.on(PaperBallotsEntered)
async def add_paper_ballots(tx: Connection, event: PaperBallotsEntered, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO paper_ballot (batch_id, choices, times)"
        " SELECT $1, choices, times FROM jsonb_to_recordset($2) AS new (choices text[], times integer)",
        event.batch_id,
        [{"choices": choices, "times": times} for choices, times in Counter(event.ballots).items()],
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


def _with_events(run: Sequence[Recorded]) -> list[tuple[Recorded, Any]]:
    return [(recorded, recorded.event) for recorded in run]
