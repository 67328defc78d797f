"""The pages of texts: proposing, speaking, supporting, amending, versions, and who may do what."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    Amendment,
    AmendmentOf,
    Amendments,
    AmendmentsOf,
    Difference,
    DifferenceBetween,
    MakeAmendment,
    MakeProposal,
    MakeStatement,
    Proposal,
    ProposalOf,
    PutAmendmentToVote,
    PutProposalToVote,
    RefuseAmendment,
    ReviseProposal,
    Statement,
    Statements,
    StatementsOn,
    SupportProposal,
    TakeAmendmentBack,
    TakeAmendmentIn,
    TakeProposalBack,
    TakeStatementBack,
    Templates,
    TemplatesOf,
    TemplateTerms,
    Version,
    VersionOf,
    Versions,
    VersionsOf,
    VersionSummary,
)
from libs.contracts.groups import GroupDirectory, GroupOf, Groups
from libs.contracts.identity import Profiles, ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.test_results import GROUP, group

TEXT = UUID("1a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
AMENDMENT = UUID("2a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
SAID = UUID("3a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
NOW = datetime.now(UTC)
EVIL = "<script>alert(1)</script>"
CHANGED = Difference(
    title=(("=", "Un verger"),), lines=((("=", "Ouvert "), ("-", "à tous"), ("+", "à chacun")), (("+", EVIL),))
)


def proposal(**changes: Any) -> Proposal:
    """A text of Ana's, in discussion."""
    usual: dict[str, Any] = {
        "proposal_id": TEXT, "title": "Un verger", "author": ANA, "member_id": ANA, "version_number": 1,
        "topic": None, "made_at": NOW, "discussion_until": NOW + timedelta(days=3), "supporters_count": 1,
        "support_needed": 2, "phase": "discussion", "poll_id": None, "group_id": GROUP,
        "text": f"## Le champ\n\n{EVIL} **ouvert**", "text_sha256": "0" * 64, "template_id": None,
        "terms": TemplateTerms(method="consent"), "audience": "everyone", "is_supported": False,
        "support_reached_at": None, "put_to_vote_at": None, "decided_at": None, "taken_back_at": None,
        "taken_back_because": None, "position": 3,
    }  # fmt: skip
    return Proposal(**usual | changes)


def amendment(**changes: Any) -> Amendment:
    """Bo's wording for Ana's text."""
    usual: dict[str, Any] = {
        "amendment_id": AMENDMENT, "proposal_id": TEXT, "author": BO, "member_id": BO, "of_version": 1,
        "title": "Un verger", "why": "Pour les abeilles", "state": "open", "reason": None, "poll_id": None,
        "version_number": None, "made_at": NOW, "position": 4, "text": "…", "text_sha256": "0" * 64,
        "difference": CHANGED,
    }  # fmt: skip
    return Amendment(**usual | changes)


def statement(**changes: Any) -> Statement:
    """Something that Ana said."""
    usual: dict[str, Any] = {
        "statement_id": SAID, "author": ANA, "member_id": ANA, "side": "for", "words": f"Oui {EVIL}",
        "salt": "00", "text_sha256": "0" * 64, "made_at": NOW, "position": 5,
    }  # fmt: skip
    return Statement(**usual | changes)


@pytest.fixture
def town(fake: FakeServices) -> FakeServices:
    """Ana's text, and what is said of it."""
    fake.answers(GroupOf, group("member"))
    fake.answers(ProposalOf, proposal())
    fake.answers(StatementsOn, Statements(items=(statement(),), next=None))
    fake.answers(AmendmentsOf, Amendments(items=(amendment(),), next=None))
    fake.answers(AmendmentOf, amendment())
    fake.answers(DifferenceBetween, CHANGED)
    fake.answers(ProfilesOf, Profiles(profiles=()))
    fake.answers(TemplatesOf, Templates(items=(), next=None))
    fake.answers(GroupDirectory, Groups(items=(), next=None))
    first = VersionSummary(
        version_number=1, title="Un verger", text_sha256="0" * 64, amendment_id=None, made_at=NOW, position=3
    )
    fake.answers(VersionsOf, Versions(items=(first,), next=None))
    fake.answers(VersionOf, Version(**first.model_dump(), proposal_id=TEXT, text=EVIL))
    return fake


