"""The ballot's page: whom it lets vote, what it keeps, and what it says when a ballot did not go in."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from gateway.services import ServiceIsAway
from libs.contracts.governance import (
    BallotEntry,
    CastBallot,
    OwnBallotIn,
    OwnDelegationIn,
    PendingPoll,
    PendingPolls,
    PendingPollsOf,
    PollOf,
    Polls,
    PollsOf,
    Proposals,
    ProposalsOf,
    TallyOf,
    WithdrawBallot,
)
from libs.contracts.groups import GroupDirectory, Groups
from libs.errors import NotFound, Refused
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.groups_said import GARDEN, brief
from tests.gateway.web.pages.polls_said import AT, OFF_ROLL, SCRIPT, answers, own, poll, tally, terms

BALLOT = {"o1": "1", "o0": "2"}


class TestTheBallot:
    async def test_is_there_to_be_filled_in(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Works without a script: a menu for each option, and a button that says what it does."""
        answers(fake)
        page = await member.get(AT)

        assert page.status_code == 200
        assert page.text.count("<select") == 2
        assert "Déposer mon bulletin" in page.text
        assert "no-store" in page.headers["cache-control"]

    async def test_goes_in_as_the_api_takes_it(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """One form, one command, and the receipt."""
        answers(fake)
        done = await member.post(AT, data={**BALLOT, "csrf": csrf()})

        assert (done.status_code, done.headers["location"]) == (303, f"{AT}/recu")
        assert [command for command, _ in fake.done] == [CastBallot(poll_id=POLL, choices=("wild", "orchard"))]

    async def test_shows_what_counts_and_what_did(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The own ballot is filled in; of its history one line counts."""
        answers(fake)
        before = BallotEntry(choices=("wild",), position=60, counts=False)
        now = BallotEntry(choices=("orchard",), position=68, counts=True)
        fake.answers(OwnBallotIn, own("orchard", history=(before, now)))
        page = await member.get(AT)

        assert '<option value="1" selected>' in page.text
        assert "Vous avez voté." in page.text
        assert page.text.count("Celui-ci compte") == 1
        assert page.text.count("Ne compte plus") == 1
        assert "Reprendre mon bulletin" in page.text

    async def test_is_taken_back(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """While the poll is open."""
        answers(fake)
        await member.post(AT, data={"reprendre": "1", "csrf": csrf()})

        assert [command for command, _ in fake.done] == [WithdrawBallot(poll_id=POLL)]

    async def test_keeps_what_was_filled_in(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Two options of one rank are sent back as they were, with a sentence, and nothing goes in."""
        answers(fake)
        page = await member.post(AT, data={"o0": "2", "o1": "2", "csrf": csrf()})

        assert page.status_code == 422
        assert "Deux choix ont le même rang" in page.text
        assert page.text.count('<option value="2" selected>') == 2
        assert fake.done == []

    async def test_too_late_did_not_go_in(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """What happened, that it does not count, and when it closed."""
        answers(fake, closes_at=datetime.now(UTC) - timedelta(seconds=1))
        fake.answers(CastBallot, Refused(409, "PollIsClosed", "…"))
        page = await member.post(AT, data={**BALLOT, "csrf": csrf()})

        assert page.status_code == 422
        assert "Votre bulletin n’est pas parti." in page.text
        assert "Rien n’a été enregistré" in page.text

    async def test_may_be_there_or_not(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """Where the node did not answer, the page does not say that nothing happened: it says where to look."""
        answers(fake)
        fake.answers(CastBallot, ServiceIsAway("…"))
        page = await member.post(AT, data={**BALLOT, "csrf": csrf()})

        assert page.status_code == 503
        assert "Nous ne savons pas si votre bulletin est arrivé" in page.text
        assert f"{AT}/recu" in page.text
        assert 'name="o1" value="1"' in page.text

    async def test_of_another_is_not_cast(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """A form that another site sends casts nothing."""
        answers(fake)
        refused = await member.post(AT, data={**BALLOT, "csrf": csrf()}, headers={"Sec-Fetch-Site": "cross-site"})

        assert refused.status_code == 403
        assert fake.done == []

    @pytest.mark.parametrize("method", ["single", "approval", "schulze", "borda"])
    async def test_runs_no_script(self, fake: FakeServices, member: httpx.AsyncClient, method: str) -> None:
        """What people wrote is text, wherever it stands."""
        answers(fake, method=method, question=SCRIPT, explanation=SCRIPT, options=(SCRIPT, "a" * 200))
        page = await member.get(AT)

        assert page.status_code == 200
        assert SCRIPT not in page.text


class TestWhoMayNotVote:
    async def test_a_stranger_is_asked_who_they_are(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """Question, options and rules are theirs to read; there is no ballot."""
        answers(fake, role=None)
        page = await visitor.get(AT)

        assert page.status_code == 200
        assert f"/connexion?vers=%2Fv%2F{POLL}" in page.text
        assert "orchard" in page.text
        assert "Déposer" not in page.text

    async def test_a_member_off_the_roll_is_told_since_when(
        self, fake: FakeServices, member: httpx.AsyncClient
    ) -> None:
        """And where to say that the roll is wrong."""
        answers(fake)
        fake.answers(OwnDelegationIn, OFF_ROLL)
        page = await member.get(AT)

        assert "Vous n’êtes pas sur la liste de ce vote, figée le" in page.text
        assert f"{AT}/liste" in page.text
        assert "Déposer" not in page.text

    async def test_a_poll_of_a_group_alone_is_nothing(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """For others it is not there."""
        fake.answers(PollOf, NotFound("…"))
        assert (await visitor.get(AT)).status_code == 404

    async def test_a_cancelled_poll_says_why_and_what_instead(
        self, fake: FakeServices, member: httpx.AsyncClient
    ) -> None:
        """Nothing in it counts; the one in its place is a touch away, or can be opened."""
        answers(fake, is_open=False, cancelled_because=SCRIPT)
        page = await member.get(AT)
        assert "Rien de ce qui y a été voté ne compte" in page.text
        assert "&lt;script&gt;" in page.text
        assert f"/creer/vote?remplace={POLL}" in page.text

        other = UUID(int=77)
        answers(fake, is_open=False, cancelled_because="…", replaced_by=other)
        assert f"/v/{other}" in (await member.get(AT)).text

    async def test_a_closed_poll_leads_to_its_result(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """And, as long as it is counted, says so."""
        answers(fake, is_open=False, is_result_declared=True)
        assert f"{AT}/resultat" in (await member.get(AT)).text
        answers(fake, is_open=False)
        assert "Le compte arrive" in (await member.get(AT)).text


class TestWhatIsKnown:
    async def test_hidden_results_are_hidden(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """How many voted is shown, and no count."""
        answers(fake, terms=terms(results="hidden"))
        fake.answers(TallyOf, tally(ballots_count=2, is_hidden=True, blank_count=None))
        page = await member.get(AT)

        assert "Résultat caché" in page.text
        assert "2 bulletins sur 3" in page.text
        assert "compte provisoire" not in page.text

    async def test_the_agenda_shows_what_waits(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """What waits for one's voice comes first; proposals, open votes and results are of one's groups."""
        answers(fake)
        fake.answers(GroupDirectory, Groups(items=(brief(),), next=None))
        waiting = PendingPoll(
            poll_id=POLL,
            group_id=GARDEN,
            question=SCRIPT,
            method="ranked",
            closes_at=poll().closes_at,
            was_reminded=False,
        )
        fake.answers(PendingPollsOf, PendingPolls(items=(waiting,), next=None))
        fake.answers(PollsOf, Polls(items=(), next=None))
        fake.answers(ProposalsOf, Proposals(items=(), next=None))
        page = await member.get("/votes")

        assert f'href="{AT}#bulletin"' in page.text
        assert SCRIPT not in page.text

    async def test_the_agenda_is_for_strangers_too(self, fake: FakeServices, visitor: httpx.AsyncClient) -> None:
        """They see what is public, and how to come in."""
        fake.answers(GroupDirectory, Groups(items=(), next=None))
        page = await visitor.get("/votes")

        assert page.status_code == 200
        assert "/connexion" in page.text


class TestWhenItEnded:
    async def test_is_said_where_a_steward_closed_it_early(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The hour that was announced is not when it ended."""
        closed_at = datetime.now(UTC) - timedelta(hours=3)
        answers(fake, is_open=False, closed_at=closed_at, closed_position=30)

        assert "avant l’heure prévue" in (await member.get(AT)).text

    async def test_is_its_hour_where_nobody_did(self, fake: FakeServices, member: httpx.AsyncClient) -> None:
        """The clock of governance closes a moment behind it."""
        closes_at = datetime.now(UTC) - timedelta(hours=3)
        closed_at = closes_at + timedelta(seconds=1)
        answers(fake, is_open=False, closes_at=closes_at, closed_at=closed_at, closed_position=30)

        assert "avant l’heure prévue" not in (await member.get(AT)).text


async def test_who_opened_it_is_named(fake: FakeServices, member: httpx.AsyncClient) -> None:
    """Where governance says it, which is to members."""
    answers(fake, opened_by=BO)
    assert "par <bdi>bo</bdi>" in (await member.get(AT)).text
    answers(fake, opened_by=None)
    assert "<bdi>bo</bdi>" not in (await member.get(AT)).text


async def test_what_changes_while_one_votes_is_live_and_the_ballot_is_not(
    fake: FakeServices, member: httpx.AsyncClient
) -> None:
    """Nothing is taken from under the hands of who fills it in."""
    answers(fake)
    page = (await member.get(AT)).text

    for part in ("state", "standing"):
        assert f'<div id="{part}" data-island="live" data-live-group="{GARDEN}"' in page
    assert '<div id="state"' in page.partition('<form id="bulletin"')[0]
    assert page.index("</div>", page.index('<div id="state"')) < page.index('<form id="bulletin"')
