"""Search: what is asked of whom, and what happens to what people type."""

import httpx
import pytest

from libs.contracts.events import GatheringDirectory, Gatherings
from libs.contracts.geo import PlaceFound, PlacesFound, PlacesLike
from libs.contracts.groups import GroupDirectory, Groups, PageDirectory, Pages
from libs.errors import NotYet
from tests.gateway.conftest import FakeServices
from tests.gateway.web.things import HERE, gathering, group, number, page

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def town(visitor: httpx.AsyncClient, fake: FakeServices) -> httpx.AsyncClient:
    """A browser, and something of each kind that bears the name."""
    fields = HERE.model_dump(exclude={"attribution", "is_on_its_ground", "distance_m"})
    fake.answers(PlacesLike, PlacesFound(items=(PlaceFound(**fields, matched="26400", distance_m=None),)))
    fake.answers(GroupDirectory, Groups(items=(group("Crest garden"),), next=None))
    fake.answers(PageDirectory, Pages(items=(page("Crest café"),), next=None))
    fake.answers(GatheringDirectory, Gatherings(items=(gathering("Crest soup"),), next=None))
    return visitor


async def test_finds_each_kind(town: httpx.AsyncClient, fake: FakeServices) -> None:
    """One question to each service; each answer leads to its page."""
    text = (await town.get("/chercher?q=%20crest%20%20")).text

    for path in (f"/g/{number('Crest garden')}", f"/l/{number('Crest café')}", f"/r/{number('Crest soup')}"):
        assert f'href="{path}"' in text
    assert f'href="/autour?place={HERE.place_id}"' in text
    assert "4 réponses" in text
    assert len(fake.asked) == 4
    assert all(query.words == "crest" for query in fake.asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", ["", "   ", "\u202e", "a\u0000b", "\u200b"])
async def test_what_is_no_text_is_not_looked_for(town: httpx.AsyncClient, fake: FakeServices, words: str) -> None:
    """Nothing, spaces, and signs that turn the line round or take no room."""
    seen = await town.get("/chercher", params={"q": words})

    assert seen.status_code == 200
    assert fake.asked == []


async def test_what_was_typed_is_shown_and_nothing_more(town: httpx.AsyncClient, fake: FakeServices) -> None:
    """It is no script; what is very long is cut."""
    fake.answers(GroupDirectory, Groups(items=(group(EVIL),), next=None))
    text = (await town.get("/chercher", params={"q": EVIL})).text
    await town.get("/chercher", params={"q": "x" * 10_000})

    assert "<script>alert" not in text
    assert max(len(query.words) for query in fake.asked) == 100  # type: ignore[attr-defined]


async def test_nothing_is_told_with_a_way_on(town: httpx.AsyncClient, fake: FakeServices) -> None:
    """Not an empty page."""
    fake.answers(PlacesLike, PlacesFound(items=()))
    fake.answers(GroupDirectory, Groups(items=(), next=None))
    fake.answers(PageDirectory, Pages(items=(), next=None))
    fake.answers(GatheringDirectory, Gatherings(items=(), next=None))
    text = (await town.get("/chercher?q=zzz")).text

    assert "Rien ne porte ce nom" in text
    assert "0 réponse<" in text


async def test_the_rest_is_found_while_the_gazetteer_is_loading(town: httpx.AsyncClient, fake: FakeServices) -> None:
    """A new node reads it for a while."""
    fake.answers(PlacesLike, NotYet("…"))

    assert "Crest garden" in (await town.get("/chercher?q=crest")).text
