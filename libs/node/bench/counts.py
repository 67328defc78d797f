"""How long a large election takes to count by each method that ranks, and by majority judgment."""

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from libs.node.ballot_file import How, read_ballots
from libs.tally import Ballot, Settings, count_weighted

CANDIDATES_COUNT = 35
BALLOTS_COUNT = 80_101
RANKS_COUNT = 3
"""As many as in the election of Minneapolis' mayor in 2013, which a made one has the size of."""

GRADES = ("first", "second", "third", "not named")

Election = tuple[tuple[str, ...], Mapping[tuple[str, ...], int]]
"""The options, and how often each ranking was cast."""


def made_election(seed: int = 1) -> Election:
    """Return an election of that size; the same *seed* makes the same one."""
    random = Random(seed)  # noqa: S311 - a bench wants the same numbers again
    options = tuple(f"Candidate {number:02}" for number in range(CANDIDATES_COUNT))
    weights = [1 / (1 + number) for number in range(CANDIDATES_COUNT)]
    ballots: Counter[tuple[str, ...]] = Counter()
    for _ in range(BALLOTS_COUNT):
        drawn = dict.fromkeys(random.choices(options, weights, k=RANKS_COUNT))
        ballots[tuple(drawn)] += 1
    return options, ballots


def election_in(path: Path) -> Election:
    """
    Return the election in a CSV file, read as `plaanet election` reads it.

    Raises:
        MalformedFile: It is none.
    """
    file = read_ballots(path, How(method="ranked"))
    return file.options, Counter(file.ballots)


def counts(election: Election) -> dict[str, Any]:
    """Return how long each method takes, in seconds, and whom it elects."""
    options, rankings = election
    plain = {Ballot(ranking): number for ranking, number in rankings.items()}
    judged = {Ballot(ranking, tuple(range(len(ranking)))): number for ranking, number in rankings.items()}
    ways: Mapping[str, tuple[Mapping[Ballot, int], Settings]] = {
        "ranked": (plain, Settings()),
        "schulze": (plain, Settings()),
        "stv": (plain, Settings(seats=3)),
        "judgment": (judged, Settings(grades=GRADES)),
    }
    found = {}
    for method, (ballots, settings) in ways.items():
        started = time.perf_counter()
        outcome = count_weighted(method, options, ballots, seed=bytes(32), settings=settings)
        found[method] = {"duration_s": round(time.perf_counter() - started, 2), "winners": list(outcome.winners)}
    return {"ballots": sum(rankings.values()), "distinct": len(rankings), "by": found}
