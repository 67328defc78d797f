"""A gathering: when and where it is, who comes, and whether one comes oneself."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import dates
from fastapi import APIRouter, Query, Response

from gateway.web.near import way_to
from gateway.web.online import split_link
from gateway.web.page import Page, PageDep
from gateway.web.refusals import told
from gateway.web.words import Words
from libs.contracts.events import (
    AnswerGathering,
    AnswerKept,
    AnswersTo,
    Gathering,
    GatheringOf,
    MemberAnswer,
    WithdrawAnswer,
)
from libs.contracts.groups import GroupOf
from libs.contracts.identity import ProfilesOf
from libs.contracts.paging import Cursor
from libs.errors import Problem

router = APIRouter()

SHOWN_MAX = 60
"""So many answers stand on the gathering's own page; the others have pages of their own."""


class Comer(NamedTuple):
    """One who answered; *handle* is None for a former member."""

    handle: str | None
    answer: AnswerKept
    is_me: bool


class Hours(NamedTuple):
    """When a gathering is, as its own clocks show it: for the date block, and in words."""

    weekday: str
    day: int
    month: str
    when: str
    date: str
    city: str
    before: str | None


@router.get("/r/{gathering_id}")
async def gathering(gathering_id: UUID, page: PageDep) -> Response:
    """Show a gathering; who is not in the group sees what is public of it."""
    return await _shown(page, gathering_id)


@router.post("/r/{gathering_id}")
async def answer(gathering_id: UUID, page: PageDep) -> Response:
    """Say whether one comes, or take back what one said."""
    form = await page.form()
    page.member()
    said = form.get("answer")
    try:
        if said == "none":
            await page.do(WithdrawAnswer(gathering_id=gathering_id))
        else:
            await page.do(AnswerGathering.model_validate({"gathering_id": gathering_id, "answer": said}))
    except ValueError:
        return await _shown(page, gathering_id, refusal=page.words("Dites « J’y vais », « Peut-être » ou « Non »."))
    except Problem as problem:
        return await _shown(page, gathering_id, refusal=told(problem, page.words))
    return page.redirect(f"/r/{gathering_id}#reponse")


@router.get("/r/{gathering_id}/reponses")
async def answers(
    gathering_id: UUID, page: PageDep, only: AnswerKept | None = None, cursor: Cursor | None = Query(None)
) -> Response:
    """List all who answered, in the order of their answers, a page at a time; for members of the group."""
    me = page.member()
    found = await page.ask(GatheringOf(gathering_id=gathering_id, asker=me.id))
    some = await page.ask(AnswersTo(gathering_id=gathering_id, asker=me.id, only=only, cursor=cursor))
    return page.render(
        "gathering-answers.html",
        is_private=True,
        gathering=found,
        only=only,
        comers=await _comers(page, some.items),
        next=some.next,
    )


async def _shown(page: Page, gathering_id: UUID, *, refusal: str | None = None) -> Response:
    asker = page.actor.id if page.actor else None
    found = await page.ask(GatheringOf(gathering_id=gathering_id, asker=asker))
    group = await page.ask(GroupOf(group_id=found.group_id, asker=asker))
    comers: list[Comer] = []
    has_more = False
    organiser = None
    if asker and group.my_role:
        some = await page.ask(AnswersTo(gathering_id=gathering_id, asker=asker, limit=SHOWN_MAX))
        comers, has_more = await _comers(page, some.items), some.next is not None
        organiser = await _handle(page, found.organiser)
    description, link = split_link(found.description)
    now = datetime.now(UTC)
    return page.render(
        "gathering.html",
        status=422 if refusal else 200,
        refusal=refusal,
        gathering=found,
        group=group,
        description=description,
        link=link,
        hours=hours(found, page.words, now=now),
        way=way_to(page, found.place),
        organiser=organiser,
        comers={
            kept: [each for each in comers if each.answer == kept] for kept in ("going", "waiting", "maybe", "not")
        },
        has_more=has_more,
        may_lead=may_lead(found, asker, group.my_role),
        is_over=found.ends_at <= now,
        room=None if found.capacity is None else max(0, found.capacity - found.going_count),
    )


def may_lead(gathering: Gathering, asker: UUID | None, role: str | None) -> bool:
    """Return whether *asker*, who is *role* in the group, may move a gathering or call it off."""
    return role == "steward" or (role is not None and gathering.organiser == asker)


def hours(gathering: Gathering, words: Words, *, now: datetime) -> Hours:
    """Return when *gathering* is, in the language of *words*."""
    start, end = gathering.starts_at, gathering.ends_at
    zone = ZoneInfo(gathering.time_zone)
    today = now.astimezone(zone).date()
    if end.date() == start.date():
        when = words("De %(start)s à %(end)s", start=words.clock(start), end=words.clock(end))
    elif end - start < timedelta(hours=24):
        when = words("De %(start)s à %(end)s, le lendemain", start=words.clock(start), end=words.clock(end))
    else:
        last = f"{words.day(end.date(), today=today)}, {words.clock(end)}"
        when = words("De %(start)s jusqu’au %(end)s", start=words.clock(start), end=last)
    before = gathering.moved_from
    return Hours(
        weekday=dates.format_date(start, "EEEE", locale=words.locale),
        day=start.day,
        month=dates.format_date(start, "MMM", locale=words.locale),
        when=when,
        date=_day(start.date(), words, today=today),
        city=dates.get_timezone_location(zone, locale=words.locale, return_city=True),
        before=f"{words.day(before.date(), today=today)}, {words.clock(before)}" if before else None,
    )


def _day(day: date, words: Words, *, today: date) -> str:
    said = words.day(day, today=today)
    match (day - today).days:
        case 0:
            return words("aujourd’hui, %(day)s", day=said)
        case 1:
            return words("demain, %(day)s", day=said)
        case _:
            return said


async def _comers(page: Page, items: Sequence[MemberAnswer]) -> list[Comer]:
    handles = await _handles(page, (item.member_id for item in items))
    me = page.member().id
    return [
        Comer(handles.get(item.member_id) if item.member_id else None, item.answer, item.member_id == me)
        for item in items
    ]


async def _handle(page: Page, member_id: UUID | None) -> str | None:
    return (await _handles(page, [member_id])).get(member_id) if member_id else None


async def _handles(page: Page, member_ids: Iterable[UUID | None]) -> dict[UUID, str | None]:
    ids = tuple(member_id for member_id in member_ids if member_id)
    profiles = (await page.ask(ProfilesOf(member_ids=ids))).profiles if ids else ()
    return {profile.id: profile.handle for profile in profiles if not profile.is_former}
