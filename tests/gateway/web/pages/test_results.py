"""The pages of results: what members, strangers and stewards are shown, in every state of a vote."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    AgreeTask,
    BallotsIn,
    Customs,
    CustomsOf,
    DelegationsIn,
    FollowUp,
    FollowUpOf,
    MoveTask,
    NamedBallot,
    NamedBallots,
    Objections,
    ObjectionsTo,
    OwnBallotIn,
    PlanReview,
    PollOf,
    RaiseObjection,
    ResultOf,
    Tally,
    TallyOf,
    Task,
)
from libs.contracts.groups import GroupOf, GroupView, Members, Membership, MembersOf
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from libs.errors import Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import csrf
from tests.gateway.web.results.test_told import CASES, ELM, NOON, OAK, POLL, TREES, Vote, own

GROUP = UUID("4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
TASK = UUID("7a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11")
URL = f"/v/{POLL}/resultat"


def group(role: Any = "steward") -> GroupView:
    """The group of the vote, as somebody in that role sees it."""
    return GroupView(
        group_id=GROUP, parent_id=None, name="Jardin", purpose="Cultiver", place=None, admission="open",
        members_count=2, founded_at=NOON, my_role=role, charter_sha256="0" * 64, charter_keys=(), threshold=1,
        stewards_count=1, subgroups_count=0, have_asked=False, requests_count=None,
    )  # fmt: skip


def task(**changes: Any) -> Task:
    """Something that Bo does."""
    usual = {"task_id": TASK, "poll_id": POLL, "what": "Commander les arbres", "elector": BO, "member_id": BO}
    usual |= {"due_on": None, "state": "open", "note": None, "agreed_at": NOON, "moved_at": NOON, "position": 5}
    return Task(**usual | changes)


@pytest.fixture
def town(fake: FakeServices) -> FakeServices:
    """A vote that was counted, and a group that Ana tends."""
    counted(fake, Vote("ranked", [[OAK], [OAK], [ELM], [ELM], ["Frêne", OAK]]))
    fake.answers(GroupOf, group())
    fake.answers(OwnBallotIn, own("Frêne", OAK))
    fake.answers(
        FollowUpOf, FollowUp(poll_id=POLL, review_on=None, review_fell_due_at=None, tasks=(task(),), next=None)
    )
    fake.answers(ObjectionsTo, Objections(items=(), next=None))
    fake.answers(
        CustomsOf,
        Customs(
            group_id=GROUP, audience="everyone", delegations="none", carry_max=None, objection_days=7, position=None
        ),
    )
    fake.answers(ProfilesOf, Profiles(profiles=(Profile(id=BO, handle="Bo", is_former=False),)))
    fake.answers(MembersOf, Members(items=(Membership(member_id=BO, role="member", since=NOON),), next=None))
    return fake


def counted(fake: FakeServices, vote: Vote, **changes: Any) -> None:
    """Have the services tell of *vote*; *changes* are to the poll."""
    fake.answers(PollOf, vote.poll.model_copy(update={"group_id": GROUP, **changes}))
    fake.answers(ResultOf, vote.result)
    fake.answers(TallyOf, vote.tally)


async def test_a_result_begins_with_a_sentence(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Then the drawing, hidden, and the table that says the same; one's own ballot is in both."""
    page = (await member.get(URL)).text

    assert '<h1 class="headline" dir="auto">Chêne.</h1>' in page
    assert "3 voix contre 2" in page
    assert page.index("<h1") < page.index('class="flowchart') < page.index("Voix par choix et par tour")
    assert 'class="path1"' in page
    assert "pour Frêne (tour 1), puis pour Chêne (tour 2)" in page


