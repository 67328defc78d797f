"""Gatherings for people's own calendars (iCalendar, RFC 5545)."""

import math
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from icalendar import Calendar, Event

from gateway.web.page import PageDep
from libs.contracts.events import Gathering, GatheringInBrief, GatheringOf, GatheringsOf
from libs.contracts.groups import GroupOf

router = APIRouter()

MEDIA_TYPE = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(hours=6)
COMING_MAX, PAST_MAX = 200, 50


@router.get("/r/{gathering_id}/rencontre.ics")
async def one_gathering(gathering_id: UUID, page: PageDep) -> Response:
    """Give a gathering as a file that calendars read: with its description, for members of the group."""
    asker = page.actor.id if page.actor else None
    found = await page.ask(GatheringOf(gathering_id=gathering_id, asker=asker))
    return _answer(_calendar([found], page), "private, no-store", f"rencontre-{gathering_id}.ics")


@router.get("/g/{group_id}/agenda.ics")
async def gatherings_of_group(group_id: UUID, page: PageDep) -> Response:
    """
    Give a group's gatherings as a calendar to subscribe to: what is public of those to come, and of the latest past.

    It says the same to everybody, so that an address handed on gives nothing away.
    """
    group = await page.ask(GroupOf(group_id=group_id, asker=None))
    coming = await page.ask(GatheringsOf(group_id=group_id, asker=None, limit=COMING_MAX))
    past = await page.ask(GatheringsOf(group_id=group_id, asker=None, when="past", limit=PAST_MAX))
    calendar = _calendar([*reversed(past.items), *coming.items], page, name=group.name)
    return _answer(calendar, "public, max-age=300", f"agenda-{group_id}.ics")


def _calendar(gatherings: Iterable[GatheringInBrief], page: PageDep, *, name: str | None = None) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Plaanet//Plaanet//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    for each in gatherings:
        calendar.add_component(_event(each, page))
    calendar.add_missing_timezones()
    return calendar


def _event(gathering: GatheringInBrief, page: PageDep) -> Event:
    """Return one gathering; its `SEQUENCE` grows with each change, so that calendars take the newest."""
    zone = ZoneInfo(gathering.time_zone)
    last = max(filter(None, (gathering.scheduled_at, gathering.changed_at, gathering.cancelled_at)))
    event = Event()
    event.add("uid", f"{gathering.gathering_id}@{page.request.app.state.settings.node_name}")
    event.add("dtstamp", last)
    event.add("created", gathering.scheduled_at)
    event.add("last-modified", last)
    event.add("sequence", math.ceil((last - gathering.scheduled_at).total_seconds()))
    event.add("dtstart", gathering.starts_at.replace(tzinfo=zone))
    event.add("dtend", gathering.ends_at.replace(tzinfo=zone))
    event.add("summary", gathering.name)
    event.add("status", "CANCELLED" if gathering.cancelled_at else "CONFIRMED")
    event.add("url", f"{page.request.url.scheme}://{page.request.url.netloc}/r/{gathering.gathering_id}")
    if gathering.place:
        event.add("location", gathering.place.name)
        event.add("geo", (gathering.place.latitude, gathering.place.longitude))
    words = gathering.cancellation_reason or (gathering.description if isinstance(gathering, Gathering) else None)
    if words:
        event.add("description", words)
    return event


def _answer(calendar: Calendar, caching: str, file: str) -> Response:
    headers = {"Cache-Control": caching, "Content-Disposition": f'attachment; filename="{file}"'}
    return Response(calendar.to_ical(), headers=headers, media_type=MEDIA_TYPE)
