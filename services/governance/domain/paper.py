"""
Ballots cast on paper in a hall meeting, entered by a steward who vouches for them.

They are in the log a batch at a time, whole or not at all, and stay marked as paper; a batch that was entered wrongly
is struck as a whole and entered anew.
"""

import json
from collections.abc import Sequence
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.tally import Ballot

PART_BYTES_MAX = 38_000
"""Of ballots in one entry of the log, which may have to be sealed."""


class PaperPart(Aggregate):
    """Some ballots of a batch."""

    is_settled = True

    @staticmethod
    def create_id(batch_id: UUID, part: int) -> UUID:
        """Return the address of the part."""
        return uuid5(batch_id, f"part {part}")

    @event("PaperBallotsEntered")
    def __init__(
        self,
        poll_id: UUID,
        batch_id: UUID,
        part: int,
        ballots: tuple[tuple[str, ...], ...],
        marks: tuple[tuple[int, ...], ...],
    ) -> None:
        self.poll_id = poll_id
        self.batch_id = batch_id
        self.part = part
        self.ballots = ballots
        self.marks = marks


class PaperBatch(Aggregate):
    """A batch of paper ballots."""

    @event("PaperBatchEntered")
    def __init__(
        self,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        poll_id: UUID,
        ballots_count: int,
        parts_count: int,
    ) -> None:
        self._id = id
        self.poll_id = poll_id
        self.ballots_count = ballots_count
        self.parts_count = parts_count
        self.is_struck = False

    def strike(self, reason: str) -> None:
        """Take the whole batch back; what is struck stays so, for the first reason."""
        if not self.is_struck:
            self._strike(reason)

    @event("PaperBatchStruck")
    def _strike(self, reason: str) -> None:
        self.is_struck = True
        self.reason = reason


def split(poll_id: UUID, batch_id: UUID, ballots: Sequence[Ballot]) -> list[PaperPart]:
    """Return the batch in parts, each of which fits into one entry of the log; marks go with it if any ballot has."""
    has_marks = any(ballot.marks for ballot in ballots)
    parts: list[list[Ballot]] = [[]]
    size = 0
    for ballot in ballots:
        ballot_size = len(json.dumps(ballot, ensure_ascii=False).encode()) + 1
        if parts[-1] and size + ballot_size > PART_BYTES_MAX:
            parts.append([])
            size = 0
        parts[-1].append(ballot)
        size += ballot_size
    return [
        PaperPart(
            poll_id=poll_id,
            batch_id=batch_id,
            part=part,
            ballots=tuple(ballot.choices for ballot in some),
            marks=tuple(ballot.marks for ballot in some) if has_marks else (),
        )
        for part, some in enumerate(parts)
    ]
