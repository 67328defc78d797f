"""
How votes are counted.

Pure, public and exact: integers and fractions of them alone, nothing beyond Python itself, no clock, no
input or output. Who holds the ballots of a poll can count them again with these few files and must get
the same result to the byte. The rules in words, with an example of each, stand in `docs/METHODS.md`.
"""

from libs.tally.ballot import Ballot, InvalidBallot, check, check_choices
from libs.tally.delegation import Resolution, resolve
from libs.tally.digest import ballots_sha256
from libs.tally.methods import count, count_weighted
from libs.tally.outcome import Outcome, Round, Tie, Verdict
from libs.tally.poll import METHODS, InvalidPoll, Settings, check_poll
from libs.tally.rules import Rules, check_rules

__all__ = [
    "METHODS",
    "Ballot",
    "InvalidBallot",
    "InvalidPoll",
    "Outcome",
    "Resolution",
    "Round",
    "Rules",
    "Settings",
    "Tie",
    "Verdict",
    "ballots_sha256",
    "check",
    "check_choices",
    "check_poll",
    "check_rules",
    "count",
    "count_weighted",
    "resolve",
]
