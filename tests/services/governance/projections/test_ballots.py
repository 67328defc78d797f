"""Ballots in rows: what counts, and what was said before."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts.governance import BallotReplaced, CastBallot, ClosePoll, EnterPaperBallots, WithdrawBallot
from tests.services.governance.conftest import ANA, BO, NOON
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def said(house: Readers, table: str) -> list[tuple[Any, ...]]:
    """What the rows of a table of ballots say, in the log's order."""
    await house.level()
    rows = await house.pool.fetch(f"SELECT choices, marks, reason FROM {table} ORDER BY position")
    return [tuple(row) for row in rows]


async def change(house: Readers, poll_id: UUID) -> None:
    """Ana votes, votes otherwise, takes it back and votes again; Bo votes once."""
    await house.cast(poll_id, ANA, "wild")
    await house.cast(poll_id, BO, "orchard")
    await house.cast(poll_id, ANA, "orchard")
    await house.decided.do(WithdrawBallot(poll_id=poll_id), by=ANA)
    await house.cast(poll_id, ANA, "playground")
    await house.cast(poll_id, ANA, "wild")


@pytest.mark.parametrize("step", [1, 2, 3, 500])
async def test_what_was_said_before_is_kept(house: Readers, step: int) -> None:
    """One row says what counts; each word before it has a row of its own, however the entries come together."""
    poll_id = await house.decided.open(method="single")
    await change(house, poll_id)
    await house.level(step=step)

    assert await said(house, "ballot") == [(["orchard"], [], None), (["wild"], [], None)]
    assert await said(house, "replaced_ballot") == [
        (["wild"], [], None),
        (["orchard"], [], None),
        (None, None, None),
        (["playground"], [], None),
    ]


async def test_a_first_ballot_is_one_row(house: Readers) -> None:
    """Who votes once leaves nothing behind."""
    poll_id = await house.decided.open(method="single")
    await house.cast(poll_id, ANA, "wild")

    assert len(await said(house, "ballot")) == 1
    assert await said(house, "replaced_ballot") == []


async def test_nothing_is_replaced_behind_the_close(house: Readers) -> None:
    """A change that the log has behind the close replaces nothing, neither what counts nor what was before."""
    poll_id = await house.decided.open(method="single")
    first = await house.cast(poll_id, ANA, "wild")
    house.decided.now = NOON
    await house.decided.do(ClosePoll(poll_id=poll_id))
    voter = house.decided.voter(poll_id, ANA)
    await house.late(poll_id, BallotReplaced(choices=("orchard",)), voter, version=2, after=first.position)

    assert await said(house, "ballot") == [(["wild"], [], None)]
    assert await said(house, "replaced_ballot") == []


async def test_marks_and_reasons_are_kept(house: Readers) -> None:
    """What a ballot says of its options stands beside them, and so does why it blocks."""
    score = await house.decided.open(method="score", settings={"score_max": 5})
    await house.decided.do(CastBallot(poll_id=score, choices=("wild", "orchard"), marks=(5, 0)), by=ANA)
    consent = await house.decided.open(method="consent", options=(), allows_block=True)
    await house.decided.do(CastBallot(poll_id=consent, choices=("block",), reason="No water."), by=ANA)

    assert await said(house, "ballot") == [(["wild", "orchard"], [5, 0], None), (["block"], [], "No water.")]


async def test_paper_ballots_that_say_the_same_are_one_row(house: Readers) -> None:
    """Alike are those with the same marks too."""
    poll_id = await house.decided.open(method="score", settings={"score_max": 5})
    ballots, marks = (("wild",), ("wild",), ("wild",), ()), ((5,), (5,), (4,), ())
    await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=ballots, marks=marks), by=ANA)
    await house.level()

    rows = await house.pool.fetch("SELECT choices, marks, times FROM paper_ballot ORDER BY marks, times")
    assert [tuple(row) for row in rows] == [([], [], 1), (["wild"], [4], 1), (["wild"], [5], 2)]
