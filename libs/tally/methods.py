"""
The ways to count, by their names.

A count takes ballots one by one, or each distinct ballot once with how often it was cast: most ballots
of a large election are alike, and only distinct ones cost time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from libs.tally.approval import approval
from libs.tally.ballot import CHOICES_MAX, Ballot, InvalidBallot, check_choices, check_poll
from libs.tally.outcome import Outcome
from libs.tally.ranked import ranked
from libs.tally.single import single

METHODS = tuple(CHOICES_MAX)
"""The names that `count` knows."""


def count(method: str, options: Sequence[str], ballots: Iterable[Sequence[str]], *, seed: bytes) -> Outcome:
    """
    Return what *ballots* decide; their order does not matter.

    *seed* is public and differs from poll to poll; only a lot between ranked options uses it.

    Raises:
        InvalidPoll: The method is unknown, or the options are not distinct, or there are none.
        InvalidBallot: A ballot says what cannot be counted; none is passed over.
    """
    return count_weighted(method, options, Counter(map(tuple, ballots)), seed=seed)


def count_weighted(method: str, options: Sequence[str], ballots: Mapping[Ballot, int], *, seed: bytes) -> Outcome:
    """
    Count as `count` does, each ballot as often as *ballots* says.

    Raises:
        InvalidPoll: As `count`.
        InvalidBallot: As `count`, and for a number that is not whole or is below 0.
    """
    check_poll(method, options)
    offered = frozenset(options)
    for choices, number in ballots.items():
        check_choices(method, offered, choices)
        if type(number) is not int or number < 0:
            raise InvalidBallot(f"A ballot cannot have been cast {number!r} times.")
    match method:
        case "approval":
            return approval(options, ballots)
        case "single":
            return single(options, ballots)
        case _:
            return ranked(options, ballots, seed=seed)
