"""
How governance's rows follow from the logs: one function for each event that changes a row, one statement each.

The log decides what is late: what stands behind a poll's close finds the poll closed and changes nothing. Ballots
come in runs of hundreds, so a run is one statement; a test holds runs and single entries to the same rows.
"""

import hashlib
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
    PollClosed,
    PollOpened,
    ResultDeclared,
    RollFrozen,
    RoundsCounted,
)
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

governance = Projection()


@governance.on(MemberJoined)
async def add_member(tx: Connection, event: MemberJoined, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO membership (group_id, member_id, role) VALUES ($1, $2, $3)",
        event.group_id,
        event.member_id,
        event.role,
    )


@governance.on(RoleGiven)
async def change_role(tx: Connection, event: RoleGiven, _: Recorded) -> None:
    await tx.execute(
        "UPDATE membership SET role = $3 WHERE group_id = $1 AND member_id = $2",
        event.group_id,
        event.member_id,
        event.role,
    )


@governance.on(MemberLeft)
async def remove_member(tx: Connection, event: MemberLeft, _: Recorded) -> None:
    await tx.execute("DELETE FROM membership WHERE group_id = $1 AND member_id = $2", event.group_id, event.member_id)


@governance.on(RollFrozen)
async def add_roll_part(tx: Connection, event: RollFrozen, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO roll_part (poll_id, part, voters) VALUES ($1, $2, $3)", event.poll_id, event.part, event.voters
    )


@governance.on(PollOpened)
async def add_poll(tx: Connection, event: PollOpened, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO poll (poll_id, group_id, question, explanation, method, options, opened_at, closes_at,"
        " may_close_early, allows_paper, voters_count, roll_sha256, opened_position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
        recorded.position,
    )


@governance.on_many(BallotCast)
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


@governance.on_many(BallotReplaced)
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


@governance.on(BallotWithdrawn)
async def withdraw_choices(tx: Connection, _: BallotWithdrawn, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE ballot SET choices = NULL, position = $2 FROM poll"
        " WHERE ballot_id = $1 AND poll.poll_id = ballot.poll_id AND closed_position IS NULL",
        recorded.aggregate_id,
        recorded.position,
    )


@governance.on(PaperBallotsEntered)
async def add_paper_ballots(tx: Connection, event: PaperBallotsEntered, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO paper_ballot (batch_id, choices, times)"
        " SELECT $1, choices, times FROM jsonb_to_recordset($2) AS new (choices text[], times integer)",
        event.batch_id,
        [{"choices": choices, "times": times} for choices, times in Counter(event.ballots).items()],
    )


@governance.on(PaperBatchEntered)
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


@governance.on(PaperBatchStruck)
async def strike_paper_batch(tx: Connection, event: PaperBatchStruck, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE paper_batch SET struck_because = $2 FROM poll"
        " WHERE batch_id = $1 AND poll.poll_id = paper_batch.poll_id AND closed_position IS NULL",
        recorded.aggregate_id,
        event.reason,
    )


@governance.on(PollClosed)
async def close_poll(tx: Connection, _: PollClosed, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE poll SET closed_position = $2, closed_sha256 = $3 WHERE poll_id = $1",
        recorded.aggregate_id,
        recorded.position,
        hashlib.sha256(recorded.entry).hexdigest(),
    )


@governance.on(RoundsCounted)
async def add_rounds(tx: Connection, event: RoundsCounted, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO result_part (poll_id, part, rounds) VALUES ($1, $2, $3)",
        event.poll_id,
        event.part,
        [round_.model_dump() for round_ in event.rounds],
    )


@governance.on(ResultDeclared)
async def add_result(tx: Connection, event: ResultDeclared, recorded: Recorded) -> None:
    await tx.execute(
        "WITH declared AS (UPDATE poll SET declared_position = $3 WHERE poll_id = $1)"
        " INSERT INTO result (poll_id, method, declared_position, closed_position, seed, voters_count, ballots_count,"
        " paper_ballots_count, blank_count, winners, rounds_count, outcome_sha256, ballots_sha256)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        event.poll_id,
        event.method,
        recorded.position,
        event.closed_position,
        event.seed,
        event.voters_count,
        event.ballots_count,
        event.paper_ballots_count,
        event.blank_count,
        event.winners,
        event.rounds_count,
        event.outcome_sha256,
        event.ballots_sha256,
    )


def _with_events(run: Sequence[Recorded]) -> list[tuple[Recorded, Any]]:
    return [(recorded, recorded.event) for recorded in run]
