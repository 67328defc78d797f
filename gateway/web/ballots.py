"""
A ballot between a form and the log: what its fields say, and what a ballot says in words.

Fields name options by their place in the poll, `o0`, `o1` …, or choose places in `choix`; so nothing that somebody
wrote as an option is ever the name of a field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.web.forms import Form
from gateway.web.methods import CHOSEN, LEVEL, RANKED, TICKED, answers, mark_name, option_name
from gateway.web.words import Words
from libs.contracts.governance import PollDetails

BALLOT = "bulletin"
"""Where the page says what is wrong with the whole of a ballot."""

REASON = "reason"
_BLOCK = "block"

SCORES_SHOWN_MAX = 10
"""Up to this highest score all scores stand on the ballot; above it one is typed."""


class Said(NamedTuple):
    """What a ballot says, as the command `CastBallot` takes it."""

    choices: tuple[str, ...]
    marks: tuple[int, ...] = ()
    reason: str | None = None


BLANK = Said(())


@dataclass(frozen=True)
class Filled:
    """What stands in a ballot's fields: options that are chosen, and marks, by their places."""

    chosen: frozenset[int] = frozenset()
    marks: Mapping[int, str] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def of_form(cls, form: Form, poll: PollDetails) -> "Filled":
        """Return what was sent, to give it back as it was."""
        places = range(len(poll.options))
        chosen = frozenset(place for place in places if str(place) in form.all("choix"))
        marks = {place: form.get(f"o{place}") for place in places if form.get(f"o{place}")}
        return cls(chosen, marks, form.get(REASON))

    @classmethod
    def of_ballot(cls, said: Said, poll: PollDetails) -> "Filled":
        """Return the fields of a ballot that was cast."""
        place_of = {option: place for place, option in enumerate(poll.options)}
        places = [place_of[choice] for choice in said.choices if choice in place_of]
        marks = said.marks or tuple(range(1, len(said.choices) + 1)) if poll.method in RANKED else said.marks
        return cls(
            frozenset(places), {place: str(mark) for place, mark in zip(places, marks, strict=False)}, said.reason or ""
        )


def read(form: Form, poll: PollDetails, words: Words, *, is_paper: bool = False) -> Said | None:
    """
    Return the ballot that *form* is, or None with its errors said; nothing is guessed.

    One that *is_paper* gives no reason for a block: it is the sheet's, and the log has no room for it.
    """
    if form.has("blanc"):
        return BLANK
    said = (_one if is_paper and poll.method in CHOSEN else _READERS[poll.method])(form, poll, words)
    if said is None or not form.is_good:
        return None
    if not said.choices:
        form.fault(BALLOT, words("Touchez au moins un choix avant de déposer."))
        return None
    return said


def _one(form: Form, poll: PollDetails, words: Words) -> Said | None:
    chosen = Filled.of_form(form, poll).chosen
    if len(chosen) > 1:
        form.fault(BALLOT, words("Un seul choix à la fois."))
        return None
    return Said(_named(chosen, poll))


def _chosen(form: Form, poll: PollDetails, words: Words) -> Said | None:
    said = _one(form, poll, words)
    if said and poll.method == "consent" and _BLOCK in said.choices:
        if not form.get(REASON):
            form.fault(REASON, words("Dites pourquoi : un blocage arrête la décision, et le groupe doit comprendre."))
            return None
        return said._replace(reason=form.get(REASON))
    return said


def _ticked(form: Form, poll: PollDetails, _: Words) -> Said:
    return Said(_named(Filled.of_form(form, poll).chosen, poll))


def _ranked(form: Form, poll: PollDetails, words: Words) -> Said | None:
    ranks = _numbers(form, poll, words, least=1, most=len(poll.options))
    ordered = sorted(ranks, key=lambda place: (ranks[place], place))
    choices = tuple(poll.options[place] for place in ordered)
    if len(set(ranks.values())) == len(ranks):
        return Said(choices)
    if poll.method not in LEVEL:
        form.fault(BALLOT, words("Deux choix ont le même rang. Donnez à chacun le sien."))
        return None
    return Said(choices, tuple(ranks[place] for place in ordered))


