"""Opening a vote: the form, a look at what people will see, and the opening."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from gateway.web.ballots import Filled, scale_of
from gateway.web.forms import Form
from gateway.web.members import members_named
from gateway.web.methods import COMMON, WAYS, option_name, option_note, way
from gateway.web.near import city_of, clocks_told, zone_of
from gateway.web.opening import (
    ENDS_DAYS,
    QUORUMS,
    SHARES,
    Reader,
    as_opened,
    end_on,
    fresh,
    from_poll,
    from_template,
    rows_of,
    with_rows,
)
from gateway.web.page import Page, PageDep
from gateway.web.refusals import told
from gateway.web.terms import terms_in_words
from libs.contracts.geo import PlaceOf, PlacesLike
from libs.contracts.governance import Customs, CustomsOf, OpenPoll, PollOf, TemplatesOf
from libs.contracts.groups import GroupDirectory, GroupOf, GroupView, SubgroupsOf
from libs.errors import Problem

router = APIRouter()

_GROUPS_MAX = 100
_PLACES_MAX = 8


@router.get("/creer/vote")
async def new_poll(
    page: PageDep, groupe: UUID | None = None, modele: UUID | None = None, remplace: UUID | None = None
) -> Response:
    """Show the form: empty, as a template of the group has it, or as a cancelled poll was, to be corrected."""
    actor = page.member()
    replaced = await page.ask(PollOf(poll_id=remplace, asker=actor.id)) if remplace else None
    group_id = replaced.group_id if replaced else groupe
    if group_id is None:
        directory = await page.ask(GroupDirectory(asker=actor.id, mine=True, limit=_GROUPS_MAX))
        return page.render("poll-group.html", is_private=True, groups=directory.items)
    customs = await page.ask(CustomsOf(group_id=group_id))
    if replaced:
        form = from_poll(replaced, page.words)
    else:
        form = await _of_template(page, group_id, modele, customs)
    return await _form_page(page, group_id, form, customs, replaces=remplace, once=secrets.token_urlsafe(18))


async def _of_template(page: Page, group_id: UUID, template_id: UUID | None, customs: Customs) -> Form:
    if template_id:
        templates = await page.ask(TemplatesOf(group_id=group_id, limit=_GROUPS_MAX))
        for template in templates.items:
            if template.template_id == template_id:
                return from_template(template, page.words)
    return fresh(page.words, takes_delegations=customs.delegations != "none")


@router.post("/creer/vote")
async def open_poll(page: PageDep, groupe: UUID) -> Response:
    """Add or strike out a choice, show what people will see, or open the vote; then go to its ballot."""
    form = await page.form()
    actor = page.member()
    customs = await page.ask(CustomsOf(group_id=groupe))
    again: dict[str, Any] = {"replaces": form.get("replaces") or None, "once": form.get("once")}
    if form.has("plus") or form.has("moins"):
        return await _form_page(page, groupe, with_rows(form), customs, **again)
    if form.has("corriger"):
        return await _form_page(page, groupe, form, customs, **again)
    group = await page.ask(GroupOf(group_id=groupe, asker=actor.id))
    now = datetime.now(UTC)
    place_id = await _place_of(page, form) if form.get("roll") == "place" else None
    zone = await zone_of(page, group.place)
    command = Reader(form, page.words, now, zone).poll(group, place_id=place_id)
    if command and not form.has("ouvrir"):
        settled = command.model_copy(update={"audience": command.audience or customs.audience})
        return await _preview(page, form, settled, group, zone)
    if command:
        try:
            receipt = await page.do(command, once=form.get("once") or None)
            return page.redirect(f"/v/{receipt.id}")
        except Problem as problem:
            form.refuse(problem)
    return await _form_page(page, groupe, form, customs, status=422, **again)


async def _place_of(page: Page, form: Form) -> int | None:
    """Return the place that was chosen, or the only one of that name; else its error asks for the choice."""
    if (chosen := form.get("place_id")).isdecimal() and len(chosen) < 10:
        return (await page.ask(PlaceOf(place_id=int(chosen)))).place_id
    if not (words := form.get("place")[:100]):
        form.fault("place", page.words("Dites quelle commune."))
        return None
    found = await page.ask(PlacesLike(words=words, limit=_PLACES_MAX))
    exact = [place for place in found.items if words.casefold() in (place.name.casefold(), place.label.casefold())]
    if len(exact) == 1:
        return exact[0].place_id
    form.fault("place", page.words("Choisissez laquelle.") if found.items else page.words("Aucune commune de ce nom."))
    return None


async def _form_page(
    page: Page, group_id: UUID, form: Form, customs: Customs, *, replaces: object, once: str, status: int = 200
) -> Response:
    actor, words, now = page.member(), page.words, datetime.now(UTC)
    group = await page.ask(GroupOf(group_id=group_id, asker=actor.id))
    if group.my_role is None:
        return page.render("poll-outside.html", status=403, is_private=True, group=group)
    zone = await zone_of(page, group.place)
    templates, subgroups, named = await asyncio.gather(
        page.ask(TemplatesOf(group_id=group_id, limit=_GROUPS_MAX)),
        page.ask(SubgroupsOf(group_id=group_id, asker=actor.id, limit=_GROUPS_MAX)),
        members_named(page, group),
    )
    return page.render(
        "poll-new.html",
        status=status,
        is_private=True,
        group=group,
        form=form,
        refusal=told(form.refusal, words) if form.refusal else None,
        customs=customs,
        templates=templates.items,
        subgroups=subgroups.items,
        members=named.members,
        places=await _places(page, form),
        replaces=replaces,
        once=once or secrets.token_urlsafe(18),
        rows=rows_of(form),
        is_back=page.request.method == "POST" or replaces is not None,
        common=[(method, way(method, words)) for method in COMMON],
        others=[(method, way(method, words)) for method in WAYS if method not in COMMON],
        ends=[(days, words.moment(end_on(days, now, zone), zone=zone, now=now)) for days in ENDS_DAYS],
        city=city_of(page, zone),
        quorums=QUORUMS,
        shares=SHARES,
    )


async def _places(page: Page, form: Form) -> list[tuple[int, str]]:
    """Return the places to choose from: those that are called so, or the one that was chosen before."""
    if (chosen := form.get("place_id")).isdecimal() and len(chosen) < 10:
        place = await page.ask(PlaceOf(place_id=int(chosen)))
        return [(place.place_id, place.label)]
    if form.get("roll") != "place" or not form.get("place"):
        return []
    found = await page.ask(PlacesLike(words=form.get("place")[:100], limit=_PLACES_MAX))
    return [(place.place_id, place.label) for place in found.items]


async def _preview(page: Page, form: Form, command: OpenPoll, group: GroupView, zone: ZoneInfo) -> Response:
    now, words = datetime.now(UTC), page.words
    poll = as_opened(command, group, now)
    place_id = poll.terms.eligibility.place_id
    place = (await page.ask(PlaceOf(place_id=place_id))).name if place_id else None
    return page.render(
        "poll-preview.html",
        is_private=True,
        group=group,
        poll=poll,
        form=form,
        fields=form.sent(),
        filled=Filled(),
        way=way(poll.method, words),
        terms=terms_in_words(poll, words, ballots_count=None, place=place, zone=zone),
        name=lambda option: option_name(poll.method, option, words),
        note=lambda option: option_note(poll.method, option, words),
        scale=scale_of(poll, words),
        until=words.moment(poll.closes_at, zone=zone, now=now),
        clocks=clocks_told(page, zone),
    )