@pytest.mark.parametrize("path", [f"/t/{TEXT}", f"/t/{TEXT}/versions", f"/t/{TEXT}/amendements/{AMENDMENT}"])
async def test_everybody_reads_what_is_public(path: str, town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """Strangers have nothing to fill in, and nothing that anybody wrote runs."""
    town.answers(GroupOf, group(None))
    page = await visitor.get(path)

    assert page.status_code == 200
    assert EVIL not in page.text
    assert 'method="post"' not in page.text
    assert all(type(query) is not ProfilesOf for query in town.asked)


async def test_a_difference_is_read_without_colour(town: FakeServices, member: httpx.AsyncClient) -> None:
    """What went and what came is marked up as such, and told to the ear."""
    town.answers(ProposalOf, proposal(version_number=2))
    page = (await member.get(f"/t/{TEXT}/versions?de=1&a=2")).text

    assert "<del>" in page
    assert "supprimé" in page
    assert "<ins>" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("query", ["?de=0&a=99", "?de=x&a=-1", "?de=²&a=1", "?de=99999999999999&a="])
async def test_versions_that_are_none_are_the_nearest(
    query: str, town: FakeServices, member: httpx.AsyncClient
) -> None:
    """An address that somebody typed is no reason to fail."""
    assert (await member.get(f"/t/{TEXT}/versions{query}")).status_code == 200


@pytest.mark.parametrize(
    "form, command",
    [
        ({"act": "support"}, SupportProposal),
        ({"act": "say", "side": "question", "words": "Et les abeilles ?"}, MakeStatement),
        ({"act": "unsay", "statement_id": str(SAID)}, TakeStatementBack),
        ({"act": "back", "reason": ""}, TakeProposalBack),
        ({"act": "vote"}, PutProposalToVote),
    ],
)
async def test_each_act_is_one_command(
    form: dict[str, str], command: type, town: FakeServices, member: httpx.AsyncClient
) -> None:
    """The same as over the API, and back to the page."""
    done = await member.post(f"/t/{TEXT}", data={**form, "csrf": csrf()})

    assert done.status_code == 303
    assert [type(each) for each, _ in town.done] == [command]


@pytest.mark.parametrize(
    "form",
    [
        {"act": "say", "side": "shout", "words": "Non"},
        {"act": "say", "side": "for", "words": "   "},
        {"act": "unsay", "statement_id": "x"},
        {"act": "vote", "closes_at": "bientôt"},
        {"act": "burn"},
    ],
)
async def test_what_cannot_be_is_not_done(form: dict[str, str], town: FakeServices, member: httpx.AsyncClient) -> None:
    """It is told on the page."""
    page = await member.post(f"/t/{TEXT}", data={**form, "csrf": csrf()})

    assert page.status_code == 422
    assert 'role="alert"' in page.text or form["act"] in ("vote", "unsay")
    assert town.done == []


async def test_an_electing_method_needs_its_choices(town: FakeServices, member: httpx.AsyncClient) -> None:
    """One a line; for a budget each with its cost."""
    town.answers(ProposalOf, proposal(phase="ready", terms=TemplateTerms(method="ranked")))
    few = await member.post(f"/t/{TEXT}", data={"act": "vote", "options": "Un seul", "csrf": csrf()})
    assert few.status_code == 422
    assert "au moins deux choix" in few.text

    terms = TemplateTerms(method="budget", settings={"budget": 500})
    town.answers(ProposalOf, proposal(phase="ready", terms=terms))
    bad = await member.post(f"/t/{TEXT}", data={"act": "vote", "options": "Un banc\nUn puits : 3", "csrf": csrf()})
    assert bad.status_code == 422
    await member.post(
        f"/t/{TEXT}",
        data={
            "act": "vote",
            "options": "Un banc : 1 240\r\nUn puits: 3",
            "closes_at": "2031-01-02T20:00",
            "csrf": csrf(),
        },
    )
    (command,) = [each for each, _ in town.done]
    assert isinstance(command, PutProposalToVote)
    assert command.options == ("Un banc", "Un puits")
    assert command.settings is not None
    assert (command.settings.costs, command.settings.budget) == ((1240, 3), 500)
    assert command.closes_at == datetime(2031, 1, 2, 19, tzinfo=UTC)


async def test_a_text_is_proposed(town: FakeServices, member: httpx.AsyncClient) -> None:
    """To a group that one is in; and the form comes back as it was where it was refused."""
    form = {
        "group_id": str(GROUP),
        "title": "Un verger",
        "text": "Ouvert.",
        "topic": "",
        "support_needed": "",
        "csrf": csrf(),
    }
    assert (await member.post("/creer/texte", data=form)).status_code == 303
    assert isinstance(town.done[0][0], MakeProposal)

    town.answers(MakeProposal, Refused(413, "TextIsTooLong", "…"))
    page = await member.post("/creer/texte", data={**form, "text": "</textarea>" + EVIL})
    assert page.status_code == 422
    assert EVIL not in page.text
    assert "&lt;/textarea&gt;" in page.text


@pytest.mark.parametrize("query", ["", "?groupe=x", f"?groupe={GROUP}"])
async def test_a_group_that_one_is_not_in_is_not_offered(
    query: str, town: FakeServices, member: httpx.AsyncClient
) -> None:
    """One chooses among one's own."""
    town.answers(GroupOf, group(None))
    page = await member.get(f"/creer/texte{query}")

    assert page.status_code == 200
    assert "Il faut d’abord un groupe" in page.text


async def test_a_version_that_came_between_is_shown_and_nothing_is_lost(
    town: FakeServices, member: httpx.AsyncClient
) -> None:
    """The next sending is for the version that was shown."""
    town.answers(ProposalOf, proposal(version_number=2, text="Le nouveau texte."))
    town.answers(ReviseProposal, Refused(409, "TextHasChanged", "…"))
    form = {"title": "Le mien", "text": "Mes mots.", "of_version": "1", "csrf": csrf()}
    page = await member.post(f"/t/{TEXT}/modifier", data=form)

    assert page.status_code == 422
    assert "Mes mots." in page.text
    assert "Le nouveau texte." in page.text
    assert 'name="of_version" value="2"' in page.text


async def test_an_amendment_is_made(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Filled in with the text that stands; sent for that version."""
    assert "Le champ" in (await member.get(f"/t/{TEXT}/amender")).text
    form = {"title": "Un verger", "text": "Autrement.", "of_version": "1", "why": "", "csrf": csrf()}
    done = await member.post(f"/t/{TEXT}/amender", data=form)

    assert done.status_code == 303
    assert isinstance(town.done[0][0], MakeAmendment)


@pytest.mark.parametrize(
    "form, command",
    [
        ({"act": "take in"}, TakeAmendmentIn),
        ({"act": "refuse", "reason": "Trop long."}, RefuseAmendment),
        ({"act": "vote", "closes_at": ""}, PutAmendmentToVote),
        ({"act": "back"}, TakeAmendmentBack),
    ],
)
async def test_each_answer_to_an_amendment_is_one_command(
    form: dict[str, str], command: type, town: FakeServices, member: httpx.AsyncClient
) -> None:
    """Whether the member may, is for the service to say."""
    done = await member.post(f"/t/{TEXT}/amendements/{AMENDMENT}", data={**form, "csrf": csrf()})

    assert done.status_code == 303
    assert [type(each) for each, _ in town.done] == [command]


@pytest.mark.parametrize(
    "text, change, offered, kept_back",
    [
        ({}, {}, "Reprendre cet amendement", "Retirer mon amendement"),
        ({"member_id": BO}, {"member_id": ANA}, "Retirer mon amendement", "Reprendre cet amendement"),
        ({"member_id": BO}, {"member_id": ANA, "state": "refused"}, "Ouvrir le vote", "Reprendre cet amendement"),
        ({"version_number": 2}, {}, "Le texte a changé depuis", "Reprendre cet amendement"),
        ({"phase": "adopted"}, {}, "à discuter", "Reprendre cet amendement"),
    ],
)
async def test_each_is_offered_what_they_may(
    *,
    text: dict[str, Any],
    change: dict[str, Any],
    offered: str,
    kept_back: str,
    town: FakeServices,
    member: httpx.AsyncClient,
) -> None:
    """The text's author, the amendment's, and nobody once it is over."""
    town.answers(ProposalOf, proposal(**text))
    town.answers(AmendmentOf, amendment(**change))
    page = (await member.get(f"/t/{TEXT}/amendements/{AMENDMENT}")).text

    assert offered in page
    assert kept_back not in page


async def test_an_amendment_of_another_text_is_nothing(town: FakeServices, member: httpx.AsyncClient) -> None:
    """The address has to be true as a whole."""
    town.answers(AmendmentOf, amendment(proposal_id=AMENDMENT))

    assert (await member.get(f"/t/{TEXT}/amendements/{AMENDMENT}")).status_code == 404


@pytest.mark.parametrize("path", ["/creer/texte", f"/t/{TEXT}/modifier", f"/t/{TEXT}/amender"])
async def test_writing_needs_a_member(path: str, town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """A stranger signs in first, and comes back."""
    page = await visitor.get(path)

    assert page.status_code == 303
    assert "/connexion?vers=" in page.headers["location"]


async def test_words_that_were_taken_back_are_gone(town: FakeServices, member: httpx.AsyncClient) -> None:
    """That something was said stays."""
    town.answers(StatementsOn, Statements(items=(statement(words=None, salt=None),), next=None))
    page = (await member.get(f"/t/{TEXT}")).text

    assert "Ces mots ont été effacés" in page
    assert "Effacer mes mots" not in page
