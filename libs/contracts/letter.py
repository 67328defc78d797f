"""
Several questions in one letter, and their answers in another: what a page asks one service at once is sent at once.

A letter is lines, each a word, a space and JSON, which has no line ends of its own. A question's word is the query's
name, an answer's its kind: `View`, `Refusal`, or `Alone` where the letter had no room for it and the question is to be
asked by itself. Answers stand in the order of their questions.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

SEVERAL: Final = "Several"
"""The subject's last word, where a single question has the query's name."""

QUESTIONS_MAX: Final = 32

LETTER_BYTES_MAX: Final = 700_000
"""NATS carries a megabyte."""

Kind: TypeAlias = Literal["View", "Refusal", "Alone"]

Line: TypeAlias = tuple[str, bytes]
"""A word, and JSON."""


def written(lines: Iterable[Line]) -> bytes:
    """Return the letter that says *lines*."""
    return b"\n".join(word.encode() + b" " + content for word, content in lines)


def read(letter: bytes) -> list[Line]:
    """Return the lines that a *letter* says."""
    parts = (line.partition(b" ") for line in letter.split(b"\n"))
    return [(word.decode(), content) for word, _, content in parts]


def fitted(answers: Iterable[Line]) -> list[Line]:
    """Return *answers*; those that the letter has no room for are to be asked for alone."""
    lines: list[Line] = []
    room = LETTER_BYTES_MAX
    for word, content in answers:
        fits = len(content) <= room
        lines.append((word, content) if fits else ("Alone", b"null"))
        room -= len(content) if fits else 0
    return lines
