"""Around me: what happens near, as a list by day and as a map. Both are one address with one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from gateway.web.near import home_zone
from gateway.web.nearby import Around, Sort, Thing, look_around
from gateway.web.page import Page, PageDep
from gateway.web.plan import Pin, drawer_of
from gateway.web.whereabouts import Answer, Spot, whereabouts
from gateway.web.words import Words

router = APIRouter()

FILTERS: dict[str, Sort] = {"rencontres": "meet", "votes": "vote", "groupes": "group", "lieux": "place"}
"""What `f` may say in an address."""

RADII_KM = (2, 5, 15, 50)
RADIUS_KM = 5
PAGE_SIZE = 30
WEEK_DAYS = 7
FEW = 5
"""So many of what has no time are shown under everything; the rest is a filter away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: one kind alone, how far, which page of the list, which pin."""

    filter: str = ""
    radius_km: int = RADIUS_KM
    page: int = 1
    zone: UUID | None = None
    place: str = ""
    here: str = ""

    @classmethod
    def by(cls, request: Request, spot: Spot | None) -> "Asked":
        """Return what *request* asks for; what it does not say well, it does not say."""
        query = request.query_params
        radius, page = query.get("r", ""), query.get("page", "")
        try:
            zone = UUID(query.get("zone", ""))
        except ValueError:
            zone = None
        return cls(
            filter=query.get("f", "") if query.get("f") in FILTERS else "",
            radius_km=int(radius) if radius.isdecimal() and int(radius[:4]) in RADII_KM else RADIUS_KM,
            page=max(1, int(page)) if page.isdecimal() and len(page) < 5 else 1,
            zone=zone,
            place=str(spot.place_id) if spot and spot.place_id and {"place", "lieu"} & set(query) else "",
            here=f"{spot.latitude},{spot.longitude}" if spot and "," in query.get("ici", "") else "",
        )

    def query(self, **other: Any) -> str:
        """Return the query of an address that asks for the same but for *other*; the page begins anew."""
        own = {"f": self.filter, "r": self.radius_km, "place": self.place, "ici": self.here}
        said = own | {"page": 1, "zone": ""} | other
        plain = {"f": "", "r": RADIUS_KM, "page": 1, "zone": "", "place": "", "ici": ""}
        told = urlencode({name: value for name, value in said.items() if value != plain[name]})
        return f"?{told}" if told else ""


@router.get("/autour")
async def around(page: PageDep) -> Response:
    """List what happens near, by day, then what stays, by distance."""
    answer = await whereabouts(page)
    if answer.spot is None or answer.was_position:
        return _elsewhere(page, answer, "/autour")
    asked = Asked.by(page.request, answer.spot)
    found = await look_around(page, answer.spot, asked.radius_km * 1000)
    shown = found.things[FILTERS[asked.filter]] if asked.filter else found.all()
    part = shown[(asked.page - 1) * PAGE_SIZE : asked.page * PAGE_SIZE]
    plan = await drawer_of(page).plan(page, answer.spot, shown)
    return page.render(
        "around.html",
        answer=answer,
        found=found,
        asked=asked,
        sections=_sections(found, asked, part),
        more=len(shown) > asked.page * PAGE_SIZE and asked.filter,
        plan=plan,
        pins=plan.pins(shown),
        **shared(page, answer.spot),
    )


@router.get("/carte")
async def chart(page: PageDep) -> Response:
    """Show the same on a map, and beside it as a list."""
    answer = await whereabouts(page)
    if answer.spot is None or answer.was_position:
        return _elsewhere(page, answer, "/carte")
    asked = Asked.by(page.request, answer.spot)
    found = await look_around(page, answer.spot, asked.radius_km * 1000)
    shown = found.things[FILTERS[asked.filter]] if asked.filter else found.all()
    plan = await drawer_of(page).plan(page, answer.spot, shown)
    pins = plan.pins(shown)
    current = next((pin for pin in pins if asked.zone in {thing.id for thing in pin.things}), None)
    return page.render(
        "map.html",
        answer=answer,
        found=found,
        asked=asked,
        things=_listed(shown, current),
        current=current,
        is_cut=current is None and len(shown) > PAGE_SIZE,
        weight_of_map=_weight_of_map(page),
        plan=plan,
        pins=pins,
        **shared(page, answer.spot),
    )


@router.get("/autour/lieu")
async def place_form(page: PageDep) -> Response:
    """Ask where one wants to look from; nothing is asked of the device unless a button is pressed."""
    return _place_page(page, Answer(Spot.kept(page.session.place)), "/autour")


@router.get("/around")
async def around_alias(request: Request) -> Response:
    """Lead to the one address."""
    return _lead(request, "/autour")


@router.get("/map")
async def map_alias(request: Request) -> Response:
    """Lead to the one address."""
    return _lead(request, "/carte")


@router.get("/search")
async def search_alias(request: Request) -> Response:
    """Lead to the one address."""
    return _lead(request, "/chercher")


def _lead(request: Request, path: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(path + query, 308)


def _elsewhere(page: Page, answer: Answer, path: str) -> Response:
    """Take a position out of the address as soon as it is known; ask where one is while it is not."""
    if answer.spot:
        return page.redirect(path + Asked.by(page.request, None).query())
    return _place_page(page, answer, path)


def _place_page(page: Page, answer: Answer, path: str) -> Response:
    return page.render(
        "place.html",
        answer=answer,
        asked=Asked.by(page.request, None),
        radii=RADII_KM,
        target=path,
        status=200 if answer.choices or not answer.words else 404,
    )


def _listed(shown: Sequence[Thing], current: Pin | None) -> Sequence[Thing]:
    return (current.things if current else shown)[:PAGE_SIZE]


def shared(page: Page, spot: Spot) -> dict[str, Any]:
    """Return what templates that show things near need besides the things."""
    now = datetime.now(UTC)
    return {
        "around": around_name(page.words, spot.name),
        "now": now,
        "day_name": lambda day: day_name(page.words, day, now.date()),
        "maps": maps_of(page),
        "until": lambda moment: until(page.words, moment, now, home_zone(page)),
    }


def _weight_of_map(page: Page) -> str:
    """Return what the map that moves weighs, before anybody asks for it."""
    assets = page.request.app.state.renderer.assets
    weight = sum(assets[name].gzip_bytes for name in ("moving-map.js", "map-worker.js", "map.css", "countries.json"))
    return page.words("%(weight)s Mo", weight=page.words.number(round(weight / 1_000_000, 1)))


def maps_of(page: Page) -> list[str]:
    """Return the addresses of the base maps that whoever runs the node laid out."""
    maps = getattr(page.request.app.state, "maps", None)
    return [f"/cartes/{name}" for name in maps.names()] if maps else []


def around_name(words: Words, name: str) -> str:
    """Return « Autour de Crest », « Autour d’Aouste »."""
    if name[:1].casefold() in tuple("aeiouyàâäéèêëîïôöùûüœæ"):
        return words("Autour d’%(place)s", place=name)
    return words("Autour de %(place)s", place=name)


def until(words: Words, moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return when something ends, by the clocks of *zone*: of the days that come the weekday is enough."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    ahead, time = (local.date() - today).days, words.clock(local)
    if ahead == 0:
        return words("jusqu’à aujourd’hui, %(time)s", time=time)
    if ahead == 1:
        return words("jusqu’à demain, %(time)s", time=time)
    if ahead < WEEK_DAYS:
        day = words.weekday(local.date())
        return words("jusqu’à %(day)s, %(time)s", day=day.lower() if words.language == "fr" else day, time=time)
    return words("jusqu’au %(moment)s", moment=words.moment(moment, zone=zone, now=now))


def day_name(words: Words, day: date, today: date) -> tuple[str, str]:
    """Return a day's heading, and what stands small beside it."""
    said = words.day(day, today=today)
    if (ahead := (day - today).days) in (0, 1):
        return words("Aujourd’hui") if ahead == 0 else words("Demain"), said
    return said[:1].upper() + said[1:], ""


def _sections(found: Around, asked: Asked, part: Sequence[Thing]) -> dict[str, Any]:
    """Return the parts of the list: of one kind a page, of everything what comes and a few of the rest."""
    if asked.filter:
        sort = FILTERS[asked.filter]
        things: dict[Sort, Sequence[Thing]] = {sort: part}
    else:
        things = {sort: each[: PAGE_SIZE if sort == "meet" else FEW] for sort, each in found.things.items()}
        # The vote that waits stands above already.
        first = found.waiting.polls.items[0].poll_id if found.waiting and found.waiting.polls.items else None
        things["vote"] = [thing for thing in things["vote"] if thing.id != first]
    return {
        "days": found.days(now=datetime.now(UTC), things=things.get("meet", ())),
        **{sort: things.get(sort, ()) for sort in ("vote", "group", "place")},
    }
