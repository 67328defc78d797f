"""The pages alone, against services that say what a test has them say; and the same seen by a browser's rules."""

import base64
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from gateway.actor import ActorInfo
from gateway.auth import Tokens
from gateway.web.session import COOKIE, Session
from libs.node.web import build
from tests.gateway.conftest import ANA, SESSION

TOKEN = "a.good.token"


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    """What browsers are served, made once if it is not there."""
    build()


@pytest.fixture(autouse=True)
def _no_zones_known(house: FastAPI) -> None:
    """Which clocks a place has was asked by no test before this one."""
    house.state._state.pop("zones", None)


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser whose owner is not signed in."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="https://node.example",
        headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "fr", "Accept": "text/html"},
    ) as client:
        yield client


@pytest.fixture
async def member(app: FastAPI, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    """The same browser, with Ana signed in (do not ask for both in one test)."""
    actor = ActorInfo(ANA, SESSION, approved_sha256="0" * 64, expires_at=4e9)
    monkeypatch.setattr(Tokens, "check", lambda _self, token: {TOKEN: actor}[token])
    visitor.cookies.set(COOKIE, Session(access=TOKEN, refresh="r").encode(), domain="node.example")
    return visitor


def csrf() -> str:
    """A token that Ana's forms bring back."""
    actor = ActorInfo(ANA, SESSION, approved_sha256="0" * 64, expires_at=4e9)
    return Session(actor=actor).csrf_token()


def session_in(response: httpx.Response | Response) -> dict[str, object]:
    """What the cookie that *response* sets holds; nothing where it sets none."""
    header = response.headers.get("set-cookie", "")
    value = header.partition("=")[2].partition(";")[0].strip('"')
    return dict(orjson.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))) if value else {}
