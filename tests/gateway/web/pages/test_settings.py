"""Settings: what this browser keeps, where one is signed in, and the way out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from gateway.web.session import COOKIE, Session
from libs.contracts.events import EventsData, EventsDataOf
from libs.contracts.geo import PlaceAt, PlaceOf
from libs.contracts.governance import GovernanceData, GovernanceDataOf
from libs.contracts.groups import GroupsData, GroupsDataOf
from libs.contracts.identity import (
    Account,
    AccountOf,
    ChangePassword,
    EndSessions,
    EraseMember,
    IdentityData,
    IdentityDataOf,
    Sessions,
    SessionsOf,
)
from libs.contracts.identity import Session as Device
from libs.errors import Refused
from tests.gateway.conftest import ANA, SESSION, FakeServices
from tests.gateway.web.conftest import TOKEN, csrf, session_in
from tests.gateway.web.pages.test_calling import AT

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OTHER = UUID("50000000-0000-4000-8000-000000000009")
ACCOUNT = Account(id=ANA, handle="ana", signed_up_at=NOON, approved_sha256="0" * 64, must_approve=False)
HERE = Device(id=SESSION, label="Firefox Linux", created_at=NOON, used_at=NOON, is_current=True)
THERE = Device(id=OTHER, label="<b>Chrome</b>", created_at=NOON, used_at=NOON, is_current=False)


@pytest.fixture
def identity(fake: FakeServices) -> FakeServices:
    """Ana's account, in use on two devices, and a gazetteer that knows Crest."""
    fake.answers(AccountOf, ACCOUNT)
    fake.answers(SessionsOf, Sessions(sessions=(HERE, THERE)))
    fake.answers(PlaceAt, AT)
    fake.answers(PlaceOf, AT)
    return fake


def kept(response: httpx.Response) -> Any:
    """The place that the answer's cookie keeps."""
    return session_in(response).get("p")


