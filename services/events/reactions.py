"""
What happened elsewhere, and what follows here.

Who is a member is learnt from groups' log before it may matter. Answers of who is gone are found by the clock rather
than by the news of their leaving, since an answer may be recorded a moment after that news; so none is overlooked.
"""

from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.events import EraseWords, LearnStanding, ReleaseAnswer
from libs.contracts.groups import MemberJoined, MemberLeft, RoleGiven
from libs.contracts.identity import MemberErased
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World

reactions = Reactions()

LOOK_FOR_GONE_S = 1.0

_GONE = """
SELECT answer.gathering_id, answer.member_id, answer.position, gone.is_erased
  FROM (SELECT group_id, member_id, false AS is_erased FROM standing WHERE role IS NULL
        UNION ALL SELECT NULL, member_id, true FROM erased) AS gone
  JOIN answer USING (member_id)
  JOIN gathering USING (gathering_id)
 WHERE gathering.ends_at > now() AND gathering.cancelled_at IS NULL
   AND (gone.is_erased OR gone.group_id = gathering.group_id)
 ORDER BY answer.position
 LIMIT 500
"""


@reactions.on(MemberJoined)
async def learn_of_member(event: MemberJoined, recorded: Recorded, _world: World) -> Command:
    """A member of the group may call gatherings and answer."""
    return _standing(event.group_id, event.member_id, event.role, recorded)


@reactions.on(RoleGiven)
async def learn_of_role(event: RoleGiven, recorded: Recorded, _world: World) -> Command:
    """A steward may change what others called."""
    return _standing(event.group_id, event.member_id, event.role, recorded)


@reactions.on(MemberLeft)
async def learn_of_leaving(event: MemberLeft, recorded: Recorded, _world: World) -> Command:
    """Who left may no longer."""
    return _standing(event.group_id, event.member_id, None, recorded)


@reactions.on(MemberErased)
async def erase_words(_event: MemberErased, recorded: Recorded, _world: World) -> Command:
    """What an erased member wrote goes too."""
    return EraseWords(member_id=recorded.aggregate_id)


@reactions.every(LOOK_FOR_GONE_S)
async def release_places(world: World) -> list[tuple[UUID, Command]]:
    """Who left the group or this node does not come to what is still ahead; their place goes to who waits."""
    return [
        (
            uuid5(row["gathering_id"], f"release {row['position']}"),
            ReleaseAnswer(gathering_id=row["gathering_id"], member_id=row["member_id"], is_erased=row["is_erased"]),
        )
        for row in await world.pool.fetch(_GONE)
    ]


def _standing(group_id: UUID, member_id: UUID, role: str | None, recorded: Recorded) -> Command:
    return LearnStanding.model_validate(
        {"group_id": group_id, "member_id": member_id, "role": role, "source_position": recorded.position}
    )
