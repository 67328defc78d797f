"""
What a poll may offer and what a ballot may say.

The same check stands before the cast of a ballot and before every count, so no count can meet a
ballot that it would have to interpret.
"""

from collections.abc import Sequence

Ballot = tuple[str, ...]
"""The options that a voter chose; for a ranking the best first. An empty one is a blank ballot."""

CHOICES_MAX: dict[str, int | None] = {"approval": None, "single": 1, "ranked": None}
"""How many options a ballot may name; None for as many as the poll offers."""


class InvalidPoll(ValueError):
    """No ballots can be counted for these options by this method."""


class InvalidBallot(ValueError):
    """A ballot says what cannot be counted in its poll."""


def check_poll(method: str, options: Sequence[str]) -> None:
    """
    Raises:
        InvalidPoll: The method is unknown, or the options are not distinct, or there are none.
    """
    if method not in CHOICES_MAX:
        raise InvalidPoll(f"There is no method {method!r}; there are {', '.join(CHOICES_MAX)}.")
    if not options:
        raise InvalidPoll("A poll needs at least one option.")
    if (twice := _repeated(options)) is not None:
        raise InvalidPoll(f"The option {twice!r} is there twice.")


def check(method: str, options: Sequence[str], choices: Sequence[str]) -> None:
    """
    Let a blank ballot pass, and any that names options of the poll once each, as many as the method allows.

    Raises:
        InvalidPoll: As `check_poll`.
        InvalidBallot: The ballot says what cannot be counted.
    """
    check_poll(method, options)
    check_choices(method, frozenset(options), choices)


def check_choices(method: str, options: frozenset[str], choices: Sequence[str]) -> None:
    """
    Check one of many ballots of a poll that was checked before.

    Raises:
        InvalidBallot: The ballot says what cannot be counted.
    """
    if not options.issuperset(choices):
        unknown = next(choice for choice in choices if choice not in options)
        raise InvalidBallot(f"The poll has no option {unknown!r}.")
    if (twice := _repeated(choices)) is not None:
        raise InvalidBallot(f"The ballot names {twice!r} twice.")
    most = CHOICES_MAX[method]
    if most is not None and len(choices) > most:
        raise InvalidBallot(f"The ballot names {len(choices)} options, and {most} at most may be chosen.")


def _repeated(names: Sequence[str]) -> str | None:
    if len(set(names)) == len(names):
        return None
    return next(name for place, name in enumerate(names) if name in names[:place])
