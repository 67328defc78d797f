"""Opening a vote: the form without a script, what it refuses, the look before, and once is once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.geo import GazetteerPlace, PlaceFound, PlaceOf, PlacesFound, PlacesLike
from libs.contracts.governance import (
    Eligibility,
    OpenPoll,
    PollOf,
    Rules,
    Settings,
    Template,
    Templates,
    TemplatesOf,
    TemplateTerms,
)
from libs.contracts.groups import GroupOf
from libs.contracts.place import Place
from libs.errors import Refused
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, garden
from tests.gateway.web.pages.polls_said import answers, poll, terms
from tests.gateway.web.pages.test_creating import places

AT = f"/creer/vote?groupe={GARDEN}"
FORM = {
    "question": "Quel soir ?",
    "method": "approval",
    "rows": "3",
    "option-0": "Mardi",
    "option-2": "Jeudi",
    "end": "7",
    "roll": "group",
    "once": "un mot",
}


@pytest.fixture
def asked(fake: FakeServices) -> FakeServices:
    """Ana is in the garden's group."""
    return answers(fake)


async def opened(fake: FakeServices, member: httpx.AsyncClient, **changed: Any) -> OpenPoll:
    """The command that the form is sent as."""
    done = await member.post(AT, data={**FORM, "ouvrir": "1", "csrf": csrf(), **changed})
    assert done.status_code == 303, done.text
    command, _ = fake.done[-1]
    assert isinstance(command, OpenPoll)
    return command


