"""Who is in a group, who asks to be, and what its stewards may do about it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of
from gateway.web.refusals import told
from libs.contracts.base import Command
from libs.contracts.groups import (
    AdmitMember,
    DismissSteward,
    GroupOf,
    JoinRequests,
    Members,
    MembersOf,
    NameSteward,
    RemoveMember,
    RequestsOf,
)
from libs.errors import Problem, Unprocessable

router = APIRouter()

_PAGE = 30

_DEEDS: Mapping[str, Callable[..., Command]] = {
    "name": NameSteward,
    "dismiss": DismissSteward,
    "remove": RemoveMember,
    "admit": AdmitMember,
    "refuse": RemoveMember,
}


@router.get("/g/{group_id}/membres")
async def members(page: PageDep, group_id: UUID, apres: str | None = None) -> Response:
    """Show who is in the group, to who is in it; stewards first, then who has been there longest."""
    return await _members_page(page, group_id, apres)


@router.post("/g/{group_id}/membres")
async def change_member(page: PageDep, group_id: UUID, apres: str | None = None) -> Response:
    """Make a member a steward, or a steward a member like others; or remove somebody."""
    form = await page.form()
    page.member()
    try:
        await page.do(_deed(form, group_id, ("name", "dismiss", "remove")))
    except Problem as problem:
        return await _members_page(page, group_id, apres, refusal=told(problem, page.words), status=422)
    return page.redirect(f"/g/{group_id}/membres")


async def _members_page(
    page: Page, group_id: UUID, cursor: str | None, *, refusal: str | None = None, status: int = 200
) -> Response:
    group = await page.ask(GroupOf(group_id=group_id, asker=page.actor.id if page.actor else None))
    found, names = Members(items=(), next=None), {}
    if page.actor and group.my_role:
        found = await page.ask(MembersOf(group_id=group_id, asker=page.actor.id, cursor=cursor, limit=_PAGE))
        names = await names_of(page, (each.member_id for each in found.items))
    return await _render(page, "group-members.html", group, status, refusal=refusal, found=found, names=names)


@router.get("/g/{group_id}/demandes")
async def requests(page: PageDep, group_id: UUID, apres: str | None = None) -> Response:
    """Show who asks to be let in, to the group's stewards; the oldest request first."""
    return await _requests_page(page, group_id, apres)


@router.post("/g/{group_id}/demandes")
async def answer_request(page: PageDep, group_id: UUID, apres: str | None = None) -> Response:
    """Let somebody in who asked, or do not."""
    form = await page.form()
    page.member()
    try:
        await page.do(_deed(form, group_id, ("admit", "refuse")))
    except Problem as problem:
        return await _requests_page(page, group_id, apres, refusal=told(problem, page.words), status=422)
    return page.redirect(f"/g/{group_id}/demandes")


async def _requests_page(
    page: Page, group_id: UUID, cursor: str | None, *, refusal: str | None = None, status: int = 200
) -> Response:
    actor = page.member()
    group = await page.ask(GroupOf(group_id=group_id, asker=actor.id))
    found: JoinRequests = await page.ask(RequestsOf(group_id=group_id, asker=actor.id, cursor=cursor, limit=_PAGE))
    names = await names_of(page, (each.member_id for each in found.items))
    return await _render(page, "group-requests.html", group, status, refusal=refusal, found=found, names=names)


def _deed(form: Form, group_id: UUID, allowed: tuple[str, ...]) -> Command:
    """
    Return the command that the pressed button stands for.

    Raises:
        Unprocessable: It names nobody, or nothing that this page does.
    """
    deed = form.get("do")
    try:
        member_id = UUID(form.get("member_id"))
    except ValueError as fault:
        raise Unprocessable("The form names nobody.") from fault
    if deed not in allowed:
        raise Unprocessable("The form asks for nothing that this page does.")
    return _DEEDS[deed](group_id=group_id, member_id=member_id)


async def _render(page: Page, template: str, group: Any, status: int, **context: Any) -> Response:
    zone = await zone_of(page, group.place)
    return page.render(template, status=status, is_private=True, group=group, zone=zone, **context)
