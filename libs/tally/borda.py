"""
Borda: a ballot gives an option one point for each other option that it ranks below it, and the most points win.

So the first of n options has n - 1 points, and the last none. Level options share the points of their ranks; so do all
that a ballot does not rank, which share the lowest. Shares may end in a half: points are counted in halves.
"""

from collections.abc import Mapping

from libs.tally.ballot import Ballot
from libs.tally.order import outcome_by
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll
from libs.tally.rankings import tiers

UNIT = 2


def borda(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    places = {option: place for place, option in enumerate(poll.options)}
    halves = [0] * len(places)
    unranked = 0
    for ballot, number in ballots.items():
        if not ballot.choices:
            continue
        below = len(places)
        rest = len(places) - len(ballot.choices)
        # Everything has the share of what is not ranked, and what is ranked the difference.
        unranked += number * max(rest - 1, 0)
        for tier in tiers(ballot):
            below -= len(tier)
            for choice in tier:
                halves[places[choice]] += number * (UNIT * below + len(tier) - 1 - max(rest - 1, 0))
    halves = [points + unranked for points in halves]
    has_ballots = any(number for ballot, number in ballots.items() if ballot.choices)
    return outcome_by(halves, [("", halves)], poll, ballots, none=None if has_ballots else 0, unit=UNIT)
