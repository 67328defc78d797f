"""Entries that mean something only together with a later one, which says how many they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from libs.audit.books import Books

Kind = Literal["roll", "paper", "result", "delegation"]


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part, by its *number* among those of its whole.

    *size* is how many voters, ballots or rounds it holds; *body* is JSON, empty where they stand in the books already.
    """

    position: int
    number: int
    actor: str
    poll_id: UUID
    size: int
    body: str = ""


def add_part(books: Books, kind: Kind, whole: UUID, part: Part) -> None:
    """Keep *part* until its whole comes."""
    row = kind, whole.bytes, part.position, part.number, part.actor, part.poll_id.bytes, part.size, part.body
    books.db.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def take_parts(books: Books, kind: Kind, whole: UUID) -> list[Part]:
    """Return the parts of *whole*, in the order of their numbers; they are parts no longer."""
    rows = books.db.execute(
        "DELETE FROM part WHERE kind = ? AND whole = ? RETURNING position, number, actor, poll_id, size, body",
        (kind, whole.bytes),
    ).fetchall()
    parts = [
        Part(position, number, actor, UUID(bytes=poll_id), size, body)
        for position, number, actor, poll_id, size, body in rows
    ]
    return sorted(parts, key=lambda part: (part.number, part.position))


def are_whole(parts: Sequence[Part], parts_count: int) -> bool:
    """Return whether *parts*, in the order of their numbers, are 0 … *parts_count* − 1, once each."""
    return [part.number for part in parts] == list(range(parts_count))


def alone(books: Books) -> Iterator[tuple[int, UUID]]:
    """Yield the position, and the poll, of every part whose whole has not come."""
    for position, poll_id in books.db.execute("SELECT position, poll_id FROM part ORDER BY position"):
        yield position, UUID(bytes=poll_id)
