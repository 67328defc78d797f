"""
Who lets whom vote, and what became of it.

A row is kept for each delegate that a delegation ever had, with the positions between which it stood: what is recorded
behind a poll's close finds the rows that spoke in it as they were.
"""

from libs.contracts.governance import (
    DelegationChanged,
    DelegationGranted,
    DelegationsCounted,
    DelegationWithdrawn,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(DelegationGranted)
async def add_delegation(tx: Connection, event: DelegationGranted, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO delegation"
        " (delegation_id, group_id, scope, poll_id, topic, delegator, delegate, is_for_group, from_position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        recorded.aggregate_id,
        event.group_id,
        event.scope,
        event.poll_id,
        event.topic,
        event.delegator,
        event.delegate,
        _is_for_group(recorded),
        recorded.position,
    )


@projection.on(DelegationChanged)
async def change_delegation(tx: Connection, event: DelegationChanged, recorded: Recorded) -> None:
    await tx.execute(
        "WITH ended AS ("
        " UPDATE delegation SET until_position = $4 WHERE delegation_id = $1 AND until_position IS NULL"
        ") INSERT INTO delegation"
        " (delegation_id, group_id, scope, poll_id, topic, delegator, delegate, is_for_group, from_position)"
        " SELECT delegation_id, group_id, scope, poll_id, topic, delegator, $2, $3, $4 FROM delegation"
        " WHERE delegation_id = $1 ORDER BY from_position DESC LIMIT 1",
        recorded.aggregate_id,
        event.delegate,
        _is_for_group(recorded),
        recorded.position,
    )


@projection.on(DelegationWithdrawn)
async def end_delegation(tx: Connection, _: DelegationWithdrawn, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE delegation SET until_position = $2 WHERE delegation_id = $1 AND until_position IS NULL",
        recorded.aggregate_id,
        recorded.position,
    )


@projection.on(DelegationsCounted)
async def add_carried_votes(tx: Connection, event: DelegationsCounted, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO carried_vote (poll_id, part, place, delegator, carrier, lost, is_for_group)"
        " SELECT $1, $2, place, (said ->> 'delegator')::uuid, (said ->> 'carrier')::uuid, said ->> 'lost', $4"
        " FROM jsonb_array_elements($3) WITH ORDINALITY AS carried (said, place)",
        event.poll_id,
        event.part,
        [each.model_dump(mode="json") for each in event.carried],
        _is_for_group(recorded),
    )


def _is_for_group(recorded: Recorded) -> bool:
    """Whether only the group holds the key; a poll's own key is for whoever may read the poll."""
    return recorded.key_id is not None and recorded.key_id == recorded.group_id
