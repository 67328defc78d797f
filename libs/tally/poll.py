"""
What a poll may offer, and what a method needs beyond its options.

All of it is fixed when the poll opens. The same check stands before the opening and before every count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

METHODS = (
    "approval",
    "single",
    "ranked",
    "consent",
    "score",
    "judgment",
    "schulze",
    "stv",
    "borda",
    "dots",
    "budget",
    "date",
)
"""The names that `libs.tally.count` knows."""

CONSENT = ("yes", "no", "abstain", "block")
"""The options of a poll by consent; it may go without the last."""

AMOUNT_MAX = 10**12
"""Of a budget, in the smallest coin or in dots."""

SCORE_MAX = 1000
GRADES_MAX = 20


class InvalidPoll(ValueError):
    """No ballots can be counted for these options by this method."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What a method needs beyond the options; each method takes its own and no others, and `draws_ties` fits them all.

    *seats* are to be filled by `stv`. *score_max* is the highest score, the lowest is 0. *grades* are those of
    `judgment`, the best first. *budget* is how many dots a ballot may give, or what all projects together may cost;
    *costs* are theirs, in the order of the options. *draws_ties* says that of several that win level one is drawn;
    without it they all win.
    """

    seats: int = 1
    score_max: int | None = None
    grades: tuple[str, ...] = ()
    budget: int | None = None
    costs: tuple[int, ...] = ()
    draws_ties: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """What a count is told beside the ballots; *seed* is what lots are drawn from."""

    method: str
    options: tuple[str, ...]
    settings: Settings
    seed: bytes


_TAKES: Mapping[str, frozenset[str]] = {
    "score": frozenset({"score_max"}),
    "judgment": frozenset({"grades"}),
    "stv": frozenset({"seats"}),
    "dots": frozenset({"budget"}),
    "budget": frozenset({"budget", "costs"}),
}


def check_poll(method: str, options: Sequence[str], settings: Settings = Settings()) -> None:
    """
    Raises:
        InvalidPoll: The method is unknown, the options are not distinct, or there are none, or the settings are not
            what the method needs.
    """
    if method not in METHODS:
        raise InvalidPoll(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    if not options:
        raise InvalidPoll("A poll needs at least one option.")
    if (twice := repeated(options)) is not None:
        raise InvalidPoll(f"The option {twice!r} is there twice.")
    takes = _TAKES.get(method, frozenset()) | {"draws_ties"}
    for setting in fields(settings):
        if setting.name not in takes and getattr(settings, setting.name) != setting.default:
            raise InvalidPoll(f"A poll by {method} takes no {setting.name}.")
    if method in _CHECKS:
        _CHECKS[method](options, settings)


def repeated(names: Sequence[str]) -> str | None:
    """Return the first of *names* that was there before, or None."""
    if len(set(names)) == len(names):
        return None
    return next(name for place, name in enumerate(names) if name in names[:place])


def is_whole(number: object, least: int, most: int) -> bool:
    """Whether *number* is an integer, and no truth value, from *least* to *most*."""
    return type(number) is int and least <= number <= most


def _check_consent(options: Sequence[str], _: Settings) -> None:
    if set(options) not in (set(CONSENT), set(CONSENT[:3])):
        raise InvalidPoll(f"A poll by consent offers {', '.join(CONSENT[:3])}, and {CONSENT[3]} or not.")


def _check_score(_: Sequence[str], settings: Settings) -> None:
    if not is_whole(settings.score_max, 1, SCORE_MAX):
        raise InvalidPoll(f"The highest score is a whole number from 1 to {SCORE_MAX}.")


def _check_judgment(_: Sequence[str], settings: Settings) -> None:
    if not 2 <= len(settings.grades) <= GRADES_MAX:
        raise InvalidPoll(f"There are 2 to {GRADES_MAX} grades, and the poll has {len(settings.grades)}.")
    if (twice := repeated(settings.grades)) is not None:
        raise InvalidPoll(f"The grade {twice!r} is there twice.")


def _check_stv(options: Sequence[str], settings: Settings) -> None:
    if not is_whole(settings.seats, 1, len(options)):
        raise InvalidPoll(f"With {len(options)} options there are 1 to {len(options)} seats, not {settings.seats!r}.")


def _check_dots(_: Sequence[str], settings: Settings) -> None:
    if not is_whole(settings.budget, 1, AMOUNT_MAX):
        raise InvalidPoll(f"The budget of a ballot is 1 to {AMOUNT_MAX} dots.")


def _check_budget(options: Sequence[str], settings: Settings) -> None:
    if settings.budget is None or not is_whole(settings.budget, 1, AMOUNT_MAX):
        raise InvalidPoll(f"The budget is a whole number from 1 to {AMOUNT_MAX}.")
    if len(settings.costs) != len(options):
        raise InvalidPoll(f"There are {len(options)} options and {len(settings.costs)} costs; each option has one.")
    for option, cost in zip(options, settings.costs, strict=True):
        if not is_whole(cost, 1, settings.budget):
            raise InvalidPoll(f"The cost of {option!r} is not from 1 to the whole budget, {settings.budget}: {cost!r}.")


_CHECKS: Mapping[str, Callable[[Sequence[str], Settings], None]] = {
    "consent": _check_consent,
    "score": _check_score,
    "judgment": _check_judgment,
    "stv": _check_stv,
    "dots": _check_dots,
    "budget": _check_budget,
}
