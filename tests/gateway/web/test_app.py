"""The pages as one application: how what fails is told, and to whom."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway import problems, services
from gateway.app import create_app
from gateway.web.app import CONTENT_SECURITY_POLICY
from gateway.web.session import COOKIE, Session
from libs.errors import NotYet
from libs.settings import GatewaySettings
from tests.gateway.conftest import FakeServices

PAGE = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "fr"}


@pytest.fixture
async def crowded() -> AsyncIterator[httpx.AsyncClient]:
    """A node that takes five requests from one address, and short ones."""
    settings = GatewaySettings(
        node_name="node.example",
        nats_url="nats://nowhere",
        nats_user="gateway",
        nats_password_file=Path("/nonexistent"),
        requests_per_address_s=5 / 3,
        request_bytes_max=1000,
    )
    app = create_app(settings)
    app.dependency_overrides[services._services] = FakeServices
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://node.example") as client:
        yield client


async def test_too_often_is_told_on_a_page_to_a_person(crowded: httpx.AsyncClient) -> None:
    """In their language, guarded like any page, kept by nobody, and with the time to come back."""
    answers = [await crowded.get("/connexion", headers=PAGE) for _ in range(40)]
    refused = next(answer for answer in answers if answer.status_code != 200)

    assert answers[0].status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.headers["content-type"].startswith("text/html")
    assert "Trop d’essais" in refused.text
    assert refused.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert refused.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("path, headers", [("/api/v1/nowhere", PAGE), ("/connexion", {"Accept": "*/*"})])
async def test_and_as_a_document_to_a_program(crowded: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    """At a program's address, or where no page was asked for."""
    answers = [await crowded.get(path, headers=headers) for _ in range(40)]

    assert (429, problems.MEDIA_TYPE) in {(answer.status_code, answer.headers["content-type"]) for answer in answers}


async def test_too_large_is_told_on_a_page(crowded: httpx.AsyncClient) -> None:
    """What is refused by its length is never read."""
    refused = await crowded.post("/connexion", headers=PAGE, content=b"x" * 1001)

    assert refused.status_code == 413
    assert "trop gros" in refused.text


async def test_a_foreign_token_is_told_on_a_page(crowded: httpx.AsyncClient) -> None:
    """No browser sends one; whoever does and wants a page gets one."""
    refused = await crowded.get("/connexion", headers=PAGE | {"Authorization": "Basic eDp5"})

    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("text/html")


async def test_styles_and_scripts_are_not_counted_with_pages(crowded: httpx.AsyncClient) -> None:
    """A first visit fetches them all at once, from behind the same line as the neighbours'."""
    files = [await crowded.get("/assets/none.css") for _ in range(50)]
    page = await crowded.get("/connexion", headers=PAGE)

    assert {answer.status_code for answer in files} == {404}
    assert page.status_code == 200


async def test_a_fault_signs_nobody_out(crowded: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the node cannot tell who is there, the page says so and leaves the cookie as it is."""

    def not_yet(*_: object) -> None:
        raise NotYet("This gateway is still starting.")

    monkeypatch.setattr("gateway.auth.Tokens.check", not_yet)
    crowded.cookies.set(COOKIE, Session(access="a", refresh="r", language="en").encode(), domain="node.example")
    page = await crowded.get("/connexion", headers=PAGE)

    assert page.status_code == 503
    assert 'lang="en"' in page.text
    assert "set-cookie" not in page.headers


async def test_a_fault_is_told_on_a_page_like_any_other(
    app: FastAPI, fake: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says whose fault it is, looks like the others, and shows nothing of what went wrong."""

    async def fails(_: object) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(fake, "ask", fails)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://node.example") as client:
        page = await client.get("/manifeste", headers=PAGE)

    assert page.status_code == 500
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "C’est de notre faute" in page.text
    assert "secret" not in page.text
