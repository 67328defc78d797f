"""
Schulze: a ballot ranks options, level ones too, and who is beaten by nobody along the strongest path wins.

One option beats another if more votes prefer it than prefer the other. The victory is the stronger the more prefer the
one; of as many, the fewer prefer the other. A path of victories is as strong as its weakest. Where the strongest path
from one option to another is stronger than the one back, the first stands before the second. This never runs in a
circle, and an option that beats every other wins.
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
    ballots_count = sum(ballots.values())
    preferred = _preferred(poll.options, ballots)
    paths = _strongest_paths(_victories(preferred, ballots_count))
    beaten = [
        tuple(other for other, strength in enumerate(row) if strength > paths[other][place])
        for place, row in enumerate(paths)
    ]
    ranking = _ranking(beaten)
    blank_count = ballots.get(BLANK, 0)
    winners, tie = settle(ranking[0] if blank_count < ballots_count else (), poll, draws=True)
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=ballots_count,
        blank_count=blank_count,
        rounds=(
            *_rows("preferred", preferred, blank_count),
            *_rows("path", [[-(-strength // (ballots_count + 1)) for strength in row] for row in paths], blank_count),
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


def _victories(preferred: Matrix, ballots_count: int) -> Matrix:
    """Return how strong each option's victory over each other one is, as one number; 0 where it has none."""
    return [
        [
            # No two numbers of votes against are as far apart as one vote for.
            votes * (ballots_count + 1) - against if votes > (against := preferred[loser][winner]) else 0
            for loser, votes in enumerate(row)
        ]
        for winner, row in enumerate(preferred)
    ]


def _strongest_paths(victories: Matrix) -> Matrix:
    """
    Return how strong the strongest path is from each option to each other one; 0 where there is none.

    Victories are taken in from the strongest down. With which of them one option first comes to be reached from another
    is how strong the strongest path between them is.
    """
    places = range(len(victories))
    paths = [[0] * len(victories) for _ in places]
    reached = [1 << place for place in places]  # from each option, itself among them, as a set of bits
    strongest_first = sorted(
        ((strength, winner, loser) for winner, row in enumerate(victories) for loser, strength in enumerate(row)),
        reverse=True,
    )
    for strength, winner, loser in strongest_first:
        if not strength:
            break
        if reached[winner] >> loser & 1:
            continue
        beyond = reached[loser]
        for place in places:
            new = beyond & ~reached[place] if reached[place] >> winner & 1 else 0
            reached[place] |= new
            while new:
                end = new.bit_length() - 1
                paths[place][end] = strength
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
