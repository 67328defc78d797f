"""Members, sessions and the manifesto over HTTP."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.contracts.events import EventsData, EventsDataOf
from libs.contracts.governance import GovernanceData, GovernanceDataOf
from libs.contracts.groups import GroupsData, GroupsDataOf
from libs.contracts.identity import (
    Account,
    AccountOf,
    ApproveManifesto,
    ChangePassword,
    CurrentManifesto,
    EndSessions,
    EraseMember,
    IdentityData,
    IdentityDataOf,
    LogIn,
    Manifesto,
    ManifestoOf,
    MemberCalled,
    Profile,
    ProfileOf,
    RefreshSession,
    Sessions,
    SessionsOf,
    SessionTokens,
    SignUp,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, SESSION, FakeServices

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
PASSWORD = "quatre chevaux verts"
TEXT = "# Manifeste\n\nNous décidons ensemble.\n"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
MANIFESTO = Manifesto(version=1, sha256=SHA256, text=TEXT, published_at=NOON)
TOKENS = SessionTokens(access_token="a.b.c", refresh_token="r", expires_in_s=600, member_id=ANA, session_id=SESSION)
ACCOUNT = Account(id=ANA, handle="ana", signed_up_at=NOON, approved_sha256=SHA256, must_approve=False)


class TestManifesto:
    async def test_is_for_everybody(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Whoever may join may read first what they would approve."""
        fake.answers(CurrentManifesto, MANIFESTO)
        assert (await stranger.get("/api/v1/manifesto")).json()["sha256"] == SHA256

    async def test_to_the_byte(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """The text is served in the bytes that were hashed: anyone can check its name."""
        fake.answers(ManifestoOf, MANIFESTO)
        answer = await stranger.get(f"/api/v1/manifestos/{SHA256}")

        assert hashlib.sha256(answer.content).hexdigest() == SHA256
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"

    @pytest.mark.parametrize("sha256", ["x", "A" * 64, "0" * 63, "..%2f..", "0" * 64 + "%0a"])
    async def test_a_name_that_is_none(self, stranger: httpx.AsyncClient, sha256: str) -> None:
        """Only a SHA-256 names a version."""
        assert (await stranger.get(f"/api/v1/manifestos/{sha256}")).status_code in (404, 422)


class TestSignUp:
    async def test_founds_a_member(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """The answer is a receipt, and says where the member is."""
        body = {"handle": "ana", "password": PASSWORD, "manifesto_sha256": SHA256}
        answer = await stranger.post("/api/v1/members", json=body)

        assert answer.status_code == 201
        assert answer.headers["location"] == f"/api/v1/members/{answer.json()['id']}"
        ((command, actor),) = fake.done
        assert isinstance(command, SignUp)
        assert (command.handle, command.password, actor) == ("ana", PASSWORD, None)

    @pytest.mark.parametrize(
        "change",
        [
            {"password": "x" * 257},
            {"handle": ""},
            {"handle": "a\0b"},
            {"handle": "\ud800zz"},
            {"password": "\ud800" * 12},
            {"handle": None},
            {"handle": ["ana"]},
            {"manifesto_sha256": "no"},
            {"manifesto_sha256": SHA256.upper()},
            {"is_admin": True},
            {"salt": str(uuid4())},
        ],
    )
    async def test_refuses_what_makes_no_sense(
        self, stranger: httpx.AsyncClient, fake: FakeServices, change: dict[str, Any]
    ) -> None:
        """Fields of other shapes, and fields that nobody declared, never reach the service."""

        body = {"handle": "ana", "password": PASSWORD, "manifesto_sha256": SHA256, **change}
        answer = await stranger.post(
            "/api/v1/members", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )

        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert PASSWORD not in answer.text
        assert fake.done == []

    async def test_ten_megabytes(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A password of ten megabytes is not even read."""
        body = {"handle": "ana", "password": "x" * 10_000_000, "manifesto_sha256": SHA256}
        answer = await stranger.post("/api/v1/members", json=body)

        assert answer.status_code == 413
        assert fake.done == []

    async def test_says_why_not(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A refusal of the service is a problem with a stable name and one sentence."""
        fake.answers(SignUp, Refused(409, "HandleIsTaken", "The handle ana is taken, or one that looks like it."))
        body = {"handle": "ana", "password": PASSWORD, "manifesto_sha256": SHA256}
        answer = await stranger.post("/api/v1/members", json=body)

        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/HandleIsTaken")


class TestSessions:
    async def test_log_in(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Logging in begins a session; nobody on the way keeps its tokens."""
        fake.answers(LogIn, TOKENS)
        answer = await stranger.post("/api/v1/sessions", json={"handle": "ana", "password": PASSWORD, "label": "phone"})

        assert answer.status_code == 201
        assert answer.json()["access_token"] == "a.b.c"
        assert answer.headers["location"] == f"/api/v1/sessions/{SESSION}"
        assert answer.headers["cache-control"] == "no-store"

    async def test_attempts_are_few(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who tries one password after another is slowed down."""
        fake.answers(LogIn, Refused(401, "WrongHandleOrPassword", "No."))
        body = {"handle": "ana", "password": PASSWORD}
        statuses = [(await stranger.post("/api/v1/sessions", json=body)).status_code for _ in range(80)]
        assert statuses[0] == 401
        assert statuses[-1] == 429

    async def test_refresh(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A refresh token alone is enough to go on."""
        fake.answers(RefreshSession, TOKENS)
        answer = await stranger.post("/api/v1/sessions/refresh", json={"refresh_token": "r"})
        assert answer.json()["refresh_token"] == "r"

    async def test_mine(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A member sees their own sessions."""
        fake.answers(SessionsOf, Sessions(sessions=()))
        await ana.get("/api/v1/sessions")
        assert fake.asked == [SessionsOf(asker=ANA, current=SESSION)]

    @pytest.mark.parametrize(
        "path,ended", [("/current", (SESSION,)), (f"/{BO}", (BO,)), ("", None)], ids=["here", "there", "everywhere"]
    )
    async def test_log_out(self, ana: httpx.AsyncClient, fake: FakeServices, path: str, ended: Any) -> None:
        """Here, there, or everywhere; always the caller's own."""
        assert (await ana.delete(f"/api/v1/sessions{path}")).status_code == 200
        ((command, actor),) = fake.done
        assert command == EndSessions(session_ids=ended)
        assert actor is not None
        assert actor.id == ANA


class TestOwnAccount:
    async def test_account(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A member sees their own account, by their token and nothing else."""
        fake.answers(AccountOf, ACCOUNT)
        assert (await ana.get("/api/v1/me")).json()["handle"] == "ana"
        assert fake.asked == [AccountOf(asker=ANA)]

    async def test_approve(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Approving is putting a hash there."""
        await ana.put("/api/v1/me/approval", json={"sha256": SHA256})
        assert fake.done[0][0] == ApproveManifesto(sha256=SHA256)

    async def test_password(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The session in which the password is changed goes on."""
        await ana.put("/api/v1/me/password", json={"current": PASSWORD, "new": "cinq vaches bleues"})
        command = fake.done[0][0]
        assert isinstance(command, ChangePassword)
        assert command.session_id == SESSION

    async def test_data(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A member's data comes as a file, from every service that has any."""
        fake.answers(IdentityDataOf, IdentityData(account=ACCOUNT, sessions=(), approvals=(), entries=()))
        fake.answers(GroupsDataOf, GroupsData(groups=(), pages=(), following=()))
        fake.answers(EventsDataOf, EventsData(gatherings=(), answers=()))
        fake.answers(GovernanceDataOf, GovernanceData(ballots=()))
        answer = await ana.get("/api/v1/me/data")

        assert answer.headers["content-disposition"] == 'attachment; filename="plaanet-data.json"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["identity"]["account"]["handle"] == "ana"

    async def test_erase(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Erasing needs the password again."""
        assert (await ana.request("DELETE", "/api/v1/me")).status_code == 422
        await ana.request("DELETE", "/api/v1/me", json={"password": PASSWORD})
        ((command, _),) = fake.done
        assert isinstance(command, EraseMember)


class TestStrangers:
    @pytest.mark.parametrize(
        "method,path",
        [
            ("GET", f"/members/{ANA}"),
            ("GET", "/sessions"),
            ("DELETE", "/sessions"),
            ("DELETE", "/sessions/current"),
            ("DELETE", f"/sessions/{SESSION}"),
            ("GET", "/me"),
            ("PUT", "/me/approval"),
            ("PUT", "/me/password"),
            ("GET", "/me/data"),
            ("DELETE", "/me"),
        ],
    )
    async def test_see_nothing_of_members(
        self, stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str
    ) -> None:
        """Without a session there is nothing to see or to do, whatever is sent along."""
        body = {"sha256": SHA256, "password": PASSWORD} if method == "PUT" else None
        answer = await stranger.request(method, f"/api/v1{path}", json=body)

        assert answer.status_code == 401
        assert fake.done == []
        assert fake.asked == []

    async def test_publish_nothing(self, ana: httpx.AsyncClient) -> None:
        """There is no way to the manifesto over HTTP but to read it, for members neither."""
        for path in ("/manifesto", "/manifestos", f"/manifestos/{SHA256}"):
            for method in ("PUT", "POST"):
                answer = await ana.request(method, f"/api/v1{path}", json={"text": "x"})
                assert answer.status_code in (404, 405)


class TestProfile:
    async def test_for_members(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Members see each other's handles; a former member has none."""
        fake.answers(ProfileOf, Profile(id=BO, handle=None, is_former=True))
        answer = await ana.get(f"/api/v1/members/{BO}")
        assert answer.json() == {"id": str(BO), "handle": None, "is_former": True}

    async def test_is_found_by_handle(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """So that one may name somebody; a stranger finds nobody."""
        fake.answers(MemberCalled, Profile(id=BO, handle="bo", is_former=False))
        answer = await ana.get("/api/v1/members", params={"handle": "Bo"})
        assert (answer.json()["id"], fake.asked[-1]) == (str(BO), MemberCalled(handle="Bo"))

    async def test_is_found_by_no_stranger(self, stranger: httpx.AsyncClient) -> None:
        """Nor is it told whether there is such a handle."""
        assert (await stranger.get("/api/v1/members", params={"handle": "bo"})).status_code == 401
