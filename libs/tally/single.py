"""
Single choice: a ballot names one option, and the most named wins.

It is approval with one choice at most, and its ties stand for the same reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from libs.tally.approval import approval
from libs.tally.ballot import Ballot
from libs.tally.outcome import Outcome


def single(options: Sequence[str], ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked to name one option at most."""
    return replace(approval(options, ballots), method="single")
