"""Gatherings over HTTP: what the routes ask of the service, and what they answer."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.events import (
    AnswerGathering,
    Answers,
    AnswersTo,
    CancelGathering,
    ChangeGathering,
    Gathering,
    GatheringOf,
    Gatherings,
    GatheringsOf,
    MemberAnswer,
    MyAnswer,
    ScheduleGathering,
    WithdrawAnswer,
)
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices, receipt

GROUP = UUID("60000000-0000-4000-8000-000000000001")
CAFE = UUID("6a000000-0000-4000-8000-000000000002")
CLEO = UUID("c0000000-0000-4000-8000-000000000003")
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)

PLAN: dict[str, Any] = {
    "name": "Repair café",
    "starts_at": "2030-06-01T14:00",
    "ends_at": "2030-06-01T18:00:00+02:00",
    "time_zone": "Europe/Paris",
    "place": {"name": "Crest", "latitude": 44.728, "longitude": 5.022},
    "capacity": 40,
}

GATHERING = Gathering(
    gathering_id=CAFE,
    group_id=GROUP,
    name="Repair café",
    starts_at=datetime.fromisoformat("2030-06-01T14:00:00+02:00"),
    ends_at=datetime.fromisoformat("2030-06-01T18:00:00+02:00"),
    time_zone="Europe/Paris",
    place=None,
    capacity=40,
    going_count=40,
    waiting_count=2,
    maybe_count=0,
    not_count=0,
    scheduled_at=NOON,
    changed_at=None,
    cancelled_at=None,
    cancellation_reason=None,
    my_answer=MyAnswer(answer="waiting", answered_at=NOON, ahead_count=1),
    organiser=BO,
    description="Bring cake.",
)


class TestSchedule:
    async def test_founds_a_gathering(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """201 with the receipt, and where the gathering is; a time without an offset goes on as it was sent."""
        answer = await ana.post(f"/api/v1/groups/{GROUP}/gatherings", json=PLAN)

        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/api/v1/gatherings/{receipt('events').id}"
        ((command, actor),) = fake.done
        assert isinstance(command, ScheduleGathering)
        assert actor is not None
        assert actor.id == ANA
        assert command.starts_at == datetime(2030, 6, 1, 14)  # noqa: DTZ001 - what the wall shows
        assert command.ends_at.utcoffset() is not None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "a\u202eb"},
            {"name": "x" * 201},
            {"description": "x" * 10_001},
            {"starts_at": "tomorrow"},
            {"time_zone": "../../etc/passwd"},
            {"time_zone": None},
            {"capacity": 0},
            {"capacity": 100_001},
            {"place": {"name": "Nowhere", "latitude": 91, "longitude": 0}},
            {"organiser": str(BO)},
        ],
    )
    async def test_refuses_nonsense(self, ana: httpx.AsyncClient, fake: FakeServices, wrong: dict[str, Any]) -> None:
        """What makes no sense never reaches the service."""
        answer = await ana.post(f"/api/v1/groups/{GROUP}/gatherings", json={**PLAN, **wrong})

        assert answer.status_code == 422
        assert fake.done == []

    async def test_passes_the_services_refusal_on(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """As a problem document with a stable type."""
        fake.answers(ScheduleGathering, Refused(422, "NoSuchTime", "The clocks never show that."))
        answer = await ana.post(f"/api/v1/groups/{GROUP}/gatherings", json=PLAN)

        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "NoSuchTime" in answer.text

    async def test_is_for_members(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """A stranger is asked to sign in, whatever the verb."""
        for verb, path in (
            ("POST", f"groups/{GROUP}/gatherings"),
            ("PUT", f"gatherings/{CAFE}"),
            ("PUT", f"gatherings/{CAFE}/cancellation"),
            ("PUT", f"gatherings/{CAFE}/answers/me"),
            ("DELETE", f"gatherings/{CAFE}/answers/me"),
            ("GET", f"gatherings/{CAFE}/answers"),
        ):
            assert (await stranger.request(verb, f"/api/v1/{path}", json=PLAN)).status_code == 401
        assert fake.done == []
        assert fake.asked == []


class TestChange:
    async def test_is_whole(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """What is not said is none any more."""
        plan = {key: PLAN[key] for key in ("name", "starts_at", "ends_at", "time_zone")}
        answer = await ana.put(f"/api/v1/gatherings/{CAFE}", json=plan)

        assert answer.status_code == 200
        ((command, _),) = fake.done
        assert isinstance(command, ChangeGathering)
        assert (command.gathering_id, command.capacity, command.place, command.description) == (CAFE, None, None, None)

    async def test_cancels_with_a_reason_or_without(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The body may be left out."""
        assert (await ana.put(f"/api/v1/gatherings/{CAFE}/cancellation")).status_code == 200
        await ana.put(f"/api/v1/gatherings/{CAFE}/cancellation", json={"reason": "Flood"})

        assert [command for command, _ in fake.done] == [
            CancelGathering(gathering_id=CAFE),
            CancelGathering(gathering_id=CAFE, reason="Flood"),
        ]


