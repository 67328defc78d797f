"""
What pages say, in the reader's language.

French is what templates are written in; every other language is one file, `locales/<language>.po`, read as it lies.
Dates, numbers and plurals follow the language's own rules (Unicode CLDR, by Babel).
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).parent / "locales"
SOURCE = "fr"
_AS_WRITTEN_IN = {"en": "en_GB"}
"""Where a language's dates are written as elsewhere than CLDR takes it for."""

_NARROW, _NO_BREAK = "\u202f", "\u00a0"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that pages speak, the source first."""
    return (SOURCE, *sorted(path.stem for path in LOCALES.glob("*.po")))


@cache
def words_of(language: str) -> "Words":
    """Return the words of one of `languages`."""
    return Words(language)


def preferred(accept_language: str) -> str:
    """Return which of `languages` the header `Accept-Language` (RFC 9110, 12.5.4) asks for first; else the source."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=(0(\.\d{1,3})?|1(\.0{1,3})?)\s*", rest) if rest else None
        if not rest or quality:
            wanted.append((float(quality[1]) if quality else 1.0, tag.lower().partition("-")[0]))
    for quality_, language in sorted(wanted, key=lambda each: -each[0]):
        if quality_ and language in languages():
            return language
    return SOURCE


class Words:
    """One language: its translations, and how it writes numbers, times and distances."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(_AS_WRITTEN_IN.get(language, language))
        self.is_right_to_left = self.locale.text_direction == "rtl"
        self._translations = _translations(language)

    def __call__(self, message: str, **values: object) -> str:
        """Return *message*, which is French, in this language, with *values* put in where it names them."""
        said = self._translations.gettext(message)
        return said % values if values else said

    def many(self, one: str, many: str, count: int, **values: object) -> str:
        """Return which of both fits *count*, by this language's own rule; `%(count)s` is the number."""
        said = self._translations.ngettext(one, many, count)
        return said % {"count": self.number(count), **values}

    @property
    def gettext(self) -> Callable[[str], str]:
        """What `{% trans %}` calls."""
        return self._translations.gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        """What `{% trans %}` with `{% pluralize %}` calls."""
        return self._translations.ngettext

    def name_of(self, language: str) -> str:
        """Return what a language calls itself, with a capital."""
        name = Locale.parse(language).get_display_name() or language
        return name[:1].upper() + name[1:]

    def number(self, number: float) -> str:
        """Return a number as it is written."""
        return numbers.format_decimal(number, locale=self.locale)

    def share(self, part: float, whole: float) -> str:
        """Return *part* of *whole* in per cent."""
        return numbers.format_percent(part / whole if whole else 0, locale=self.locale)

    def day(self, day: date, *, today: date | None = None) -> str:
        """Return a day in words, with its weekday; the year only where it is not that of *today*."""
        pattern = self.locale.date_formats["full"].pattern
        if today and day.year == today.year:
            pattern = re.sub(r"[\s,]*y+", "", pattern)
        said = dates.format_date(day, pattern, locale=self.locale)
        return said.replace(" 1 ", " 1er ", 1) if self.language == "fr" and day.day == 1 else said

    def weekday(self, day: date) -> str:
        """Return the day's name, with a capital where a line begins with it."""
        name = dates.format_date(day, "EEEE", locale=self.locale)
        return name[:1].upper() + name[1:]

    def clock(self, moment: time | datetime) -> str:
        """Return a time of day: « 19 h », « 18 h 30 » in French, else as the language has it."""
        if self.language == "fr":
            minutes = f"{_NO_BREAK}{moment.minute:02}" if moment.minute else ""
            return f"{moment.hour}{_NO_BREAK}h{minutes}"
        return dates.format_time(moment, "short", locale=self.locale)

    def moment(self, moment: datetime, *, zone: ZoneInfo, now: datetime | None = None) -> str:
        """Return day and time of day, in *zone*."""
        local = moment.astimezone(zone)
        day = self.day(local.date(), today=now.astimezone(zone).date() if now else None)
        return f"{day}, {self.clock(local)}"

    def ago(self, moment: datetime, *, now: datetime) -> str:
        """Return how long *moment* lies back, or ahead, in one unit."""
        return dates.format_timedelta(moment - now, add_direction=True, locale=self.locale, threshold=1.2)

    def lasting(self, duration: timedelta) -> str:
        """Return a duration, in one unit."""
        return dates.format_timedelta(duration, locale=self.locale, threshold=1.2)

    def distance(self, distance_m: float) -> str:
        """Return a distance in metres, rounded to fifty, or in kilometres."""
        if distance_m < 950:
            return f"{max(50, round(distance_m / 50) * 50)}{_NO_BREAK}m"
        kilometres = distance_m / 1000
        rounded = round(kilometres, 1) if kilometres < 10 else round(kilometres)
        return f"{self.number(rounded)}{_NO_BREAK}km"

    def listing(self, items: list[str]) -> str:
        """Return *items* as the language lists them: « a, b et c »."""
        return format_list(items, locale=self.locale) if items else ""

    def typeset(self, html: str) -> str:
        """Return a page's *html* with the spaces that French puts before its high signs, outside of tags."""
        return _french(html) if self.language == "fr" else html


class _Source(NullTranslations):
    """The source's own words; French says « 0 réponse »."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return which of both fits *n*."""
        return msgid1 if abs(n) < 2 else msgid2


def _translations(language: str) -> NullTranslations:
    if language == SOURCE:
        return _Source()
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


_HIGH = re.compile(r" [?!;:]|« | »")
_VERBATIM = re.compile(r"<(script|style|pre|code|textarea)\b.*?</\1>", re.DOTALL)


def _french(html: str) -> str:
    """Go from sign to sign, not from tag to tag: a page has hundreds of tags, and few signs."""
    out, done, opened, closed = [], 0, -1, -1
    verbatim = [found.span() for found in _VERBATIM.finditer(html)][::-1]
    for found in _HIGH.finditer(html):
        at = found.start()
        opened, closed = max(opened, html.rfind("<", done, at)), max(closed, html.rfind(">", done, at))
        while verbatim and verbatim[-1][1] <= at:
            verbatim.pop()
        signs = found[0]
        if opened <= closed and not (verbatim and verbatim[-1][0] < at):
            signs = signs.replace(" ", _NARROW if signs[1] in "?!;" else _NO_BREAK)
        out += [html[done:at], signs]
        done = found.end()
    return "".join([*out, html[done:]])
