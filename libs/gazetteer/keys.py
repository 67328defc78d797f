"""
What two spellings of a name have in common.

Names are kept, and looked up, by their key: without accents, capitals, hyphens and apostrophes, ligatures written
out, and the short forms of *saint* and *sur* made long. So "St-Étienne", "saint etienne" and "SAINT ÉTIENNE" are one.
The database's own `unaccent` is not used: what it does depends on files of the server, an index on it needs a function
that is declared what it is not, and it knows nothing of "St".
"""

import re
import unicodedata
from typing import Final

KEY_CHARACTERS_MAX: Final = 80

_LETTERS: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŀ": "l"}
)
_WORDS: Final = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_SLASHED: Final = ((re.compile(r"\bs/s\b|\bs/s(?=\s)"), " sous "), (re.compile(r"\bs/"), " sur "))


def key_of(name: str) -> str:
    """Return the key of *name*: lower-case words of letters and digits with single spaces; may be empty."""
    text = _plain(name)
    for short, long in _SLASHED:
        text = short.sub(long, text)
    key = " ".join(_WORDS.get(word, word) for word in _words(text))
    return key[:KEY_CHARACTERS_MAX].strip()


def search_key(text: str) -> str:
    """
    Return what *text* is searched by, a part of it by a part of this: as a key, of any length, and nothing made long.

    Who has typed "st" may be on the way to a stadium.
    """
    return " ".join(_words(_plain(text)))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(character for character in text if not unicodedata.combining(character))


def _words(text: str) -> list[str]:
    # Hangul fell apart into letters of syllables, which belong together.
    return unicodedata.normalize("NFC", "".join(_kept(character) for character in text)).split()


def _kept(character: str) -> str:
    """Letters, digits and the vowel signs of scripts that write them apart; all else parts words."""
    return character if unicodedata.category(character)[0] in "LNM" else " "
