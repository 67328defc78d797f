"""Results and their rounds."""

from libs.contracts.governance import (
    ResultDeclared,
    RoundsCounted,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(RoundsCounted)
async def add_rounds(tx: Connection, event: RoundsCounted, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO result_part (poll_id, part, rounds) VALUES ($1, $2, $3)",
        event.poll_id,
        event.part,
        [round_.model_dump() for round_ in event.rounds],
    )


@projection.on(ResultDeclared)
async def add_result(tx: Connection, event: ResultDeclared, recorded: Recorded) -> None:
    await tx.execute(
        "WITH declared AS (UPDATE poll SET declared_position = $3 WHERE poll_id = $1)"
        " INSERT INTO result (poll_id, method, declared_position, closed_position, seed, voters_count, ballots_count,"
        " paper_ballots_count, blank_count, winners, rounds_count, outcome_sha256, ballots_sha256, delegated_count,"
        " unit, quota, ranking, verdict, declared_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
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
        event.delegated_count,
        event.unit,
        event.quota,
        event.ranking,
        event.verdict.model_dump() if event.verdict else None,
        recorded.decided_at,
    )