class TestShown:
    async def test_a_member_finds_their_devices(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """This one is marked; the other may be signed out."""
        page = await member.get("/reglages")

        assert page.headers["cache-control"] == "private, no-store"
        assert f'value="{OTHER}"' in page.text
        assert f'value="{SESSION}"' not in page.text
        assert "<b>Chrome</b>" not in page.text

    async def test_a_stranger_finds_what_is_the_browsers(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Place, language and display; nothing of an account, and nobody is asked."""
        page = await visitor.get("/reglages")

        assert page.status_code == 200
        assert 'name="theme"' in page.text
        assert "/reglages/effacer" not in page.text
        assert fake.asked == []


class TestPlace:
    async def test_the_commune_alone(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """A position is given up for the town hall's before it is kept."""
        form = {"csrf": csrf(), "precision": "commune", "latitude": "44.7301234", "longitude": "5.0209876"}
        done = await member.post("/reglages/lieu", data=form)

        assert done.status_code == 303
        assert kept(done) == {"n": "Crest", "y": 44.728, "x": 5.022, "i": 7}

    async def test_roughly(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """Every point of a cell is kept as the same one."""
        form = {"csrf": csrf(), "precision": "rounded"}
        done = await member.post("/reglages/lieu", data=form | {"latitude": "44.7301234", "longitude": "5.0209876"})
        again = await member.post("/reglages/lieu", data=form | {"latitude": "44.7100001", "longitude": "5.0490001"})

        assert kept(done)["c"] is True
        assert abs(kept(done)["y"] - 44.725) < 1e-6
        assert again.status_code == 303
        assert "set-cookie" not in again.headers, "there is nothing new to keep"

    async def test_exactly(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """Where somebody wants it so: to the metre, in the cookie, and told to nobody."""
        form = {"csrf": csrf(), "precision": "exact", "latitude": "44.7301234", "longitude": "5.0209876"}
        done = await member.post("/reglages/lieu", data=form)

        assert kept(done) == {"n": "Crest", "y": 44.73012, "x": 5.02099}
        assert identity.done == []

    async def test_nothing(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """What was kept is forgotten."""
        cookie = Session(access=TOKEN, refresh="r", place={"n": "Die", "y": 44.75, "x": 5.37}).encode()
        member.cookies.set(COOKIE, cookie, domain="node.example")
        done = await member.post("/reglages/lieu", data={"csrf": csrf(), "precision": "none"})

        assert done.status_code == 303
        assert kept(done) is None
        assert "set-cookie" in done.headers

    @pytest.mark.parametrize(
        "form",
        [
            {"precision": "exact"},
            {"precision": "rounded", "latitude": "north"},
            {"precision": "exact", "latitude": "nan", "longitude": "5"},
            {"precision": "exact", "latitude": "91", "longitude": "5"},
            {"precision": "commune"},
            {"precision": "to the millimetre"},
            {},
        ],
    )
    async def test_what_is_missing_is_said(
        self, identity: FakeServices, member: httpx.AsyncClient, form: dict[str, str]
    ) -> None:
        """And nothing is kept."""
        page = await member.post("/reglages/lieu", data={"csrf": csrf(), **form})

        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert kept(page) is None


class TestDisplay:
    async def test_is_kept_in_the_cookie(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """And the next page looks so."""
        form = {"csrf": csrf(), "language": "en", "theme": "dark", "text_size": "larger"}
        done = await member.post("/reglages/affichage", data=form)
        page = await member.get("/reglages")

        assert done.status_code == 303
        assert '<html lang="en" data-theme="dark" data-text="larger"' in page.text

    async def test_what_is_not_offered_is_not_kept(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """It goes back to what the device has."""
        form = {"csrf": csrf(), "language": "xx", "theme": '"><script>', "text_size": "huge"}
        told = session_in(await member.post("/reglages/affichage", data=form))

        assert not {"l", "t", "z"} & told.keys()


class TestDevices:
    async def test_one_is_signed_out(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """Only that one."""
        done = await member.post("/reglages/appareils", data={"csrf": csrf(), "session_id": str(OTHER)})

        assert done.status_code == 303
        assert [command for command, _ in identity.done] == [EndSessions(session_ids=(OTHER,))]

    async def test_all_are_signed_out(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """This one too, which forgets what it kept."""
        done = await member.post("/reglages/appareils", data={"csrf": csrf(), "all": "1"})

        assert [command for command, _ in identity.done] == [EndSessions()]
        assert "a" not in session_in(done)
        assert "storage" in done.headers["clear-site-data"]

    @pytest.mark.parametrize("session_id", ["", "x", str(SESSION)])
    async def test_what_names_no_other_ends_none(
        self, identity: FakeServices, member: httpx.AsyncClient, session_id: str
    ) -> None:
        """This one has a button of its own."""
        await member.post("/reglages/appareils", data={"csrf": csrf(), "session_id": session_id})

        assert identity.done == []


class TestPassword:
    async def test_is_changed_with_the_old_one(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """And this device stays signed in."""
        form = {"csrf": csrf(), "current": "un vélo sous la pluie", "new": "deux vélos au soleil"}
        done = await member.post("/reglages/mot-de-passe", data=form)

        assert done.status_code == 303
        [(command, _)] = identity.done
        assert isinstance(command, ChangePassword)
        assert (command.new, command.session_id) == ("deux vélos au soleil", SESSION)

    async def test_a_wrong_one_changes_nothing(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """It says so, and shows no password again."""
        identity.answers(ChangePassword, Refused(403, "WrongPassword", "…"))
        form = {"csrf": csrf(), "current": "une faute", "new": "deux vélos au soleil"}
        page = await member.post("/reglages/mot-de-passe", data=form)

        assert page.status_code == 422
        assert "vélos" not in page.text
        assert "une faute" not in page.text


class TestData:
    async def test_is_taken_along_as_a_file(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """All that each service knows of who asks, kept by no cache."""
        identity.answers(IdentityDataOf, IdentityData(account=ACCOUNT, sessions=(), approvals=(), entries=()))
        identity.answers(GroupsDataOf, GroupsData(groups=(), pages=(), following=()))
        identity.answers(EventsDataOf, EventsData(gatherings=(), answers=()))
        identity.answers(GovernanceDataOf, GovernanceData(ballots=()))
        answer = await member.get("/reglages/donnees")

        assert orjson.loads(answer.content)["identity"]["account"]["handle"] == "ana"
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "private, no-store"
        assert GroupsDataOf(member_id=ANA) in identity.asked

    async def test_is_not_for_strangers(self, visitor: httpx.AsyncClient) -> None:
        """Who asks signs in first."""
        assert (await visitor.get("/reglages/donnees")).status_code == 303


class TestErasing:
    async def test_names_the_loss(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """What goes, what stays, and the way to take one's data along first."""
        text = (await member.get("/reglages/effacer")).text

        assert "Ce qui disparaît" in text
        assert "Ce qui reste" in text
        assert "/reglages/donnees" in text

    async def test_is_done_with_the_password(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """The browser forgets, too."""
        form = {"csrf": csrf(), "password": "un vélo sous la pluie", "understood": "on"}
        done = await member.post("/reglages/effacer", data=form)

        assert (done.status_code, done.headers["location"]) == (303, "/adieu")
        assert [type(command) for command, _ in identity.done] == [EraseMember]
        assert "a" not in session_in(done)
        assert "storage" in done.headers["clear-site-data"]
        assert (await member.get("/adieu")).status_code == 200

    @pytest.mark.parametrize("form", [{"password": "x"}, {"understood": "on"}, {}])
    async def test_is_not_done_by_half(
        self, identity: FakeServices, member: httpx.AsyncClient, form: dict[str, str]
    ) -> None:
        """Neither without the password, nor without having understood."""
        page = await member.post("/reglages/effacer", data={"csrf": csrf(), **form})

        assert page.status_code == 422
        assert identity.done == []

    async def test_is_not_done_by_another_site(self, identity: FakeServices, member: httpx.AsyncClient) -> None:
        """Whatever it sends."""
        form = {"csrf": csrf(), "password": "x", "understood": "on"}
        refused = await member.post("/reglages/effacer", data=form, headers={"Sec-Fetch-Site": "cross-site"})

        assert refused.status_code == 403
        assert identity.done == []
