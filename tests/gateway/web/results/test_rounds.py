"""The flow of a count in rounds: made of what the count itself says, for ballots that anybody can write down."""

from typing import Any
from uuid import UUID

import pytest

from gateway.web.results.rounds import COLUMNS_MAX, flow_of, track_of
from libs.contracts.governance import Result, Round
from libs.tally import Settings, count

POLL = UUID("98470e21-6f3c-4f0e-9d53-0c2e7d1b7a45")
OAK, ELM, ASH, FIR = TREES = ("oak", "elm", "ash", "fir")


def result_of(method: str, options: tuple[str, ...], votes: list[list[str]], **settings: Any) -> Result:
    """The result that these ballots give, as the page is told it."""
    outcome = count(method, options, votes, seed=b"poll 7", settings=Settings(**settings))
    return Result(
        poll_id=POLL,
        method=method,
        options=options,
        winners=outcome.winners,
        voters_count=len(votes),
        ballots_count=len(votes),
        paper_ballots_count=0,
        blank_count=outcome.blank_count,
        settings=settings,
        unit=outcome.unit,
        quota=outcome.quota,
        closed_position=2,
        declared_position=3,
        seed=b"poll 7".hex(),
        outcome_sha256="0" * 64,
        ballots_sha256="0" * 64,
        rounds_count=len(outcome.rounds),
        rounds=tuple(
            Round(
                counts=each.counts,
                exhausted_count=each.exhausted_count,
                eliminated=each.eliminated,
                elected=each.elected,
                label=each.label,
                tie=each.tie and {"options": each.tie.options, "broken_by": each.tie.broken_by, "seed": each.tie.seed},
            )
            for each in outcome.rounds
        ),
        next=None,
    )


NEIGHBOURS = 4 * [[OAK]] + 3 * [[ELM, ASH]] + 2 * [[ASH, ELM]] + [[FIR, ASH, ELM]]


def test_votes_go_where_the_count_says() -> None:
    """The fir's ballot goes to the ash, and the ash's three to the elm; who stays, stays."""
    flow = flow_of(result_of("ranked", TREES, NEIGHBOURS), None)

    assert flow.moves == ({(0, 0): 4, (1, 1): 3, (2, 2): 2, (3, 2): 1}, {(0, 0): 4, (1, 1): 3, (2, 1): 3})
    assert flow.track == ()


def test_nothing_is_lost_between_rounds() -> None:
    """As many votes leave a round as come into the next, also those that count for nobody any more."""
    flow = flow_of(result_of("ranked", TREES, [*NEIGHBOURS, [FIR], [], [ASH]]), None)

    for before, moves, after in zip(flow.columns, flow.moves, flow.columns[1:], strict=False):
        assert sum(before.values()) == sum(moves.values()) == sum(after.values())


def test_ones_own_ballot_is_followed() -> None:
    """It counts for its first choice that is still in, and in the end for nobody if it names none."""
    result = result_of("ranked", TREES, NEIGHBOURS)

    assert track_of(result, (FIR, ASH, ELM)) == (3, 2, 1)
    assert track_of(result, (FIR,)) == (3, None, None)
    assert track_of(result, ("a tree that is not offered",)) == (None, None, None)


def test_fractions_stay_whole_numbers_of_parts() -> None:
    """By STV a vote is 100,000 parts; what is cut off counts for nobody."""
    votes = 7 * [[OAK, ELM]] + 3 * [[ASH]] + 2 * [[FIR, ELM]] + [[ELM]]
    result = result_of("stv", TREES, votes, seats=2)
    flow = flow_of(result, (OAK, ELM))

    assert flow.unit == 100_000
    assert flow.moves[0] == {
        (0, 0): 500_000,
        (0, 1): 199_997,
        (0, None): 3,
        (1, 1): 100_000,
        (2, 2): 300_000,
        (3, 3): 200_000,
    }
    assert flow.track == (0, 1, 1)


def test_an_elected_option_takes_no_ballot_by_stv() -> None:
    """A ballot that goes on passes over who has a seat already."""
    votes = 7 * [[OAK, ELM]] + 3 * [[ASH]] + 2 * [[FIR, ELM]] + [[ELM]]
    result = result_of("stv", TREES, votes, seats=2)

    assert track_of(result, (FIR, OAK, ASH)) == (3, 3, 2)


@pytest.mark.parametrize("rounds", [COLUMNS_MAX, COLUMNS_MAX + 3])
def test_a_long_count_is_drawn_from_its_end(rounds: int) -> None:
    """The last rounds are drawn, with their own numbers; the track is cut alike."""
    options = tuple(f"option {number:02}" for number in range(rounds + 1))
    votes = [
        list(dict.fromkeys((option, options[-1]))) for number, option in enumerate(options) for _ in range(number + 10)
    ]
    result = result_of("ranked", options, votes)
    flow = flow_of(result, (options[0], options[-1]))

    assert len(flow.columns) == min(len(result.rounds), COLUMNS_MAX)
    assert flow.first_number == len(result.rounds) - len(flow.columns) + 1
    assert len(flow.track) == len(flow.columns)
