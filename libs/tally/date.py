"""
Find a date: a ballot says of each date yes, if need be, or no.

The date wins on which most can come, gladly or if need be; of several such, the one to which most said yes. A date
that a ballot does not answer has a no from it.
"""

from collections.abc import Mapping

from libs.tally.ballot import IF_NEED_BE, YES, Ballot
from libs.tally.order import outcome_by
from libs.tally.outcome import Outcome
from libs.tally.poll import Poll


def date(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    places = {option: place for place, option in enumerate(poll.options)}
    can_come, yes = [0] * len(places), [0] * len(places)
    for (choices, answers), number in ballots.items():
        for choice, answer in zip(choices, answers, strict=True):
            can_come[places[choice]] += number * (answer >= IF_NEED_BE)
            yes[places[choice]] += number * (answer == YES)
    rows = [("yes or if need be", can_come), ("yes", yes)]
    return outcome_by(list(zip(can_come, yes, strict=True)), rows, poll, ballots, none=(0, 0))
