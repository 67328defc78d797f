"""Pages over HTTP: what each route asks of the service, and what it shows to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Command
from libs.contracts.groups import (
    ChangePage,
    ClosePage,
    FollowPage,
    Link,
    OpenPage,
    PageDirectory,
    PageOf,
    Pages,
    PageView,
    UnfollowPage,
)
from tests.gateway.conftest import ANA, FakeServices, receipt

PAGE, GROUP = UUID(int=1), UUID(int=2)
AT = f"/api/v1/pages/{PAGE}"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
BODY: dict[str, Any] = {
    "name": "Jardin",
    "kind": "place",
    "words": "Gloves!",
    "links": [{"title": "Map", "url": "https://example.org/map"}],
}
SHOWN: dict[str, Any] = {**BODY, "links": (Link(title="Map", url="https://example.org/map"),)}


class TestOpening:
    async def test_answers_with_a_receipt_and_a_location(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """For oneself, or for a group."""
        for whose in ({}, {"for_group": str(GROUP)}):
            answer = await ana.post("/api/v1/pages", json={**BODY, **whose})
            assert answer.status_code == 201
            assert answer.headers["Location"] == f"/api/v1/pages/{receipt('groups').id}"

        assert [command for command, _ in fake.done] == [OpenPage(**SHOWN), OpenPage(**SHOWN, for_group=GROUP)]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"links": [{"title": "x", "url": "javascript:alert(1)"}]},
            {"links": [{"title": "x", "url": "https://example.org"}] * 21},
            {"links": [{"title": "", "url": "https://example.org"}]},
            {"words": "x" * 10_001},
            {"kind": "shop"},
            {"owner": str(GROUP)},
        ],
    )
    async def test_refuses_what_may_not_be_shown(self, ana: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
        """Nothing that runs, nothing endless."""
        assert (await ana.post("/api/v1/pages", json={**BODY, **wrong})).status_code == 422


class TestReading:
    async def test_a_stranger_reads_a_page(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A page is public."""
        view = PageView(
            page_id=PAGE,
            owner_kind="member",
            owner=None,
            place=None,
            followers_count=2,
            opened_at=NOON,
            changed_at=NOON,
            am_following=False,
            may_edit=False,
            **SHOWN,
        )
        fake.answers(PageOf, view)
        answer = (await stranger.get(AT)).json()

        assert (answer["words"], answer["links"][0]["url"]) == ("Gloves!", "https://example.org/map")
        assert fake.asked == [PageOf(page_id=PAGE, asker=None)]

    async def test_lists(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """All filters are passed on, with who asks."""
        fake.answers(PageDirectory, Pages(items=(), next=None))
        await ana.get(f"/api/v1/pages?owner={GROUP}&following=true&q=jardin&limit=3")

        assert fake.asked == [PageDirectory(asker=ANA, owner=GROUP, following=True, words="jardin", limit=3)]


class TestCommands:
    @pytest.mark.parametrize(
        "method,path,command",
        [
            ("PUT", "", ChangePage(page_id=PAGE, **SHOWN)),
            ("DELETE", "", ClosePage(page_id=PAGE)),
            ("PUT", "/followers/me", FollowPage(page_id=PAGE)),
            ("DELETE", "/followers/me", UnfollowPage(page_id=PAGE)),
        ],
    )
    async def test_each_does_one_thing(
        self, ana: httpx.AsyncClient, fake: FakeServices, method: str, path: str, command: Command
    ) -> None:
        """In the name of whom the token names."""
        body = BODY if isinstance(command, ChangePage) else None
        answer = await ana.request(method, AT + path, json=body)

        assert (answer.status_code, answer.json()["log"]) == (200, "groups")
        assert [(done, actor.id) for done, actor in fake.done if actor] == [(command, ANA)]

    @pytest.mark.parametrize("method,path", [("PUT", ""), ("DELETE", ""), ("PUT", "/followers/me")])
    async def test_none_is_for_strangers(
        self, stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str
    ) -> None:
        """Who is not signed in changes and follows nothing."""
        assert (await stranger.request(method, AT + path, json=BODY)).status_code == 401
        assert fake.done == []
