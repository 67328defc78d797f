"""From ballots to a declared result, by every method: what is declared is what anybody counts from the log."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from libs import tally
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.results import outcome_sha256
from libs.contracts.governance import (
    CancelPoll,
    CastBallot,
    ClosePoll,
    CountedOutcome,
    EnterPaperBallots,
    PollClosed,
    ResultDeclared,
    ResultOf,
    RoundsCounted,
)
from libs.eventlog.log import ENTRY_BYTES_MAX
from services.governance.reactions.counting import count_what_is_closed
from tests.services.governance.conftest import ANA, BO, CY
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres

OPTIONS = ("orchard", "playground", "wild")
Said = tuple[tuple[str, ...], tuple[int, ...]]

METHODS: dict[str, tuple[dict[str, Any], list[Said], tuple[str, ...]]] = {
    "approval": ({}, [(("wild", "orchard"), ()), (("orchard",), ()), ((), ())], ("orchard",)),
    "single": ({}, [(("wild",), ()), (("wild",), ()), (("orchard",), ())], ("wild",)),
    "consent": ({}, [(("yes",), ()), (("yes",), ()), (("no",), ())], ("yes",)),
    "ranked": ({}, [(("wild", "orchard"), ()), (("orchard",), ()), (("orchard", "wild"), ())], ("orchard",)),
    "stv": ({"seats": 2}, [(("wild",), ()), (("wild", "orchard"), ()), (("orchard",), ())], ("orchard", "wild")),
    "schulze": ({}, [(("wild", "orchard"), (1, 1)), (("orchard",), ()), (("wild",), ())], ()),
    "borda": ({}, [(("wild", "orchard"), (1, 2)), (("orchard", "wild"), ()), (("wild",), ())], ("wild",)),
    "score": ({"score_max": 5}, [(("wild", "orchard"), (5, 0)), (("orchard",), (4,)), ((), ())], ("wild",)),
    "judgment": (
        {"grades": ("good", "fair", "bad")},
        [(("wild", "orchard"), (0, 1)), (("wild",), (0,)), (("orchard",), (0,))],
        ("wild",),
    ),
    "dots": ({"budget": 10}, [(("wild", "orchard"), (7, 3)), (("orchard",), (5,)), ((), ())], ("orchard",)),
    "budget": (
        {"budget": 30, "costs": (10, 20, 30)},
        [(("orchard", "playground"), ()), (("orchard", "playground"), ()), (("wild",), ())],
        ("orchard", "playground"),
    ),
    "date": ({}, [(("wild", "orchard"), (2, 1)), (("orchard",), (1,)), (("wild",), (0,))], ("orchard",)),
}
"""Settings, three ballots, and who wins by them where no lot is needed."""


async def opened(house: Readers, method: str, **differing: Any) -> UUID:
    """A poll by *method* with the settings that it has here."""
    options = () if method == "consent" else OPTIONS
    settings = METHODS[method][0] | {"draws_ties": method != "consent"}
    return await house.decided.open(method=method, options=options, settings=settings, **differing)


async def vote(house: Readers, poll_id: UUID, method: str) -> None:
    """Two members vote, and the third ballot is on paper."""
    *cast, paper = METHODS[method][1]
    for who, (choices, marks) in zip((ANA, BO), cast, strict=True):
        await house.decided.do(CastBallot(poll_id=poll_id, choices=choices, marks=marks), by=who)
    choices, marks = paper
    rows = (marks,) if marks else ()
    await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(choices,), marks=rows), by=ANA)


@pytest.mark.parametrize("method", tally.METHODS)
@pytest.mark.parametrize("results", ["running", "hidden"])
async def test_every_method_ends_in_a_result(house: Readers, method: str, results: str) -> None:
    """What members and paper say is counted on the poll's own terms, hidden until then or not."""
    poll_id = await opened(house, method, results=results, rules={"quorum_ballots": 3})
    await vote(house, poll_id, method)
    await house.close(poll_id)

    result = await house.ask(ResultOf(poll_id=poll_id))
    settings, said, winners = METHODS[method]
    ballots = [tally.Ballot(*each) for each in said]
    again = tally.count(
        method,
        result.options,
        ballots,
        seed=bytes.fromhex(result.seed),
        settings=tally.Settings(**settings, draws_ties=method != "consent"),
        rules=tally.Rules(quorum_ballots=3),
        voters_count=3,
    )
    outcome = CountedOutcome.model_validate(again.as_plain())
    assert {name: getattr(result, name) for name in CountedOutcome.model_fields} == dict(outcome)
    assert result.outcome_sha256 == outcome_sha256(again)
    assert result.ballots_sha256 == tally.ballots_sha256(Counter(ballots))
    assert result.paper_ballots_count == 1
    assert not winners or result.winners == winners


