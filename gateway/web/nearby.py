"""
What lies near a spot and may be acted upon: gatherings, open votes, groups and places, as rows and pins show them.

Geo says what is where; the services that own the things are then asked for all of them at once, one question each. So
a page costs two rounds of questions, however much there is.
"""

import asyncio
import math
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID

from gateway import problems
from gateway.web.page import Page
from gateway.web.whereabouts import Spot
from libs.contracts.base import Query
from libs.contracts.events import GatheringDirectory, GatheringInBrief
from libs.contracts.geo import Kind, Located, LocatedNear, Nearby
from libs.contracts.governance import (
    PendingPolls,
    PendingPollsOf,
    PollInGroup,
    PollsAmong,
    Tally,
    TallyOf,
)
from libs.contracts.groups import GroupDirectory, GroupInBrief, PageDirectory, PageInBrief
from libs.earth import distance_m
from libs.errors import NotYet, Problem

Sort: TypeAlias = Literal["meet", "vote", "group", "place"]
"""What a thing is, by the name of its sign."""

SORTS: tuple[Sort, ...] = ("vote", "meet", "group", "place")
"""What has a time first, then what stays."""

LOOKED_AT_MAX = 200
"""Of each kind so many of the nearest are looked at."""

_T = TypeVar("_T")
_SORT: dict[Kind, Sort] = {"gathering": "meet", "group": "group", "page": "place"}
_ROOM: dict[Sort, str] = {"meet": "r", "vote": "v", "group": "g", "place": "l"}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing near: what it is, where, how far and in which direction, and what its owner says of it."""

    sort: Sort
    id: UUID
    name: str
    place_name: str
    latitude: float
    longitude: float
    distance_m: float
    bearing_deg: float
    gathering: GatheringInBrief | None = None
    poll: PollInGroup | None = None
    group: GroupInBrief | None = None
    page: PageInBrief | None = None
    is_awaited: bool = False
    """Whether the reader's ballot is."""

    @property
    def href(self) -> str:
        """The address of its page."""
        return f"/{_ROOM[self.sort]}/{self.id}"

    @property
    def is_full(self) -> bool:
        """Whether nobody more can come."""
        gathering = self.gathering
        return bool(gathering and gathering.capacity and gathering.going_count >= gathering.capacity)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The votes that wait for the reader: how many, the first to close, and how it stands."""

    polls: PendingPolls
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class Around:
    """What is near: *things* by sort, in the order in which they are shown."""

    spot: Spot
    radius_m: int
    things: dict[Sort, list[Thing]] = field(default_factory=dict)
    waiting: Waiting | None = None
    is_cut: bool = False
    """Whether there is more than was looked at."""

    is_partial: bool = False
    """Whether a service did not answer, so that something may be missing."""

    def all(self) -> list[Thing]:
        """Return every thing, in the order of `SORTS`."""
        return [thing for sort in SORTS for thing in self.things.get(sort, [])]

    def days(self, *, now: datetime, things: Sequence[Thing]) -> list[tuple[date, list[Thing]]]:
        """Return gatherings by their day; those that began before today are today's."""
        found: dict[date, list[Thing]] = {}
        for thing in things:
            assert thing.gathering is not None
            starts_at = thing.gathering.starts_at
            found.setdefault(max(starts_at.date(), now.astimezone(starts_at.tzinfo).date()), []).append(thing)
        return sorted(found.items())


async def look_around(page: Page, spot: Spot, radius_m: int) -> Around:
    """
    Return what is within *radius_m* metres of *spot*.

    Raises:
        ServiceIsAway: Geo does not answer; without any other service the rest is shown.
    """
    near = {"latitude": spot.latitude, "longitude": spot.longitude, "radius_m": radius_m, "limit": LOOKED_AT_MAX}
    (located, is_cut), waiting = await asyncio.gather(_located(page, near), _or_none(_waiting(page)))
    ids = {kind: tuple(each.id for each in located if each.kind == kind) for kind in _SORT}
    asker = page.actor.id if page.actor else None
    meets, groups, pages = ids["gathering"], ids["group"], ids["page"]
    answers = await asyncio.gather(
        _items(page, GatheringDirectory(asker=asker, among=meets, limit=LOOKED_AT_MAX), meets),
        _items(page, PollsAmong(group_ids=groups, asker=asker, limit=LOOKED_AT_MAX), groups),
        _items(page, GroupDirectory(asker=asker, among=groups, limit=LOOKED_AT_MAX), groups),
        _items(page, PageDirectory(asker=asker, among=pages, limit=LOOKED_AT_MAX), pages),
    )
    return Around(
        spot,
        radius_m,
        things=_things(spot, located, answers, waiting),
        waiting=waiting,
        is_cut=is_cut,
        is_partial=None in answers or (waiting is None and asker is not None),
    )


