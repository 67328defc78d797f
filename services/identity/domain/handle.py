"""
Handles: what members are called, and when two of them are too alike.

Two handles are the same if a reader cannot tell them apart. So a handle is shown in small letters, in one script, and
compared by its *skeleton* (Unicode UTS #39): each letter is replaced by the one that stands for all that look like it.
Capitals are not kept, since they look like other letters than their small ones do: Iiam is not liam. The table of
look-alikes is Unicode's, as the library `confusable-homoglyphs` carries it; the library itself says only whether a text
is confusable, so the skeleton is made here from its table.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

from confusable_homoglyphs import categories
from confusable_homoglyphs.confusables import confusables_data

from libs.errors import Unprocessable

CHARACTERS_MIN = 3
CHARACTERS_MAX = 30
MARKS_IN_A_ROW_MAX = 2

_SIGNS = "._-"
_DOTTED_I = "i\u0307"  # what a Turkish capital I becomes; its dot cannot be seen
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(point)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for point in range(first, last + 1)
}
"""Letters and marks that take no room (Default_Ignorable_Code_Point; the others are in categories never let in)."""

_NO_SCRIPT = {"COMMON", "INHERITED"}
_WRITTEN_TOGETHER = (
    {"HAN", "HIRAGANA", "KATAKANA"},  # Japanese
    {"HAN", "BOPOMOFO"},
    {"HAN", "HANGUL"},
)
_RESERVED = (
    "admin administrator anonymous everybody everyone gateway governance groups help identity me member moderator"
    " moderateur modérateur nobody null official operator operateur opérateur plaanet root security staff"
    " steward support system undefined"
)


class HandleNotAllowed(Unprocessable):
    """This cannot be a handle."""


class Handle(NamedTuple):
    """A handle as it is shown, and its *skeleton*, which only one member may have."""

    shown: str
    skeleton: str


def read(typed: str) -> Handle:
    """
    Return the handle that *typed* means.

    Raises:
        HandleNotAllowed: It cannot be one.
    """
    shown = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).lower()).replace(_DOTTED_I, "i")
    if not CHARACTERS_MIN <= len(shown) <= CHARACTERS_MAX:
        raise HandleNotAllowed(f"A handle has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters.")
    if not _is_letter(shown[0]) and unicodedata.category(shown[0]) != "Nd":
        raise HandleNotAllowed("A handle begins with a letter or a digit.")
    _check_characters(shown)
    _check_script(shown)
    found = Handle(shown, skeleton(shown))
    if _loosely(found.skeleton) in _reserved():
        raise HandleNotAllowed(f"The handle {shown} would look like a part of this node.")
    return found


def fold(text: str) -> str:
    """Return *text* as it is compared with itself in other cases and widths."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace(_DOTTED_I, "i")


def skeleton(text: str) -> str:
    """Return what all texts that look like *text* have in common; it means nothing by itself."""
    # Folded once more behind: the letter that stands for 0 is a capital O.
    once = _replaced(_replaced(fold(text)).casefold())
    return unicodedata.normalize("NFC", once)


def _replaced(text: str) -> str:
    replaced = "".join(_prototypes().get(character, character) for character in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", replaced)


def _check_characters(shown: str) -> None:
    marks = 0
    for character in shown:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Mc") else 0
        if marks > MARKS_IN_A_ROW_MAX:
            raise HandleNotAllowed("A handle has no towers of accents.")
        is_known = _is_letter(character) or marks or category == "Nd" or character in _SIGNS
        if not is_known or character in _UNSEEN:
            raise HandleNotAllowed(
                f"A handle has letters, digits, points, dashes and underscores, not U+{ord(character):04X}."
            )


def _check_script(shown: str) -> None:
    scripts = categories.unique_aliases(shown) - _NO_SCRIPT
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        names = " and ".join(sorted(name.capitalize() for name in scripts))
        raise HandleNotAllowed(f"A handle is written in one script; this one mixes {names}.")


def _is_letter(character: str) -> bool:
    return unicodedata.category(character) in ("Lu", "Ll", "Lo", "Lm", "Lt")


@cache
def _prototypes() -> dict[str, str]:
    """
    Return, for each character that looks like others, the one that stands for all of them.

    The library's table lists pairs both ways. Each family is a star: the prototype is the one with several partners,
    and of two that have only each other the longer (m looks like rn), else the smaller.
    """
    partners = {_bare(one): [_bare(other["c"]) for other in others] for one, others in confusables_data.items()}
    prototypes = {}
    for one, others in partners.items():
        if len(one) != 1 or len(others) != 1:
            continue
        other = others[0]
        if len(partners.get(other, ())) > 1 or (-len(other), other) < (-1, one):
            prototypes[one] = other
    # Unicode's table takes the small palochka for an i; as in аррӏе, people take it for an l.
    return prototypes | {"ӏ": "l"}


def _bare(entry: str) -> str:
    """Take off the marks of direction that Unicode's file wraps right-to-left letters in."""
    return entry.replace("\u200e", "")


@cache
def _reserved() -> frozenset[str]:
    return frozenset(_loosely(skeleton(word)) for word in _RESERVED.split())


def _loosely(of: str) -> str:
    """Nobody is to be adm1n, p.laanet or l-dentity either."""
    return of.translate({ord("i"): "l", **dict.fromkeys(map(ord, _SIGNS))})