async def test_the_seed_is_the_root_of_the_log_at_the_close(house: Readers) -> None:
    """Anybody with the log's entries up to the close draws the same lots; what comes behind changes nothing."""
    await opened(house, "single")
    poll_id = await opened(house, "single", may_close_early=True)
    closed = await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
    await opened(house, "single")
    await house.count()

    entries = [entry.entry for entry in await house.decided.entries()]
    result = await house.ask(ResultOf(poll_id=poll_id))
    assert result.seed == root_over([leaf_hash(entry) for entry in entries[: closed.position]]).hex()
    assert result.closed_position == closed.position


async def test_a_tie_is_drawn_from_the_seed(house: Readers) -> None:
    """Of two that are level one wins, by the lot that anybody can draw again."""
    poll_id = await opened(house, "single")
    for who, option in ((ANA, "wild"), (BO, "orchard")):
        await house.cast(poll_id, who, option)
    await house.close(poll_id)

    result = await house.ask(ResultOf(poll_id=poll_id))
    assert len(result.winners) == 1
    assert result.rounds[0].tie.seed == result.seed


async def test_a_quorum_that_is_missed_is_said(house: Readers) -> None:
    """Who leads is shown, and that it does not bind."""
    poll_id = await opened(house, "single", rules={"quorum_roll": (2, 3)})
    await house.cast(poll_id, ANA, "wild")
    await house.close(poll_id)

    result = await house.ask(ResultOf(poll_id=poll_id))
    assert result.winners == ("wild",)
    assert (result.verdict.quorum_needed, result.verdict.quorum_is_met, result.verdict.is_passed) == (2, False, False)
    assert result.rules.quorum_roll == (2, 3)


async def test_one_block_stops_it(house: Readers) -> None:
    """Two are for it, and one who says why stops it."""
    poll_id = await house.decided.open(method="consent", options=(), allows_block=True, rules={})
    for who in (ANA, BO):
        await house.cast(poll_id, who, "yes")
    await house.decided.do(CastBallot(poll_id=poll_id, choices=("block",), reason="The well would run dry."), by=CY)
    await house.close(poll_id)

    result = await house.ask(ResultOf(poll_id=poll_id))
    assert result.winners == ("no",)
    assert (result.verdict.support, result.verdict.blocks_count) == (2, 1)


async def test_what_was_cancelled_is_not_counted(house: Readers) -> None:
    """A mistake has no result."""
    poll_id = await opened(house, "single")
    await house.cast(poll_id, ANA, "wild")
    await house.decided.do(CancelPoll(poll_id=poll_id, reason="An option is missing."), by=ANA)
    await house.level()

    assert await count_what_is_closed(house.world) == []


async def test_results_of_a_group_alone_are_sealed(house: Readers) -> None:
    """However long it is, a result for the group alone is entries that strangers cannot read."""
    options = tuple(f"option {n:03} " + "x" * 40 for n in range(200))
    poll_id = await house.decided.open(options=options, method="schulze", audience="group")
    await house.decided.do(CastBallot(poll_id=poll_id, choices=options[:100]), by=ANA)
    await house.decided.do(CastBallot(poll_id=poll_id, choices=options[::-1]), by=BO)
    await house.close(poll_id)

    counted = [e for e in await house.decided.entries() if isinstance(e.event, ResultDeclared | RoundsCounted)]
    assert len(counted) > 5
    assert all(entry.key_id == poll_id and len(entry.entry) <= ENTRY_BYTES_MAX for entry in counted)
    assert not any(b"option" in entry.entry.replace(b'"options"', b"") for entry in counted)
    assert (await house.ask(ResultOf(poll_id=poll_id, asker=BO))).rounds_count > 200


async def test_the_longest_tie_of_a_group_alone_fits(house: Readers) -> None:
    """Options as long as a sealed poll takes, and all of them win: the result is declared all the same."""
    options = tuple(f"{n:03}" + "é" * 31 for n in range(500))
    settings = {"score_max": 1000, "draws_ties": False}
    poll_id = await house.decided.open(options=options, method="score", audience="group", settings=settings)
    marks = (1000,) * 500
    await house.decided.do(CastBallot(poll_id=poll_id, choices=options, marks=marks), by=ANA)
    await house.close(poll_id)

    assert len((await house.ask(ResultOf(poll_id=poll_id, asker=ANA))).winners) == 500


async def test_a_hidden_poll_publishes_its_key_with_the_close(house: Readers) -> None:
    """With the key anybody opens every ballot of it, and the opening committed to that key."""
    poll_id = await opened(house, "single", results="hidden")
    await house.cast(poll_id, ANA, "wild")
    await house.close(poll_id)

    (closed,) = await house.decided.events(PollClosed)
    assert isinstance(closed, PollClosed)
    assert closed.key == house.decided.secrets.keys.key(poll_id).hex()
