"""How a group decides, read and settled."""

from typing import Any

import httpx
import pytest

from libs.contracts.geo import PlacesLike
from libs.contracts.governance import (
    ChangeTemplate,
    CustomsOf,
    DropTemplate,
    GivePlace,
    MakeTemplate,
    OwnPlace,
    OwnPlaceIn,
    Rules,
    SetCustoms,
    Template,
    Templates,
    TemplatesOf,
    TemplateTerms,
)
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, SCRIPT, customs, quiet
from tests.gateway.web.pages.test_creating import places

AT = f"/g/{GARDEN}/charte"
FORM = {
    "name": "Tous les jours",
    "method": "consent",
    "discussion_days": "7",
    "vote_days": "3",
    "threshold": "simple",
    "quorum": "25 %",
}


CUSTOMS = {"do": "customs", "audience": "group", "delegations": "group", "carry_max": "5", "objection_days": "7"}


@pytest.fixture
def garden(fake: FakeServices) -> FakeServices:
    """The garden, where Ana is a steward, with one template."""
    quiet(fake, my_role="steward")
    fake.answers(OwnPlaceIn, OwnPlace(group_id=GARDEN, elector=BO, place_id=None))
    fake.answers(TemplatesOf, Templates(items=(template(),), next=None))
    return fake


def template(**changed: Any) -> Template:
    """The garden's template."""
    terms = TemplateTerms(method="consent", rules=Rules(quorum_roll=(1, 4)), vote_days=3, **changed)
    return Template(template_id=BO, group_id=GARDEN, name=SCRIPT, terms=terms)


class TestReading:
    async def test_strangers_may(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """How a group decides is no secret; nothing is there to be pressed."""
        quiet(fake)
        fake.answers(TemplatesOf, Templates(items=(template(),), next=None))
        page = await visitor.get(AT)

        assert "3 jours pour voter." in page.text
        assert "25 %" in page.text.replace("\u202f", " ").replace("\u00a0", " ")
        assert SCRIPT not in page.text
        assert "<button" not in page.text

    @pytest.mark.parametrize(
        "changed, says",
        [
            ({}, "Le groupe n’a rien fixé"),
            ({"audience": "group", "position": 3}, "Les membres seuls lisent"),
            ({"delegations": "none"}, "Chaque personne vote pour elle-même"),
            ({"delegations": "group", "carry_max": 5}, "de 5 autres au plus"),
            ({"objection_days": 0}, "ne se conteste pas"),
        ],
    )
    async def test_in_words(
        self, garden: FakeServices, member: httpx.AsyncClient, changed: dict[str, Any], says: str
    ) -> None:
        """Each custom has its sentence."""
        garden.answers(CustomsOf, customs(**changed))
        assert says in (await member.get(AT)).text


class TestCustoms:
    async def test_are_settled(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """One form, and the page says it in words."""
        done = await member.post(AT, data={**CUSTOMS, "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, AT)
        wanted = SetCustoms(group_id=GARDEN, audience="group", delegations="group", carry_max=5, objection_days=7)
        assert [command for command, _ in garden.done] == [wanted]

    @pytest.mark.parametrize("wrong", [{"audience": "x"}, {"carry_max": "0"}, {"objection_days": ""}])
    async def test_nonsense_is_said(
        self, garden: FakeServices, member: httpx.AsyncClient, wrong: dict[str, str]
    ) -> None:
        """Beside the field, in the form that is open still."""
        page = await member.post(AT, data={**CUSTOMS, **wrong, "csrf": csrf()})

        assert page.status_code == 422
        assert '<details class="more" open>' in page.text
        assert garden.done == []

    async def test_are_for_stewards(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """The service says who may."""
        garden.answers(SetCustoms, Refused(403, "NotASteward", "…"))
        page = await member.post(AT, data={**CUSTOMS, "csrf": csrf()})

        assert page.status_code == 422
        assert 'role="alert"' in page.text


class TestTemplates:
    async def test_one_is_made(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """The form has what a template has, and shares are read as people write them."""
        done = await member.post(f"{AT}/modele", data={**FORM, "csrf": csrf()})

        assert done.status_code == 303
        ((command, _),) = garden.done
        assert isinstance(command, MakeTemplate)
        assert command.terms.rules == Rules(quorum_roll=(25, 100))
        assert (command.terms.vote_days, command.terms.remind_hours) == (3, None)

    async def test_one_is_changed(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """The form begins with what it says now."""
        begun = (await member.get(f"{AT}/modele?modele={BO}")).text
        assert 'value="25 %"' in begun
        await member.post(f"{AT}/modele?modele={BO}", data={**FORM, "csrf": csrf()})

        ((command, _),) = garden.done
        assert isinstance(command, ChangeTemplate)
        assert command.template_id == BO

    async def test_one_of_another_group_is_none(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """Its address is nothing here."""
        assert (await member.get(f"{AT}/modele?modele={ANA}")).status_code == 404

    async def test_one_is_dropped(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """And is gone from the list."""
        done = await member.post(AT, data={"do": "drop", "template_id": str(BO), "csrf": csrf()})

        assert done.status_code == 303
        assert [command for command, _ in garden.done] == [DropTemplate(template_id=BO)]

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"quorum": "beaucoup"}, "quorum"),
            ({"quorum": "3/2"}, "quorum"),
            ({"threshold": "qualified", "share": ""}, "share"),
            ({"method": "judgment", "grades": "Bien"}, "grades"),
            ({"method": "score", "score_max": ""}, "score_max"),
            ({"name": ""}, "name"),
            ({"vote_days": "0"}, "vote_days"),
        ],
    )
    async def test_what_could_not_be_counted_is_said(
        self, garden: FakeServices, member: httpx.AsyncClient, wrong: dict[str, str], field: str
    ) -> None:
        """Beside its field, with all else kept."""
        page = await member.post(f"{AT}/modele", data={**FORM, **wrong, "csrf": csrf()})

        assert page.status_code == 422
        assert f'id="e-{field}"' in page.text
        assert garden.done == []

    async def test_the_services_own_refusal(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """Is told above the form."""
        garden.answers(MakeTemplate, Refused(422, "TemplateCannotBeCounted", "…"))
        page = await member.post(f"{AT}/modele", data={**FORM, "csrf": csrf()})

        assert page.status_code == 422
        assert "Tous les jours" in page.text

    async def test_members_make_none(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """It is for stewards."""
        quiet(fake, my_role="member")
        assert (await member.get(f"{AT}/modele")).status_code == 403


class TestMyPlace:
    async def test_is_said(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """By its name, as the gazetteer has it."""
        garden.answers(PlacesLike, places({}))
        await member.post(AT, data={"do": "place", "lieu": "Crest", "csrf": csrf()})

        assert [command for command, _ in garden.done] == [GivePlace(group_id=GARDEN, place_id=1_003_638_488)]

    async def test_is_taken_back(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """And none is said any more."""
        await member.post(AT, data={"do": "no-place", "csrf": csrf()})
        assert [command for command, _ in garden.done] == [GivePlace(group_id=GARDEN, place_id=None)]

    async def test_nowhere_is_no_place(self, garden: FakeServices, member: httpx.AsyncClient) -> None:
        """An empty field says nothing."""
        page = await member.post(AT, data={"do": "place", "lieu": " ", "csrf": csrf()})

        assert page.status_code == 422
        assert garden.done == []
