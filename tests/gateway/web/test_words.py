"""What pages say in each language, and how languages write numbers, days and distances."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.web.words import LOCALES, languages, preferred, words_of

WEB = Path(LOCALES).parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "words": None, "gettext": None}
PLURALS: dict[str, tuple[int, ...] | None] = {"many": (1, 2), "ngettext": (1, 2)}

Message = str | tuple[str, ...]


def said() -> Iterator[tuple[Message, str]]:
    """Every sentence that a page can say, and where."""
    found = extract_from_dir(
        WEB,
        method_map=[("templates/**.html", "jinja2"), ("**.py", "python")],
        options_map={"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true"}},
        keywords=KEYWORDS | PLURALS,
        directory_filter=lambda folder: Path(folder).name not in ("node_modules", "dist", "__pycache__"),
    )
    for file, line, message, *_ in found:
        yield message, f"{file}:{line}"


@pytest.mark.parametrize("language", languages()[1:])
class TestEveryLanguage:
    def test_says_all_of_it(self, language: str) -> None:
        """No page falls back into French for want of a sentence."""
        with (LOCALES / f"{language}.po").open("rb") as file:
            catalogue = read_po(file, locale=language)
        known = {each.id for each in catalogue if each.string and not each.fuzzy and all(_strings(each.string))}

        missing = sorted({f"{where}: {message!r}" for message, where in said() if message not in known})
        assert not missing, "\n".join(missing)

    def test_puts_in_the_same_values(self, language: str) -> None:
        """A translation names nothing that the sentence does not have."""
        with (LOCALES / f"{language}.po").open("rb") as file:
            catalogue = read_po(file, locale=language)
        assert [error for message in catalogue for error in message.check(catalogue)] == []


def _strings(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


@pytest.mark.parametrize(
    "header, language",
    [
        ("", "fr"),
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de, en;q=0.5, fr;q=0.6", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("*", "fr"),
        ("en;q=nonsense, fr", "fr"),
        (",,;q=1;;" + "x" * 5_000, "fr"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    """The first that we speak, by how much it is wanted; nonsense is none."""
    assert preferred(header) == language


class TestFrench:
    words = words_of("fr")

    def test_nothing_is_singular(self) -> None:
        """As French has it, in pages and in code."""
        assert [self.words.many("%(count)s chose", "%(count)s choses", count) for count in (0, 1, 2)] == [
            "0 chose",
            "1 chose",
            "2 choses",
        ]

    def test_days_and_hours(self) -> None:
        """As people say them."""
        today = date(2026, 11, 26)
        assert self.words.day(date(2026, 11, 29), today=today) == "dimanche 29 novembre"
        assert self.words.day(date(2027, 1, 1), today=today) == "vendredi 1er janvier 2027"
        assert self.words.clock(time(19)) == "19\u00a0h"
        assert self.words.clock(time(18, 5)) == "18\u00a0h\u00a005"
        moment = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
        assert self.words.moment(moment, zone=ZoneInfo("Europe/Paris"), now=moment) == "dimanche 29 novembre, 20\u00a0h"

    def test_distances(self) -> None:
        """Metres to the next fifty, then kilometres."""
        assert [self.words.distance(d) for d in (12, 330, 930, 1_234, 12_345)] == [
            "50\u00a0m",
            "350\u00a0m",
            "950\u00a0m",
            "1,2\u00a0km",
            "12\u00a0km",
        ]

    def test_high_signs_have_their_space(self) -> None:
        """In text, and not in what is code or an address."""
        html = '<a href="/x ?y">Vraiment ? « Oui » : 1</a><pre>a ? b</pre>'

        assert self.words.typeset(html) == (
            '<a href="/x ?y">Vraiment\u202f? «\u00a0Oui\u00a0»\u00a0: 1</a><pre>a ? b</pre>'
        )


class TestEnglish:
    words = words_of("en")

    def test_days(self) -> None:
        """As they are written in Britain."""
        assert self.words.day(date(2026, 11, 29), today=date(2026, 11, 26)) == "Sunday, 29 November"
        assert self.words.day(date(2027, 1, 1), today=date(2026, 11, 26)) == "Friday, 1 January 2027"

    def test_numbers_and_plurals(self) -> None:
        """By the language's own rule."""
        assert self.words.number(80_101) == "80,101"
        assert self.words.many("%(count)s chose", "%(count)s choses", 1) == "1 chose"

    def test_a_sentence_is_translated(self) -> None:
        """And what nobody translated is said in French rather than not at all."""
        assert self.words("Se connecter") == "Sign in"
        assert self.words("Ceci n’est pas dans le catalogue.") == "Ceci n’est pas dans le catalogue."
