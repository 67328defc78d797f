"""Coming in by the pages: the account, the session, the cookie, and forms that are not ours."""

import httpx
import pytest
from starlette.requests import Request

from gateway.web.page import way_back
from gateway.web.session import Session
from libs.contracts.identity import CurrentManifesto, LogIn, Manifesto, SessionTokens, SignUp
from libs.errors import Refused
from tests.gateway.conftest import ANA, SESSION, FakeServices
from tests.gateway.web.conftest import TOKEN, csrf, session_in

MANIFESTO = Manifesto(version=1, sha256="0" * 64, text="# Nous décidons ensemble.", published_at="2026-01-01T00:00:00Z")
TOKENS = SessionTokens(access_token=TOKEN, refresh_token="r", expires_in_s=600, member_id=ANA, session_id=SESSION)
FORM = {"handle": "ana", "password": "un vélo sous la pluie", "manifesto_sha256": "0" * 64, "approved": "on"}


@pytest.fixture
def identity(fake: FakeServices, member: httpx.AsyncClient) -> FakeServices:
    """Identity, which takes whoever comes."""
    fake.answers(CurrentManifesto, MANIFESTO)
    fake.answers(LogIn, TOKENS)
    member.cookies.clear()
    return fake


async def test_signing_up_signs_in(identity: FakeServices, member: httpx.AsyncClient) -> None:
    """One form: the account is made, the session begins, and one is where one was going."""
    done = await member.post("/inscription", data={**FORM, "vers": "/g/1", "csrf": _strangers()})

    assert (done.status_code, done.headers["location"]) == (303, "/g/1")
    assert [type(command).__name__ for command, _ in identity.done] == [SignUp.__name__, LogIn.__name__]
    assert session_in(done)["a"] == TOKEN
    cookie = done.headers["set-cookie"]
    assert cookie.startswith("__Host-plaanet=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


async def test_a_name_that_is_taken_is_said_beside_the_form(identity: FakeServices, member: httpx.AsyncClient) -> None:
    """What was filled in is still there, but for the password."""
    identity.answers(SignUp, Refused(409, "HandleIsTaken", "…"))
    page = await member.post("/inscription", data={**FORM, "csrf": _strangers()})

    assert page.status_code == 422
    assert "Ce nom est déjà pris" in page.text
    assert 'value="ana"' in page.text
    assert "pluie" not in page.text


async def test_the_manifesto_comes_first(identity: FakeServices, member: httpx.AsyncClient) -> None:
    """Nobody joins without approving it."""
    form = {name: value for name, value in FORM.items() if name != "approved"}
    page = await member.post("/inscription", data={**form, "csrf": _strangers()})

    assert page.status_code == 422
    assert "approuvez-le" in page.text
    assert identity.done == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_form_of_another_site_is_refused(
    identity: FakeServices, member: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Whatever it holds, and nothing is done."""
    refused = await member.post("/connexion", data={**FORM, "csrf": _strangers()}, headers=headers)

    assert refused.status_code == 403
    assert identity.done == []


async def test_a_form_without_its_token_is_refused(fake: FakeServices, member: httpx.AsyncClient) -> None:
    """One that was not opened in this session ends nobody's session."""
    assert (await member.post("/deconnexion", data={"csrf": "00" * 32})).status_code == 403
    assert (await member.post("/deconnexion", data={})).status_code == 403
    assert fake.done == []


async def test_signing_out_leaves_nothing(fake: FakeServices, member: httpx.AsyncClient) -> None:
    """The session is over, and the browser is told to forget what it kept."""
    done = await member.post("/deconnexion", data={"csrf": csrf()})

    assert done.status_code == 303
    assert "a" not in session_in(done)
    assert "storage" in done.headers["clear-site-data"]


async def test_a_strangers_page_that_needs_a_member_leads_there_and_back(visitor: httpx.AsyncClient) -> None:
    """Nothing is lost on the way."""
    page = await visitor.get("/connexion?vers=//evil.example/")

    assert 'name="vers" value="/autour"' in page.text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:0", "/a\nb"])
def test_the_way_back_stays_here(path: str) -> None:
    """An address of another site is none."""

    asked = Request({"type": "http", "query_string": b"", "headers": []})

    assert way_back(asked, {"vers": path}, default="/autour") == "/autour"


def _strangers() -> str:
    return Session().csrf_token()
