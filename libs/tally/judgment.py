"""
Majority judgment: a ballot gives each option a grade in words, and the best majority grade wins.

An option's majority grade is the median of its grades: more than half of the judges find it that good or better. With
an even number of judges it is the lower of the two in the middle. Between equal majority grades the *majority value*
decides: one such grade is taken away from each, and the medians of what is left are compared, and so on.

Everybody who gives any grade judges every option; an option not judged has the worst grade. A blank ballot judges none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from libs.tally.ballot import BLANK, Ballot
from libs.tally.order import outcome_by
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll


def judgment(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    grades = poll.settings.grades
    judges_count = sum(ballots.values()) - ballots.get(BLANK, 0)
    profiles = _profiles(poll, ballots, judges_count)
    # The grades are numbered from the best: the best of an option's first `bounds[g]` judges gave `g` or better.
    bounds = [tuple(accumulate(profile)) for profile in profiles]
    steps = sorted({step for each in bounds for step in _steps(each, judges_count)})
    values = [_majority_value(each, judges_count, steps) for each in bounds]

    rows = [(f"grade {grade}", [profile[place] for profile in profiles]) for place, grade in enumerate(grades)]
    if judges_count:
        rows.append(("median", [-value[0] for value in values]))
    worst = _majority_value((0,) * (len(grades) - 1) + (judges_count,), judges_count, steps)
    return outcome_by(values, rows, poll, ballots, none=worst)


def _profiles(poll: Poll, ballots: Mapping[Ballot, int], judges_count: int) -> list[list[int]]:
    """Return how often each option has each grade, the best first."""
    places = {option: place for place, option in enumerate(poll.options)}
    worst = len(poll.settings.grades) - 1
    profiles = [[0] * worst + [judges_count] for _ in places]
    for (choices, marks), number in ballots.items():
        for choice, grade in zip(choices, marks, strict=True):
            profiles[places[choice]][worst] -= number
            profiles[places[choice]][grade] += number
    return profiles


def _steps(bounds: Sequence[int], judges_count: int) -> Iterable[int]:
    """Return after how many pairs that are taken away from the middle another grade may come up, on either side."""
    half = judges_count // 2
    yield from range(min(1, half))
    for bound in bounds:
        for step in (bound - (judges_count - half), half - bound):
            if 0 <= step < half:
                yield step


def _majority_value(bounds: Sequence[int], judges_count: int, steps: Sequence[int]) -> tuple[int, ...]:
    """
    Return the grades that come up as medians are taken away one by one, negative so that the better is the higher.

    They are taken from the middle outwards, first from the worse side, then from the better, and so on; an odd middle
    one goes first. Runs of equal pairs are shortened to one: *steps* are where a run of any option begins.
    """
    half = judges_count // 2
    value = [-bisect_right(bounds, half)] if judges_count % 2 else []
    for step in steps:
        value.append(-bisect_right(bounds, judges_count - half + step))
        value.append(-bisect_right(bounds, half - 1 - step))
    return tuple(value)
