"""The one cookie: when it is set, whose requests it counts for, and that it opens no other door."""

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.actor import ActorInfo
from gateway.auth import Standing, Tokens
from gateway.web.session import COOKIE, Session, member_in, remembered
from tests.gateway.conftest import ANA, SESSION, FakeServices
from tests.gateway.web.conftest import TOKEN


def set_by(session: Session) -> str | None:
    """The cookie that an answer to *session* sets."""
    response = Response()
    session.put_on(response)
    return response.headers.get("set-cookie")


def test_who_only_reads_gets_no_cookie() -> None:
    """A stranger who chose nothing is given nothing to carry."""
    assert set_by(Session()) is None


def test_a_cookie_that_says_the_same_is_not_set_again() -> None:
    """And one that says something else is."""
    cookie = Session(language="en").encode()

    assert set_by(remembered(cookie)) is None
    assert set_by(Session(language="fr", kept=cookie)) is not None
    assert set_by(Session(kept=cookie)) is not None


@pytest.mark.parametrize("cookie", ["", "nonsense", "e30", "W10", "x" * 10_000, "eyJzIjpbMV19", "\x00"])
def test_nonsense_says_nothing(cookie: str) -> None:
    """Whatever a browser sends, it names nobody."""
    assert remembered(cookie).actor is None
    assert remembered(cookie).access is None


def test_a_members_requests_are_counted_as_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the session goes on, and nobody is asked for it."""
    tokens, standing = Tokens("node.example"), Standing()
    sent = Headers({"cookie": f"other=1; {COOKIE}={Session(access=TOKEN, refresh='r').encode()}"})
    assert member_in(sent, tokens, standing) is None  # identity's keys are not known yet

    actor = ActorInfo(ANA, SESSION, approved_sha256="0" * 64, expires_at=4e9)
    monkeypatch.setattr(tokens, "check", lambda _token: actor)
    assert member_in(sent, tokens, standing) == actor
    assert member_in(Headers({}), tokens, standing) is None

    standing._end([SESSION], datetime.now(UTC))
    assert member_in(sent, tokens, standing) is None


async def test_the_cookie_opens_no_other_door(fake: FakeServices, member: httpx.AsyncClient, app: FastAPI) -> None:
    """A program's routes take a token in the header and nothing else: a page of another site cannot use them."""
    refused = await member.post("/api/v1/groups", json={"name": "x", "purpose": "y"})

    assert refused.status_code == 401
    assert fake.done == []
