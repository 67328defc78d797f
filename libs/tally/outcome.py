"""
What a count says.

An outcome holds every figure that led to it, so that a person can follow the count and an auditor can
compare a declared outcome with a recount: two counts agree when `as_plain` of both is equal.

Each option is named once, in `options`. Inside a round it is referred to by its *place* there, counted
from 0: a round is a row of a table whose columns are the options. Names may be long and rounds many,
and a round has to fit into one entry of the log.
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
    One counting of all ballots, or one row of what was counted; *label* says what it shows if it is no plain count.

    *counts* has one number for each option, in the poll's order, and None for an option that left in an
    earlier round. *exhausted_count* is how many ballots count for nobody: they were blank from the start,
    or all that they rank have left. *eliminated* leave after this round; *elected* win in it.
    """

    counts: tuple[int | None, ...]
    exhausted_count: int
    eliminated: tuple[int, ...] = ()
    tie: Tie | None = None
    elected: tuple[int, ...] = ()
    label: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return what `Outcome.as_plain` holds of a round."""
        plain: dict[str, Any] = {
            "counts": list(self.counts),
            "exhausted_count": self.exhausted_count,
            "eliminated": list(self.eliminated),
            "tie": self.tie.as_plain() if self.tie else None,
        }
        if self.elected:
            plain["elected"] = list(self.elected)
        if self.label:
            plain["label"] = self.label
        return plain


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Whether what the ballots prefer is decided, by the rules that the poll was opened with.

    *support* is what the winner has and *support_needed* what it needed; both are None for a method by which support
    is no share of the ballots, and None and a number where nothing won.
    """

    quorum_needed: int
    quorum_is_met: bool
    support: int | None
    support_needed: int | None
    blocks_count: int
    is_passed: bool

    def as_plain(self) -> dict[str, Any]:
        """Return what `Outcome.as_plain` holds of a verdict."""
        return {
            "quorum_needed": self.quorum_needed,
            "quorum_is_met": self.quorum_is_met,
            "support": self.support,
            "support_needed": self.support_needed,
            "blocks_count": self.blocks_count,
            "is_passed": self.is_passed,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of a poll, with all that led to it.

    *winners* are names in the poll's order: several where a tie stands or several seats are filled, none where no
    ballot supports anything. *ballots_count* includes the *blank_count*. The counts of rounds are in votes of which
    *unit* make a whole one; *quota*, in the same, is what a seat costs. *ranking* has the places of all options from
    the first to the last, equal ones together, where the method gives an order.
    """

    method: str
    options: tuple[str, ...]
    ballots_count: int
    blank_count: int
    rounds: tuple[Round, ...]
    winners: tuple[str, ...]
    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    verdict: Verdict | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return the outcome in JSON's own types; what is read back from JSON is equal to it."""
        plain: dict[str, Any] = {
            "method": self.method,
            "options": list(self.options),
            "ballots_count": self.ballots_count,
            "blank_count": self.blank_count,
            "rounds": [round_.as_plain() for round_ in self.rounds],
            "winners": list(self.winners),
        }
        # What says nothing is left out, so that outcomes from before there was more to say keep their digests.
        if self.unit != 1:
            plain["unit"] = self.unit
        if self.quota is not None:
            plain["quota"] = self.quota
        if self.ranking:
            plain["ranking"] = [list(places) for places in self.ranking]
        if self.verdict is not None:
            plain["verdict"] = self.verdict.as_plain()
        return plain
