"""
When what the ballots prefer is decided: quorum, threshold, and what an abstention means.

The rules are stated when a poll opens. They change no figure and, but for consent, no winner: they say whether the
outcome binds. Shares are fractions of whole numbers, and what is needed is rounded up to a whole vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from libs.tally.outcome import Outcome, Verdict
from libs.tally.poll import InvalidPoll, is_whole

Share = tuple[int, int]
"""Numerator and denominator; above nothing, and the whole at most."""

HAVE_SUPPORT = ("consent", "single", "approval", "ranked")
"""The methods by which a winner's support is a share of the ballots."""


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What an outcome needs in order to bind.

    The quorum is *quorum_roll*, a share of the voters on the roll, and *quorum_ballots*, a number; where both are
    stated, both are needed. Every ballot counts for it, blank ones too.

    The threshold is `simple`: more than what stands against it; `absolute`: more than half of the roll; or
    `qualified`: at least *share* of the votes. Blank ballots and abstentions are no votes unless *abstentions_count*.
    """

    quorum_roll: Share | None = None
    quorum_ballots: int | None = None
    threshold: Literal["simple", "absolute", "qualified"] = "simple"
    share: Share | None = None
    abstentions_count: bool = False


def check_rules(method: str, rules: Rules) -> None:
    """
    Raises:
        InvalidPoll: The rules mean nothing for a poll by this method.
    """
    _check_share("quorum", rules.quorum_roll)
    _check_share("threshold", rules.share)
    if rules.quorum_ballots is not None and not is_whole(rules.quorum_ballots, 1, 10**9):
        raise InvalidPoll("A quorum of ballots is a whole number, at least 1.")
    if rules.threshold not in ("simple", "absolute", "qualified"):
        raise InvalidPoll(f"There is no threshold {rules.threshold!r}; there are simple, absolute, qualified.")
    if (rules.share is not None) != (rules.threshold == "qualified"):
        raise InvalidPoll("A share of the votes goes with a qualified threshold, and with no other.")
    if method not in HAVE_SUPPORT and rules.threshold != "simple":
        raise InvalidPoll(
            f"A poll by {method} takes a quorum and no threshold: its counts are no share of the ballots."
        )
    if rules.abstentions_count and rules.threshold != "qualified" and method != "consent":
        raise InvalidPoll("Abstentions count where a poll is by consent, or its threshold is qualified.")


def judge(outcome: Outcome, rules: Rules, *, voters_count: int) -> Outcome:
    """Return *outcome* with its verdict, for a roll of *voters_count*; consent wins or fails by it."""
    quorum_needed = max(_part_of(voters_count, rules.quorum_roll or (0, 1)), rules.quorum_ballots or 0)
    quorum_is_met = outcome.ballots_count >= quorum_needed
    support, support_needed, blocks_count = None, None, 0
    if outcome.method == "consent":
        support, support_needed, blocks_count = _consent(outcome, rules, voters_count)
    elif outcome.method in HAVE_SUPPORT:
        support, support_needed = _elected(outcome, rules, voters_count)
    is_supported = support_needed is None or (support is not None and support >= support_needed)
    is_passed = quorum_is_met and is_supported and not blocks_count and bool(outcome.winners)
    verdict = Verdict(quorum_needed, quorum_is_met, support, support_needed, blocks_count, is_passed)
    if outcome.method == "consent":
        return replace(outcome, verdict=verdict, winners=("yes",) if is_passed else ("no",))
    return replace(outcome, verdict=verdict)


def _consent(outcome: Outcome, rules: Rules, voters_count: int) -> tuple[int, int, int]:
    """Return the yeses, how many are needed, and the blocks."""
    said = dict(zip(outcome.options, outcome.rounds[0].counts, strict=True))
    yes, no, abstain, blocks = (said.get(word) or 0 for word in ("yes", "no", "abstain", "block"))
    against = no + (abstain + outcome.blank_count if rules.abstentions_count else 0)
    match rules.threshold:
        case "absolute":
            needed = voters_count // 2 + 1
        case "qualified":
            needed = _part_of(yes + against, rules.share)
        case _:
            needed = against + 1
    return yes, max(needed, 1), blocks


def _elected(outcome: Outcome, rules: Rules, voters_count: int) -> tuple[int | None, int]:
    """Return what the winner has in the last round, and what it needs."""
    last = outcome.rounds[-1]
    places = [place for place, option in enumerate(outcome.options) if option in outcome.winners]
    support = last.counts[places[0]] if places else None
    match rules.threshold:
        case "absolute":
            needed = voters_count // 2 + 1
        case "qualified":
            votes = outcome.ballots_count - (0 if rules.abstentions_count else outcome.blank_count)
            needed = _part_of(votes, rules.share)
        case _:
            needed = _next_best(last.counts, places[:1]) + 1
            if last.tie is not None and last.tie.broken_by:
                needed -= 1  # level with another, and drawn
    return support, max(needed, 1)


def _next_best(counts: Sequence[int | None], but: Sequence[int]) -> int:
    return max((votes or 0 for place, votes in enumerate(counts) if place not in but), default=0)


def _part_of(whole: int, share: Share | None) -> int:
    """Return the share of *whole*, rounded up."""
    numerator, denominator = share or (1, 1)
    return -(-whole * numerator // denominator)


def _check_share(of: str, share: Share | None) -> None:
    if share is None:
        return
    numerator, denominator = share
    if not (is_whole(denominator, 1, 10**6) and is_whole(numerator, 1, denominator)):
        raise InvalidPoll(f"The share of a {of} is a fraction above 0 and of 1 at most, not {numerator}/{denominator}.")
