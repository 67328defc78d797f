"""The first page: what this is, and what is alive here."""

from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from gateway.web.nearby import Around, Thing, look_around
from gateway.web.page import Page, PageDep
from gateway.web.pages.around import shared
from gateway.web.plan import drawer_of
from gateway.web.whereabouts import home
from libs.contracts.governance import PollInGroup, PollsAmong
from libs.contracts.identity import CurrentManifesto
from libs.errors import Problem

router = APIRouter()

RADIUS_M = 15_000
TOUCHING = 100
"""On the smallest plan of all, pins need more room (units of the plan)."""

SHOWN = 3
"""So many things stand in the list, and beside their pins."""


@router.get("/")
async def landing(page: PageDep) -> Response:
    """Say in one sentence what this is; who is signed in is taken to what is near."""
    if page.actor:
        return page.redirect("/autour")
    return page.render("landing.html", **await _alive(page))


@router.get("/manifeste")
async def manifesto(page: PageDep) -> HTMLResponse:
    """Show what every member approves."""
    return page.render("manifesto.html", manifesto=await page.ask(CurrentManifesto()))


async def _alive(page: Page) -> dict[str, Any]:
    """Return what is alive round the node's own place; nothing where no group is anywhere, or nobody answers."""
    try:
        if (spot := await home(page)) is None:
            return {"spot": None, "next": [], "result": None}
        found = await look_around(page, spot, RADIUS_M)
        things = found.all()
        plan = await drawer_of(page).plan(page, spot, things)
        return {
            "spot": spot,
            "plan": plan,
            "pins": plan.pins(things, touching=TOUCHING),
            "plates": _plates(found),
            "next": found.things["meet"][:SHOWN],
            "result": await _result(page, found),
            **shared(page, spot),
        }
    except Problem:
        return {"spot": None, "next": [], "result": None}


def _plates(found: Around) -> list[Thing]:
    """Return one thing of each sort, which is named beside its pin."""
    return [things[0] for sort in ("meet", "vote", "group") if (things := found.things[sort])]


async def _result(page: Page, found: Around) -> PollInGroup | None:
    """Return the newest result here that anybody may count again."""
    groups = tuple(thing.id for thing in found.things["group"])
    if not groups:
        return None
    closed = await page.ask(PollsAmong(group_ids=groups, is_open=False, limit=10))
    return next((poll for poll in closed.items if poll.is_result_declared), None)
