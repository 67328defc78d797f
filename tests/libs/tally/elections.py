"""
Elections to try promises on: any that hypothesis can think of, and a real one.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from libs.tally import Ballot, Outcome, Settings, count

ROOT = Path(__file__).parents[3]
SEED = b"the seed of these tests"
GRADES = ("good", "fair", "poor")


class Election(NamedTuple):
    """What is put to the voters, and what they say."""

    method: str
    options: tuple[str, ...]
    ballots: tuple[Ballot, ...]
    settings: Settings = Settings()

    def outcome(self, seed: bytes = SEED) -> Outcome:
        """What a count of it says."""
        return count(self.method, self.options, self.ballots, seed=seed, settings=self.settings)

    def reordered(self, options: Sequence[str]) -> "Election":
        """The same with its options, and their costs, in another order."""
        costs = dict(zip(self.options, self.settings.costs, strict=False))
        settings = replace(self.settings, costs=tuple(costs[option] for option in options if costs))
        return self._replace(options=tuple(options), settings=settings)


@st.composite
def elections(draw: st.DrawFn, *methods: str) -> Election:
    """An election by one of *methods*, of up to 6 options and 25 ballots, all valid."""
    method = draw(st.sampled_from(methods))
    names = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=6, unique=True)
    options = ("yes", "no", "abstain", "block") if method == "consent" else tuple(draw(names))
    settings = draw(_settings(method, options))
    ballots = draw(st.lists(_ballots(method, options, settings), max_size=25))
    return Election(method, options, tuple(ballots), settings)


@st.composite
def _settings(draw: st.DrawFn, method: str, options: Sequence[str]) -> Settings:
    draws_ties = draw(st.booleans())
    match method:
        case "score":
            return Settings(score_max=draw(st.integers(1, 10)), draws_ties=draws_ties)
        case "judgment":
            return Settings(grades=GRADES, draws_ties=draws_ties)
        case "stv":
            return Settings(seats=draw(st.integers(1, len(options))), draws_ties=draws_ties)
        case "dots":
            return Settings(budget=draw(st.integers(1, 10)), draws_ties=draws_ties)
        case "budget":
            budget = draw(st.integers(1, 30))
            costs = draw(st.lists(st.integers(1, budget), min_size=len(options), max_size=len(options)))
            return Settings(budget=budget, costs=tuple(costs), draws_ties=draws_ties)
        case _:
            return Settings(draws_ties=draws_ties)


@st.composite
def _ballots(draw: st.DrawFn, method: str, options: Sequence[str], settings: Settings) -> Ballot:
    most = 1 if method in ("single", "consent") else len(options)
    choices = tuple(draw(st.lists(st.sampled_from(options), max_size=most, unique=True)))
    match method:
        case "score":
            marks = st.integers(0, settings.score_max or 0)
        case "judgment":
            marks = st.integers(0, len(GRADES) - 1)
        case "date":
            marks = st.integers(0, 2)
        case "dots":
            left, dots = settings.budget or 0, []
            for _ in choices[:left]:
                dots.append(draw(st.integers(1, max(1, left - len(choices)))))
                left -= dots[-1]
            fitting = [number for place, number in enumerate(dots) if sum(dots[: place + 1]) <= (settings.budget or 0)]
            return Ballot(choices[: len(fitting)], tuple(fitting))
        case "schulze" | "borda":
            if draw(st.booleans()):
                return Ballot(choices)
            ranks = draw(st.lists(st.integers(1, len(options)), min_size=len(choices), max_size=len(choices)))
            return Ballot(choices, tuple(sorted(ranks)))
        case _:
            return Ballot(choices)
    return Ballot(choices, tuple(draw(st.lists(marks, min_size=len(choices), max_size=len(choices)))))


def minneapolis_2013() -> tuple[tuple[str, ...], Counter[Ballot]]:
    """The candidates, and how often each ranking was cast; the marks that are no candidates passed over."""
    data = json.loads((ROOT / "tests/data/minneapolis-2013-mayor.json").read_text(encoding="utf-8"))
    words, marks = data["words"], {"undervote", "overvote", "UWI"}
    ballots: Counter[Ballot] = Counter()
    for number, *places in data["lines"]:
        names = [words[place] for place in places]
        ballots[Ballot(tuple(dict.fromkeys(name for name in names if name not in marks)))] += number
    return tuple(word for word in words if word not in marks), ballots


def pollokshields_2007() -> tuple[tuple[str, ...], Counter[Ballot]]:
    """The candidates for three seats, and how often each ranking was cast."""
    data = json.loads((ROOT / "tests/data/glasgow-2007-pollokshields.json").read_text(encoding="utf-8"))
    words = tuple(data["words"])
    return words, Counter({Ballot(tuple(words[place] for place in places)): times for times, *places in data["lines"]})


def weighted(*lines: tuple[int, str]) -> dict[Ballot, int]:
    """
    Ballots written as words: `(3, "oak elm")` is cast three times.

    Marks follow a colon: `oak:5 elm:0`.
    """
    ballots = {}
    for number, line in lines:
        words = [word.partition(":") for word in line.split()]
        ballots[Ballot(tuple(word for word, _, _ in words), tuple(int(mark) for _, _, mark in words if mark))] = number
    return ballots


def drawn(*options: str, seed: bytes = SEED) -> str:
    """Draw the lot by hand: the option with the highest wins."""
    return max(options, key=lambda option: sha256(seed + option.encode()).hexdigest())


def table(outcome: Outcome) -> list[dict[str, int]]:
    """The counts of each round under the options' names, without those that have left."""
    return [
        {name: votes for name, votes in zip(outcome.options, round_.counts, strict=True) if votes is not None}
        for round_ in outcome.rounds
    ]


def names(outcome: Outcome, places: Sequence[int]) -> list[str]:
    """The options that stand at *places*."""
    return [outcome.options[place] for place in places]
