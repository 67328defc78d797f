"""The pages of groups: the directory, what happens in one, and its door."""

import httpx
import pytest

from libs.contracts.governance import (
    OwnBallot,
    OwnBallotIn,
    PendingPoll,
    PendingPolls,
    PendingPollsOf,
    Polls,
    PollsOf,
    PollSummary,
    Result,
    ResultOf,
    Rules,
    Tally,
    TallyOf,
)
from libs.contracts.groups import GroupDirectory, GroupOf, Groups, JoinGroup, LeaveGroup
from libs.errors import NotFound, Refused
from tests.gateway.conftest import ANA, BO, FakeServices
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, SCRIPT, brief, garden, quiet

AT = f"/g/{GARDEN}"
POLL = GARDEN


def poll(**changed: object) -> PollSummary:
    """An open poll of the garden, but for what is said."""
    said: dict[str, object] = {
        "poll_id": POLL,
        "question": "Quel arbre ?",
        "method": "approval",
        "opened_at": "2026-03-01T08:00:00Z",
        "closes_at": "2999-03-08T18:00:00Z",
        "topic": None,
        "results": "running",
        "audience": "everyone",
        "is_open": True,
        "is_cancelled": False,
        "is_result_declared": False,
    }
    return PollSummary.model_validate({**said, **changed})


def tally(ballots_count: int, rules: Rules | None = None) -> Tally:
    """How it stands."""
    return Tally(
        poll_id=POLL,
        method="approval",
        voters_count=10,
        ballots_count=ballots_count,
        paper_ballots_count=0,
        blank_count=0,
        counts=(),
        rules=rules,
        is_final=False,
    )


