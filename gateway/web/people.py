"""Who is who, for those who may know: members see each other's handles, strangers see nobody's."""

from collections.abc import Awaitable, Iterable
from typing import TypeVar
from uuid import UUID

from gateway.web.page import Page
from libs.contracts.identity import PROFILES_MAX, ProfilesOf
from libs.errors import Refused

T = TypeVar("T")

Names = dict[UUID, str]
"""Handles by member; who left the node has none."""


async def names_of(page: Page, member_ids: Iterable[UUID | None]) -> Names:
    """Return the handles of those who have one; nobody's where a stranger asks."""
    wanted = tuple(dict.fromkeys(each for each in member_ids if each))
    if page.actor is None:
        return {}
    names: Names = {}
    for start in range(0, len(wanted), PROFILES_MAX):
        profiles = (await page.ask(ProfilesOf(member_ids=wanted[start : start + PROFILES_MAX]))).profiles
        names |= {profile.id: profile.handle for profile in profiles if profile.handle}
    return names


async def unless(answer: Awaitable[T], *kinds: str) -> T | None:
    """Return what is answered, or None where it is refused for one of these reasons, by their stable names."""
    try:
        return await answer
    except Refused as refused:
        if refused.kind not in kinds:
            raise
        return None
