"""
Schulze: a ballot ranks options, level ones too, and who is beaten by nobody along the strongest path wins.

One option beats another with as many votes as prefer it, if they are more than prefer the other. A path of such
victories is as strong as its weakest; where the strongest path from one option to another is stronger than the one
back, the first stands before the second. This never runs in a circle, and an option that beats every other wins.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import settle
from libs.tally.outcome import Outcome, Round
from libs.tally.poll import Poll
from libs.tally.rankings import tiers

Matrix = list[list[int]]


def schulze(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    preferred = _preferred(poll.options, ballots)
    paths = _strongest_paths(preferred)
    beaten = [
        tuple(other for other, votes in enumerate(row) if votes > paths[other][place])
        for place, row in enumerate(paths)
    ]
    ranking = _ranking(beaten)
    blank_count = ballots.get(BLANK, 0)
    ballots_count = sum(ballots.values())
    winners, tie = settle(ranking[0] if blank_count < ballots_count else (), poll, draws=True)
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=ballots_count,
        blank_count=blank_count,
        rounds=(
            *_rows("preferred", preferred, blank_count),
            *_rows("path", paths, blank_count),
            Round(tuple(map(len, beaten)), blank_count, tie=tie, label="beats"),
        ),
        winners=tuple(poll.options[place] for place in winners),
        ranking=ranking,
    )


def _preferred(options: Sequence[str], ballots: Mapping[Ballot, int]) -> Matrix:
    """Return for each option how many ballots prefer it to each other one."""
    places = {option: place for place, option in enumerate(options)}
    preferred = [[0] * len(options) for _ in options]
    for ballot, number in ballots.items():
        # To count only among what is ranked is quicker: whatever is ranked is first taken as preferred to all else.
        levels = [[places[choice] for choice in tier] for tier in tiers(ballot)]
        ranked = [place for level in levels for place in level]
        for level in levels:
            better = ranked[: ranked.index(level[0]) + len(level)]
            for place in level:
                row = preferred[place]
                row[place] += number
                for other in better:
                    if other != place:
                        row[other] -= number
    for place, row in enumerate(preferred):
        named = row[place]
        preferred[place] = [votes + named for votes in row]
        preferred[place][place] = 0
    return preferred


def _strongest_paths(preferred: Matrix) -> Matrix:
    """
    Return how strong the strongest path is from each option to each other one; 0 where there is none.

    Victories are taken in from the strongest down. With which of them one option first comes to be reached from another
    is how strong the strongest path between them is.
    """
    places = range(len(preferred))
    paths = [[0] * len(preferred) for _ in places]
    reached = [1 << place for place in places]  # from each option, itself among them, as a set of bits
    victories = [
        (votes, winner, loser)
        for winner, row in enumerate(preferred)
        for loser, votes in enumerate(row)
        if votes > preferred[loser][winner]
    ]
    for votes, winner, loser in sorted(victories, reverse=True):
        if reached[winner] >> loser & 1:
            continue
        beyond = reached[loser]
        for place in places:
            new = beyond & ~reached[place] if reached[place] >> winner & 1 else 0
            reached[place] |= new
            while new:
                end = new.bit_length() - 1
                paths[place][end] = votes
                new ^= 1 << end
    return paths


def _ranking(beaten: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return the places in their order: those that none of the rest stands before, then the same of the rest."""
    before = Counter(place for losers in beaten for place in losers)
    first = tuple(place for place in range(len(beaten)) if not before[place])
    ranking = []
    while first:
        ranking.append(first)
        before.subtract(place for winner in first for place in beaten[winner])
        passed = {place for winner in first for place in beaten[winner]}
        first = tuple(sorted(place for place in passed if not before[place]))
    return tuple(ranking)


def _rows(label: str, matrix: Matrix, blank_count: int) -> list[Round]:
    rounds = []
    for place, row in enumerate(matrix):
        counts = tuple(None if other == place else votes for other, votes in enumerate(row))
        rounds.append(Round(counts, blank_count, label=f"{label} {place}"))
    return rounds
