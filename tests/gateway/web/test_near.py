"""How far things are from where the reader looks."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from gateway.web.near import clocks_told, near, point_of, way_to, zone_of
from gateway.web.page import Page
from gateway.web.words import words_of
from libs.contracts.geo import Located, LocatedNear, Nearby, PlaceAt, PlaceOf
from libs.contracts.place import Place
from libs.errors import NotFound
from libs.settings import GatewaySettings
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.web.pages.test_creating import places

CREST = {"n": "Crest", "y": 44.728, "x": 5.022}
DIE = Place(name="Die", latitude=44.754, longitude=5.37, gazetteer_id=7)


def page(place: dict[str, Any] | None, fake: FakeServices | None = None) -> Page:
    """A page for who looks around from *place*."""
    state = SimpleNamespace(settings=SimpleNamespace(time_zone="Europe/Brussels"))
    request = SimpleNamespace(app=SimpleNamespace(state=state))
    told = SimpleNamespace(
        session=SimpleNamespace(place=place), ask=fake.ask if fake else None, request=request, words=words_of("fr")
    )
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
    """Where nobody knows, the node's own; a place is asked about once."""
    fake.answers(PlaceOf, NotFound("…"))
    here = page(None, fake)
    assert str(await zone_of(here, DIE)) == str(await zone_of(here, None)) == "Europe/Brussels"
    fake.answers(PlaceOf, places({"time_zone": "Indian/Reunion"}).items[0])
    assert str(await zone_of(here, DIE)) == str(await zone_of(here, DIE)) == "Indian/Reunion"
    assert len(fake.asked) == 2


async def test_clocks_of_a_point_are_those_of_the_nearest_place(fake: FakeServices) -> None:
    """Of a place that was set on the map nobody knows which one it is."""
    fake.answers(PlaceAt, places({"time_zone": "America/Cayenne"}).items[0])
    point = DIE.model_copy(update={"gazetteer_id": None})
    assert str(await zone_of(page(None, fake), point)) == "America/Cayenne"


async def test_whose_clocks_they_are_is_said_where_they_are_not_the_nodes(fake: FakeServices) -> None:
    """By a city's name."""
    fake.answers(PlaceOf, places({"time_zone": "America/Cayenne"}).items[0])
    here = page(None, fake)
    assert clocks_told(here, await zone_of(here, DIE)) == "à l’heure de : Cayenne"
    assert clocks_told(here, await zone_of(here, None)) == ""


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd"])
def test_a_node_has_a_zone_that_there_is(name: str) -> None:
    """A wrong one is said at the start, not on a page."""
    with pytest.raises(ValidationError, match="no time zone"):
        GatewaySettings(nats_url="nats://nowhere", nats_user="g", nats_password_file=Path("/x"), time_zone=name)