class TestDirectory:
    async def test_shows_strangers_what_there_is(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Without an account: all groups, the newest first, nothing of anybody's own."""
        fake.answers(GroupDirectory, Groups(items=(brief(),), next="more"))
        page = await visitor.get("/groupes")

        assert "Jardin partagé" in page.text
        assert "Les miens" not in page.text
        assert "/groupes?apres=more" in page.text

    async def test_says_how_to_begin(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A node without a group asks for the first."""
        quiet(fake)
        assert "Fonder le premier" in (await visitor.get("/groupes")).text

    async def test_finds(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """What is searched for is asked for as typed, however long, and stays in the field."""
        quiet(fake)
        page = await visitor.get("/groupes", params={"q": f"  {SCRIPT} " + "x" * 500})

        (asked,) = (query for query in fake.asked if isinstance(query, GroupDirectory))
        assert len(asked.words or "") == 100
        assert SCRIPT not in page.text
        assert "Aucun groupe ne dit cela." in page.text


class TestFeed:
    async def test_is_quiet_at_first(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A new group says what it is for, and lets one in."""
        quiet(fake)
        page = await visitor.get(AT)

        assert page.status_code == 200
        assert "Cultiver ensemble" in page.text
        assert "Se connecter pour rejoindre" in page.text
        assert "Le groupe est fondé" in page.text

    async def test_shows_names_to_nobody_outside(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Who is in it, and who came, its members know alone: nobody else's page even asks."""
        quiet(fake)
        assert "bo" not in _words((await member.get(AT)).text)
        quiet(fake, my_role="member")
        shown = _words((await member.get(AT)).text)
        assert {"ana", "bo", "Bienvenue"} <= shown

    async def test_what_others_write_is_words(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A script in a name or a question stands there to be read, and does nothing."""
        quiet(fake, name=SCRIPT, purpose=SCRIPT)
        fake.answers(PollsOf, Polls(items=(poll(question=SCRIPT),), next=None))
        fake.answers(TallyOf, tally(1))
        fake.answers(ResultOf, NotFound("…"))
        page = await visitor.get(AT)

        assert SCRIPT not in page.text
        assert "&lt;script&gt;" in page.text

    async def test_a_vote_that_waits_calls(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """It has the one button, how many have voted, and where the quorum is."""
        quiet(fake, my_role="member")
        fake.answers(PollsOf, Polls(items=(poll(),), next=None))
        fake.answers(ResultOf, NotFound("…"))
        fake.answers(TallyOf, tally(3, Rules(quorum_roll=(1, 2))))
        pending = PendingPoll(
            poll_id=POLL, group_id=GARDEN, question="?", method="approval", closes_at="2999-01-01T00:00:00Z",
            was_reminded=False,
        )  # fmt: skip
        fake.answers(PendingPollsOf, PendingPolls(items=(pending,), next=None))
        page = await member.get(AT)

        assert f'<a class="btn" href="/v/{POLL}">Voter' in page.text
        assert "3 voix sur 10" in page.text
        assert "quorum pas encore atteint" in page.text
        assert "--q:50.0%" in page.text

    @pytest.mark.parametrize("choices, says", [(("Figuier",), "A voté"), (None, "Voir le vote")])
    async def test_a_vote_that_has_ones_ballot_does_not(
        self, fake: FakeServices, member: httpx.AsyncClient, choices: tuple[str, ...] | None, says: str
    ) -> None:
        """Who has voted is told so; who took their ballot back may look."""
        quiet(fake, my_role="member")
        fake.answers(PollsOf, Polls(items=(poll(),), next=None))
        fake.answers(ResultOf, NotFound("…"))
        fake.answers(TallyOf, tally(3))
        fake.answers(OwnBallotIn, OwnBallot(poll_id=POLL, ballot_id=BO, voter=BO, choices=choices, position=3))

        assert says in (await member.get(AT)).text

    async def test_tells_what_was_decided(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """In one sentence, without a page more."""
        quiet(fake)
        over = poll(is_open=False, is_result_declared=True, closes_at="2026-03-08T18:00:00Z")
        fake.answers(PollsOf, Polls(items=(over,), next=None))
        fake.answers(TallyOf, NotFound("…"))
        fake.answers(ResultOf, result())
        page = await visitor.get(AT)

        assert "Choisi" in page.text
        assert "Figuier" in page.text
        assert "7 voix sur 10" in page.text

    async def test_nothing_at_an_address_that_is_none(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """A group that nobody founded, and an id that is half one, are nothing."""
        fake.answers(GroupOf, Refused(404, "NotFound", "…"))
        assert (await visitor.get(AT)).status_code == 404
        assert (await visitor.get("/g/98470e21")).status_code == 404


class TestDoor:
    async def test_one_goes_in(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """One press, and one is back on the group's page."""
        quiet(fake)
        done = await member.post(AT, data={"do": "join", "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, AT)
        assert [command for command, _ in fake.done] == [JoinGroup(group_id=GARDEN)]

    async def test_one_goes_out(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """With how many are there, as the last steward's leaving asks for."""
        quiet(fake, my_role="member", members_count=4)
        await member.post(AT, data={"do": "leave", "csrf": csrf()})

        assert [command for command, _ in fake.done] == [LeaveGroup(group_id=GARDEN, members_count=4)]

    async def test_says_why_not(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The last steward reads why they stay, on the group's own page."""
        quiet(fake, my_role="steward")
        fake.answers(LeaveGroup, Refused(409, "LastSteward", "…"))
        page = await member.post(AT, data={"do": "leave", "csrf": csrf()})

        assert page.status_code == 422
        assert "intendance" in page.text
        assert 'role="alert"' in page.text

    @pytest.mark.parametrize(
        "changed, says",
        [
            ({"admission": "approval"}, "Demander à entrer"),
            ({"admission": "approval", "have_asked": True}, "Votre demande attend."),
            ({"stewards_count": 0}, "plus d’intendance"),
            ({"my_role": "member"}, "Quitter le groupe"),
            ({"my_role": "steward", "requests_count": 2}, "2 personnes demandent à entrer"),
            ({"my_role": "steward", "members_count": 1}, "la seule personne"),
        ],
    )
    async def test_says_how_it_stands(
        self, fake: FakeServices, member: httpx.AsyncClient, changed: dict[str, object], says: str
    ) -> None:
        """Open, closed, asked, orphaned, inside, alone: each has its words."""
        quiet(fake, **changed)
        assert says in (await member.get(AT)).text.replace("\u00a0", " ")

    async def test_strangers_sign_in_first(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Without an account nothing is done."""
        quiet(fake)
        refused = await visitor.post(AT, data={"do": "join", "csrf": csrf()})

        assert refused.status_code in (401, 403)
        assert fake.done == []

    async def test_does_nothing_else(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A button that the page has not, and a form of another session."""
        quiet(fake)
        assert (await member.post(AT, data={"do": "burn", "csrf": csrf()})).status_code == 422
        assert (await member.post(AT, data={"do": "join"})).status_code == 403
        assert fake.done == []


async def test_a_subgroup_leads_up(fake: FakeServices, visitor: httpx.AsyncClient) -> None:
    """Its page names the group that it is part of."""
    quiet(fake, parent_id=ANA)
    assert f'href="/g/{garden().group_id}"' in (await visitor.get(AT)).text


def result() -> Result:
    """The fig tree has it, seven to three."""
    return Result(
        poll_id=POLL, method="approval", options=("Figuier", "Tilleul"), winners=("Figuier",), voters_count=10,
        ballots_count=7, paper_ballots_count=0, blank_count=0, closed_position=4, declared_position=5, seed="00",
        outcome_sha256="0" * 64, ballots_sha256="0" * 64, rounds_count=1, rounds=(), next=None,
    )  # fmt: skip


def _words(html: str) -> set[str]:
    """The words between tags."""
    text = html.replace("<", " <").replace(">", "> ")
    return {word.strip(".,:;") for word in text.split()}
