"""The pages of who is in a group and who asks to be."""

import httpx
import pytest

from libs.contracts.base import Command
from libs.contracts.groups import (
    AdmitMember,
    DismissSteward,
    JoinRequest,
    JoinRequests,
    MembersOf,
    NameSteward,
    RemoveMember,
    RequestsOf,
)
from libs.contracts.identity import ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, SCRIPT, people, quiet

MEMBERS = f"/g/{GARDEN}/membres"
REQUESTS = f"/g/{GARDEN}/demandes"
WHO = {"group_id": GARDEN, "member_id": BO}


class TestMembers:
    async def test_are_for_members(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Who is not in the group is told so, and nobody's name is asked for."""
        quiet(fake)
        page = await member.get(MEMBERS)

        assert page.status_code == 200
        assert "ses membres le savent" in page.text
        assert not any(isinstance(query, MembersOf) for query in fake.asked)

    async def test_stewards_are_marked(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A member sees who has which power, and has none over others."""
        quiet(fake, my_role="member")
        page = await member.get(MEMBERS)

        assert page.text.count("À l’intendance</span>") == 1
        assert "Retirer du groupe" not in page.text
        assert page.headers["cache-control"] == "private, no-store"

    async def test_whoever_left_the_node_has_no_name(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Of a former account nothing is left but that it was one."""
        quiet(fake, my_role="steward")
        fake.answers(MembersOf, people((GARDEN, "x", "member"))[0].model_copy(update={"next": "more"}))
        page = await member.get(MEMBERS)

        assert "Ancien compte" in page.text
        assert "?apres=more" in page.text

    @pytest.mark.parametrize(
        "deed, command", [("name", NameSteward), ("dismiss", DismissSteward), ("remove", RemoveMember)]
    )
    async def test_a_steward_decides(
        self, fake: FakeServices, member: httpx.AsyncClient, deed: str, command: type[Command]
    ) -> None:
        """One button each, and back to the list."""
        quiet(fake, my_role="steward")
        done = await member.post(MEMBERS, data={"do": deed, "member_id": str(BO), "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, MEMBERS)
        assert [each for each, _ in fake.done] == [command(**WHO)]

    async def test_a_refusal_stands_above_the_list(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The list is there, and why it was not done."""
        quiet(fake, my_role="steward")
        fake.answers(DismissSteward, Refused(409, "LastSteward", "…"))
        page = await member.post(MEMBERS, data={"do": "dismiss", "member_id": str(ANA), "csrf": csrf()})

        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert "bo" in page.text

    @pytest.mark.parametrize("data", [{"do": "name"}, {"do": "name", "member_id": "x"}, {"member_id": str(BO)}])
    async def test_half_a_form_does_nothing(
        self, fake: FakeServices, member: httpx.AsyncClient, data: dict[str, str]
    ) -> None:
        """Nobody named, or nothing asked."""
        quiet(fake, my_role="steward")
        page = await member.post(MEMBERS, data={**data, "csrf": csrf()})

        assert page.status_code == 422
        assert fake.done == []


class TestRequests:
    async def test_are_for_stewards(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Anybody else is told that it is not allowed."""
        quiet(fake, my_role="member")
        fake.answers(RequestsOf, Refused(403, "NotASteward", "…"))

        assert (await member.get(REQUESTS)).status_code == 403

    async def test_strangers_sign_in_first(self, visitor: httpx.AsyncClient) -> None:
        """And come back."""
        page = await visitor.get(REQUESTS)
        assert (page.status_code, page.headers["location"][:15]) == (303, "/connexion?vers")

    @pytest.mark.parametrize("deed, command", [("admit", AdmitMember), ("refuse", RemoveMember)])
    async def test_are_answered(
        self, fake: FakeServices, member: httpx.AsyncClient, deed: str, command: type[Command]
    ) -> None:
        """With one press, yes or no."""
        _asking(fake, "bo")
        assert "Accepter" in (await member.get(REQUESTS)).text
        done = await member.post(REQUESTS, data={"do": deed, "member_id": str(BO), "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, REQUESTS)
        assert [each for each, _ in fake.done] == [command(**WHO)]

    async def test_twice_is_told(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Two stewards answered at once: the second reads that it was done."""
        _asking(fake, SCRIPT)
        fake.answers(AdmitMember, Refused(409, "NotAsked", "…"))
        page = await member.post(REQUESTS, data={"do": "admit", "member_id": str(BO), "csrf": csrf()})

        assert page.status_code == 422
        assert SCRIPT not in page.text

    async def test_a_page_does_only_its_own(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Nobody is made a steward from the list of requests."""
        _asking(fake, "bo")
        await member.post(REQUESTS, data={"do": "name", "member_id": str(BO), "csrf": csrf()})
        assert fake.done == []


def _asking(fake: FakeServices, name: str) -> None:
    quiet(fake, my_role="steward", admission="approval", requests_count=1)
    asked = JoinRequest(member_id=BO, since="2026-03-01T08:00:00Z")
    fake.answers(RequestsOf, JoinRequests(items=(asked,), next=None))
    fake.answers(ProfilesOf, people((BO, name, "member"))[1])
