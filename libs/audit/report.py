"""What an audit found, for a person and for a program."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar, overload
from uuid import UUID

from libs.tally import Outcome

T = TypeVar("T")


class Rows(Sequence[T], Generic[T]):
    """What the books hold, read anew each time that somebody looks, so that nobody has to hold all of it."""

    def __init__(self, count: Callable[[], int], read: Callable[[], Iterator[T]]) -> None:
        self._count = count
        self._read = read

    def __len__(self) -> int:
        return self._count()

    def __iter__(self) -> Iterator[T]:
        return self._read()

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice) or place < 0:
            return tuple(self)[place]
        for found in islice(self, place, None):
            return found
        raise IndexError(place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)


class Difference(NamedTuple):
    """
    Something in the log that is not as it must be.

    *rule* is the name that `docs/AUDIT.md` describes it under, *text* a sentence for a person. *position* is the entry
    where it shows; what was tampered with may stand before it. *poll_id* is None for what concerns the log as a whole.
    """

    position: int
    poll_id: UUID | None
    rule: str
    text: str

    def as_plain(self) -> dict[str, Any]:
        """Return what `--json` prints of a difference."""
        poll_id = str(self.poll_id) if self.poll_id else None
        return {"position": self.position, "poll_id": poll_id, "rule": self.rule, "text": self.text}


class PollNote(NamedTuple):
    """
    Something about a poll that is no difference, and that a reader should know.

    *text* says it in English; *name* and *values* are for those who say it otherwise.
    """

    name: str
    text: str
    values: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class PollReport:
    """
    One poll as the log tells it.

    *outcome* is what the auditor counted, None while the poll is open. *late_positions* are entries behind the close,
    which count for nothing and are no difference: the log decides what is late.
    """

    poll_id: UUID
    group_id: UUID
    question: str
    method: str
    options: tuple[str, ...]
    opened_position: int
    closed_position: int | None
    declared_position: int | None
    closes_at: datetime
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    seed: str | None
    ballots_sha256: str | None
    outcome: Outcome | None
    late_positions: tuple[int, ...]
    notes: tuple[PollNote, ...]
    cancelled_position: int | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return what `--json` prints of a poll."""
        return {
            "poll_id": str(self.poll_id),
            "group_id": str(self.group_id),
            "question": self.question,
            "opened_position": self.opened_position,
            "closed_position": self.closed_position,
            "declared_position": self.declared_position,
            "cancelled_position": self.cancelled_position,
            "closes_at": self.closes_at.isoformat(),
            "voters_count": self.voters_count,
            "ballots_count": self.ballots_count,
            "paper_ballots_count": self.paper_ballots_count,
            "seed": self.seed,
            "ballots_sha256": self.ballots_sha256,
            "recount": self.outcome.as_plain() if self.outcome else None,
            "late_positions": list(self.late_positions),
            "notes": [note.text for note in self.notes],
        }


class Witnessed(NamedTuple):
    """A witness that has cosigned a checkpoint, and when, in seconds since 1970."""

    name: str
    time_s: int


@dataclass(frozen=True, slots=True)
class Seal:
    """
    What the log signed: that the log *origin* has *size* entries, over which the tree has that *root*.

    *key* is the verifier key that signed it, None if none that is trusted did; where it *is_first_sight* the log's own
    word is all that says so. *quorum* says which witnesses the policy asks for. *note* is the checkpoint, to the byte.
    *former_keys* are those that were trusted and led, one to the next, to *key*.
    """

    origin: str
    size: int
    root: str
    key: str | None
    is_first_sight: bool
    quorum: str
    witnesses: tuple[Witnessed, ...]
    note: bytes
    tiles_count: int = 0
    former_keys: tuple[str, ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """Return what `--json` prints of the seal."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "key": self.key,
            "former_keys": list(self.former_keys),
            "is_first_sight": self.is_first_sight,
            "quorum": self.quorum,
            "witnesses": [{"name": each.name, "time": each.time_s} for each in self.witnesses],
            "checkpoint": self.note.decode(errors="replace"),
            "tiles_count": self.tiles_count,
        }


class Unchecked(NamedTuple):
    """What could not be checked: *text* says it in English; *name* and *value* are for those who say it otherwise."""

    name: str
    text: str
    value: int | str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """
    The whole audit: how many entries were read, every poll, every difference.

    *seal* is what the log signed, None for one that is not sealed; *unchecked* says in words what could not be checked.
    """

    entries_count: int
    polls: Sequence[PollReport]
    differences: Sequence[Difference]
    seal: Seal | None = None
    unchecked: tuple[Unchecked, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether everything is as it must be."""
        return not self.differences

    def about(self, poll_id: UUID) -> "Report":
        """Return what concerns one poll, and the log as a whole."""
        return Report(
            self.entries_count,
            tuple(poll for poll in self.polls if poll.poll_id == poll_id),
            tuple(each for each in self.differences if each.poll_id in (None, poll_id)),
            self.seal,
            self.unchecked,
        )

    def head(self) -> dict[str, Any]:
        """Return what is said of the log as a whole, in JSON's own types."""
        return {
            "is_clean": self.is_clean,
            "entries_count": self.entries_count,
            "seal": self.seal.as_plain() if self.seal else None,
            "unchecked": [each.text for each in self.unchecked],
        }