async def test_a_stranger_reads_it_without_names_or_forms(town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """Nothing of anybody's own, and nothing to do."""
    town.answers(GroupOf, group(role=None))
    page = (await visitor.get(URL)).text

    assert "Chêne." in page
    assert "<form" not in page.replace('<form class="search', "")
    assert "bulletins" not in page.partition("<aside>")[2].partition("</aside>")[0].replace("Qui a voté", "")
    assert all(type(query) not in (OwnBallotIn, ProfilesOf) for query in town.asked)


@pytest.mark.parametrize("method", ["single", "judgment", "schulze", "budget", "date", "stv", "consent"])
async def test_every_method_has_its_page(method: Any, town: FakeServices, member: httpx.AsyncClient) -> None:
    """Each in its own form, with a table."""
    counted(town, CASES[method][0])
    town.answers(OwnBallotIn, Refused(404, "NoBallotYet", "…"))
    page = await member.get(URL)

    assert page.status_code == 200
    assert "<table" in page.text
    assert 'scope="row"' in page.text


async def test_hidden_results_stay_hidden(town: FakeServices, member: httpx.AsyncClient) -> None:
    """How many voted is told, and nothing else."""
    vote = Vote("single", [[OAK]])
    counted(town, vote, is_open=True, is_result_declared=False, closes_at=datetime.now(UTC) + timedelta(days=1))
    town.answers(TallyOf, vote.tally.model_copy(update={"is_hidden": True, "blank_count": None, "is_final": False}))
    page = (await member.get(URL)).text

    assert "Personne ne voit le compte avant la clôture" in page
    assert "<table" not in page


async def test_an_open_vote_shows_how_it_stands(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Without a winner: nothing is decided yet."""
    vote = Vote("single", [[OAK], [ELM], [OAK]])
    counts = tuple({"option": tree, "count": count} for tree, count in zip(TREES, (2, 1, 0), strict=True))
    counted(town, vote, is_open=True, is_result_declared=False, closes_at=datetime.now(UTC) + timedelta(days=1))
    town.answers(TallyOf, Tally(**vote.tally.model_dump() | {"counts": counts, "is_final": False}))
    page = (await member.get(URL)).text

    assert "Le vote est en cours." in page
    assert "Pour l’instant" in page
    assert "retenu" not in page


async def test_a_count_that_goes_on_reloads_itself(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Closed, and not declared yet."""
    counted(town, Vote("single", [[OAK]]), is_result_declared=False)
    page = (await member.get(URL)).text

    assert "Le compte se fait." in page
    assert '<meta http-equiv="refresh"' in page


async def test_a_cancelled_vote_says_why(town: FakeServices, member: httpx.AsyncClient) -> None:
    """And what replaces it."""
    counted(town, Vote("single", [[OAK]]), is_result_declared=False, cancelled_because="<i>Faute</i>", replaced_by=POLL)
    page = (await member.get(URL)).text

    assert "Ce vote est annulé." in page
    assert "&lt;i&gt;Faute" in page
    assert f'href="/v/{POLL}"' in page


async def test_a_poll_that_one_may_not_know_of_is_nothing(town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """As for an address that is none."""
    town.answers(PollOf, Refused(404, "NotFound", "…"))

    assert (await visitor.get(URL)).status_code == 404


async def test_a_steward_agrees_a_task_by_name(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Who does it is named as people call each other."""
    form = {"act": "task", "what": "Creuser", "member": "@BO", "due_on": "2031-02-01", "once": "a" * 32, "csrf": csrf()}
    done = await member.post(URL, data=form)

    assert done.status_code == 303
    command = town.done[0][0]
    assert isinstance(command, AgreeTask)
    assert (command.what, command.member_id, str(command.due_on)) == ("Creuser", BO, "2031-02-01")


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"what": ""}, "Ce champ est nécessaire"),
        ({"what": "x" * 201}, "trop long"),
        ({"member": "personne"}, "Personne de ce nom"),
        ({"due_on": "demain"}, "Cette date ne se lit pas"),
    ],
)
async def test_a_task_that_cannot_be_is_told_beside_its_form(
    changed: dict[str, str], sentence: str, town: FakeServices, member: httpx.AsyncClient
) -> None:
    """What was typed stays, and nothing is done."""
    form = {"act": "task", "what": "Creuser", "csrf": csrf(), **changed}
    page = await member.post(URL, data=form)

    assert page.status_code == 422
    assert sentence in page.text
    assert town.done == []


async def test_moving_a_task_leaves_the_rest_of_it(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Who does it and by when are said again for those who may only say how it stands."""
    form = {"act": "move", "task_id": str(TASK), "state": "done", "note": "Quarante.", "csrf": csrf()}
    await member.post(URL, data=form)

    command = town.done[0][0]
    assert isinstance(command, MoveTask)
    assert (command.state, command.member_id, command.note) == ("done", BO, "Quarante.")


async def test_a_task_of_another_vote_is_not_moved(town: FakeServices, member: httpx.AsyncClient) -> None:
    """The form names one that is not there."""
    form = {"act": "move", "task_id": str(POLL), "state": "done", "csrf": csrf()}
    page = await member.post(URL, data=form)

    assert page.status_code == 422
    assert town.done == []


async def test_a_review_and_an_objection(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Both go the way of the API."""
    await member.post(URL, data={"act": "review", "review_on": "2031-06-01", "csrf": csrf()})
    await member.post(URL, data={"act": "object", "reason": "Est-ce sûr ?", "remedy": "recount", "csrf": csrf()})

    assert [type(command) for command, _ in town.done] == [PlanReview, RaiseObjection]


async def test_a_refused_objection_keeps_its_words(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Too late is told, and nothing typed is lost."""
    town.answers(RaiseObjection, Refused(409, "ObjectionsAreOver", "…"))
    form = {"act": "object", "reason": "Est-ce </textarea> sûr ?", "remedy": "review", "csrf": csrf()}
    page = await member.post(URL, data=form)

    assert page.status_code == 422
    assert "Est-ce &lt;/textarea&gt; sûr ?" in page.text
    assert 'value="review" checked' in page.text


async def test_an_act_that_is_none_does_nothing(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Whoever made the form up."""
    page = await member.post(URL, data={"act": "erase", "csrf": csrf()})

    assert page.status_code == 422
    assert town.done == []


async def test_named_ballots_are_for_members(town: FakeServices, visitor: httpx.AsyncClient) -> None:
    """A stranger is sent to sign in, and comes back."""
    page = await visitor.get(f"/v/{POLL}/bulletins")

    assert page.status_code == 303
    assert page.headers["location"].startswith("/connexion?vers=")


async def test_named_ballots_say_who_voted_what(town: FakeServices, member: httpx.AsyncClient) -> None:
    """With what was replaced marked, and kept by no cache."""
    ballot = NamedBallot(member_id=BO, voter=BO, choices=(OAK, ELM), position=9, replaced=(7, 8))
    town.answers(BallotsIn, NamedBallots(items=(ballot,), next="plus"))
    page = await member.get(f"/v/{POLL}/bulletins")

    assert "1. Chêne" in page.text
    assert "les lignes 7 et 8 ne comptent plus" in page.text
    assert 'href="?suite=plus"' in page.text
    assert "no-store" in page.headers["cache-control"]
    assert all(type(query) is not DelegationsIn for query in town.asked)


async def test_ballots_of_hidden_results_say_only_who_voted(town: FakeServices, member: httpx.AsyncClient) -> None:
    """Until the close."""
    ballot = NamedBallot(member_id=ANA, voter=ANA, choices=None, position=9)
    town.answers(BallotsIn, NamedBallots(items=(ballot,), next=None))

    assert "Le contenu reste caché" in (await member.get(f"/v/{POLL}/bulletins")).text
