"""
What a count says.

An outcome holds every figure that led to it, so that a person can follow the count and an auditor can
compare a declared outcome with a recount: two counts agree when `as_plain` of both is equal.

Each option is named once, in `options`. Inside a round it is referred to by its *place* there, counted
from 0: a round is a row of a table whose columns are the options. Names may be long and rounds many,
and an outcome has to fit into one entry of the log.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tie:
    """
    Options that had the same count where one of them had to be chosen.

    *broken_by* lists what told them apart, in the order in which it was asked: `round 2` (an earlier
    round), `lot`. It is empty for a tie that stands: all its options win. *seed* is what a lot was drawn
    from, in hexadecimal digits, and None without a lot.
    """

    options: tuple[int, ...]
    broken_by: tuple[str, ...] = ()
    seed: str | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return what `Outcome.as_plain` holds of a tie."""
        return {
            "options": list(self.options),
            "broken_by": list(self.broken_by),
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True)
class Round:
    """
    One counting of all ballots; approval and single choice need no second one.

    *counts* has one number for each option, in the poll's order, and None for an option that left in an
    earlier round. *exhausted_count* is how many ballots count for nobody: they were blank from the start,
    or all that they rank have left. *eliminated* leave after this round.
    """

    counts: tuple[int | None, ...]
    exhausted_count: int
    eliminated: tuple[int, ...] = ()
    tie: Tie | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return what `Outcome.as_plain` holds of a round."""
        return {
            "counts": list(self.counts),
            "exhausted_count": self.exhausted_count,
            "eliminated": list(self.eliminated),
            "tie": self.tie.as_plain() if self.tie else None,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of a poll, with all that led to it.

    *winners* are names in the poll's order: several where a tie stands, none where no ballot supports
    anything. *ballots_count* includes the *blank_count*.
    """

    method: str
    options: tuple[str, ...]
    ballots_count: int
    blank_count: int
    rounds: tuple[Round, ...]
    winners: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return the outcome in JSON's own types; what is read back from JSON is equal to it."""
        return {
            "method": self.method,
            "options": list(self.options),
            "ballots_count": self.ballots_count,
            "blank_count": self.blank_count,
            "rounds": [round_.as_plain() for round_ in self.rounds],
            "winners": list(self.winners),
        }
