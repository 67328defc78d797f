"""
Elections to try promises on: any that hypothesis can think of, and a real one.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from libs.tally import Ballot, Outcome

ROOT = Path(__file__).parents[3]
SEED = b"the seed of these tests"


class Election(NamedTuple):
    """What is put to the voters, and what they say: the arguments of a count."""

    method: str
    options: tuple[str, ...]
    ballots: tuple[Ballot, ...]


@st.composite
def elections(draw: st.DrawFn, *methods: str) -> Election:
    """An election by one of *methods*, of up to 6 options and 25 ballots, all valid."""
    method = draw(st.sampled_from(methods))
    options = draw(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=6, unique=True))
    most = 1 if method == "single" else len(options)
    ballot = st.lists(st.sampled_from(options), max_size=most, unique=True).map(tuple)
    return Election(method, tuple(options), tuple(draw(st.lists(ballot, max_size=25))))


def minneapolis_2013() -> tuple[tuple[str, ...], Counter[Ballot]]:
    """The candidates, and how often each ranking was cast; the marks that are no candidates passed over."""
    data = json.loads((ROOT / "tests/data/minneapolis-2013-mayor.json").read_text(encoding="utf-8"))
    words, marks = data["words"], {"undervote", "overvote", "UWI"}
    ballots: Counter[Ballot] = Counter()
    for number, *places in data["lines"]:
        names = [words[place] for place in places]
        ballots[tuple(dict.fromkeys(name for name in names if name not in marks))] += number
    return tuple(word for word in words if word not in marks), ballots


def table(outcome: Outcome) -> list[dict[str, int]]:
    """The counts of each round under the options' names, without those that have left."""
    return [
        {name: votes for name, votes in zip(outcome.options, round_.counts, strict=True) if votes is not None}
        for round_ in outcome.rounds
    ]


def names(outcome: Outcome, places: Sequence[int]) -> list[str]:
    """The options that stand at *places*."""
    return [outcome.options[place] for place in places]
