"""A ballot between its form and the log, for each method: what is read, what is refused, what is filled in again."""

from typing import Any

import pytest
from starlette.datastructures import FormData

from gateway.web.ballots import BALLOT, BLANK, Filled, Said, in_words, read, scale_of
from gateway.web.forms import Form
from gateway.web.words import words_of
from libs import tally
from libs.contracts.governance import PollDetails, Settings
from tests.gateway.web.pages.polls_said import poll, terms

FRENCH = words_of("fr")
OPTIONS = ("Tilleul", "Chêne", "Figuier")


def of(method: Any, options: tuple[str, ...] = OPTIONS, **settings: Any) -> PollDetails:
    """A poll by that method."""
    return poll(method=method, options=options, terms=terms(settings=Settings(**settings)))


def form(*fields: tuple[str, str]) -> Form:
    """A form with these fields."""
    return Form(FormData([*fields]))


GRADES = ("Bien", "Passable", "Non")
CONSENT = ("yes", "no", "abstain", "block")

CASES = [
    (of("single"), [("choix", "1")], Said(("Chêne",))),
    (of("consent", CONSENT), [("choix", "0")], Said(("yes",))),
    (of("consent", CONSENT), [("choix", "3"), ("reason", "Le puits")], Said(("block",), (), "Le puits")),
    (of("approval"), [("choix", "2"), ("choix", "0")], Said(("Tilleul", "Figuier"))),
    (of("budget", budget=9, costs=(1, 2, 3)), [("choix", "2")], Said(("Figuier",))),
    (of("ranked"), [("o0", "3"), ("o2", "1")], Said(("Figuier", "Tilleul"))),
    (of("stv", seats=2), [("o1", "1")], Said(("Chêne",))),
    (of("schulze"), [("o0", "1"), ("o1", "1"), ("o2", "2")], Said(OPTIONS, (1, 1, 2))),
    (of("borda"), [("o0", "2"), ("o1", "1")], Said(("Chêne", "Tilleul"))),
    (of("score", score_max=5), [("o0", "0"), ("o1", "5")], Said(("Tilleul", "Chêne"), (0, 5))),
    (of("judgment", grades=GRADES), [("o2", "0")], Said(("Figuier",), (0,))),
    (of("date"), [("o0", "2"), ("o1", "0"), ("o2", "")], Said(("Tilleul", "Chêne"), (2, 0))),
    (of("dots", budget=10), [("o0", "7"), ("o1", "0"), ("o2", "3")], Said(("Tilleul", "Figuier"), (7, 3))),
]


@pytest.mark.parametrize("poll_, fields, said", CASES, ids=lambda case: getattr(case, "method", None))
class TestEveryMethod:
    def test_reads_what_the_count_takes(self, poll_: PollDetails, fields: list[tuple[str, str]], said: Said) -> None:
        """A form is the ballot that it looks like, and one that can be counted."""
        assert read(form(*fields), poll_, FRENCH) == said
        settings = tally.Settings(**dict(poll_.terms.settings))
        tally.check(poll_.method, poll_.options, tally.Ballot(said.choices, said.marks), settings)

    def test_fills_in_what_was_cast(self, poll_: PollDetails, fields: list[tuple[str, str]], said: Said) -> None:
        """One's own ballot stands in the fields as it counts, so that sending it again changes nothing."""
        filled = Filled.of_ballot(said, poll_)
        again = [("choix", str(place)) for place in filled.chosen]
        if said.marks or poll_.method in ("ranked", "stv", "borda"):
            again = [(f"o{place}", mark) for place, mark in filled.marks.items()]

        assert read(form(*again, ("reason", filled.reason)), poll_, FRENCH) == said

    def test_says_every_option_that_it_names(
        self, poll_: PollDetails, fields: list[tuple[str, str]], said: Said
    ) -> None:
        """The receipt has a line for each."""
        assert len(in_words(said, poll_, FRENCH)) == len(said.choices)

    def test_takes_a_blank_ballot(self, poll_: PollDetails, fields: list[tuple[str, str]], said: Said) -> None:
        """Voting blank is a choice of its own, whatever else is filled in."""
        assert read(form(*fields, ("blanc", "1")), poll_, FRENCH) == BLANK

    def test_asks_for_a_choice(self, poll_: PollDetails, fields: list[tuple[str, str]], said: Said) -> None:
        """An untouched ballot is no ballot, and is not taken for a blank one."""
        sent = form()
        assert read(sent, poll_, FRENCH) is None
        assert "au moins un choix" in sent.errors[BALLOT]


@pytest.mark.parametrize(
    "poll_, fields, where",
    [
        (of("single"), [("choix", "0"), ("choix", "1")], BALLOT),
        (of("single"), [("choix", "9")], BALLOT),
        (of("consent", CONSENT), [("choix", "3")], "reason"),
        (of("ranked"), [("o0", "1"), ("o1", "1")], BALLOT),
        (of("ranked"), [("o0", "4")], "o0"),
        (of("ranked"), [("o0", "-1")], "o0"),
        (of("ranked"), [("o0", "²")], "o0"),
        (of("score", score_max=5), [("o1", "6")], "o1"),
        (of("judgment", grades=GRADES), [("o1", "3")], "o1"),
        (of("date"), [("o1", "3")], "o1"),
        (of("dots", budget=10), [("o0", "7"), ("o1", "4")], BALLOT),
        (of("dots", budget=10), [("o0", "9" * 30)], "o0"),
    ],
)
def test_what_cannot_be_counted_is_said(poll_: PollDetails, fields: list[tuple[str, str]], where: str) -> None:
    """Nothing is guessed or put right in silence."""
    sent = form(*fields)

    assert read(sent, poll_, FRENCH) is None
    assert list(sent.errors) == [where]


def test_a_reason_goes_with_a_block_alone() -> None:
    """Words that were typed before another answer was chosen are not published."""
    sent = form(("choix", "0"), ("reason", "Le puits"))
    assert read(sent, of("consent", CONSENT), FRENCH) == Said(("yes",))


def test_the_marks_stand_from_worst_to_best() -> None:
    """Grades have a tint each, whatever their number; a long scale is typed instead."""
    assert [step.label for step in scale_of(of("judgment", grades=GRADES), FRENCH)] == ["Non", "Passable", "Bien"]
    assert [step.tint for step in scale_of(of("judgment", grades=GRADES), FRENCH)] == ["G1", "G3", "G5"]
    assert [step.mark for step in scale_of(of("date"), FRENCH)] == [0, 1, 2]
    assert len(scale_of(of("score", score_max=10), FRENCH)) == 11
    assert scale_of(of("score", score_max=11), FRENCH) == []
