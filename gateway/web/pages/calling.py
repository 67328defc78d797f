"""Calling a gathering, moving it, and calling it off."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import dates
from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.near import zone_of
from gateway.web.online import LINK_MAX, is_link, split_link, with_link
from gateway.web.page import Page, PageDep
from gateway.web.pages.gatherings import hours, may_lead
from gateway.web.place_field import PlaceField, place_in
from gateway.web.refusals import told
from gateway.web.words import Words
from libs.contracts.events import CancelGathering, ChangeGathering, Gathering, GatheringOf, ScheduleGathering
from libs.contracts.groups import GroupDirectory, GroupInBrief, GroupOf
from libs.contracts.place import Place
from libs.errors import NotAllowed, Problem

router = APIRouter()

ZONES = (
    *(
        "Europe/Paris",
        "Europe/Brussels",
        "Europe/Zurich",
        "Europe/London",
        "Europe/Madrid",
        "Europe/Berlin",
        "Europe/Rome",
    ),
    *("America/Guadeloupe", "America/Martinique", "America/Cayenne", "America/Miquelon", "America/Montreal"),
    *("America/New_York", "Indian/Reunion", "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis"),
    *("Africa/Algiers", "Africa/Casablanca", "Africa/Dakar", "Africa/Tunis", "UTC"),
)
"""The zones that the form offers; where the gathering is, or was, in another, that one stands there too."""


_NEVER = datetime(1, 1, 1)  # noqa: DTZ001 - what a wall clock shows has no zone


@router.get("/creer/rencontre")
async def call_form(page: PageDep, groupe: UUID | None = None) -> Response:
    """Ask what, when and where; from a group, whose gathering it is and where are there already."""
    groups = await _my_groups(page)
    chosen = next((group for group in groups if group.group_id == groupe), None) or (groups[0] if groups else None)
    first = {"group_id": str(chosen.group_id)} if chosen else {}
    return _call_page(page, Form(first), groups, PlaceField.showing(chosen.place if chosen else None))


@router.post("/creer/rencontre")
async def call(page: PageDep) -> Response:
    """Call the gathering, and show it."""
    form = await page.form()
    groups = await _my_groups(page)
    group = next((each for each in groups if str(each.group_id) == form.get("group_id")), None)
    where = await place_in(form, page, kept=group.place if group else None)
    if group is None:
        form.fault("group_id", page.words("Choisissez lequel de vos groupes."))
    plan = await _plan(form, page, where.place)
    command = form.make(ScheduleGathering, Sentences(page.words), group_id=group.group_id, **plan) if group else None
    if command and form.is_good:
        try:
            once = form.get("csrf") + command.model_dump_json()
            return page.redirect(f"/r/{(await page.do(command, once=once)).id}")
        except Problem as problem:
            form.refuse(problem)
    return _call_page(page, form, groups, where, status=422)


def _call_page(
    page: Page, form: Form, groups: tuple[GroupInBrief, ...], where: PlaceField, *, status: int = 200
) -> Response:
    return page.render(
        "call-gathering.html",
        status=status,
        is_private=True,
        form=form,
        groups=groups,
        where=where,
        gathering=None,
        zones=_zones(page.words, form.get("time_zone")),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


@router.get("/r/{gathering_id}/modifier")
async def change_form(gathering_id: UUID, page: PageDep) -> Response:
    """Show what the gathering is, to be made another."""
    found = await _led(page, gathering_id)
    form = Form(_as_typed(found))
    return _change_page(page, form, found, PlaceField.showing(found.place))


@router.post("/r/{gathering_id}/modifier")
async def change(gathering_id: UUID, page: PageDep) -> Response:
    """Make the gathering another; those who answered find what it was beside it."""
    form = await page.form()
    found = await _led(page, gathering_id)
    where = await place_in(form, page, kept=found.place)
    plan = await _plan(form, page, where.place)
    command = form.make(ChangeGathering, Sentences(page.words), gathering_id=gathering_id, **plan)
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/r/{gathering_id}")
        except Problem as problem:
            form.refuse(problem)
    return _change_page(page, form, found, where, status=422)


def _change_page(page: Page, form: Form, found: Gathering, where: PlaceField, *, status: int = 200) -> Response:
    return page.render(
        "call-gathering.html",
        status=status,
        is_private=True,
        form=form,
        groups=(),
        where=where,
        gathering=found,
        zones=_zones(page.words, form.get("time_zone")),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


@router.get("/r/{gathering_id}/annuler")
async def cancel_form(gathering_id: UUID, page: PageDep) -> Response:
    """Ask why, and name what follows."""
    return _cancel_page(page, Form(), await _led(page, gathering_id))


@router.post("/r/{gathering_id}/annuler")
async def cancel(gathering_id: UUID, page: PageDep) -> Response:
    """Call the gathering off, for good."""
    form = await page.form()
    found = await _led(page, gathering_id)
    reason = form.get("reason") or None
    command = form.make(CancelGathering, Sentences(page.words), gathering_id=gathering_id, reason=reason)
    if command:
        try:
            await page.do(command)
            return page.redirect(f"/r/{gathering_id}")
        except Problem as problem:
            form.refuse(problem)
    return _cancel_page(page, form, found, status=422)


def _cancel_page(page: Page, form: Form, found: Gathering, *, status: int = 200) -> Response:
    return page.render(
        "cancel-gathering.html",
        status=status,
        is_private=True,
        form=form,
        gathering=found,
        hours=hours(found, page.words, now=datetime.now(UTC)),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


async def _my_groups(page: Page) -> tuple[GroupInBrief, ...]:
    me = page.member()
    return (await page.ask(GroupDirectory(asker=me.id, mine=True, limit=200))).items


async def _led(page: Page, gathering_id: UUID) -> Gathering:
    """
    Return the gathering.

    Raises:
        NotAllowed: Who asks neither called it nor is a steward of its group.
    """
    me = page.member()
    found = await page.ask(GatheringOf(gathering_id=gathering_id, asker=me.id))
    group = await page.ask(GroupOf(group_id=found.group_id, asker=me.id))
    if not may_lead(found, me.id, group.my_role):
        raise NotAllowed("Only its organiser and the group's stewards may do this.")
    return found


async def _plan(form: Form, page: Page, place: Place | None) -> dict[str, Any]:
    """Return the fields of a gathering as *form* has them; what cannot be read is said there."""
    link = form.get("online")
    if link and not is_link(link):
        form.fault("online", page.words("Il faut une adresse entière, qui commence par « https:// »."))
    starts_at, ends_at = _times(form, page.words)
    return {
        "name": form.get("name"),
        "description": with_link(form.get("description") or None, link[:LINK_MAX] or None),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": form.get("time_zone") or (await zone_of(page, place)).key,
        "place": place,
        "capacity": form.get("capacity") or None,
    }


def _times(form: Form, words: Words) -> tuple[datetime, datetime]:
    """
    Return when it begins and ends, as the wall clock shows it.

    An hour of the end that is not after that of the beginning is the next day's, unless a last day is named.
    """
    first = _read(form, "date", date.fromisoformat, words)
    start, end = (_read(form, name, time.fromisoformat, words) for name in ("from", "to"))
    last = _read(form, "until", date.fromisoformat, words) if form.get("until") else None
    if first is None or start is None or end is None:
        return _NEVER, _NEVER
    if last is None:
        last = first if end > start or first == date.max else first + timedelta(days=1)
    return datetime.combine(first, start), datetime.combine(last, end)


def _read(form: Form, name: str, read: Any, words: Words) -> Any:
    if not form.get(name):
        form.fault(name, words("Ce champ est nécessaire."))
        return None
    try:
        found = read(form.get(name))
        return found.replace(tzinfo=None) if isinstance(found, time) else found
    except ValueError:
        form.fault(name, words("Cette date ne se lit pas."))
        return None


def _zones(words: Words, other: str) -> list[tuple[str, str]]:
    names = (*ZONES, *((other,) if other and other not in ZONES else ()))
    return [(name, _city(name, words)) for name in names]


def _city(name: str, words: Words) -> str:
    try:
        return dates.get_timezone_location(ZoneInfo(name), locale=words.locale, return_city=True)
    except (KeyError, ValueError):  # what somebody typed into the form themselves
        return name


def _as_typed(found: Gathering) -> dict[str, str]:
    """Return the gathering as its form would have it."""
    description, link = split_link(found.description)
    start, end = found.starts_at, found.ends_at
    is_one_night = end - start < timedelta(hours=24)
    return {
        "name": found.name,
        "description": description or "",
        "online": link or "",
        "date": start.date().isoformat(),
        "from": f"{start:%H:%M}",
        "to": f"{end:%H:%M}",
        "until": "" if is_one_night else end.date().isoformat(),
        "time_zone": found.time_zone,
        "capacity": str(found.capacity or ""),
    }
