"""Groups over HTTP: what each route asks of the service, and what it shows to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.base import Command
from libs.contracts.groups import (
    AdmitMember,
    ChangeGroup,
    DismissSteward,
    FoundGroup,
    GroupDirectory,
    GroupOf,
    Groups,
    GroupView,
    JoinGroup,
    JoinRequest,
    JoinRequests,
    LeaveGroup,
    Members,
    Membership,
    MembersOf,
    NameSteward,
    RemoveMember,
    RequestsOf,
    SubgroupsOf,
)
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices, receipt

GROUP = UUID(int=1)
CY = UUID(int=3)
AT = f"/api/v1/groups/{GROUP}"
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
DESCRIBED: dict[str, Any] = {"name": "Crest", "purpose": "Repair."}
VIEW = GroupView(
    group_id=GROUP,
    parent_id=None,
    name="Crest",
    purpose="Repair.",
    place=None,
    admission="open",
    members_count=7,
    founded_at=NOON,
    my_role=None,
    charter_sha256="0" * 64,
    charter_keys=(),
    threshold=0,
    stewards_count=1,
    subgroups_count=0,
    have_asked=False,
    requests_count=None,
)
PROFILES = Profiles(
    profiles=(Profile(id=ANA, handle="ana", is_former=False), Profile(id=BO, handle=None, is_former=True))
)


class TestFounding:
    async def test_answers_with_a_receipt_and_a_location(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """What was founded has an address."""
        answer = await ana.post("/api/v1/groups", json=DESCRIBED)

        assert (answer.status_code, answer.json()["position"]) == (201, 17)
        assert answer.headers["Location"] == f"/api/v1/groups/{receipt('groups').id}"
        assert [(command, actor.id) for command, actor in fake.done if actor] == [(FoundGroup(**DESCRIBED), ANA)]

    async def test_takes_the_openapi_documents_own_example(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who copies the example founds a group."""
        schema = (await ana.get("/api/v1/openapi.json")).json()["components"]["schemas"]["NewGroup"]["properties"]
        body = {name: field["examples"][0] for name, field in schema.items() if "examples" in field}

        assert (await ana.post("/api/v1/groups", json=body)).status_code == 201

    async def test_below_another_group(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A sub-group says which group it belongs to; a group's are listed, for everybody."""
        fake.answers(SubgroupsOf, Groups(items=(), next=None))
        await ana.post("/api/v1/groups", json=DESCRIBED | {"parent_id": str(GROUP)})
        await ana.get(f"{AT}/subgroups?limit=7&cursor=abc")

        assert fake.done[0][0] == FoundGroup(**DESCRIBED, parent_id=GROUP)
        assert fake.asked == [SubgroupsOf(group_id=GROUP, asker=ANA, limit=7, cursor="abc")]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": None},
            {"purpose": "x" * 2001},
            {"founder": str(BO)},
            {"charter_keys": ["short"]},
            {"threshold": 1},
            {"place": {"name": "Pole", "latitude": 91, "longitude": 0}},
            {"admission": "closed"},
        ],
    )
    async def test_refuses_what_makes_no_sense(self, ana: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
        """A wrong body is a clear refusal, and nobody founds in another's name."""
        answer = await ana.post("/api/v1/groups", json={**DESCRIBED, **wrong})

        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"

    async def test_is_for_members(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A stranger founds nothing."""
        assert (await stranger.post("/api/v1/groups", json=DESCRIBED)).status_code == 401
        assert fake.done == []


class TestReading:
    async def test_a_stranger_sees_the_directory(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Groups are public; what is asked for is passed on, and nobody is made up to ask it."""
        fake.answers(GroupDirectory, Groups(items=(), next=None))
        answer = await stranger.get("/api/v1/groups", params={"q": "crest", "limit": 2, "cursor": "WzFd"})

        assert answer.json() == {"items": [], "next": None}
        assert fake.asked == [GroupDirectory(asker=None, words="crest", limit=2, cursor="WzFd")]

    async def test_mine(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """My groups are those of whom the token names."""
        fake.answers(GroupDirectory, Groups(items=(), next=None))
        await ana.get("/api/v1/groups?mine=true")

        assert fake.asked == [GroupDirectory(asker=ANA, mine=True)]

    @pytest.mark.parametrize("query", ["limit=0", "limit=201", "q=", "cursor=" + "x" * 501, f"q={'x' * 101}"])
    async def test_refuses_wrong_questions(self, stranger: httpx.AsyncClient, query: str) -> None:
        """A list is asked for in reasonable portions."""
        assert (await stranger.get(f"/api/v1/groups?{query}")).status_code == 422

    async def test_a_group(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """Anyone may read a group; an id that is none is refused before it reaches anybody."""
        fake.answers(GroupOf, VIEW)

        assert (await stranger.get(AT)).json()["charter_sha256"] == "0" * 64
        assert fake.asked == [GroupOf(group_id=GROUP, asker=None)]
        assert (await stranger.get("/api/v1/groups/log.governance.>")).status_code == 422


class TestMembers:
    async def test_show_their_handles(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Identity is asked who the ids are; a former member, or one it does not know, has no handle."""
        items = tuple(Membership(member_id=who, role="member", since=NOON) for who in (ANA, BO, CY))
        fake.answers(MembersOf, Members(items=items, next="more"))
        fake.answers(ProfilesOf, PROFILES)
        answer = (await ana.get(f"{AT}/members?limit=3")).json()

        assert [(m["handle"], m["is_former"]) for m in answer["items"]] == [("ana", False), (None, True), (None, True)]
        assert answer["next"] == "more"
        assert fake.asked == [
            MembersOf(group_id=GROUP, asker=ANA, limit=3),
            ProfilesOf(member_ids=(ANA, BO, CY)),
        ]

    async def test_requests_show_theirs(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """A steward sees who asks; for an empty list nobody is asked for profiles."""
        fake.answers(RequestsOf, JoinRequests(items=(JoinRequest(member_id=ANA, since=NOON),), next=None))
        fake.answers(ProfilesOf, PROFILES)
        assert (await ana.get(f"{AT}/requests")).json()["items"][0]["handle"] == "ana"
        fake.answers(RequestsOf, JoinRequests(items=(), next=None))
        assert (await ana.get(f"{AT}/requests")).json() == {"items": [], "next": None}
        assert [type(query) for query in fake.asked] == [RequestsOf, ProfilesOf, RequestsOf]

    @pytest.mark.parametrize("what", ["members", "requests"])
    async def test_are_not_for_strangers(self, stranger: httpx.AsyncClient, fake: FakeServices, what: str) -> None:
        """Without a token nothing is even asked."""
        assert (await stranger.get(f"{AT}/{what}")).status_code == 401
        assert fake.asked == []

    async def test_are_not_for_who_is_no_member(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The service's refusal is the answer."""
        fake.answers(MembersOf, Refused(403, "ForMembers", "Only members of the group may see who is in it."))
        answer = await ana.get(f"{AT}/members")

        assert (answer.status_code, answer.json()["detail"]) == (403, "Only members of the group may see who is in it.")


class TestCommands:
    @pytest.mark.parametrize(
        "method,path,command",
        [
            ("PUT", "", ChangeGroup(group_id=GROUP, **DESCRIBED)),
            ("PUT", "/members/me", JoinGroup(group_id=GROUP)),
            ("DELETE", "/members/me", LeaveGroup(group_id=GROUP, members_count=7)),
            ("PUT", f"/members/{BO}", AdmitMember(group_id=GROUP, member_id=BO)),
            ("DELETE", f"/members/{BO}", RemoveMember(group_id=GROUP, member_id=BO)),
            ("PUT", f"/stewards/{BO}", NameSteward(group_id=GROUP, member_id=BO)),
            ("DELETE", f"/stewards/{BO}", DismissSteward(group_id=GROUP, member_id=BO)),
        ],
    )
    async def test_each_does_one_thing(
        self, ana: httpx.AsyncClient, fake: FakeServices, method: str, path: str, command: Command
    ) -> None:
        """In the name of whom the token names, with a receipt for an answer."""
        fake.answers(GroupOf, VIEW)
        body = {"json": DESCRIBED} if isinstance(command, ChangeGroup) else {}
        answer = await ana.request(method, AT + path, **body)  # type: ignore[arg-type]

        assert (answer.status_code, answer.json()["log"]) == (200, "groups")
        assert [(done, actor.id) for done, actor in fake.done if actor] == [(command, ANA)]

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["/members/me", f"/members/{BO}", f"/stewards/{BO}"])
    async def test_none_is_for_strangers(
        self, stranger: httpx.AsyncClient, fake: FakeServices, method: str, path: str
    ) -> None:
        """Who is not signed in joins, leaves and leads nothing."""
        assert (await stranger.request(method, AT + path)).status_code == 401
        assert fake.done == []
