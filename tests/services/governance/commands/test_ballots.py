"""Ballots with marks, reasons and seals, as governance is asked for them."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from libs.contracts.governance import (
    AuditorNamed,
    BallotCast,
    BallotReplaced,
    CastBallot,
    EnterPaperBallots,
    NameAuditor,
    PaperBallotsEntered,
)
from services.governance.domain.electorate import NotASteward
from services.governance.domain.poll import EverybodyMayRead, ReasonGoesWithBlock
from tests.services.governance.conftest import ANA, BO, CY, STRANGER, Governance

SCORE: dict[str, Any] = {"method": "score", "settings": {"score_max": 5}}
BLOCKABLE: dict[str, Any] = {"method": "consent", "options": (), "allows_block": True}


class TestMarks:
    async def test_are_kept_with_the_choices(self, governance: Governance) -> None:
        """A ballot of scores says them; other scores replace them."""
        poll_id = await governance.open(**SCORE)
        first = await governance.do(CastBallot(poll_id=poll_id, choices=("wild",), marks=(5,)), by=BO)
        second = await governance.do(CastBallot(poll_id=poll_id, choices=("wild",), marks=(4,)), by=BO)

        voter = governance.voter(poll_id, BO)
        assert first.event == BallotCast(poll_id=poll_id, voter=voter, choices=("wild",), marks=(5,))
        assert second.event == BallotReplaced(choices=("wild",), marks=(4,))

    async def test_of_paper_ballots(self, governance: Governance) -> None:
        """There is a row for each sheet."""
        poll_id = await governance.open(**SCORE)
        paper = EnterPaperBallots(poll_id=poll_id, ballots=(("wild",), ()), marks=((5,), ()))
        await governance.do(paper, by=ANA)

        (entered,) = await governance.events(PaperBallotsEntered)
        assert isinstance(entered, PaperBallotsEntered)
        assert (entered.ballots, entered.marks) == ((("wild",), ()), ((5,), ()))

    def test_of_paper_ballots_are_as_many(self) -> None:
        """Rows that belong to no sheet are a mistake."""
        with pytest.raises(ValidationError, match="2 ballots and 1 rows of marks"):
            EnterPaperBallots(poll_id=UUID(int=1), ballots=(("wild",), ()), marks=((5,),))


class TestReason:
    async def test_stands_with_a_block(self, governance: Governance) -> None:
        """The group reads why somebody stops it."""
        poll_id = await governance.open(**BLOCKABLE)
        block = CastBallot(poll_id=poll_id, choices=("block",), reason="The well would run dry.")
        entry = await governance.do(block, by=BO)

        assert entry.event.reason == "The well would run dry."  # type: ignore[attr-defined]
        with pytest.raises(ReasonGoesWithBlock):
            await governance.do(CastBallot(poll_id=poll_id, choices=("block",)), by=CY)


class TestSeal:
    @pytest.mark.parametrize("terms", [{"results": "hidden"}, {"audience": "group"}])
    async def test_is_on_every_ballot(self, governance: Governance, terms: dict[str, Any]) -> None:
        """First, changed and on paper: who reads the log without the key reads no word of it."""
        poll_id = await governance.open(method="single", **terms)
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        await governance.do(CastBallot(poll_id=poll_id, choices=("orchard",)), by=BO)
        await governance.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",),)), by=ANA)

        kinds = BallotCast | BallotReplaced | PaperBallotsEntered
        sealed = [entry for entry in await governance.entries() if isinstance(entry.event, kinds)]
        assert [entry.key_id for entry in sealed] == [poll_id] * 3
        assert not any(word in entry.entry for entry in sealed for word in (b"wild", b"orchard"))

    async def test_sent_again_is_the_same_ballot(self, governance: Governance) -> None:
        """A seal differs each time; the ballot that comes twice is kept once all the same."""
        poll_id, key = await governance.open(method="single", results="hidden"), UUID(int=99)
        cast = CastBallot(poll_id=poll_id, choices=("wild",))
        first = await governance.do(cast, by=BO, key=key)
        again = await governance.do(cast, by=BO, key=key)

        assert first.entry == again.entry
        assert len(await governance.events(BallotCast)) == 1

    async def test_is_not_on_others(self, governance: Governance) -> None:
        """Public polls stay in the clear."""
        poll_id = await governance.open(method="single")
        entry = await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)

        assert entry.key_id is None
        assert b"wild" in entry.entry


class TestNameAuditor:
    async def test_by_a_steward(self, governance: Governance) -> None:
        """Who is named stands in the log, with the steward who answers for it; twice is once."""
        poll_id = await governance.open(audience="group")
        named = await governance.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)
        again = await governance.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=ANA)

        assert named.event == AuditorNamed(auditor_id=STRANGER)
        assert named.actor == str(ANA)
        assert again.position == named.position

    async def test_not_by_others(self, governance: Governance) -> None:
        """No member, and nobody for themselves."""
        poll_id = await governance.open(audience="group")
        for who in (BO, STRANGER):
            with pytest.raises(NotASteward):
                await governance.do(NameAuditor(poll_id=poll_id, auditor_id=STRANGER), by=who)

    async def test_of_a_public_poll_is_needless(self, governance: Governance) -> None:
        """And refused."""
        with pytest.raises(EverybodyMayRead):
            await governance.do(NameAuditor(poll_id=await governance.open(), auditor_id=STRANGER), by=ANA)
