"""
Approval: a ballot names every option that its voter can agree to, and the most agreed to wins.

Options with the same, highest count all win, unless the poll was opened to draw between them: what a
group does when two proposals have the same support is for the group to decide, not for the count.
"""

from collections import Counter
from collections.abc import Mapping

from libs.tally.ballot import BLANK, Ballot
from libs.tally.lots import settle
from libs.tally.outcome import Outcome, Round
from libs.tally.poll import Poll


def approval(poll: Poll, ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    approvals: Counter[str] = Counter()
    for ballot, number in ballots.items():
        for choice in ballot.choices:
            approvals[choice] += number

    counts = tuple(approvals[option] for option in poll.options)
    most = max(counts)
    # What no ballot supports does not win, even if nothing else is supported either.
    first = tuple(place for place, votes in enumerate(counts) if votes == most > 0)
    winners, tie = settle(first, poll)
    blank_count = ballots.get(BLANK, 0)
    return Outcome(
        method=poll.method,
        options=poll.options,
        ballots_count=sum(ballots.values()),
        blank_count=blank_count,
        rounds=(Round(counts, exhausted_count=blank_count, tie=tie),),
        winners=tuple(poll.options[place] for place in winners),
    )
