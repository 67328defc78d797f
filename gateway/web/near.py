"""How far something is from where the reader looks, and which way; the point itself stays in the browser's cookie."""

import math
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.web.page import Page
from libs.contracts.geo import Kind, LocatedNear, PlaceOf
from libs.contracts.place import Place
from libs.errors import Problem

HOME_ZONE = ZoneInfo("Europe/Paris")
_EARTH_M = 6_371_008.8
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
    kept = page.session.place or {}
    try:
        latitude, longitude = float(kept["latitude"]), float(kept["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


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
    """Return the way along the great circle (haversine), as geo measures it."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(a), math.radians(b)) for a, b in (here, there))
    apart = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    bearing = math.atan2(
        math.sin(lon2 - lon1) * math.cos(lat2),
        math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon2 - lon1),
    )
    return Way(2 * _EARTH_M * math.asin(min(1.0, math.sqrt(apart))), math.degrees(bearing) % 360)


async def zone_of(page: Page, place: Place | None) -> ZoneInfo:
    """Return the time zone that clocks show at *place*; France's own where nobody says."""
    if place is None or place.gazetteer_id is None:
        return HOME_ZONE
    try:
        return ZoneInfo((await page.ask(PlaceOf(place_id=place.gazetteer_id))).time_zone)
    except (Problem, ValueError, KeyError):
        return HOME_ZONE
