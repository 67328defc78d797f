"""Ballots of members: what they say, and what they said before."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from libs.contracts.governance import BallotCast, BallotReplaced, BallotWithdrawn
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection
from services.governance.projections.hidden import hidden_polls

projection = Projection()


@projection.on_many(BallotCast)
async def add_ballots(tx: Connection, run: Sequence[Recorded]) -> None:
    hidden = await hidden_polls(tx, run)
    await tx.execute(
        "INSERT INTO ballot (ballot_id, poll_id, voter, choices, marks, reason, sealed, position)"
        " SELECT ballot_id, poll_id, voter, choices, marks, reason, sealed, position FROM jsonb_to_recordset($1)"
        " AS new (ballot_id uuid, poll_id uuid, voter uuid, choices text[], marks bigint[], reason text, sealed text,"
        " position bigint)"
        " JOIN poll USING (poll_id) WHERE closed_position IS NULL",
        [
            {"poll_id": event.poll_id, "voter": event.voter, **_said(recorded, hidden)}
            for recorded, event in _with_events(run)
        ],
    )


@projection.on_many(BallotReplaced)
async def replace_choices(tx: Connection, run: Sequence[Recorded]) -> None:
    hidden = await hidden_polls(tx, run)
    newest = {recorded.aggregate_id: recorded.position for recorded in run}
    await tx.execute(
        "WITH new AS (SELECT * FROM jsonb_to_recordset($1) AS said (ballot_id uuid, choices text[], marks bigint[],"
        " reason text, sealed text, position bigint, is_newest boolean)"
        "), changed AS (SELECT ballot.* FROM ballot JOIN poll USING (poll_id)"
        " WHERE ballot_id = ANY(SELECT ballot_id FROM new) AND closed_position IS NULL"
        "), kept AS (INSERT INTO replaced_ballot (ballot_id, choices, marks, reason, sealed, position)"
        " SELECT ballot_id, choices, marks, reason, sealed, position FROM changed"
        " UNION ALL SELECT new.ballot_id, new.choices, new.marks, new.reason, new.sealed, new.position"
        " FROM new JOIN changed USING (ballot_id) WHERE NOT is_newest)"
        " UPDATE ballot SET choices = new.choices, marks = new.marks, reason = new.reason, sealed = new.sealed,"
        " position = new.position"
        " FROM new JOIN changed USING (ballot_id) WHERE ballot.ballot_id = new.ballot_id AND is_newest",
        [
            {**_said(recorded, hidden), "is_newest": newest[recorded.aggregate_id] == recorded.position}
            for recorded in run
        ],
    )


@projection.on(BallotWithdrawn)
async def withdraw_choices(tx: Connection, _: BallotWithdrawn, recorded: Recorded) -> None:
    await tx.execute(
        "WITH changed AS (SELECT ballot.* FROM ballot JOIN poll USING (poll_id)"
        " WHERE ballot_id = $1 AND closed_position IS NULL"
        "), kept AS (INSERT INTO replaced_ballot (ballot_id, choices, marks, reason, sealed, position)"
        " SELECT ballot_id, choices, marks, reason, sealed, position FROM changed)"
        " UPDATE ballot SET choices = NULL, marks = NULL, reason = NULL, sealed = NULL, position = $2"
        " FROM changed WHERE ballot.ballot_id = changed.ballot_id",
        recorded.aggregate_id,
        recorded.position,
    )


def _said(recorded: Recorded, hidden: set[UUID]) -> dict[str, Any]:
    """Return what a ballot's row says by this entry, or the entry as it is sealed."""
    event: Any = recorded.event
    if recorded.key_id in hidden:
        said = {"sealed": recorded.entry.decode()}
    else:
        said = {"choices": event.choices, "marks": event.marks, "reason": event.reason}
    return {"ballot_id": recorded.aggregate_id, "position": recorded.position, **said}


def _with_events(run: Sequence[Recorded]) -> list[tuple[Recorded, Any]]:
    return [(recorded, recorded.event) for recorded in run]
