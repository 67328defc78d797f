"""
Ranked: instant-runoff. A ballot ranks options, and counts for the first of them that is still in.

Rounds go on until one option holds more than half of the ballots that still count for somebody. Until
then the option with the fewest leaves, and its ballots go on to their next one that is in. Options
without any ballot leave together: one after another would move no ballot, and nothing need choose
between them.

Of several with the fewest, the one leaves that had fewer in the latest earlier round where they differ;
if no round tells them apart, a lot decides (`libs.tally.lots`). Two last options that are level are no
exception.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import look_back
from libs.tally.outcome import Outcome, Round
from libs.tally.poll import Poll


@dataclass(slots=True)
class Pile:
    """The ballots that count for one option at present; each read as far as that option."""

    count: int = 0
    ballots: list[tuple[Iterator[str], int]] = field(default_factory=list)


def ranked(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    options = poll.options
    ballots_count = sum(ballots.values())
    piles = {option: Pile() for option in options}
    exhausted_count = _deal(((iter(ballot.choices), number) for ballot, number in ballots.items()), piles)
    rounds: list[Round] = []
    winner = _majority(piles, ballots_count - exhausted_count)

    while winner is None and exhausted_count < ballots_count:
        counts = _counts(options, piles)
        last = _last(counts)
        tie = None
        if counts[last[0]] and len(last) > 1:
            loser, tie = look_back(last, rounds, poll)
            last = (loser,)
        rounds.append(Round(counts, exhausted_count, last, tie))
        for pile in [piles.pop(options[place]) for place in last]:
            exhausted_count += _deal(pile.ballots, piles)
        winner = _majority(piles, ballots_count - exhausted_count)

    rounds.append(Round(_counts(options, piles), exhausted_count))
    return Outcome(
        method=poll.method,
        options=options,
        ballots_count=ballots_count,
        blank_count=ballots.get(BLANK, 0),
        rounds=tuple(rounds),
        winners=() if winner is None else (winner,),
    )


def _deal(ballots: Iterable[tuple[Iterator[str], int]], piles: dict[str, Pile]) -> int:
    """Put each ballot on the pile of its next option that is in; return how many have none left."""
    exhausted_count = 0
    for ballot, number in ballots:
        # Who is out never comes back, so what was read of a ballot need not be read again.
        for option in ballot:
            if option in piles:
                piles[option].count += number
                piles[option].ballots.append((ballot, number))
                break
        else:
            exhausted_count += number
    return exhausted_count


def _majority(piles: Mapping[str, Pile], continuing_count: int) -> str | None:
    return next((option for option, pile in piles.items() if 2 * pile.count > continuing_count), None)


def _counts(options: Sequence[str], piles: Mapping[str, Pile]) -> tuple[int | None, ...]:
    return tuple(piles[option].count if option in piles else None for option in options)


def _last(counts: Sequence[int | None]) -> tuple[int, ...]:
    fewest = min(votes for votes in counts if votes is not None)
    return tuple(place for place, votes in enumerate(counts) if votes == fewest)