class TestAnswer:
    async def test_is_given_and_taken_back(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """In one's own name alone: the path says `me`."""
        path = f"/api/v1/gatherings/{CAFE}/answers/me"
        assert (await ana.put(path, json={"answer": "going"})).status_code == 200
        assert (await ana.delete(path)).status_code == 200

        assert [command for command, _ in fake.done] == [
            AnswerGathering(gathering_id=CAFE, answer="going"),
            WithdrawAnswer(gathering_id=CAFE),
        ]

    @pytest.mark.parametrize("answer", ["waiting", "yes", "", None, ["going"]])
    async def test_is_one_of_three(self, ana: httpx.AsyncClient, fake: FakeServices, answer: Any) -> None:
        """Nobody puts themselves on the waiting list, or past it."""
        refused = await ana.put(f"/api/v1/gatherings/{CAFE}/answers/me", json={"answer": answer})

        assert refused.status_code == 422
        assert fake.done == []


class TestRead:
    async def test_a_stranger_asks_as_nobody(self, stranger: httpx.AsyncClient, fake: FakeServices) -> None:
        """The service decides what nobody may see."""
        fake.answers(GatheringOf, GATHERING)
        fake.answers(GatheringsOf, Gatherings(items=(), next=None))
        await stranger.get(f"/api/v1/gatherings/{CAFE}")
        await stranger.get(f"/api/v1/groups/{GROUP}/gatherings")

        assert fake.asked == [GatheringOf(gathering_id=CAFE, asker=None), GatheringsOf(group_id=GROUP, asker=None)]

    async def test_shows_times_as_the_wall_has_them(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """With the zone's offset, and an ETag."""
        fake.answers(GatheringOf, GATHERING)
        answer = await ana.get(f"/api/v1/gatherings/{CAFE}")

        assert answer.json()["starts_at"] == "2030-06-01T14:00:00+02:00"
        assert answer.json()["my_answer"]["ahead_count"] == 1
        again = await ana.get(f"/api/v1/gatherings/{CAFE}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    async def test_lists_what_is_over(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """The parameters go to the service as they are, within their bounds."""
        fake.answers(GatheringsOf, Gatherings(items=(), next="abc"))
        answer = await ana.get(f"/api/v1/groups/{GROUP}/gatherings?when=past&limit=2&cursor=xyz")

        assert answer.json() == {"items": [], "next": "abc"}
        assert fake.asked == [GatheringsOf(group_id=GROUP, asker=ANA, when="past", cursor="xyz", limit=2)]
        for wrong in ("when=never", "limit=0", "limit=201", f"cursor={'x' * 501}"):
            assert (await ana.get(f"/api/v1/groups/{GROUP}/gatherings?{wrong}")).status_code == 422


class TestListAnswers:
    async def test_has_handles_from_identity(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """Who is a former member, as either service knows, has neither id nor handle."""
        said = [(BO, "going"), (None, "going"), (CLEO, "waiting")]
        fake.answers(
            AnswersTo,
            Answers(
                items=tuple(
                    MemberAnswer.model_validate({"member_id": member, "answer": answer, "answered_at": NOON})
                    for member, answer in said
                ),
                next="more",
            ),
        )
        fake.answers(
            ProfilesOf,
            Profiles(
                profiles=(
                    Profile(id=BO, handle="bo", is_former=False),
                    Profile(id=CLEO, handle=None, is_former=True),
                )
            ),
        )

        page = (await ana.get(f"/api/v1/gatherings/{CAFE}/answers?only=going")).json()

        assert [(item["member_id"], item["handle"]) for item in page["items"]] == [
            (str(BO), "bo"),
            (None, None),
            (None, None),
        ]
        assert page["next"] == "more"
        assert fake.asked == [
            AnswersTo(gathering_id=CAFE, asker=ANA, only="going"),
            ProfilesOf(member_ids=(BO, CLEO)),
        ]

    async def test_asks_identity_only_when_there_is_somebody(self, ana: httpx.AsyncClient, fake: FakeServices) -> None:
        """An empty list needs no names."""
        fake.answers(AnswersTo, Answers(items=(), next=None))

        assert (await ana.get(f"/api/v1/gatherings/{CAFE}/answers")).json() == {"items": [], "next": None}
        assert len(fake.asked) == 1
