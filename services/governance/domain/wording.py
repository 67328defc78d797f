"""What a proposal or an amendment says: a title and a text, what names them exactly, and how two of them differ."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Literal, NamedTuple

from libs.errors import TooLarge

WORDING_BYTES_MAX = 40_000
"""As JSON, with what goes into the same entry beside it; so it is one entry, also where that is sealed."""

COMPARED_MAX = 1500
"""So many lines, or words of a line, are compared at most; where more lie between two ends that are alike, all do."""

SHARED_PARTS = 3
"""Of which two lines share one at least, to be shown as one that changed."""

Sign = Literal["=", "-", "+"]
Piece = tuple[Sign, str]


class TextIsTooLong(TooLarge):
    """A text has to fit into one entry of the log."""


class Wording(NamedTuple):
    """What is put before a group."""

    title: str
    text: str

    @property
    def sha256(self) -> str:
        """What names it: the SHA-256 of the title, a line feed and the text."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()

    def check_fits(self, *beside: object) -> None:
        """
        Raises:
            TextIsTooLong: With what stands *beside* it, as JSON, it would not fit into an entry of the log.
        """
        size = len(json.dumps([*self, *beside], ensure_ascii=False).encode())
        if size > WORDING_BYTES_MAX:
            raise TextIsTooLong(
                f"With its line breaks and quotation marks the text takes {size} bytes;"
                f" {WORDING_BYTES_MAX} fit into an entry of the log."
            )


@lru_cache(maxsize=256)
def compare(older: str, newer: str) -> tuple[tuple[Piece, ...], ...]:
    """
    Return the lines of both texts, one behind the other, each as its pieces.

    A piece is in both (`=`), in the older alone (`-`) or in the newer alone (`+`). The older text is the lines that
    have a piece of `=` or `-`, read by these; the newer likewise.
    """
    old, new = older.split("\n"), newer.split("\n")
    return tuple(line for sign, a, b in _runs(old, new) for line in _lines(sign, a, b))


def _lines(sign: Sign, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Piece, ...]]:
    if sign == "=":
        yield from ((("=", line),) for line in old)
        return
    for before, after in zip_longest(old, new):
        pieces = _pieces(before, after) if before and after else ()
        shared = sum(len(words) for kind, words in pieces if kind == "=")
        if before and after and SHARED_PARTS * shared >= max(len(before), len(after)):
            yield pieces
            continue
        if before is not None:
            yield (("-", before),)
        if after is not None:
            yield (("+", after),)


def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for sign, old, new in _runs(_words(before), _words(after)):
        if sign == "=":
            pieces.append(("=", "".join(old)))
            continue
        pieces += [(kind, "".join(words)) for kind, words in ((_GONE, old), (_COME, new)) if words]
    return tuple(pieces)


_GONE: Sign = "-"
_COME: Sign = "+"


def _words(line: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", line)


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[Sign, Sequence[str], Sequence[str]]]:
    """Return what is alike (`=`) and what is not (`-`), in order; of what is alike both sides are the same."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    if start:
        yield "=", old[:start], new[:start]
    if max(len(inner_old), len(inner_new)) > COMPARED_MAX:
        yield "-", inner_old, inner_new
    elif inner_old or inner_new:
        for tag, a, b, c, d in difflib.SequenceMatcher(None, inner_old, inner_new).get_opcodes():
            yield "=" if tag == "equal" else "-", inner_old[a:b], inner_new[c:d]
    if end:
        yield "=", old[len(old) - end :], new[len(new) - end :]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many of both are the same, from the beginning."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(old), len(new)))
