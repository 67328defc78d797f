"""
Rankings in which options may be level, as Schulze and Borda read them.

What a ballot does not name stands below all that it names, and is level with the rest of what it does not name.
"""

from itertools import groupby

from libs.tally.ballot import Ballot


def tiers(ballot: Ballot) -> list[tuple[str, ...]]:
    """Return the options that *ballot* ranks, the best first, level ones together."""
    if not ballot.marks:
        return [(choice,) for choice in ballot.choices]
    ranked = zip(ballot.marks, ballot.choices, strict=True)
    return [tuple(choice for _, choice in level) for _, level in groupby(ranked, key=lambda pair: pair[0])]
