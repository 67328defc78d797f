"""Who is a member of which group."""

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
