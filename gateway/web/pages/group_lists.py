"""All the votes of a group, all its texts, and all its gatherings."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.methods import method_name
from gateway.web.near import zone_of
from gateway.web.page import PageDep
from libs.contracts.events import GatheringsOf
from libs.contracts.governance import PendingPollsOf, Phase, PollsOf, ProposalsOf
from libs.contracts.groups import GroupOf

router = APIRouter()

_PAGE = 30
_PHASES: Mapping[str, Phase] = {
    "discussion": "discussion",
    "soutien": "support",
    "vote": "vote",
    "adoptes": "adopted",
    "rejetes": "rejected",
}


@router.get("/g/{group_id}/votes")
async def votes(page: PageDep, group_id: UUID, quand: str = "", apres: str | None = None) -> Response:
    """Show the votes of the group that the reader may read, the newest first: all, the open ones, or those over."""
    asker = page.actor.id if page.actor else None
    group = await page.ask(GroupOf(group_id=group_id, asker=asker))
    is_open = {"ouverts": True, "clos": False}.get(quand)
    found = await page.ask(PollsOf(group_id=group_id, asker=asker, is_open=is_open, cursor=apres, limit=_PAGE))
    waiting: set[UUID] = set()
    if asker and any(poll.is_open for poll in found.items):
        waiting = {each.poll_id for each in (await page.ask(PendingPollsOf(asker=asker, limit=200))).items}
    return page.render(
        "group-votes.html",
        group=group,
        found=found,
        waiting=waiting,
        method_name=lambda method: method_name(method, page.words),
        which=quand if is_open is not None else "",
        zone=await zone_of(page, group.place),
    )


@router.get("/g/{group_id}/textes")
async def texts(page: PageDep, group_id: UUID, quand: str = "", apres: str | None = None) -> Response:
    """Show the texts that were put before the group, the newest first: all, or those that stand so."""
    asker = page.actor.id if page.actor else None
    group = await page.ask(GroupOf(group_id=group_id, asker=asker))
    phase = _PHASES.get(quand)
    found = await page.ask(ProposalsOf(group_id=group_id, asker=asker, phase=phase, cursor=apres, limit=_PAGE))
    return page.render(
        "group-texts.html",
        group=group,
        found=found,
        which=quand if phase else "",
        zone=await zone_of(page, group.place),
    )


@router.get("/g/{group_id}/rencontres")
async def gatherings(page: PageDep, group_id: UUID, quand: str = "", apres: str | None = None) -> Response:
    """Show the gatherings of the group: those to come, the next first; or those that are over, the latest first."""
    asker = page.actor.id if page.actor else None
    group = await page.ask(GroupOf(group_id=group_id, asker=asker))
    when: Literal["coming", "past"] = "past" if quand == "passees" else "coming"
    found = await page.ask(GatheringsOf(group_id=group_id, asker=asker, when=when, cursor=apres, limit=_PAGE))
    return page.render("group-gatherings.html", group=group, found=found, when=when)
