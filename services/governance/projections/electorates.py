"""Who is a member of which group, and which place electors said is theirs."""

from uuid import UUID

from libs.contracts.governance import ElectorLeft, ElectorPlaced
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()


@projection.on(MemberJoined)
async def add_member(tx: Connection, event: MemberJoined, _: Recorded) -> None:
    await tx.execute(
        "INSERT INTO membership (group_id, member_id, role) VALUES ($1, $2, $3)",
        event.group_id,
        event.member_id,
        event.role,
    )


@projection.on(RoleGiven)
async def change_role(tx: Connection, event: RoleGiven, _: Recorded) -> None:
    await tx.execute(
        "UPDATE membership SET role = $3 WHERE group_id = $1 AND member_id = $2",
        event.group_id,
        event.member_id,
        event.role,
    )


@projection.on(MemberLeft)
async def remove_member(tx: Connection, event: MemberLeft, _: Recorded) -> None:
    await tx.execute("DELETE FROM membership WHERE group_id = $1 AND member_id = $2", event.group_id, event.member_id)


@projection.on(ElectorPlaced)
async def place_elector(tx: Connection, event: ElectorPlaced, recorded: Recorded) -> None:
    if event.place_id is None:
        await _forget_place(tx, event.elector, recorded)
    else:
        await tx.execute(
            "INSERT INTO elector_place (group_id, elector, place_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (group_id, elector) DO UPDATE SET place_id = excluded.place_id",
            recorded.group_id,
            event.elector,
            event.place_id,
        )


@projection.on(ElectorLeft)
async def remove_elector(tx: Connection, event: ElectorLeft, recorded: Recorded) -> None:
    await _forget_place(tx, event.elector, recorded)


async def _forget_place(tx: Connection, elector: UUID, recorded: Recorded) -> None:
    await tx.execute("DELETE FROM elector_place WHERE group_id = $1 AND elector = $2", recorded.group_id, elector)
