"""How far things are from where the reader looks."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.web.near import HOME_ZONE, near, point_of, way_to, zone_of
from gateway.web.page import Page
from libs.contracts.geo import Located, LocatedNear, Nearby, PlaceOf
from libs.contracts.place import Place
from libs.errors import NotFound
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.web.pages.test_creating import places

CREST = {"n": "Crest", "y": 44.728, "x": 5.022}
DIE = Place(name="Die", latitude=44.754, longitude=5.37, gazetteer_id=7)


def page(place: dict[str, Any] | None, fake: FakeServices | None = None) -> Page:
    """A page for who looks around from *place*."""
    told = SimpleNamespace(session=SimpleNamespace(place=place), ask=fake.ask if fake else None)
    return cast(Page, told)


@pytest.mark.parametrize(
    "kept", [None, {}, {"n": "a", "y": "x", "x": 5}, {"n": "a", "y": 91, "x": 5}, {"n": "a", "y": None}]
)
async def test_nowhere_is_near_to_nothing(kept: dict[str, Any] | None) -> None:
    """Who did not say where they look from, or whose cookie says nonsense, is asked nothing."""
    assert point_of(page(kept)) is None
    assert way_to(page(kept), DIE) is None
    assert await near(page(kept), "group", limit=3) == []


def test_the_way_there() -> None:
    """Die is some 28 km east of Crest."""
    way = way_to(page(CREST), DIE)
    assert way is not None
    assert 27_000 < way.distance_m < 29_000
    assert 80 < way.bearing_deg < 95
    assert way_to(page(CREST), None) is None


async def test_the_nearest_first(fake: FakeServices) -> None:
    """As geo says."""
    said = {"kind": "group", "id": BO, "name": "x", "place_name": "Die", "distance_m": 28_000}
    found = Located.model_validate({**said, "latitude": 44.754, "longitude": 5.37, "starts_at": None, "ends_at": None})
    fake.answers(LocatedNear, Nearby(items=(found,), next=None))

    assert [each.id for each in await near(page(CREST, fake), "group", limit=3)] == [BO]


async def test_clocks_are_those_of_the_place(fake: FakeServices) -> None:
    """Where nobody knows, France's own."""
    fake.answers(PlaceOf, places({"time_zone": "Indian/Reunion"}).items[0])
    assert str(await zone_of(page(None, fake), DIE)) == "Indian/Reunion"
    fake.answers(PlaceOf, NotFound("…"))
    assert await zone_of(page(None, fake), DIE) == HOME_ZONE
    assert await zone_of(page(None), None) == HOME_ZONE
