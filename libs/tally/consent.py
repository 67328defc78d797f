"""
Consent: yes, no, or abstain; and, where the poll offers it, a block, of which a single one stops what is proposed.

It passes with more yeses than noes, unless the poll was opened under other rules (`libs.tally.rules`). Five for and
five against is not more: no lot is ever drawn.
"""

from collections import Counter
from collections.abc import Mapping

from libs.tally.ballot import BLANK, Ballot
from libs.tally.outcome import Outcome, Round
from libs.tally.poll import Poll


def consent(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    said: Counter[str] = Counter()
    for ballot, number in ballots.items():
        for choice in ballot.choices:
            said[choice] += number
    blank_count = ballots.get(BLANK, 0)
    is_passed = said["yes"] > said["no"] and not said["block"]
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=sum(ballots.values()),
        blank_count=blank_count,
        rounds=(Round(tuple(said[option] for option in poll.options), exhausted_count=blank_count),),
        winners=("yes",) if is_passed else ("no",),
    )
