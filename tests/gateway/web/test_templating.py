"""A group's ways to decide, from a form to their terms and back, and in words."""

import pytest

from gateway.web.templating import FORM_METHODS, begun_with, in_words, share_in, share_said, terms_of
from gateway.web.words import words_of
from libs.contracts.governance import Method, Rules, Settings, TemplateTerms

FRENCH = words_of("fr")


@pytest.mark.parametrize(
    "text, share",
    [
        ("2/3", (2, 3)),
        (" 25 % ", (25, 100)),
        ("25", (25, 100)),
        ("100 %", (100, 100)),
        ("101 %", None),
        ("3/2", None),
        ("0", None),
        ("1/0", None),
        ("", None),
        ("un quart", None),
        ("٢/٣", (2, 3)),
    ],
)
def test_shares_are_read_as_people_write_them(text: str, share: tuple[int, int] | None) -> None:
    """A fraction or per cent; more than the whole, nothing and nonsense are none."""
    assert share_in(text) == share


@pytest.mark.parametrize("share", [(2, 3), (1, 4), (25, 100), (1, 1), (1, 3)])
def test_a_share_said_is_the_share(share: tuple[int, int]) -> None:
    """What a form begins with means what it meant."""
    read = share_in(share_said(share))
    assert read is not None
    assert read[0] * share[1] == share[0] * read[1]


@pytest.mark.parametrize("method", FORM_METHODS)
def test_a_form_brings_back_its_terms(method: Method) -> None:
    """Opened and sent again untouched, a template is what it was."""
    settings = {
        "score": Settings(score_max=9),
        "judgment": Settings(grades=("Bien", "Passable", "Non")),
        "stv": Settings(seats=3),
        "dots": Settings(budget=7),
    }.get(method, Settings())
    rules = Rules(quorum_roll=(1, 3))
    if method == "ranked":
        rules = Rules(threshold="qualified", share=(2, 3), abstentions_count=True)
    terms = TemplateTerms(method=method, settings=settings, rules=rules, results="hidden", takes_delegations=True)

    assert terms_of(begun_with(terms, "Ici"), FRENCH) == terms


def test_in_words() -> None:
    """A sentence for each term, nothing for what is not there."""
    terms = TemplateTerms(
        method="ranked",
        rules=Rules(quorum_roll=(1, 4), quorum_ballots=12, threshold="qualified", share=(2, 3), abstentions_count=True),
        results="hidden",
        takes_delegations=True,
        support_needed=3,
    )
    said = " ".join(in_words(terms, FRENCH))

    for part in ("7 jours pour discuter", "3 soutiens", "25 %", "12 bulletins", "2/3", "qu’à la fin", "confier"):
        assert part in said
    bare = TemplateTerms(method="date", discussion_days=0, vote_days=1, remind_hours=None)
    assert in_words(bare, FRENCH) == ["1 jour pour voter."]
    absolute = TemplateTerms(method="consent", rules=Rules(threshold="absolute"))
    assert any("moitié" in sentence for sentence in in_words(absolute, FRENCH))
