"""The first page, for who has never heard of this: what is real, and nothing that is not."""

import httpx
import pytest
from fastapi import FastAPI

from libs.contracts.geo import LocatedNear
from libs.contracts.groups import GroupDirectory, Groups
from libs.errors import NotYet
from tests.gateway.conftest import FakeServices
from tests.gateway.web.things import gathering, group, near, number, poll


@pytest.fixture(autouse=True)
def _forgetful(house: FastAPI) -> None:
    """A node that was just started."""
    house.state._state.pop("home", None)
    house.state._state.pop("drawer", None)


async def test_shows_what_is_alive(visitor: httpx.AsyncClient, fake: FakeServices) -> None:
    """Round the place where the node's groups are: on the plan, in the list, and a result to count again."""
    decided = poll("Decided?", "Garden", is_open=False, is_result_declared=True)
    near(fake, groups=(group("Garden"),), gatherings=(gathering("Soup", going_count=2),), polls=(decided,))
    text = (await visitor.get("/")).text

    assert 'value="Crest"' in text
    assert '<svg class="plan"' in text
    assert f'href="/r/{number("Soup")}"' in text
    assert "2 personnes y vont" in text
    assert f'href="/v/{number("Decided?")}/verification"' in text


async def test_of_a_node_where_nothing_is_it_shows_nothing(visitor: httpx.AsyncClient, fake: FakeServices) -> None:
    """No plan, no invented gathering, no result; the way in stands."""
    fake.answers(GroupDirectory, Groups(items=(), next=None))
    text = (await visitor.get("/")).text

    assert "plan" not in text.partition("</main>")[0].partition('<div class="hero')[2].partition("<section")[0]
    assert "/verification" not in text
    assert 'href="/manifeste"' in text


@pytest.mark.parametrize("query", [GroupDirectory, LocatedNear])
async def test_stands_while_services_do_not(visitor: httpx.AsyncClient, fake: FakeServices, query: type) -> None:
    """A stranger is told what this is, whatever is starting."""
    near(fake, groups=(group("Garden"),))
    fake.answers(query, NotYet("…"))
    seen = await visitor.get("/")

    assert seen.status_code == 200
    assert "Trois gestes" in seen.text


async def test_a_member_goes_where_things_are(member: httpx.AsyncClient) -> None:
    """Who is signed in has read it."""
    led = await member.get("/")

    assert (led.status_code, led.headers["location"]) == (303, "/autour")
