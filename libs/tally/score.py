"""
Score: a ballot gives each option a whole number, and the highest sum wins.

An option that a ballot does not score has 0 from it. So a sum, and not an average, decides: what few know does not win
because those few like it.
"""

from collections.abc import Mapping

from libs.tally.ballot import Ballot
from libs.tally.order import marks_sum, outcome_by
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll


def score(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    sums = marks_sum(poll, ballots)
    return outcome_by(sums, [("", sums)], poll, ballots, none=0)
