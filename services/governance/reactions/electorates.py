"""What the log of groups says of groups and their members, heard by the vote log."""

from uuid import UUID

from libs.contracts.governance import HearOfGroup, HearOfMember, Role
from libs.contracts.groups import GroupFounded, MemberJoined, MemberLeft, RoleGiven
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World

reactions = Reactions()


@reactions.on(GroupFounded)
async def hear_of_founding(event: GroupFounded, recorded: Recorded, _: World) -> HearOfGroup:
    return HearOfGroup(
        group_id=recorded.aggregate_id,
        parent_id=event.parent_id,
        founder=event.founder,
        source_position=recorded.position,
        said_at=recorded.decided_at,
    )


@reactions.on(MemberJoined)
async def hear_of_joining(event: MemberJoined, recorded: Recorded, _: World) -> HearOfMember | None:
    """Who joins as a steward founds the group: they are heard of with it, in the entry that comes next."""
    return _news(event.group_id, event.member_id, event.role, recorded) if event.role == "member" else None


@reactions.on(RoleGiven)
async def hear_of_role(event: RoleGiven, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, event.role, recorded)


@reactions.on(MemberLeft)
async def hear_of_leaving(event: MemberLeft, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, None, recorded)


def _news(group_id: UUID, member_id: UUID, role: Role | None, recorded: Recorded) -> HearOfMember:
    return HearOfMember(
        group_id=group_id,
        member_id=member_id,
        role=role,
        source_position=recorded.position,
        said_at=recorded.decided_at,
    )
