"""What is said of proposals, and how others would have them read."""

from libs.contracts.governance import (
    AmendmentMade,
    AmendmentPutToVote,
    AmendmentRefused,
    AmendmentTakenBack,
    AmendmentTakenIn,
    StatementMade,
    StatementTakenBack,
)
from libs.contracts.identity import MemberErased
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(StatementMade)
async def add_statement(tx: Connection, event: StatementMade, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO statement (statement_id, proposal_id, author, side, text_sha256, made_at, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        recorded.aggregate_id,
        event.proposal_id,
        event.author,
        event.side,
        event.text_sha256,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(StatementTakenBack)
async def take_statement_back(tx: Connection, _: StatementTakenBack, recorded: Recorded) -> None:
    await tx.execute("UPDATE statement SET is_taken_back = true WHERE statement_id = $1", recorded.aggregate_id)


@projection.on(MemberErased)
async def note_erased(tx: Connection, _: MemberErased, recorded: Recorded) -> None:
    """What they said goes, whenever and wherever they said it."""
    await tx.execute("INSERT INTO erased VALUES ($1)", recorded.aggregate_id)


@projection.on(AmendmentMade)
async def add_amendment(tx: Connection, event: AmendmentMade, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO amendment"
        " (amendment_id, proposal_id, author, of_version, title, text, text_sha256, why, made_at, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        recorded.aggregate_id,
        event.proposal_id,
        event.author,
        event.of_version,
        event.title,
        event.text,
        event.text_sha256,
        event.why,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(AmendmentTakenIn)
async def take_amendment_in(tx: Connection, event: AmendmentTakenIn, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE amendment SET state = 'taken in', is_settled = true, version_number = $2 WHERE amendment_id = $1",
        recorded.aggregate_id,
        event.version_number,
    )


@projection.on(AmendmentRefused)
async def refuse_amendment(tx: Connection, event: AmendmentRefused, recorded: Recorded) -> None:
    """What the author said when they refused it is shown also when the group says the same."""
    await tx.execute(
        "UPDATE amendment SET state = 'refused', is_settled = $2, reason = coalesce($3, reason)"
        " WHERE amendment_id = $1",
        recorded.aggregate_id,
        event.poll_id is not None,
        event.reason,
    )


@projection.on(AmendmentPutToVote)
async def put_amendment_to_vote(tx: Connection, event: AmendmentPutToVote, recorded: Recorded) -> None:
    await tx.execute("UPDATE amendment SET poll_id = $2 WHERE amendment_id = $1", recorded.aggregate_id, event.poll_id)


@projection.on(AmendmentTakenBack)
async def take_amendment_back(tx: Connection, _: AmendmentTakenBack, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE amendment SET state = 'taken back', is_settled = true WHERE amendment_id = $1", recorded.aggregate_id
    )
