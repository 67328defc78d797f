"""
Who may vote in a poll, settled when it opens, in parts that each fit into an entry of the log.

A voter stands in the part that follows from the pseudonym, so that one part has to be read to know.
"""

import hashlib
from collections.abc import Collection, Iterable
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.errors import NotAllowed, TooLarge

VOTERS_PER_PART = 800
PARTS_MAX = 900
"""With the poll itself they are one atomic batch of the log, which takes 1,000 entries."""


class NotOnTheRoll(NotAllowed):
    """Only who was put on the roll when the poll opened may vote in it."""


class RollIsTooLong(TooLarge):
    """A roll has to fit into one batch of the log."""


class RollPart(Aggregate):
    """Some of those who may vote in a poll."""

    is_settled = True

    @staticmethod
    def create_id(poll_id: UUID, part: int) -> UUID:
        """Return the address of the part."""
        return uuid5(poll_id, f"roll {part}")

    @event("RollFrozen")
    def __init__(self, poll_id: UUID, part: int, voters: tuple[UUID, ...]) -> None:
        self.poll_id = poll_id
        self.part = part
        self.voters = frozenset(voters)

    def check_bears(self, voter: UUID) -> None:
        """
        Raises:
            NotOnTheRoll: *voter* was not in the group when the poll opened.
        """
        if voter not in self.voters:
            raise NotOnTheRoll("Only who was put on the roll when the poll opened may vote in it.")


def part_of(voter: UUID, parts_count: int) -> int:
    """Return the part of the roll in which *voter* is looked for."""
    return voter.int % parts_count


def freeze_roll(poll_id: UUID, voters: Collection[UUID]) -> list[RollPart]:
    """
    Return the parts of the roll, at least one of them.

    Raises:
        RollIsTooLong: There are more than one batch of the log takes.
    """
    parts_count = max(1, -(-len(voters) // VOTERS_PER_PART))
    if parts_count > PARTS_MAX:
        raise RollIsTooLong(f"A poll takes {VOTERS_PER_PART * PARTS_MAX} voters, and the group has {len(voters)}.")
    parts: list[list[UUID]] = [[] for _ in range(parts_count)]
    for voter in sorted(voters):
        parts[part_of(voter, parts_count)].append(voter)
    return [RollPart(poll_id=poll_id, part=part, voters=tuple(bucket)) for part, bucket in enumerate(parts)]


def roll_sha256(voters: Iterable[UUID]) -> str:
    """Return what commits to the whole roll: the SHA-256 of the voters' bytes in ascending order."""
    return hashlib.sha256(b"".join(voter.bytes for voter in sorted(voters))).hexdigest()
