"""Ballots: of members, and those cast on paper."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Event
from libs.contracts.governance.events.example import BATCH, POLL, VOTER, example
from libs.contracts.text import Line


class BallotEvent(Event):
    """What the events of a ballot share. The entry's actor is the voter's pseudonym, never a member's id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "ballot"


class BallotCast(BallotEvent):
    """
    A voter's first ballot in a poll. Its *voter* is a pseudonym for that poll alone.

    *marks* says something of each of *choices*, in the same order, where the method asks for it: a score, a grade, a
    rank, dots. *reason* is why a voter blocks; it is public with the ballot.
    """

    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    voter: UUID
    choices: tuple[str, ...]
    marks: tuple[int, ...] = ()
    reason: Line | None = None

    model_config = example(poll_id=POLL, voter=VOTER, choices=["An orchard", "Leave it wild"])


class BallotReplaced(BallotEvent):
    """The voter chose anew, or again after withdrawing; what the ballot said before counts no longer."""

    is_sealable: ClassVar[bool] = True

    choices: tuple[str, ...]
    marks: tuple[int, ...] = ()
    reason: Line | None = None

    model_config = example(choices=["Leave it wild"])


class BallotWithdrawn(BallotEvent):
    """The voter took the ballot back; it counts for nothing, not even as a blank one."""

    model_config = example()


class PaperBallotsEntered(Event):
    """
    A part, counted from 0, of a batch of ballots cast on paper; they count when `PaperBatchEntered` is behind them.

    The ballots of a batch are numbered from 1 in the order of its parts. *marks* has a row for each ballot where the
    poll's method asks for marks, else none at all. The entry's actor is the steward.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "paper_part"
    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    batch_id: UUID
    part: int
    ballots: tuple[tuple[str, ...], ...]
    marks: tuple[tuple[int, ...], ...] = ()

    model_config = example(poll_id=POLL, batch_id=BATCH, part=0, ballots=[["A playground"], [], ["An orchard"]])


class PaperBatchEvent(Event):
    """What the events of a batch of paper ballots share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "paper_batch"


class PaperBatchEntered(PaperBatchEvent):
    """A steward (the entry's actor) vouches for a batch of ballots cast on paper; its parts stand before this entry."""

    poll_id: UUID
    ballots_count: int
    parts_count: int

    model_config = example(poll_id=POLL, ballots_count=3, parts_count=1)


class PaperBatchStruck(PaperBatchEvent):
    """A steward (the entry's actor) took a whole batch back before the close; none of its ballots counts."""

    reason: Line

    model_config = example(reason="The second sheet was entered twice.")
