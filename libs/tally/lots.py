"""
Ties, and the one lot that breaks those which a rule leaves open.

Anyone can draw it again: of each option the SHA-256 is taken over the poll's seed followed by the option in UTF-8. The
lowest leaves where one has to leave; the highest wins where one has to win.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from libs.tally.outcome import Round, Tie
from libs.tally.poll import Poll


def drawn(places: Iterable[int], poll: Poll, *, pick: Callable[..., int] = max) -> int:
    """Return which of the options at *places* has the highest lot, or with `min` the lowest."""
    return pick(places, key=lambda place: sha256(poll.seed + poll.options[place].encode()).digest())


def settle(first: tuple[int, ...], poll: Poll, *, draws: bool | None = None) -> tuple[tuple[int, ...], Tie | None]:
    """
    Return which of the options at *first*, all level, win, and the tie if they are several.

    One is drawn if the poll's settings, or *draws*, say so; else all of them win.
    """
    if len(first) < 2:
        return first, None
    if poll.settings.draws_ties if draws is None else draws:
        return (drawn(first, poll),), Tie(first, ("lot",), poll.seed.hex())
    return first, Tie(first)


def look_back(
    tied: tuple[int, ...], rounds: Sequence[Round], poll: Poll, *, pick: Callable[..., int] = min
) -> tuple[int, Tie]:
    """
    Return which one of *tied* had the fewest, or with `max` the most, where *rounds* last tell them apart.

    If a round leaves several of them, those are compared in the rounds before it. Who is level in all of them draws.
    """
    left = tied
    broken_by = []
    for number in range(len(rounds), 0, -1):
        counts = rounds[number - 1].counts
        votes = [counts[place] for place in left]
        most = pick(votes)
        if votes.count(most) < len(votes):
            left = tuple(place for place in left if counts[place] == most)
            broken_by.append(f"round {number}")
        if len(left) == 1:
            return left[0], Tie(tied, tuple(broken_by))
    return drawn(left, poll, pick=pick), Tie(tied, (*broken_by, "lot"), poll.seed.hex())
