"""
Dots, or cumulative voting: a ballot spreads the dots of its budget as it likes, and the most dots win.

It is a sum as with scores; only what one ballot may give in all is limited, and not what it gives to one option.
"""

from collections.abc import Mapping

from libs.tally.ballot import Ballot
from libs.tally.order import marks_sum, outcome_by
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll


def dots(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    sums = marks_sum(poll, ballots)
    return outcome_by(sums, [("", sums)], poll, ballots, none=0)
