"""Ballots on paper: sheets are put together on the page, entered whole or not at all, and struck for a reason."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.contracts.governance import (
    EnterPaperBallots,
    PaperBatch,
    PaperBatches,
    PaperBatchesIn,
    Settings,
    StrikePaperBatch,
)
from libs.errors import Refused
from tests.gateway.conftest import BO, FakeServices
from tests.gateway.test_governance import POLL
from tests.gateway.web.conftest import csrf
from tests.gateway.web.pages.polls_said import AT, SCRIPT, answers, poll, terms

PAPER = f"{AT}/papier"
BATCH = UUID("f0000000-0000-4000-8000-000000000001")


def batch(**changed: Any) -> PaperBatch:
    """Twelve ballots that Bo entered."""
    usual = {
        "batch_id": BATCH,
        "ballots_count": 12,
        "entered_at": datetime(2026, 11, 20, 18, tzinfo=UTC),
        "entered_by": BO,
        "position": 41,
        "struck_because": None,
    }
    return PaperBatch(**{**usual, **changed})


@pytest.fixture
def hall(fake: FakeServices) -> FakeServices:
    """A poll that takes paper, seen by a steward; nothing is entered yet."""
    answers(fake, role="steward", allows_paper=True)
    fake.answers(PaperBatchesIn, PaperBatches(items=(), next=None))
    return fake


def sheets(page: httpx.Response) -> list[str]:
    """The sheets that stand in the form that enters them."""
    form = page.text.partition('name="enregistrer"')[0]
    return [unescape(value) for value in re.findall(r'name="sheet" value="([^"]*)"', form)]


class TestEntering:
    async def test_is_sheet_by_sheet_and_then_all_at_once(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """A sheet is filled in like any ballot; nothing goes into the log before all of them do, in their order."""
        first = await member.post(PAPER, data={"o1": "1", "o0": "2", "times": "2", "csrf": csrf()})
        assert "2 feuilles prêtes" in first.text
        second = await member.post(PAPER, data={"sheet": sheets(first), "blanc": "1", "csrf": csrf()})
        assert "3 feuilles prêtes" in second.text
        assert hall.done == []

        done = await member.post(PAPER, data={"sheet": sheets(second), "enregistrer": "1", "once": "w", "csrf": csrf()})
        assert (done.status_code, done.headers["location"]) == (303, PAPER)
        ballots = (("wild", "orchard"), ("wild", "orchard"), ())
        assert [each for each, _ in hall.done] == [EnterPaperBallots(poll_id=POLL, ballots=ballots)]
        assert hall.keys == ["w"]

    async def test_takes_a_sheet_away_again(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """The others stay."""
        kept = ['{"times":1,"choices":["wild"],"marks":[]}', '{"times":4,"choices":["orchard"],"marks":[]}']
        page = await member.post(PAPER, data={"sheet": kept, "ote": "0", "csrf": csrf()})

        assert sheets(page) == kept[1:]

    async def test_gives_each_ballot_its_marks(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """A method with marks has a row for each ballot, for a blank one an empty row."""
        answers(hall, role="steward", allows_paper=True, method="score", terms=terms(settings=Settings(score_max=5)))
        kept = ['{"times":1,"choices":["wild"],"marks":[4]}', '{"times":1,"choices":[],"marks":[]}']
        await member.post(PAPER, data={"sheet": kept, "enregistrer": "1", "csrf": csrf()})

        assert [each for each, _ in hall.done] == [
            EnterPaperBallots(poll_id=POLL, ballots=(("wild",), ()), marks=((4,), ()))
        ]

    async def test_asks_no_sheet_why_it_blocks(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """The log has no room for what somebody wrote on paper, so the page does not ask for it."""
        answers(hall, role="steward", allows_paper=True, method="consent", options=("yes", "no", "block"))
        page = await member.post(PAPER, data={"choix": "2", "csrf": csrf()})

        assert sheets(page) == ['{"times":1,"choices":["block"],"marks":[]}']
        assert 'id="reason"' not in page.text

    async def test_keeps_the_sheets_when_they_are_refused(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """Nobody types forty sheets twice."""
        hall.answers(EnterPaperBallots, Refused(409, "PollIsClosed", "…"))
        kept = ['{"times":1,"choices":["wild"],"marks":[]}']
        page = await member.post(PAPER, data={"sheet": kept, "enregistrer": "1", "csrf": csrf()})

        assert page.status_code == 422
        assert sheets(page) == kept

    @pytest.mark.parametrize("forged", ["", "nonsense", "[]", '{"times":0,"choices":[]}', '{"times":501,"choices":[]}'])
    async def test_enters_nothing_that_it_cannot_read(
        self, hall: FakeServices, member: httpx.AsyncClient, forged: str
    ) -> None:
        """What stands in the page may have been changed; it is left out and said."""
        page = await member.post(PAPER, data={"sheet": forged, "enregistrer": "1", "csrf": csrf()})

        assert page.status_code == 422
        assert hall.done == []

    @pytest.mark.parametrize("times", ["0", "-1", "501", "many", "499"])
    async def test_of_no_more_than_go_in_together(
        self, hall: FakeServices, member: httpx.AsyncClient, times: str
    ) -> None:
        """500 ballots are one batch at most; those that stand there already count."""
        kept = ['{"times":2,"choices":["wild"],"marks":[]}']
        page = await member.post(PAPER, data={"sheet": kept, "o0": "1", "times": times, "csrf": csrf()})

        assert page.status_code == 422
        assert sheets(page) == kept


class TestBatches:
    async def test_are_shown_with_who_entered_them(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """What was struck stays, with why."""
        struck = batch(batch_id=UUID(int=2), struck_because=f"Saisi deux fois {SCRIPT}")
        hall.answers(PaperBatchesIn, PaperBatches(items=(batch(), struck), next=None))
        page = await member.get(PAPER)

        assert page.text.count("12 bulletins") == 2
        assert "<bdi>bo</bdi>" in page.text
        assert "Saisi deux fois &lt;script&gt;" in page.text
        assert page.text.count('name="annuler"') == 1

    async def test_are_struck_for_a_reason(self, hall: FakeServices, member: httpx.AsyncClient) -> None:
        """Without one they are not."""
        hall.answers(PaperBatchesIn, PaperBatches(items=(batch(),), next=None))
        refused = await member.post(PAPER, data={"annuler": str(BATCH), "reason": " ", "csrf": csrf()})
        assert (refused.status_code, hall.done) == (422, [])
        await member.post(PAPER, data={"annuler": str(BATCH), "reason": "Deux fois.", "csrf": csrf()})

        assert [each for each, _ in hall.done] == [StrikePaperBatch(poll_id=POLL, batch_id=BATCH, reason="Deux fois.")]

    @pytest.mark.parametrize("role, changed", [("member", {}), (None, {}), ("steward", {"is_open": False})])
    async def test_are_all_that_others_see(
        self, hall: FakeServices, member: httpx.AsyncClient, role: str | None, changed: dict[str, Any]
    ) -> None:
        """Only a steward enters, and only while the poll is open."""
        answers(hall, role=role, allows_paper=True, **changed)
        hall.answers(PaperBatchesIn, PaperBatches(items=(batch(),), next=None))
        page = await member.get(PAPER)

        assert page.status_code == 200
        assert 'name="csrf"' not in page.text.partition("<main")[2]


@pytest.mark.parametrize("role, is_linked", [("steward", True), ("member", False)])
async def test_the_ballot_leads_there_for_stewards(
    hall: FakeServices, member: httpx.AsyncClient, role: str, is_linked: bool
) -> None:
    """Where one looks for it, and only for those who may."""
    answers(hall, role=role, allows_paper=True)
    assert ("Saisir des bulletins sur papier" in (await member.get(AT)).text) is is_linked
    assert poll().allows_paper is False
