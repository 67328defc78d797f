"""What a phone installs: the manifest, the worker that keeps pages, and what search engines may read."""

import httpx
import orjson
import pytest
from fastapi import FastAPI

from gateway.auth import Standing
from gateway.live import Live
from gateway.web.assets import Assets
from libs.eventlog.memory import MemoryLog
from tests.gateway.conftest import FakeServices


async def test_the_node_stands_on_a_home_screen(visitor: httpx.AsyncClient) -> None:
    """Under its own name, with icons that exist, and it takes what is shared to it."""
    answer = await visitor.get("/manifest.webmanifest")
    manifest = answer.json()

    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["name"], manifest["start_url"], manifest["lang"]) == ("Plaanet node.example", "/autour", "fr")
    assert manifest["share_target"]["action"] == "/creer"
    for icon in manifest["icons"]:
        assert (await visitor.get(icon["src"])).status_code == 200
    assert {icon.get("purpose") for icon in manifest["icons"]} == {None, "maskable"}


async def test_the_manifest_speaks_the_readers_language(visitor: httpx.AsyncClient) -> None:
    """Caches tell them apart."""
    answer = await visitor.get("/manifest.webmanifest", headers={"Accept-Language": "en"})

    assert answer.json()["lang"] == "en"
    assert "Accept-Language" in answer.headers["vary"]


async def test_the_worker_knows_the_shell(visitor: httpx.AsyncClient) -> None:
    """By the names that its content has; it is asked for anew each time, and speaks every language."""
    answer = await visitor.get("/sw.js")
    own = orjson.loads(answer.text.partition("self.plaanet=")[2].partition(";\n")[0])

    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert Assets().url("app.css") in own["shell"]
    assert set(own["words"]) >= {"fr", "en"}
    assert "%(clock)s" in own["words"]["fr"]["today"]
    for path in own["shell"]:
        assert (await visitor.get(path)).status_code == 200


async def test_what_is_shown_without_a_network_names_nobody_and_may_be_kept(member: httpx.AsyncClient) -> None:
    """It is kept on the device before it is needed."""
    page = await member.get("/hors-ligne")

    assert page.status_code == 200
    assert "no-store" not in page.headers["cache-control"]
    assert "Pas de réseau" in page.text


async def test_search_engines_leave_votes_alone(visitor: httpx.AsyncClient) -> None:
    """And forms, and what is for programs."""
    rules = (await visitor.get("/robots.txt")).text

    assert "Disallow: /v/" in rules
    assert "Disallow: /g/" not in rules


@pytest.fixture
def live(house: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Live:
    """The streams of a node whose logs are empty."""
    live = Live({name: MemoryLog(name) for name in ("governance", "groups")}, Standing())
    monkeypatch.setattr(house.state, "live", live, raising=False)
    return live


@pytest.mark.usefixtures("live")
async def test_a_stranger_goes_on_in_the_public_log_alone(visitor: httpx.AsyncClient) -> None:
    """The stream of pages has the rules of the API's."""
    refused = await visitor.get("/live", headers={"Last-Event-ID": "groups:1"})
    nonsense = await visitor.get("/live", headers={"Last-Event-ID": "groups"})

    assert (refused.status_code, refused.headers["location"]) == (303, "/connexion?vers=%2Flive")
    assert nonsense.status_code == 404


async def test_a_node_listens_to_so_many_and_no_more(visitor: httpx.AsyncClient, house: FastAPI, live: Live) -> None:
    """Who comes too late is told to come back, on whatever they can read."""
    live.listeners_count = house.state.settings.live_clients_max

    assert (await visitor.get("/live")).status_code == 429


async def test_a_part_is_as_fresh_as_what_was_heard(fake: FakeServices, visitor: httpx.AsyncClient) -> None:
    """A script that heard of an entry asks for a page that knows it."""
    await visitor.get("/hors-ligne", headers={"Plaanet-At-Least": "governance:17"})
    assert fake.at_least == ("governance:17",)

    assert (await visitor.get("/hors-ligne", headers={"Plaanet-At-Least": "x"})).status_code == 404