async def _located(page: Page, near: dict[str, float]) -> tuple[Sequence[Located], bool]:
    """Return what is near, and whether there is more: where there is much, each kind is asked for by itself."""
    found = await page.ask(LocatedNear(**near))
    if found.next is None:
        return found.items, False
    by_kind: list[Nearby] = await asyncio.gather(*(page.ask(LocatedNear(**near, kinds=(kind,))) for kind in _SORT))
    return [each for answer in by_kind for each in answer.items], any(answer.next for answer in by_kind)


async def _waiting(page: Page) -> Waiting | None:
    if page.actor is None:
        return None
    polls = await page.ask(PendingPollsOf(asker=page.actor.id, limit=LOOKED_AT_MAX))
    if not polls.items:
        return Waiting(polls, None)
    try:
        return Waiting(polls, await page.ask(TallyOf(poll_id=polls.items[0].poll_id, asker=page.actor.id)))
    except Problem:  # who left the group may vote still, and see no more than that
        return Waiting(polls, None)


async def _items(page: Page, query: Query[Any], among: Sequence[UUID]) -> tuple[Any, ...] | None:
    """Return what the answer lists, None where its service does not answer; nobody is asked about nothing."""
    if not among:
        return ()
    answer = await _or_none(page.ask(query))
    return None if answer is None else tuple(answer.items)


async def _or_none(answer: Awaitable[_T]) -> _T | None:
    try:
        return await answer
    except Problem as problem:
        status, _, _ = problems.of(problem)
        if status == NotYet.status:
            return None
        raise


def _things(
    spot: Spot,
    located: Iterable[Located],
    answers: Sequence[tuple[Any, ...] | None],
    waiting: Waiting | None,
) -> dict[Sort, list[Thing]]:
    gatherings, polls, groups, pages = (answer or () for answer in answers)
    meets: dict[UUID, GatheringInBrief] = {each.gathering_id: each for each in gatherings}
    known: dict[UUID, GroupInBrief] = {each.group_id: each for each in groups}
    places: dict[UUID, PageInBrief] = {each.page_id: each for each in pages}
    awaited = {poll.poll_id for poll in (waiting.polls.items if waiting else ())}
    found: dict[Sort, list[Thing]] = {sort: [] for sort in SORTS}
    at = {each.id: each for each in located}
    for each in at.values():
        thing = _thing(spot, each, gathering=meets.get(each.id), group=known.get(each.id), page=places.get(each.id))
        # What its owner does not know is not there any more, or not yet.
        if thing.gathering or thing.group or thing.page:
            found[thing.sort].append(thing)
    for poll in polls:
        found["vote"].append(_vote(spot, at[poll.group_id], poll, known.get(poll.group_id), poll.poll_id in awaited))
    far = datetime.max.replace(tzinfo=UTC)
    found["meet"].sort(key=lambda each: (each.gathering.starts_at if each.gathering else far, each.distance_m))
    for things in (found["group"], found["place"]):
        things.sort(key=lambda each: (each.distance_m, each.name))
    return found


def _thing(spot: Spot, each: Located, **owners: object) -> Thing:
    return Thing(
        _SORT[each.kind],
        each.id,
        each.name,
        each.place_name,
        each.latitude,
        each.longitude,
        *_way(spot, each),
        **owners,  # type: ignore[arg-type]
    )


def _vote(spot: Spot, at: Located, poll: PollInGroup, group: GroupInBrief | None, is_awaited: bool) -> Thing:
    return Thing(
        "vote",
        poll.poll_id,
        poll.question,
        at.place_name,
        at.latitude,
        at.longitude,
        *_way(spot, at),
        poll=poll,
        group=group,
        is_awaited=is_awaited,
    )


def _way(spot: Spot, each: Located) -> tuple[float, float]:
    """Return how far it is, and the direction that one sets out in, in degrees from north."""
    phi, other = math.radians(spot.latitude), math.radians(each.latitude)
    turn = math.radians(each.longitude - spot.longitude)
    east = math.sin(turn) * math.cos(other)
    north = math.cos(phi) * math.sin(other) - math.sin(phi) * math.cos(other) * math.cos(turn)
    away = distance_m(spot.latitude, spot.longitude, each.latitude, each.longitude)
    return away, math.degrees(math.atan2(east, north)) % 360
