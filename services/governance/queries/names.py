"""Who is who in the log, for those who may know."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from libs.contracts.governance import Somebody
from libs.service.database import Connection

_MEMBERS = """
SELECT member_id FROM membership
WHERE group_id = $1 AND EXISTS (SELECT FROM membership AS own WHERE own.group_id = $1 AND own.member_id = $2)
"""


class Names:
    """The members behind some pseudonyms; nobody behind those who are no members today, or where the asker is none."""

    def __init__(self, members: Mapping[UUID, UUID]) -> None:
        self._members = members

    def of(self, pseudonym: UUID) -> Somebody:
        """Return the one of that *pseudonym*, by name if it is known."""
        return Somebody(pseudonym=pseudonym, member_id=self._members.get(pseudonym))


async def names_for(
    asker: UUID | None,
    db: Connection,
    *,
    group_id: UUID,
    wanted: Collection[UUID],
    pseudonym_of: Callable[[UUID], UUID],
) -> Names:
    """
    Return the names of the *wanted* that *asker* may know; *pseudonym_of* makes a member's.

    A pseudonym cannot be turned back into a member. So every member's is made until all wanted ones are found, beside
    what else this process does.
    """
    if asker is None or not wanted:
        return Names({})
    members = [row["member_id"] for row in await db.fetch(_MEMBERS, group_id, asker)]
    return Names(await asyncio.to_thread(_found, set(wanted), members, pseudonym_of))


def _found(wanted: set[UUID], members: Collection[UUID], pseudonym_of: Callable[[UUID], UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for member in members:
        if (pseudonym := pseudonym_of(member)) in wanted:
            found[pseudonym] = member
            if len(found) == len(wanted):
                break
    return found
