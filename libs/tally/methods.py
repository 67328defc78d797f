"""
The ways to count, by their names.

A count takes ballots one by one, or each distinct ballot once with how often it was cast: most ballots
of a large election are alike, and only distinct ones cost time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from libs.tally.approval import approval
from libs.tally.ballot import Ballot, InvalidBallot, check_choices
from libs.tally.borda import borda
from libs.tally.budget import budget
from libs.tally.consent import consent
from libs.tally.date import date
from libs.tally.dots import dots
from libs.tally.judgment import judgment
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll, Settings, check_poll
from libs.tally.ranked import ranked
from libs.tally.rules import Rules, check_rules, judge
from libs.tally.schulze import schulze
from libs.tally.score import score
from libs.tally.single import single
from libs.tally.stv import stv

Count = Callable[[Poll, Mapping[Ballot, int]], Outcome]

COUNTS: Mapping[str, Count] = {
    "approval": approval,
    "single": single,
    "ranked": ranked,
    "consent": consent,
    "score": score,
    "judgment": judgment,
    "schulze": schulze,
    "stv": stv,
    "borda": borda,
    "dots": dots,
    "budget": budget,
    "date": date,
}


def count(
    method: str,
    options: Sequence[str],
    ballots: Iterable[Ballot | Sequence[str]],
    *,
    seed: bytes,
    settings: Settings = Settings(),
    rules: Rules | None = None,
    voters_count: int = 0,
) -> Outcome:
    """
    Return what *ballots* decide; their order does not matter.

    A ballot without marks may be a plain sequence of options. *seed* is public and differs from poll to poll; only lots
    use it. With *rules* the outcome has a verdict, for a roll of *voters_count*.

    Raises:
        InvalidPoll: The method is unknown, or the options are not distinct, or there are none, or settings or rules
            are not what the method takes.
        InvalidBallot: A ballot says what cannot be counted; none is passed over.
    """
    counted = Counter(ballot if isinstance(ballot, Ballot) else Ballot(tuple(ballot)) for ballot in ballots)
    return count_weighted(
        method, options, counted, seed=seed, settings=settings, rules=rules, voters_count=voters_count
    )


def count_weighted(
    method: str,
    options: Sequence[str],
    ballots: Mapping[Ballot, int],
    *,
    seed: bytes,
    settings: Settings = Settings(),
    rules: Rules | None = None,
    voters_count: int = 0,
) -> Outcome:
    """
    Count as `count` does, each ballot as often as *ballots* says.

    Raises:
        InvalidPoll: As `count`.
        InvalidBallot: As `count`, and for a number that is not whole or is below 0.
    """
    check_poll(method, options, settings)
    if rules is not None:
        check_rules(method, rules)
    offered = frozenset(options)
    for ballot, number in ballots.items():
        check_choices(method, offered, ballot, settings)
        if type(number) is not int or number < 0:
            raise InvalidBallot(f"A ballot cannot have been cast {number!r} times.")
    outcome = COUNTS[method](Poll(method, tuple(options), settings, seed), ballots)
    return outcome if rules is None else judge(outcome, rules, voters_count=voters_count)
