"""
Words that people send, made safe to keep and to compare.

Text is put into Unicode's composed form (NFC) and stripped; control characters and those that turn the direction of
writing or take no room (Unicode categories Cc, Cf but for joiners that scripts need, Cs, Co, Cn) are refused rather
than removed, so that what is kept is what was sent.
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic scripts, and emoji, need them
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def _clean(text: str, *, allowed: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    for character in text:
        if character in allowed or character in _JOINERS:
            continue
        if unicodedata.category(character) in _REFUSED:
            raise ValueError(f"the character U+{ord(character):04X} is not allowed in a text")
    if not text:
        raise ValueError("the text is empty")
    return text


def _line(text: str) -> str:
    if "\u2028" in text or "\u2029" in text:
        raise ValueError("line breaks are not allowed here")
    return _clean(text, allowed="")


def _prose(text: str) -> str:
    return _clean(text.replace("\r\n", "\n"), allowed="\n\t")


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_line)]
"""One line of text, of 1 to 200 characters."""

Prose = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_prose)]
"""Lines of text, of 1 to 10,000 characters."""

ARTICLE_BYTES_MAX = 36_000


def _article(text: str) -> str:
    if len(text.encode()) > ARTICLE_BYTES_MAX:
        raise ValueError(f"the text has {len(text.encode())} bytes, and {ARTICLE_BYTES_MAX} fit into an entry")
    return _prose(text)


Article = Annotated[str, StringConstraints(max_length=36_000), AfterValidator(_article)]
"""A text that a group decides on: lines of text, as much as one entry of a log holds beside its title."""
