"""
How votes are counted.

Pure, public and exact: integers alone, nothing beyond Python itself, no clock, no input or output. Who
holds the ballots of a poll can count them again with these few files and must get the same result to
the byte. The rules in words, with an example of each, stand in `docs/METHODS.md`.
"""

from libs.tally.ballot import Ballot, InvalidBallot, InvalidPoll, check, check_poll
from libs.tally.digest import ballots_sha256
from libs.tally.methods import METHODS, count, count_weighted
from libs.tally.outcome import Outcome, Round, Tie

__all__ = [
    "METHODS",
    "Ballot",
    "InvalidBallot",
    "InvalidPoll",
    "Outcome",
    "Round",
    "Tie",
    "ballots_sha256",
    "check",
    "check_poll",
    "count",
    "count_weighted",
]
