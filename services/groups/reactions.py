"""
What follows by itself: who left the node leaves its groups and pages, and a group with members finds a steward.

Both are found by the clock in the read models rather than by the news, since something may be recorded a moment after
the news; so none is overlooked. The commands decide from the log, and carried out twice they change nothing.

Of a page that was taken down the vault keeps nothing, also one that was restored from before that.
"""

from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.groups import PageClosed, ReleaseFollower, ReleaseMember, ReleasePage, SucceedSteward
from libs.eventlog.log import Recorded
from libs.service.reactions import Reactions, World

reactions = Reactions()

LOOK_S = 1.0

_LEFT_BEHIND = """
SELECT 'membership' AS kind, group_id AS thing_id, membership.member_id, position
  FROM erased JOIN membership USING (member_id)
 UNION ALL
SELECT 'page', page_id, owner, position FROM erased JOIN page ON owner = member_id AND owner_kind = 'member'
 UNION ALL
SELECT 'follow', page_id, member_id, position FROM erased JOIN follow USING (member_id)
 LIMIT 500
"""

_HEIRS = """
SELECT group_id, heir.member_id, stood_down
  FROM known_group
 CROSS JOIN LATERAL (
       SELECT member_id FROM membership
        WHERE membership.group_id = known_group.group_id AND role = 'member'
          AND NOT EXISTS (SELECT FROM erased WHERE erased.member_id = membership.member_id)
        ORDER BY position LIMIT 1) AS heir
 WHERE members_count > 0 AND stewards_count = 0
 LIMIT 500
"""


@reactions.on(PageClosed)
async def forget_words(_: PageClosed, recorded: Recorded, world: World) -> Command | None:
    """The words of a page go with it; where they are gone already, nothing happens."""
    await world.pool.execute("DELETE FROM page_content WHERE page_id = $1", recorded.aggregate_id)
    return None


@reactions.every(LOOK_S)
async def release_what_is_left_behind(world: World) -> list[tuple[UUID, Command]]:
    """Who left the node is in no group, follows nothing, and the words of their pages go."""
    commands: list[tuple[UUID, Command]] = []
    for row in await world.pool.fetch(_LEFT_BEHIND):
        thing_id, member_id = row["thing_id"], row["member_id"]
        command: Command
        match row["kind"]:
            case "membership":
                command = ReleaseMember(group_id=thing_id, member_id=member_id)
            case "page":
                command = ReleasePage(page_id=thing_id)
            case _:
                command = ReleaseFollower(page_id=thing_id, member_id=member_id)
        commands.append((uuid5(thing_id, f"release {row['kind']} {member_id} {row['position']}"), command))
    return commands


@reactions.every(LOOK_S)
async def find_stewards(world: World) -> list[tuple[UUID, Command]]:
    """Of a group whose last steward is gone, the member who has been there longest is made one."""
    return [
        (
            uuid5(row["group_id"], f"succeed {row['stood_down']}"),
            SucceedSteward(group_id=row["group_id"], member_id=row["member_id"]),
        )
        for row in await world.pool.fetch(_HEIRS)
    ]
