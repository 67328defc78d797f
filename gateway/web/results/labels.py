"""What grades, rounds and states are called, and how the figures of a count are written."""

from fractions import Fraction

from babel import numbers

from gateway.web.words import Words
from libs.contracts.governance import Lost, TaskState


def _(message: str) -> str:
    """Mark *message* for translation; it is translated where it is shown."""
    return message


LOST: dict[Lost, str] = {
    "cycle": _("La chaîne tourne en rond : personne n’a pu porter cette voix."),
    "no ballot": _("Au bout de la chaîne, personne n’a voté."),
    "not on the roll": _("Au bout de la chaîne, il y a quelqu’un qui n’est pas sur la liste."),
    "cap": _("Au bout de la chaîne, le maximum de voix était déjà porté."),
}
"""Why nobody votes for one who delegated."""

TASK_STATES: dict[TaskState, str] = {
    "open": _("à faire"),
    "doing": _("en cours"),
    "done": _("fait"),
    "dropped": _("abandonné"),
}

GRADES_CSS = ("G5", "G4", "G3", "G2", "G1")
"""Classes of grades, the best first."""


def votes(count: int, unit: int, words: Words, *, digits: int = 5) -> str:
    """Return *count*, which is in 1/*unit* votes, as a number of votes with *digits* behind the point at most."""
    number = Fraction(count, unit)
    if number.denominator == 1:
        return words.number(number.numerator)
    pattern = "#,##0." + "#" * digits
    return str(numbers.format_decimal(float(number), format=pattern, locale=words.locale))


def round_name(number: int, words: Words) -> str:
    """Return what the round of that number is called in a count."""
    return words("1er tour") if number == 1 else words("%(number)se tour", number=number)


def grade_css(place: int, count: int) -> str:
    """Return the class of a grade among *count*, whatever their number."""
    if count < 2:
        return GRADES_CSS[0]
    return GRADES_CSS[round(place * (len(GRADES_CSS) - 1) / (count - 1))]
