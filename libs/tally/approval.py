"""
Approval: a ballot names every option that its voter can agree to, and the most agreed to wins.

Options with the same, highest count all win. No lot is drawn: what a group does when two proposals
have the same support is for the group to decide, not for the count.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from libs.tally.ballot import Ballot
from libs.tally.outcome import Outcome, Round, Tie


def approval(options: Sequence[str], ballots: Mapping[Ballot, int]) -> Outcome:
    """Count *ballots*, each with its number, all of them checked."""
    approvals: Counter[str] = Counter()
    for choices, number in ballots.items():
        for choice in choices:
            approvals[choice] += number

    counts = tuple(approvals[option] for option in options)
    most = max(counts)
    # What no ballot supports does not win, even if nothing else is supported either.
    first = tuple(place for place, votes in enumerate(counts) if votes == most > 0)
    blank_count = ballots.get((), 0)
    tie = Tie(first) if len(first) > 1 else None
    return Outcome(
        method="approval",
        options=tuple(options),
        ballots_count=sum(ballots.values()),
        blank_count=blank_count,
        rounds=(Round(counts, exhausted_count=blank_count, tie=tie),),
        winners=tuple(options[place] for place in first),
    )
