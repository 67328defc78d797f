"""What the log of groups says of members, heard by the vote log."""

from uuid import UUID

from libs.contracts.governance import HearOfMember, Role
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World

reactions = Reactions()


@reactions.on(MemberJoined)
async def hear_of_joining(event: MemberJoined, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, event.role, recorded)


@reactions.on(RoleGiven)
async def hear_of_role(event: RoleGiven, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, event.role, recorded)


@reactions.on(MemberLeft)
async def hear_of_leaving(event: MemberLeft, recorded: Recorded, _: World) -> HearOfMember:
    return _news(event.group_id, event.member_id, None, recorded)


def _news(group_id: UUID, member_id: UUID, role: Role | None, recorded: Recorded) -> HearOfMember:
    return HearOfMember(group_id=group_id, member_id=member_id, role=role, source_position=recorded.position)
