"""A gathering's page: what members and strangers see of it, and what becomes of an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.web.session import COOKIE, Session
from libs.contracts.events import (
    AnswerGathering,
    Answers,
    AnswersTo,
    Gathering,
    GatheringOf,
    MemberAnswer,
    MyAnswer,
    Role,
    WithdrawAnswer,
)
from libs.contracts.groups import GroupOf, GroupView
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from libs.contracts.place import Place
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import TOKEN, csrf

GROUP = UUID("60000000-0000-4000-8000-000000000001")
SOUP = UUID("6a000000-0000-4000-8000-000000000002")
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


def soup(**changed: Any) -> Gathering:
    """A gathering of two years from now, in Paris, with room for 40."""
    start = datetime.fromisoformat(f"{datetime.now(UTC).year + 2}-06-04T19:00:00+02:00")
    fields = {
        "gathering_id": SOUP,
        "group_id": GROUP,
        "name": "Soupe partagée",
        "starts_at": start,
        "ends_at": start + timedelta(hours=2),
        "time_zone": "Europe/Paris",
        "place": Place(name="Salle Coloriage, Crest", latitude=44.728, longitude=5.022),
        "capacity": 40,
        "going_count": 24,
        "waiting_count": 0,
        "maybe_count": 0,
        "not_count": 0,
        "scheduled_at": NOON,
        "changed_at": None,
        "cancelled_at": None,
        "cancellation_reason": None,
        "my_answer": None,
        "organiser": BO,
        "description": "On mange à **19 h**.\n\nhttps://meet.example.org/soupe",
    }
    return Gathering(**fields | changed)


def cantine(role: Role | None = "member") -> GroupView:
    """The group, in which Ana is *role*."""
    return GroupView(
        group_id=GROUP,
        parent_id=None,
        name="Cantine",
        purpose="Manger ensemble",
        place=None,
        admission="open",
        members_count=3,
        founded_at=NOON,
        my_role=role,
        charter_sha256="0" * 64,
        charter_keys=(),
        threshold=1,
        stewards_count=1,
        subgroups_count=0,
        have_asked=False,
        requests_count=None,
    )


@pytest.fixture
def town(fake: FakeServices) -> FakeServices:
    """The group, its gathering, and two who answered."""
    fake.answers(GatheringOf, soup())
    fake.answers(GroupOf, cantine())
    items = tuple(MemberAnswer(member_id=who, answer="going", answered_at=NOON) for who in (ANA, BO, None))
    fake.answers(AnswersTo, Answers(items=items, next=None))
    people = tuple(Profile(id=who, handle=name, is_former=False) for who, name in ((ANA, "ana"), (BO, "<b>bo</b>")))
    fake.answers(ProfilesOf, Profiles(profiles=people))
    return fake


class TestShown:
    async def test_a_member_reads_all_of_it(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """When, where, how many, what, and who."""
        text = (await member.get(f"/r/{SOUP}")).text.replace("\u00a0", " ").replace("\u202f", " ")

        for words in (
            "De 19 h à 21 h",
            "4 juin",
            "Salle Coloriage, Crest",
            "24 personnes viennent",
            "il reste 16 places",
            "On mange à <strong>19 h</strong>",
            'href="https://meet.example.org/soupe"',
            "À l’heure de : Paris",
            "Une personne partie",
        ):
            assert words in text

    async def test_names_do_nothing(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """Whatever somebody is called, it is shown and not run."""
        town.answers(GatheringOf, soup(name="<script>alert(1)</script>", cancellation_reason="<img src=x>"))
        text = (await member.get(f"/r/{SOUP}")).text

        assert "<script>alert" not in text
        assert "<b>bo</b>" not in text
        assert "&lt;b&gt;bo" in text

    async def test_a_stranger_reads_what_is_public(self, town: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Nobody's name is asked for, and the way in leads back here."""
        town.answers(GroupOf, cantine(None))
        town.answers(GatheringOf, soup(organiser=None, description=None))
        page = await visitor.get(f"/r/{SOUP}")

        assert page.status_code == 200
        assert f"/connexion?vers=%2Fr%2F{SOUP}" in page.text
        assert {type(query).__name__ for query in town.asked} == {"GatheringOf", "GroupOf"}
        assert 'name="answer"' not in page.text

    async def test_the_old_hour_is_struck(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """Beside the new one; and an answer that is older is asked about again."""
        before = soup().starts_at - timedelta(days=1)
        mine = MyAnswer(answer="going", answered_at=NOON, ahead_count=None)
        town.answers(GatheringOf, soup(moved_from=before, changed_at=NOON + timedelta(1), my_answer=mine))
        text = (await member.get(f"/r/{SOUP}")).text

        assert "<del" in text
        assert "3 juin" in text.partition("<del")[2].partition("</del>")[0]
        assert "Vaut-elle toujours" in text

    async def test_one_reads_ones_place_in_the_queue(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """How many wait before one."""
        mine = MyAnswer(answer="waiting", answered_at=NOON, ahead_count=2)
        town.answers(GatheringOf, soup(going_count=40, waiting_count=3, my_answer=mine))
        text = (await member.get(f"/r/{SOUP}")).text

        assert "2 personnes attendent avant vous" in text
        assert "c’est complet" in text

    @pytest.mark.parametrize(
        "changed, words",
        [
            ({"cancelled_at": NOON, "cancellation_reason": "Crue"}, "Crue"),
            ({"starts_at": NOON.replace(year=2024), "ends_at": NOON.replace(year=2024, hour=14)}, "est passée"),
        ],
    )
    async def test_what_is_closed_takes_no_answer(
        self, town: FakeServices, member: httpx.AsyncClient, changed: dict[str, Any], words: str
    ) -> None:
        """Neither cancelled nor over; it says which."""
        town.answers(GatheringOf, soup(**changed))
        town.answers(GroupOf, cantine("steward"))
        text = (await member.get(f"/r/{SOUP}")).text

        assert words in text
        assert 'name="answer"' not in text
        assert f"/r/{SOUP}/annuler" not in text

    async def test_says_how_far_it_is(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """From the place that this browser keeps."""
        place = {"n": "Die", "y": 44.753, "x": 5.371}
        member.cookies.set(COOKIE, Session(access=TOKEN, refresh="r", place=place).encode(), domain="node.example")
        text = (await member.get(f"/r/{SOUP}")).text

        assert "28\u00a0km" in text

    @pytest.mark.parametrize(
        "role, organiser, may", [("member", BO, False), ("member", ANA, True), ("steward", BO, True)]
    )
    async def test_who_may_move_it(
        self, town: FakeServices, member: httpx.AsyncClient, role: Role, organiser: UUID, *, may: bool
    ) -> None:
        """Its organiser and the stewards are offered to; others are not."""
        town.answers(GatheringOf, soup(organiser=organiser))
        town.answers(GroupOf, cantine(role))
        text = (await member.get(f"/r/{SOUP}")).text

        assert (f"/r/{SOUP}/modifier" in text) is may


class TestAnswered:
    @pytest.mark.parametrize("said", ["going", "maybe", "not"])
    async def test_an_answer_is_one_press(self, town: FakeServices, member: httpx.AsyncClient, said: str) -> None:
        """And one is back on the page."""
        done = await member.post(f"/r/{SOUP}", data={"csrf": csrf(), "answer": said})

        assert (done.status_code, done.headers["location"]) == (303, f"/r/{SOUP}#reponse")
        [(command, actor)] = town.done
        assert command == AnswerGathering.model_validate({"gathering_id": SOUP, "answer": said})
        assert actor is not None
        assert actor.id == ANA

    async def test_it_can_be_taken_back(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """As if none had been given."""
        await member.post(f"/r/{SOUP}", data={"csrf": csrf(), "answer": "none"})

        assert [command for command, _ in town.done] == [WithdrawAnswer(gathering_id=SOUP)]

    async def test_a_refusal_is_said_where_one_answered(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """Too late, or not a member: nothing is lost, and it says why."""
        town.answers(AnswerGathering, Refused(409, "GatheringIsOver", "…"))
        page = await member.post(f"/r/{SOUP}", data={"csrf": csrf(), "answer": "going"})

        assert page.status_code == 422
        assert 'role="alert"' in page.text

    @pytest.mark.parametrize("said", ["", "waiting", "perhaps"])
    async def test_what_is_no_answer_is_none(self, town: FakeServices, member: httpx.AsyncClient, said: str) -> None:
        """Nobody puts themselves on the waiting list."""
        page = await member.post(f"/r/{SOUP}", data={"csrf": csrf(), "answer": said})

        assert page.status_code == 422
        assert town.done == []


class TestAnswers:
    async def test_is_for_who_is_signed_in(self, town: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A stranger signs in first."""
        assert (await visitor.get(f"/r/{SOUP}/reponses")).headers["location"].startswith("/connexion")

    async def test_is_for_members_of_the_group(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """Another is told so."""
        town.answers(AnswersTo, Refused(403, "NotAMember", "…"))

        assert (await member.get(f"/r/{SOUP}/reponses")).status_code == 403

    async def test_goes_on_where_the_page_ended(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """One kind alone, a page at a time."""
        item = MemberAnswer(member_id=BO, answer="maybe", answered_at=NOON)
        town.answers(AnswersTo, Answers(items=(item,), next="a b&c"))
        text = (await member.get(f"/r/{SOUP}/reponses?only=maybe&cursor=x")).text

        assert town.asked[1] == AnswersTo(gathering_id=SOUP, asker=ANA, only="maybe", cursor="x")
        assert "cursor=a%20b%26c&amp;only=maybe" in text
