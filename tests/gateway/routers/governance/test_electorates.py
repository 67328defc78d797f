"""The place that a member gives in a group, over HTTP."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.geo import GazetteerPlace, PlaceOf
from libs.contracts.governance import GivePlace, OwnPlace, OwnPlaceIn
from libs.errors import NotFound
from tests.gateway.conftest import ANA, FakeServices

GROUP, ELECTOR = (UUID(int=n) for n in range(1, 3))
AT = f"/api/v1/groups/{GROUP}/my-place"
CREST = 3022700
PLACE = GazetteerPlace(
    place_id=CREST,
    name="Crest",
    label="Crest (Drôme)",
    region="Drôme",
    country="FR",
    latitude=44.728,
    longitude=5.022,
    population=8500,
    time_zone="Europe/Paris",
    insee=None,
    postcodes=(),
    source="geonames",
)


async def test_is_one_of_the_gazetteer(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """A number that the gazetteer knows is given; one that it does not know is not."""
    fake.answers(PlaceOf, PLACE)
    assert (await ana.put(AT, json={"gazetteer_id": CREST})).status_code == 200
    fake.answers(PlaceOf, NotFound("There is no place 7."))
    answer = await ana.put(AT, json={"gazetteer_id": 7})

    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no place 7.")
    assert [asked for asked, _ in fake.done] == [GivePlace(group_id=GROUP, place_id=CREST)]


async def test_is_taken_back(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """None is asked of the gazetteer for that."""
    assert (await ana.delete(AT)).status_code == 200
    assert [asked for asked, _ in fake.done] == [GivePlace(group_id=GROUP, place_id=None)]
    assert not fake.asked


@pytest.mark.parametrize("number", [0, -1, 2**31, "Crest", None, 1.5])
async def test_is_a_number(ana: httpx.AsyncClient, fake: FakeServices, number: Any) -> None:
    """What is no number of a place reaches no service."""
    answer = await ana.put(AT, json={"gazetteer_id": number})

    assert answer.status_code == 422
    assert not fake.asked
    assert not fake.done


async def test_is_shown_to_who_gave_it(ana: httpx.AsyncClient, fake: FakeServices) -> None:
    """Who asks is who the token says."""
    fake.answers(OwnPlaceIn, OwnPlace(group_id=GROUP, elector=ELECTOR, place_id=CREST))

    assert (await ana.get(AT)).json() == {"group_id": str(GROUP), "elector": str(ELECTOR), "place_id": CREST}
    assert fake.asked == [OwnPlaceIn(group_id=GROUP, asker=ANA)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_needs_somebody(stranger: httpx.AsyncClient, fake: FakeServices, method: str) -> None:
    """Who is not signed in is told so."""
    body = {"gazetteer_id": CREST} if method == "PUT" else None

    assert (await stranger.request(method, AT, json=body)).status_code == 401
    assert not fake.done
    assert not fake.asked
