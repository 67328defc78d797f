"""Groups: mine and those near, what happens in one, and coming in and going out."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.feed import feed_of
from gateway.web.near import Near, near, way_to, zone_of
from gateway.web.page import Page, PageDep
from gateway.web.refusals import told
from libs.contracts.governance import CustomsOf
from libs.contracts.groups import GroupDirectory, GroupInBrief, GroupOf, GroupView, JoinGroup, LeaveGroup
from libs.errors import Problem, Unprocessable

router = APIRouter()

_PAGE = 30
_MINE_MAX = 100


@router.get("/groupes")
async def groups(page: PageDep, q: str = "", apres: str | None = None) -> Response:
    """Show the groups that the reader is in, those near, and all of the node; or those that *q* finds."""
    asker, words = page.actor.id if page.actor else None, " ".join(q.split())[:100]
    mine: tuple[GroupInBrief, ...] = ()
    if page.actor and not words and not apres:
        mine = (await page.ask(GroupDirectory(asker=asker, mine=True, limit=_MINE_MAX))).items
    nearby, all_of_them = await asyncio.gather(
        _near(page, besides=mine) if not words and not apres else _none(),
        page.ask(GroupDirectory(asker=asker, words=words or None, cursor=apres, limit=_PAGE)),
    )
    shown_above = {each.group_id for each in (*mine, *(group for group, _ in nearby))}
    return page.render(
        "groups.html",
        q=words,
        mine=mine,
        nearby=nearby,
        others=[each for each in all_of_them.items if each.group_id not in shown_above],
        next=all_of_them.next,
        is_first=apres is None,
    )


async def _none() -> list[tuple[GroupView, Near]]:
    return []


async def _near(page: Page, *, besides: tuple[GroupInBrief, ...]) -> list[tuple[GroupView, Near]]:
    """Return the groups nearest to where the reader looks from, and how far each is."""
    known = {each.group_id for each in besides}
    found = [each for each in await near(page, "group", limit=20) if each.id not in known][:8]
    asker = page.actor.id if page.actor else None
    views = await asyncio.gather(*(page.ask(GroupOf(group_id=each.id, asker=asker)) for each in found))
    return [(view, each) for view, each in zip(views, found, strict=True) if view.members_count]


@router.get("/g/{group_id}")
async def group(page: PageDep, group_id: UUID) -> Response:
    """Show a group and what happens in it."""
    return await _group_page(page, group_id)


@router.post("/g/{group_id}")
async def come_or_go(page: PageDep, group_id: UUID) -> Response:
    """Join the group, ask to, take that back, or leave."""
    form = await page.form()
    actor = page.member()
    try:
        match form.get("do"):
            case "join":
                await page.do(JoinGroup(group_id=group_id))
            case "leave":
                members_count = (await page.ask(GroupOf(group_id=group_id, asker=actor.id))).members_count
                await page.do(LeaveGroup(group_id=group_id, members_count=members_count))
            case _:
                raise Unprocessable("Nothing was asked for.")
    except Problem as problem:
        return await _group_page(page, group_id, refusal=told(problem, page.words), status=422)
    return page.redirect(f"/g/{group_id}")


async def _group_page(page: Page, group_id: UUID, *, refusal: str | None = None, status: int = 200) -> Response:
    asker = page.actor.id if page.actor else None
    found = await page.ask(GroupOf(group_id=group_id, asker=asker))
    feed, customs, parent, zone = await asyncio.gather(
        feed_of(page, found),
        page.ask(CustomsOf(group_id=group_id)),
        parent_of(page, found),
        zone_of(page, found.place),
    )
    return page.render(
        "group.html",
        status=status,
        group=found,
        parent=parent,
        feed=feed,
        customs=customs,
        zone=zone,
        way=way_to(page, found.place),
        refusal=refusal,
    )


async def parent_of(page: Page, found: GroupView) -> GroupView | None:
    """Return the group that it is a sub-group of, for a way up; None where there is none to be shown."""
    if found.parent_id is None:
        return None
    try:
        return await page.ask(GroupOf(group_id=found.parent_id, asker=page.actor.id if page.actor else None))
    except Problem:
        return None
