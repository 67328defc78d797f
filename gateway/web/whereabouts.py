"""
Where one looks around from: a place of the gazetteer, or the middle of a cell of about five kilometres.

It stands in this browser's cookie and nowhere else. A position is rounded on the device before it is sent, and once
more here, so that no address ever holds a finer one; nor does the cookie, unless its owner asks for that in the
settings.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gateway.web.page import Page
from libs.contracts.geo import GazetteerPlace, PlaceAt, PlaceFound, PlaceOf, PlacesLike
from libs.contracts.groups import GroupDirectory
from libs.contracts.place import Place
from libs.errors import NotFound, Problem
from libs.gazetteer.keys import key_of

CELL_DEG = 0.05
"""The height of a cell; its width is as many kilometres."""

_HOME_LASTS_S = 60.0
_CHOICES_MAX = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that one looks around from, and what it is called; *is_rough* for the middle of a cell."""

    name: str
    latitude: float
    longitude: float
    place_id: int | None = None
    is_rough: bool = False

    @classmethod
    def of(cls, place: GazetteerPlace) -> "Spot":
        """Return the spot of a place of the gazetteer."""
        return cls(place.name, place.latitude, place.longitude, place.place_id)

    @classmethod
    def kept(cls, kept: dict[str, Any] | None) -> "Spot | None":
        """Return what a cookie keeps, or None where it keeps nothing that is a place."""
        try:
            value = dict(kept or {})
            place = Place(name=value["n"], latitude=value["y"], longitude=value["x"], gazetteer_id=value.get("i"))
        except (KeyError, TypeError, ValidationError):
            return None
        return cls(place.name, place.latitude, place.longitude, place.gazetteer_id, value.get("c") is True)

    def keep(self) -> dict[str, Any]:
        """Return what a cookie keeps of it."""
        told = {"n": self.name, "y": self.latitude, "x": self.longitude, "i": self.place_id, "c": self.is_rough}
        return {name: value for name, value in told.items() if value not in (None, False)}


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came of asking where one is: a *spot*, or *choices* that may have been meant by the *words*.

    With *was_position* the address held one, and should not any longer.
    """

    spot: Spot | None
    words: str = ""
    choices: tuple[PlaceFound, ...] = ()
    was_position: bool = False


def cell_of(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the middle of the cell of about 5 km by 5 km that a point lies in."""
    south = math.floor(latitude / CELL_DEG) * CELL_DEG
    middle = min(south + CELL_DEG / 2, 89.975)
    width = CELL_DEG / max(0.05, math.cos(math.radians(middle)))
    return round(middle, 4), round((math.floor(longitude / width) + 0.5) * width, 4)


async def whereabouts(page: Page) -> Answer:
    """
    Return where the reader looks from: as the address says, else as this browser keeps it, else the node's own place.

    What the address says is kept from then on; not what another site's link says, nor `ici`, which our own links to
    something far away are made with.

    Raises:
        NotFound: The address names a place that the gazetteer does not have.
    """
    asked = page.request.query_params
    latitude, _, longitude = asked.get("ici", "").partition(",")
    if point := _point(latitude, longitude):
        return Answer(await _seen(page, *point))
    is_own = page.request.headers.get("sec-fetch-site") != "cross-site"
    if words := " ".join(asked.get("lieu", "").split())[:100]:
        answer = await _named(page, words)
    elif (number := asked.get("place", "")).isdecimal() and len(number) < 11:
        answer = Answer(await _numbered(page, int(number)))
    elif point := _point(asked.get("lat", ""), asked.get("lon", "")):
        answer = Answer(await _cell(page, *point), was_position=is_own)
    else:
        return Answer(Spot.kept(page.session.place) or await home(page))
    if answer.spot and is_own:
        page.change(place=answer.spot.keep())
    return answer


async def home(page: Page) -> Spot | None:
    """Return the place where most of the node's newest groups are, or None where no group is anywhere."""
    state = page.request.app.state
    until, known = getattr(state, "home", (0.0, None))
    if time.monotonic() < until:
        return known
    groups = await page.ask(GroupDirectory(asker=None, limit=200))
    cells = Counter(cell_of(group.place.latitude, group.place.longitude) for group in groups.items if group.place)
    found = None
    if cells:
        middle = cells.most_common(1)[0][0]
        within = (group.place for group in groups.items if group.place)
        found = await _commune(page, next(at for at in within if cell_of(at.latitude, at.longitude) == middle))
    state.home = (time.monotonic() + _HOME_LASTS_S, found)
    return found


async def _commune(page: Page, place: Place) -> Spot:
    """Return the commune whose ground *place* is on; the place itself where nobody knows."""
    try:
        here = await page.ask(PlaceAt(latitude=place.latitude, longitude=place.longitude))
        return Spot.of(here)
    except Problem:
        return Spot(place.name, place.latitude, place.longitude, place.gazetteer_id)


async def _named(page: Page, words: str) -> Answer:
    """What is spelt like one place is that place; else the reader is asked which."""
    here = Spot.kept(page.session.place)
    near = {"latitude": here.latitude, "longitude": here.longitude} if here else {}
    try:
        found = (await page.ask(PlacesLike(words=words, limit=_CHOICES_MAX, **near))).items
    except ValidationError:
        found = ()
    key = key_of(words)
    exact = [place for place in found if key in {key_of(place.label), key_of(place.name), key_of(place.matched or "")}]
    if exact and (len(exact) == 1 or key_of(exact[0].label) == key):
        alike = tuple(place for place in found if set(key.split()) <= set(key_of(place.name).split()))
        return Answer(Spot.of(exact[0]), words, alike)
    return Answer(None, words, tuple(exact) or found)


async def _numbered(page: Page, number: int) -> Spot:
    try:
        return Spot.of(await page.ask(PlaceOf(place_id=number)))
    except ValidationError as invalid:
        raise NotFound("The gazetteer has no such place.") from invalid


async def _cell(page: Page, latitude: float, longitude: float) -> Spot:
    middle = cell_of(latitude, longitude)
    try:
        name = (await page.ask(PlaceAt(latitude=middle[0], longitude=middle[1]))).name
    except Problem:
        name = page.words("ici")
    return Spot(name, *middle, is_rough=True)


async def _seen(page: Page, latitude: float, longitude: float) -> Spot:
    """Return the point itself, which is public; it is called as the commune whose ground it is on."""
    try:
        name = (await page.ask(PlaceAt(latitude=latitude, longitude=longitude))).name
    except Problem:
        name = page.words("ici")
    return Spot(name, latitude, longitude)


def _point(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        point = float(latitude), float(longitude)
    except ValueError:
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None
