"""
The read models of events: one function for each event that changes a row, one statement each.

Standings are read from groups' log itself, so that who has just joined sees what is a member's as soon as the
receipt of joining asks for it (`at_least`).
"""

from datetime import datetime

from libs.contracts.events import (
    AnswerGiven,
    AnswerWithdrawn,
    GatheringCancelled,
    GatheringChanged,
    GatheringScheduled,
    MovedUp,
)
from libs.contracts.groups import GroupFounded, MemberJoined, MemberLeft, RoleGiven
from libs.contracts.identity import MemberErased
from libs.eventlog.log import Recorded
from libs.gazetteer.keys import search_key
from libs.service.database import Connection
from libs.service.projection import Projection
from services.events.domain.clock import instant

events = Projection()


@events.on(GroupFounded)
async def know_group(tx: Connection, _event: GroupFounded, recorded: Recorded) -> None:
    """A group without gatherings is not the same as no group."""
    await tx.execute("INSERT INTO known_group VALUES ($1)", recorded.aggregate_id)


@events.on(MemberJoined)
async def add_standing(tx: Connection, event: MemberJoined, _recorded: Recorded) -> None:
    """Who joins again has a row already."""
    await tx.execute(
        "INSERT INTO standing (group_id, member_id, role) VALUES ($1, $2, $3)"
        " ON CONFLICT (group_id, member_id) DO UPDATE SET role = excluded.role",
        event.group_id,
        event.member_id,
        event.role,
    )


@events.on(RoleGiven)
async def set_role(tx: Connection, event: RoleGiven, _recorded: Recorded) -> None:
    """A member's role is another."""
    await tx.execute(
        "UPDATE standing SET role = $3 WHERE group_id = $1 AND member_id = $2",
        event.group_id,
        event.member_id,
        event.role,
    )


@events.on(MemberLeft)
async def end_standing(tx: Connection, event: MemberLeft, _recorded: Recorded) -> None:
    """The row stays, so that answers of who left can be found."""
    await tx.execute(
        "UPDATE standing SET role = NULL WHERE group_id = $1 AND member_id = $2", event.group_id, event.member_id
    )


@events.on(MemberErased)
async def erase_member(tx: Connection, _event: MemberErased, recorded: Recorded) -> None:
    """Their answers are a former member's; every count stays."""
    await tx.execute("INSERT INTO erased VALUES ($1)", recorded.aggregate_id)


@events.on(GatheringScheduled)
async def add_gathering(tx: Connection, event: GatheringScheduled, recorded: Recorded) -> None:
    """A gathering, without answers yet."""
    await tx.execute(
        "INSERT INTO gathering (gathering_id, name, starts_at, ends_at, starts_wall, ends_wall, time_zone, place,"
        " capacity, description_sha256, search_key, group_id, organiser, scheduled_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        recorded.aggregate_id,
        *_plan(event),
        event.group_id,
        event.organiser,
        recorded.decided_at,
    )


@events.on(GatheringChanged)
async def change_gathering(tx: Connection, event: GatheringChanged, recorded: Recorded) -> None:
    """Another plan; the answers stand. Whoever had noted the old hour finds it beside the new one."""
    await tx.execute(
        "UPDATE gathering SET name = $2, starts_at = $3, ends_at = $4, starts_wall = $5, ends_wall = $6,"
        " time_zone = $7, place = $8, capacity = $9, description_sha256 = $10, search_key = $11, changed_at = $12,"
        " moved_from = CASE WHEN (starts_wall, time_zone) = ($5, $7) THEN moved_from ELSE starts_at END,"
        " moved_from_wall = CASE WHEN (starts_wall, time_zone) = ($5, $7) THEN moved_from_wall ELSE starts_wall END"
        " WHERE gathering_id = $1",
        recorded.aggregate_id,
        *_plan(event),
        recorded.decided_at,
    )


@events.on(GatheringCancelled)
async def cancel_gathering(tx: Connection, event: GatheringCancelled, recorded: Recorded) -> None:
    """The gathering stays to be seen, as cancelled."""
    await tx.execute(
        "UPDATE gathering SET cancelled_at = $2, cancellation_reason = $3 WHERE gathering_id = $1",
        recorded.aggregate_id,
        recorded.decided_at,
        event.reason,
    )


@events.on(AnswerGiven)
async def put_answer(tx: Connection, event: AnswerGiven, recorded: Recorded) -> None:
    """An answer stands in place of an earlier one, and behind all that were given before."""
    await tx.execute(
        "INSERT INTO answer (gathering_id, member_id, answer, answered_at, position) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (gathering_id, member_id) DO UPDATE"
        " SET answer = excluded.answer, answered_at = excluded.answered_at, position = excluded.position",
        recorded.aggregate_id,
        event.member_id,
        event.answer,
        recorded.decided_at,
        recorded.position,
    )


@events.on(AnswerWithdrawn)
async def drop_answer(tx: Connection, event: AnswerWithdrawn, recorded: Recorded) -> None:
    """As if none had been given."""
    await tx.execute(
        "DELETE FROM answer WHERE gathering_id = $1 AND member_id = $2", recorded.aggregate_id, event.member_id
    )


@events.on(MovedUp)
async def move_up(tx: Connection, event: MovedUp, recorded: Recorded) -> None:
    """Who waited has a place; when they answered stays as it was."""
    await tx.execute(
        "UPDATE answer SET answer = 'going' WHERE gathering_id = $1 AND member_id = ANY ($2)",
        recorded.aggregate_id,
        event.member_ids,
    )


def _plan(event: GatheringScheduled | GatheringChanged) -> tuple[object, ...]:
    """Return what both events say, with the instants as today's rules of the time zone have them."""
    return (
        event.name,
        instant(event.starts_at, event.time_zone),
        instant(event.ends_at, event.time_zone),
        _wall(event.starts_at),
        _wall(event.ends_at),
        event.time_zone,
        event.place.model_dump() if event.place else None,
        event.capacity,
        event.description_sha256,
        search_key(event.name),
    )


def _wall(time: datetime) -> datetime:
    return time.replace(tzinfo=None)