def _marked(least: int, most: Callable[[PollDetails], int]) -> Callable[[Form, PollDetails, Words], Said | None]:
    def read_marks(form: Form, poll: PollDetails, words: Words) -> Said | None:
        marks = _numbers(form, poll, words, least=least, most=most(poll))
        return Said(tuple(poll.options[place] for place in marks), tuple(marks.values()))

    return read_marks


def _dots(form: Form, poll: PollDetails, words: Words) -> Said | None:
    budget = poll.terms.settings.budget or 0
    given = {place: dots for place, dots in _numbers(form, poll, words, least=0, most=budget).items() if dots}
    if (spent := sum(given.values())) > budget:
        form.fault(
            BALLOT,
            words(
                "Vous avez posé %(spent)s points, et il y en a %(budget)s. Reprenez-en %(over)s.",
                spent=words.number(spent),
                budget=words.number(budget),
                over=words.number(spent - budget),
            ),
        )
        return None
    return Said(tuple(poll.options[place] for place in given), tuple(given.values()))


_READERS: Mapping[str, Callable[[Form, PollDetails, Words], Said | None]] = {
    **dict.fromkeys(CHOSEN, _chosen),
    **dict.fromkeys(TICKED, _ticked),
    **dict.fromkeys(RANKED, _ranked),
    "score": _marked(0, lambda poll: poll.terms.settings.score_max or 0),
    "judgment": _marked(0, lambda poll: len(poll.terms.settings.grades) - 1),
    "date": _marked(0, lambda _: 2),
    "dots": _dots,
}


def _numbers(form: Form, poll: PollDetails, words: Words, *, least: int, most: int) -> dict[int, int]:
    """Return the whole number that stands beside each option, by its place; those left empty are left out."""
    found: dict[int, int] = {}
    for place in range(len(poll.options)):
        if not (text := form.get(f"o{place}")):
            continue
        number = int(text) if text.isdecimal() and len(text) < 16 else None
        if number is None or not least <= number <= most:
            form.fault(f"o{place}", words("Il faut un nombre entier de %(least)s à %(most)s.", least=least, most=most))
        else:
            found[place] = number
    return found


def _named(places: frozenset[int], poll: PollDetails) -> tuple[str, ...]:
    return tuple(poll.options[place] for place in sorted(places))


class Step(NamedTuple):
    """One of the few marks that an option can be given: its number, what it says, and the class of its tint."""

    mark: int
    label: str
    tint: str


def scale_of(poll: PollDetails, words: Words) -> list[Step]:
    """Return the marks that stand side by side on a ballot, the worst first; nothing where there are too many."""
    settings = poll.terms.settings
    if poll.method == "judgment":
        last = len(settings.grades) - 1
        steps = [Step(mark, grade, f"G{5 - round(4 * mark / last)}") for mark, grade in enumerate(settings.grades)]
        return steps[::-1]
    if poll.method == "date":
        return [Step(mark, name, f"G{1 + 2 * mark}") for mark, name in sorted(answers(words).items())]
    if poll.method == "score" and (settings.score_max or 0) <= SCORES_SHOWN_MAX:
        return [Step(mark, str(mark), "") for mark in range((settings.score_max or 0) + 1)]
    return []


def in_words(said: Said, poll: PollDetails, words: Words) -> list[str]:
    """Return what a ballot says, a line for each option that it names; one line for a blank ballot."""
    if not said.choices:
        return [words("Un bulletin blanc")]
    names = [option_name(poll.method, choice, words) for choice in said.choices]
    if poll.method in RANKED:
        ranks = said.marks or range(1, len(names) + 1)
        return [f"{rank}. {name}" for rank, name in zip(ranks, names, strict=False)]
    if said.marks:
        marks = [mark_name(poll.method, mark, poll.terms.settings, words) for mark in said.marks]
        return [f"{name} : {mark}" for name, mark in zip(names, marks, strict=False)]
    return names
