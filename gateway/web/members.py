"""The members of a group by what they are called, to choose among them."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from gateway.web.page import Page
from gateway.web.people import names_of
from libs.contracts.groups import GroupView, MembersOf

SHOWN_MAX = 200
_PAGES_MAX = 10


class Member(NamedTuple):
    """A member, and what they are called."""

    member_id: UUID
    name: str


class Named(NamedTuple):
    """Members by name; *are_all* says that nobody else fits."""

    members: Sequence[Member]
    are_all: bool


async def members_named(page: Page, group: GroupView, like: str = "") -> Named:
    """
    Return the members of a group that the reader is in whose names hold *like*, at most `SHOWN_MAX`, by name.

    Raises:
        ForMembers: The reader is not in it.
    """
    found: list[Member] = []
    cursor: str | None = None
    for _ in range(_PAGES_MAX):
        answer = await page.ask(
            MembersOf(group_id=group.group_id, asker=page.member().id, cursor=cursor, limit=SHOWN_MAX)
        )
        names = await names_of(page, (each.member_id for each in answer.items))
        found += (
            Member(each.member_id, names[each.member_id])
            for each in answer.items
            if each.member_id in names and like.casefold() in names[each.member_id].casefold()
        )
        cursor = answer.next
        if cursor is None or len(found) > SHOWN_MAX:
            break
    found.sort(key=lambda member: member.name.casefold())
    return Named(found[:SHOWN_MAX], are_all=cursor is None and len(found) <= SHOWN_MAX)
