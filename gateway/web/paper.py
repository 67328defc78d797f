"""
Ballots that were cast on paper, on their way into the box: sheets that are filled in one after another, then entered.

Until they are entered they stand in the page alone, each in a hidden field; nothing of them is kept by the node.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from gateway.web.ballots import Said, in_words
from gateway.web.forms import Form
from gateway.web.words import Words
from libs.contracts.base import Contract
from libs.contracts.governance import PAPER_BALLOTS_MAX, Choices, EnterPaperBallots, Marks, PollDetails

_FIELD = "sheet"
TIMES = "times"


class Sheet(Contract):
    """What *times* sheets say, all the same."""

    times: Annotated[int, Field(ge=1, le=PAPER_BALLOTS_MAX)]
    choices: Choices
    marks: Marks = ()

    def in_words(self, poll: PollDetails, words: Words) -> list[str]:
        """Return what it says, a line for each option that it names."""
        return in_words(Said(self.choices, self.marks), poll, words)


_SHEET = TypeAdapter(Sheet)


def sheets_in(form: Form, words: Words) -> list[Sheet]:
    """Return the sheets that stand in the page; what cannot be read is said, and left out."""
    sheets = []
    for text in form.all(_FIELD):
        try:
            sheets.append(_SHEET.validate_json(text))
        except ValidationError:
            form.fault("", words("Une des feuilles ne se lit pas ; elle est laissée de côté."))
    return sheets


def fields_of(sheets: Iterable[Sheet]) -> list[tuple[str, str]]:
    """Return the hidden fields that hold *sheets*."""
    return [(_FIELD, sheet.model_dump_json()) for sheet in sheets]


def times_in(form: Form, words: Words, *, room: int) -> int | None:
    """Return how many sheets say the same, or None with what is wrong said; there is *room* for so many more."""
    text = form.get(TIMES, "1") or "1"
    times = int(text) if text.isdecimal() and len(text) < 6 else 0
    if 1 <= times <= room:
        return times
    if room < 1:
        form.fault(TIMES, words("Enregistrez d’abord les feuilles ci-dessus : il n’en tient pas plus à la fois."))
    else:
        form.fault(TIMES, words("Il faut un nombre entier de %(least)s à %(most)s.", least=1, most=room))
    return None


def room_beside(sheets: Sequence[Sheet]) -> int:
    """Return how many sheets may still be added before they are entered."""
    return PAPER_BALLOTS_MAX - count_of(sheets)


def count_of(sheets: Iterable[Sheet]) -> int:
    """Return how many sheets these are."""
    return sum(sheet.times for sheet in sheets)


def entering(poll: PollDetails, sheets: Sequence[Sheet]) -> EnterPaperBallots:
    """Return the command that enters *sheets*, each as often as it is there."""
    each = [sheet for sheet in sheets for _ in range(sheet.times)]
    marks = tuple(sheet.marks for sheet in each) if any(sheet.marks for sheet in each) else ()
    return EnterPaperBallots(poll_id=poll.poll_id, ballots=tuple(sheet.choices for sheet in each), marks=marks)
