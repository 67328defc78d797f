"""How far something is from where the reader looks, and which way; the point itself stays in the browser's cookie."""

from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import dates

from gateway.web.page import Page
from gateway.web.whereabouts import Spot
from libs.contracts.geo import Kind, LocatedNear, PlaceAt, PlaceOf
from libs.contracts.place import Place
from libs.earth import bearing_deg, distance_m
from libs.errors import Problem

_ZONES_MAX = 10_000
_RADIUS_M = 50_000


class Way(NamedTuple):
    """How far away something is, in metres, and in which direction, in degrees from north by east."""

    distance_m: float
    bearing_deg: float


class Near(NamedTuple):
    """Something that lies near, and the way there."""

    id: UUID
    way: Way


def point_of(page: Page) -> tuple[float, float] | None:
    """Return the latitude and longitude that the reader looks from; None where they have not said."""
    spot = Spot.kept(page.session.place)
    return (spot.latitude, spot.longitude) if spot else None


def way_to(page: Page, place: Place | None) -> Way | None:
    """Return the way to *place* from where the reader looks; None where either is not known."""
    point = point_of(page)
    return _way(point, (place.latitude, place.longitude)) if point and place else None


async def near(page: Page, kind: Kind, *, limit: int) -> list[Near]:
    """Return what lies within 50 km of where the reader looks, the nearest first; nothing where they have not said."""
    if (point := point_of(page)) is None:
        return []
    query = LocatedNear(latitude=point[0], longitude=point[1], radius_m=_RADIUS_M, kinds=(kind,), limit=limit)
    found = await page.ask(query)
    return [Near(each.id, _way(point, (each.latitude, each.longitude))) for each in found.items]


def _way(here: tuple[float, float], there: tuple[float, float]) -> Way:
    return Way(distance_m(*here, *there), bearing_deg(*here, *there))


def home_zone(page: Page) -> ZoneInfo:
    """Return the time zone of the node, for what is at no place."""
    return ZoneInfo(page.request.app.state.settings.time_zone)


async def zone_of(page: Page, place: Place | None) -> ZoneInfo:
    """Return the time zone that clocks show at *place*; the node's own where nobody says."""
    if place is None:
        return home_zone(page)
    state = page.request.app.state
    if not hasattr(state, "zones"):
        state.zones = {}
    known: dict[tuple[int | None, float, float], ZoneInfo] = state.zones
    key = (place.gazetteer_id, round(place.latitude, 2), round(place.longitude, 2))
    if key not in known:
        try:
            zone = ZoneInfo(await _zone_name(page, place))
        except (Problem, ValueError, KeyError):  # none near, a gazetteer that is being loaded, a zone of tomorrow
            return home_zone(page)
        if len(known) >= _ZONES_MAX:
            known.clear()
        known[key] = zone
    return known[key]


async def _zone_name(page: Page, place: Place) -> str:
    if place.gazetteer_id is not None:
        return (await page.ask(PlaceOf(place_id=place.gazetteer_id))).time_zone
    return (await page.ask(PlaceAt(latitude=place.latitude, longitude=place.longitude))).time_zone


def city_of(page: Page, zone: ZoneInfo) -> str:
    """Return what the clocks of *zone* are called: a city."""
    return dates.get_timezone_location(zone, locale=page.words.locale, return_city=True)


def clocks_told(page: Page, zone: ZoneInfo) -> str:
    """Return whose clocks these are where they are not those of the node, else nothing."""
    return "" if zone == home_zone(page) else page.words("à l’heure de : %(city)s", city=city_of(page, zone))
