"""
Methods that give each option a value: the highest wins, and all of them stand in an order.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import settle
from libs.tally.outcome import Outcome, Round
from libs.tally.poll import Poll

Row = tuple[str, Sequence[int]]
"""A label, and a number for each option."""


def outcome_by(
    keys: Sequence[Any],
    rows: Sequence[Row],
    poll: Poll,
    ballots: Mapping[Ballot, int],
    *,
    none: Any,
    unit: int = 1,
) -> Outcome:
    """
    Return the outcome of a poll in which the option with the highest of *keys* wins, unless that key is *none*.

    It has a round for each of *rows*, which show how the keys came about; a tie stands in the last.
    """
    ranking = ranking_by(keys)
    # What no ballot supports does not win, even if nothing else is supported either.
    first = ranking[0] if keys[ranking[0][0]] != none else ()
    winners, tie = settle(first, poll)
    blank_count = ballots.get(BLANK, 0)
    rounds = [Round(tuple(counts), exhausted_count=blank_count, label=label) for label, counts in rows[:-1]]
    label, counts = rows[-1]
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=sum(ballots.values()),
        blank_count=blank_count,
        rounds=(*rounds, Round(tuple(counts), exhausted_count=blank_count, tie=tie, label=label)),
        winners=tuple(poll.options[place] for place in winners),
        unit=unit,
        ranking=ranking,
    )


def ranking_by(keys: Sequence[Any]) -> tuple[tuple[int, ...], ...]:
    """Return the places of *keys* from the highest to the lowest, equal ones together."""
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return tuple(tuple(places[key]) for key in sorted(places, reverse=True))


def marks_sum(poll: Poll, ballots: Mapping[Ballot, int]) -> list[int]:
    """Return the sum of all marks of each option."""
    places = {option: place for place, option in enumerate(poll.options)}
    sums = [0] * len(places)
    for (choices, marks), number in ballots.items():
        for choice, mark in zip(choices, marks, strict=True):
            sums[places[choice]] += number * mark
    return sums
