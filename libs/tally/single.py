"""
Single choice: a ballot names one option, and the most named wins.

It is approval with one choice at most, and its ties stand, or are drawn, in the same way.
"""

from collections.abc import Mapping

from libs.tally.approval import approval
from libs.tally.ballot import Ballot
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll


def single(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked to name one option at most."""
    return approval(poll, ballots)
