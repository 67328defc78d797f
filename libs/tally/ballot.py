"""
What a ballot may say.

The same check stands before the cast of a ballot and before every count, so no count can meet a
ballot that it would have to interpret.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from libs.tally.poll import Settings, check_poll, is_whole, repeated


class Ballot(NamedTuple):
    """
    What one voter says, by whatever method.

    *choices* are options, each named once at most; for a ranking the best first. *marks* are empty or as many, one for
    each choice: scores, grades, dots, ranks, answers. A ballot without choices is a blank ballot.
    """

    choices: tuple[str, ...]
    marks: tuple[int, ...] = ()


BLANK = Ballot(())

YES, IF_NEED_BE, NO = 2, 1, 0
"""The answers to a date."""

_CHOICES_MAX: Mapping[str, int] = {"single": 1, "consent": 1}
_MARKED = frozenset({"score", "judgment", "dots", "date"})
_MAY_BE_MARKED = frozenset({"schulze", "borda"})


class InvalidBallot(ValueError):
    """A ballot says what cannot be counted in its poll."""


def check(method: str, options: Sequence[str], ballot: Ballot, settings: Settings = Settings()) -> None:
    """
    Let a blank ballot pass, and any that names options of the poll once each and marks them as the method says.

    Raises:
        InvalidPoll: As `check_poll`.
        InvalidBallot: The ballot says what cannot be counted.
    """
    check_poll(method, options, settings)
    check_choices(method, frozenset(options), ballot, settings)


def check_choices(method: str, options: frozenset[str], ballot: Ballot, settings: Settings = Settings()) -> None:
    """
    Check one of many ballots of a poll that was checked before.

    Raises:
        InvalidBallot: The ballot says what cannot be counted.
    """
    choices, marks = ballot
    if not options.issuperset(choices):
        unknown = next(choice for choice in choices if choice not in options)
        raise InvalidBallot(f"The poll has no option {unknown!r}.")
    if (twice := repeated(choices)) is not None:
        raise InvalidBallot(f"The ballot names {twice!r} twice.")
    most = _CHOICES_MAX.get(method)
    if most is not None and len(choices) > most:
        raise InvalidBallot(f"The ballot names {len(choices)} options, and {most} at most may be chosen.")
    if method in _MARKED or (marks and method in _MAY_BE_MARKED):
        _check_marks(method, len(options), ballot, settings)
    elif marks:
        raise InvalidBallot(f"A ballot by {method} names options and marks none of them.")


def _check_marks(method: str, options_count: int, ballot: Ballot, settings: Settings) -> None:
    choices, marks = ballot
    if len(choices) != len(marks):
        raise InvalidBallot(f"The ballot names {len(choices)} options and marks {len(marks)}; each has one mark.")
    what, least, most = _range(method, options_count, settings)
    for choice, mark in zip(choices, marks, strict=True):
        if not is_whole(mark, least, most):
            raise InvalidBallot(f"The {what} of {choice!r} is not a whole number from {least} to {most}: {mark!r}.")
    if method == "dots" and sum(marks) > most:
        raise InvalidBallot(f"The ballot gives {sum(marks)} dots, and has {most}.")
    if method in _MAY_BE_MARKED and any(before > after for before, after in pairwise(marks)):
        raise InvalidBallot("The ballot ranks an option behind one with a later rank; the best comes first.")


def _range(method: str, options_count: int, settings: Settings) -> tuple[str, int, int]:
    """Return what a mark is called, and the lowest and highest that a ballot may bear."""
    match method:
        case "score":
            return "score", 0, settings.score_max or 0
        case "judgment":
            return "grade", 0, len(settings.grades) - 1
        case "dots":
            return "number of dots", 1, settings.budget or 0
        case "date":
            return "answer", NO, YES
        case _:
            return "rank", 1, options_count