class TestClocks:
    async def test_are_those_of_the_groups_place(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """Evening is evening there; the form, the look before and the ballot say whose clocks they are."""
        place = Place(name="Cayenne", latitude=4.94, longitude=-52.33, gazetteer_id=5)
        asked.answers(GroupOf, garden(my_role="member", place=place))
        asked.answers(PlaceOf, places({"time_zone": "America/Cayenne"}).items[0])
        closes_at = (await opened(asked, member)).closes_at

        assert (closes_at.hour, closes_at.utcoffset()) == (23, timedelta(0))  # 20:00 at Cayenne
        look = await member.post(AT, data={**FORM, "apercu": "1", "csrf": csrf()})
        for page in (await member.get(AT), await member.get(f"/v/{POLL}"), look):
            assert "à l’heure de : Cayenne)" in page.text.replace("\u202f", " ").replace("\xa0", " ")
        assert "20 h" in look.text.replace("\u202f", " ").replace("\xa0", " ")


class TestDates:
    async def test_are_fields_for_days_and_hours(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """The earliest first; an hour where it matters; nobody types a date as a text."""
        dates = {"date-0": "2030-03-02", "time-0": "19:30", "date-2": "2030-03-01", "time-2": ""}
        command = await opened(asked, member, method="date", **dates)

        assert command.options == ("2030-03-01", "2030-03-02T19:30")
        form = (await member.get(AT)).text
        assert form.count('type="date"') == form.count('type="time"') == 3

    @pytest.mark.parametrize(
        "dates",
        [
            {"date-0": "2030-03-02"},
            {"date-0": "2030-03-02", "date-1": "2030-03-02"},
            {"date-0": "2030-03-02", "date-1": "2020-03-02"},
            {"date-0": "2030-03-02", "date-1": "2030-02-31"},
            {"date-0": "2030-03-02", "time-1": "19:00"},
            {"date-0": "2030-03-02", "date-1": "demain"},
        ],
    )
    async def test_that_cannot_be_are_said_and_kept(
        self, asked: FakeServices, member: httpx.AsyncClient, dates: dict[str, str]
    ) -> None:
        """One alone, twice the same, a day that is past, one that no calendar has."""
        page = await member.post(AT, data={**FORM, "method": "date", "ouvrir": "1", "csrf": csrf(), **dates})

        assert page.status_code == 422
        assert 'value="2030-03-02"' in page.text
        assert asked.done == []

    async def test_have_rows_that_come_and_go_without_a_script(
        self, asked: FakeServices, member: httpx.AsyncClient
    ) -> None:
        """As options have."""
        dates = {"method": "date", "date-0": "2030-03-02", "time-0": "19:30", "date-1": "2030-03-03"}
        more = await member.post(AT, data={**FORM, **dates, "plus": "1", "csrf": csrf()})
        assert more.text.count('type="date"') == 4
        less = await member.post(AT, data={**FORM, **dates, "moins": "0", "csrf": csrf()})
        assert 'name="date-0" value="2030-03-03"' in less.text
        assert "19:30" not in less.text

    async def test_are_brought_back_from_a_cancelled_vote(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """To be corrected; on its ballot they stand in words."""
        options = ("2030-03-01", "2030-03-02T19:30")
        asked.answers(PollOf, poll(method="date", options=options, cancelled_because="…", is_open=False))
        form = (await member.get(f"/creer/vote?remplace={POLL}")).text
        assert 'name="date-1" value="2030-03-02"' in form
        assert 'name="time-1" value="19:30"' in form
        asked.answers(PollOf, poll(method="date", options=options))
        assert "samedi 2 mars 2030, 19 h 30" in (await member.get(f"/v/{POLL}")).text.replace("\u202f", " ").replace(
            "\xa0", " "
        )


class TestOpening:
    async def test_takes_what_was_filled_in(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """Empty rows are no options; the evening is meant by the clock on the wall."""
        command = await opened(asked, member)

        assert command.options == ("Mardi", "Jeudi")
        assert command.rules is None
        assert timedelta(days=6) < command.closes_at - datetime.now(UTC) < timedelta(days=8)

    async def test_happens_once(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """A form sent twice bears the same word both times, by which it is known again."""
        await opened(asked, member)
        await opened(asked, member)

        assert asked.keys == ["un mot", "un mot"]

    @pytest.mark.parametrize(
        "method, fields, settings",
        [
            ("score", {"score_max": "7"}, Settings(score_max=7)),
            ("stv", {"seats": "2"}, Settings(seats=2)),
            ("dots", {"dots": "12"}, Settings(budget=12)),
            ("judgment", {"grades": "Oui\n\nBof\r\nNon"}, Settings(grades=("Oui", "Bof", "Non"))),
            ("budget", {"budget": "9", "cost-0": "4", "cost-2": "5"}, Settings(budget=9, costs=(4, 5))),
            ("single", {"draws_ties": "on"}, Settings(draws_ties=True)),
        ],
    )
    async def test_takes_what_the_method_needs(
        self, asked: FakeServices, member: httpx.AsyncClient, method: str, fields: dict[str, str], settings: Settings
    ) -> None:
        """And nothing that belongs to another."""
        assert (await opened(asked, member, method=method, **fields)).settings == settings

    async def test_takes_rules_and_roll(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """Quorum, threshold and abstentions; who is on a list."""
        fields = {"quorum": "1/3", "threshold": "2/3", "abstentions_count": "on", "roll": "list", "listed": str(BO)}
        command = await opened(asked, member, **fields)

        share = {"quorum_roll": (1, 3), "threshold": "qualified", "share": (2, 3), "abstentions_count": True}
        assert command.rules == Rules(**share)
        assert (command.eligibility, command.listed) == (Eligibility(kind="list"), (BO,))
        tenure = await opened(asked, member, roll="tenure", days="30")
        assert tenure.eligibility == Eligibility(kind="tenure", days=30)

    async def test_by_consent_needs_no_options(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """What stands in their fields is left out."""
        command = await opened(asked, member, method="consent", allows_block="on")
        assert (command.options, command.allows_block) == ((), True)

    async def test_finds_the_place_by_its_name(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """One of that name is it; of several one is chosen."""
        asked.answers(PlacesLike, PlacesFound(items=(place(1), place(2))))
        asked.answers(PlaceOf, GazetteerPlace(**place(2).model_dump(exclude={"matched", "distance_m"})))
        page = await member.post(AT, data={**FORM, "roll": "place", "place": "Crest", "csrf": csrf()})
        assert page.status_code == 422
        assert page.text.count('name="place_id"') == 2

        command = await opened(asked, member, roll="place", place="Crest", place_id="2")
        assert command.eligibility == Eligibility(kind="place", place_id=2)

    async def test_is_looked_at_first(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """What people will see, with the rules, and nothing opened; correcting brings all of it back."""
        page = await member.post(AT, data={**FORM, "apercu": "1", "csrf": csrf()})
        assert page.status_code == 200
        assert "Ouvrir le vote" in page.text
        assert 'name="option-2" value="Jeudi"' in page.text
        again = await member.post(AT, data={**FORM, "corriger": "1", "csrf": csrf()})

        assert 'value="Quel soir ?"' in again.text.replace("\u202f", " ")
        assert asked.done == []


class TestTheForm:
    async def test_grows_and_shrinks_without_a_script(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """A row more, or one struck out; the others keep what they say."""
        more = await member.post(AT, data={**FORM, "plus": "1", "csrf": csrf()})
        assert 'id="option-3"' in more.text
        less = await member.post(AT, data={**FORM, "moins": "0", "csrf": csrf()})

        assert 'name="option-1" maxlength="200" value="Jeudi"' in less.text
        assert 'id="option-2"' not in less.text

    @pytest.mark.parametrize(
        "changed, sentence",
        [
            ({"question": ""}, "Que voulez-vous demander"),
            ({"question": "a" * 201}, "trop long"),
            ({"option-2": ""}, "au moins deux choix"),
            ({"option-2": "mardi"}, "déjà là"),
            ({"method": "stv", "seats": "zéro"}, "nombre entier"),
            ({"method": "budget", "budget": "10", "cost-0": "11", "cost-2": "1"}, "nombre entier"),
            ({"method": "judgment", "grades": "Bien"}, "deux à vingt mentions"),
            ({"end": "other", "closes_at": "hier"}, "Dites quel jour"),
            ({"end": "other", "closes_at": "2001-01-01T10:00"}, "passée"),
            ({"end": "other", "closes_at": "2901-01-01T10:00"}, "un an au plus"),
            ({"roll": "list"}, "au moins un nom"),
            ({"roll": "subgroups"}, "au moins un sous-groupe"),
            ({"roll": "place"}, "quelle commune"),
            ({"method": "inconnue"}, "vérifiez ce champ"),
        ],
    )
    async def test_says_what_is_missing(
        self, asked: FakeServices, member: httpx.AsyncClient, changed: dict[str, str], sentence: str
    ) -> None:
        """Beside the field, with everything else kept, and nothing opened."""
        page = await member.post(AT, data={**FORM, "ouvrir": "1", "csrf": csrf(), **changed})

        assert page.status_code == 422
        assert sentence in page.text
        assert 'value="Mardi"' in page.text
        assert asked.done == []

    async def test_begins_as_a_template_says(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """The group's own way is a touch away."""
        way = TemplateTerms(method="dots", settings=Settings(budget=9), rules=Rules(quorum_roll=(1, 5)), vote_days=14)
        template = Template(template_id=UUID(int=8), group_id=GARDEN, name="Notre façon", terms=way)
        asked.answers(TemplatesOf, Templates(items=(template,), next=None))
        page = await member.get(f"{AT}&modele={UUID(int=8)}")

        assert 'name="method" value="dots" checked' in page.text
        assert 'name="end" value="14" checked' in page.text
        assert '<option value="1/5" selected>' in page.text

    async def test_begins_as_the_cancelled_poll_was(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """All of it is there to be corrected, and the new one will say what it replaces."""
        settings = Settings(budget=9, costs=(4, 5))
        asked.answers(PollOf, poll(method="budget", terms=terms(settings=settings, topic="land"), is_open=False))
        page = await member.get(f"/creer/vote?remplace={POLL}")

        assert f'name="replaces" value="{POLL}"' in page.text
        assert 'value="orchard"' in page.text
        assert 'name="cost-1" value="5"' in page.text

    async def test_is_for_members(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """Who is not in the group is told so, before anything is filled in."""
        asked.answers(GroupOf, garden(my_role=None))
        assert (await member.get(AT)).status_code == 403

    async def test_a_refusal_keeps_what_was_filled_in(self, asked: FakeServices, member: httpx.AsyncClient) -> None:
        """In the reader's words."""
        asked.answers(OpenPoll, Refused(422, "OptionsAreAlike", "…"))
        page = await member.post(AT, data={**FORM, "ouvrir": "1", "csrf": csrf()})

        assert page.status_code == 422
        assert 'value="Jeudi"' in page.text


def place(place_id: int) -> PlaceFound:
    """A place called Crest; there are two."""
    return PlaceFound(
        place_id=place_id,
        name="Crest",
        label=f"Crest ({place_id})",
        region=None,
        country="FR",
        latitude=44.7,
        longitude=5.0,
        population=8000,
        time_zone="Europe/Paris",
        insee=None,
        postcodes=(),
        source="geonames",
        matched=None,
        distance_m=None,
    )
