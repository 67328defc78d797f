"""What stands in governance's log."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict

from libs.contracts.base import Contract, Event
from libs.contracts.governance.terms import Method, Role, Sha256
from libs.contracts.text import Line, Prose

_POLL = "98470e21-6f3c-4f0e-9d53-0c2e7d1b7a44"
_GROUP = "4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11"
_MEMBER = "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"
_ELECTOR = "e1ec7000-6f0e-8c53-9d7c-000000000001"
_VOTER = "70e40000-6f0e-8c53-9d7c-000000000001"
_BATCH = "c5a1d9e0-1f6b-5b0a-8a55-3f1c5d0e7f33"
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OPTIONS = ["An orchard", "A playground", "Leave it wild"]


def _example(**data: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": data})


# ---- who may vote --------------------------------------------------------------------------------------------


class ElectorateEvent(Event):
    """What the events of a group's electorate share: the members of a group, as this log knows them."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "electorate"


class ElectorateFormed(ElectorateEvent):
    """This log heard of a group for the first time."""

    group_id: UUID

    model_config = _example(group_id=_GROUP)


class ElectorJoined(ElectorateEvent):
    """
    A member of the group may vote in polls that open from now on.

    *elector* is the member's pseudonym in this group alone; *source_position* is where the log of groups says so.
    """

    elector: UUID
    role: Role
    source_position: int

    model_config = _example(elector=_ELECTOR, role="member", source_position=1207)


class ElectorRoleGiven(ElectorateEvent):
    """An elector became a steward of the group, or is one no longer."""

    elector: UUID
    role: Role
    source_position: int

    model_config = _example(elector=_ELECTOR, role="steward", source_position=1311)


class ElectorLeft(ElectorateEvent):
    """An elector left the group, and votes on in the polls whose roll bears the name already."""

    elector: UUID
    source_position: int

    model_config = _example(elector=_ELECTOR, source_position=1402)


# ---- polls ---------------------------------------------------------------------------------------------------


class RollFrozen(Event):
    """
    A part of the roll of a poll, counted from 0: who may vote in it, whatever happens to the group later.

    *voters* are pseudonyms for this poll alone, in ascending order. A voter stands in the part whose number is the
    pseudonym's 128-bit number modulo the poll's *parts_count*, and nowhere else.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "roll_part"

    poll_id: UUID
    part: int
    voters: tuple[UUID, ...]

    model_config = _example(poll_id=_POLL, part=0, voters=[_VOTER, "70e40000-6f0e-8c53-9d7c-000000000002"])


class PollEvent(Event):
    """What the events of a poll share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "poll"


class PollOpened(PollEvent):
    """
    A question was put to a group; the entry's actor is the member who did. Ballots behind this entry count.

    *roll_sha256* is the SHA-256 of all voters' 16-byte pseudonyms, one after another in ascending order.
    """

    group_id: UUID
    question: Line
    explanation: Prose | None
    method: Method
    options: tuple[Line, ...]
    closes_at: AwareDatetime
    may_close_early: bool
    allows_paper: bool
    voters_count: int
    parts_count: int
    roll_sha256: Sha256

    model_config = _example(
        group_id=_GROUP,
        question="What becomes of the field behind the school?",
        explanation="The commune gives it to us for ten years.",
        method="ranked",
        options=_OPTIONS,
        closes_at="2030-06-01T12:00:00Z",
        may_close_early=False,
        allows_paper=True,
        voters_count=2,
        parts_count=1,
        roll_sha256=_DIGEST,
    )


class PollClosed(PollEvent):
    """
    Nothing behind this entry counts in the poll.

    *is_early* says that a steward (the entry's actor) closed it before its time. The SHA-256 of this entry's exact
    bytes is the seed from which lots are drawn.
    """

    is_early: bool

    model_config = _example(is_early=False)


class BallotEvent(Event):
    """What the events of a ballot share. The entry's actor is the voter's pseudonym, never a member's id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "ballot"


class BallotCast(BallotEvent):
    """A voter's first ballot in a poll. Its *voter* is a pseudonym for that poll alone."""

    poll_id: UUID
    voter: UUID
    choices: tuple[str, ...]

    model_config = _example(poll_id=_POLL, voter=_VOTER, choices=["An orchard", "Leave it wild"])


class BallotReplaced(BallotEvent):
    """The voter chose anew, or again after withdrawing; what the ballot said before counts no longer."""

    choices: tuple[str, ...]

    model_config = _example(choices=["Leave it wild"])


class BallotWithdrawn(BallotEvent):
    """The voter took the ballot back; it counts for nothing, not even as a blank one."""

    model_config = _example()


class PaperBallotsEntered(Event):
    """
    A part, counted from 0, of a batch of ballots cast on paper; they count when `PaperBatchEntered` is behind them.

    The ballots of a batch are numbered from 1 in the order of its parts. The entry's actor is the steward.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "paper_part"

    poll_id: UUID
    batch_id: UUID
    part: int
    ballots: tuple[tuple[str, ...], ...]

    model_config = _example(poll_id=_POLL, batch_id=_BATCH, part=0, ballots=[["A playground"], [], ["An orchard"]])


class PaperBatchEvent(Event):
    """What the events of a batch of paper ballots share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "paper_batch"


class PaperBatchEntered(PaperBatchEvent):
    """A steward (the entry's actor) vouches for a batch of ballots cast on paper; its parts stand before this entry."""

    poll_id: UUID
    ballots_count: int
    parts_count: int

    model_config = _example(poll_id=_POLL, ballots_count=3, parts_count=1)


class PaperBatchStruck(PaperBatchEvent):
    """A steward (the entry's actor) took a whole batch back before the close; none of its ballots counts."""

    reason: Line

    model_config = _example(reason="The second sheet was entered twice.")


# ---- results -------------------------------------------------------------------------------------------------


class Tie(Contract):
    """Options, by their places in the poll's list from 0, that were level; *broken_by* and *seed* as `libs.tally`."""

    options: tuple[int, ...]
    broken_by: tuple[str, ...]
    seed: str | None


class Round(Contract):
    """One counting: a number for each option in the poll's order, None for one that has left."""

    counts: tuple[int | None, ...]
    exhausted_count: int
    eliminated: tuple[int, ...]
    tie: Tie | None


class RoundsCounted(Event):
    """A part, counted from 0, of a result: some of its rounds, in order."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "result_part"

    poll_id: UUID
    part: int
    rounds: tuple[Round, ...]

    model_config = _example(
        poll_id=_POLL,
        part=0,
        rounds=[
            {
                "counts": [2, 1, 1],
                "exhausted_count": 1,
                "eliminated": [2],
                "tie": {"options": [1, 2], "broken_by": ["lot"], "seed": _DIGEST},
            },
            {"counts": [3, 1, None], "exhausted_count": 1, "eliminated": [], "tie": None},
        ],
    )


class ResultDeclared(Event):
    """
    What the ballots of a closed poll decide; its rounds stand in `RoundsCounted` before this entry.

    *seed* is the SHA-256 of the bytes of the entry at *closed_position*, the poll's `PollClosed`. *ballots_count*
    includes the blank ones and those on paper. *outcome_sha256* is that of the whole outcome, `Outcome.as_plain()` of
    `libs.tally`, as canonical JSON (UTF-8, keys sorted, no white space): a recount has the same.
    *ballots_sha256* commits to every word of every counted ballot (`libs.tally.ballots_sha256`), also to ranks that no
    round reached.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "result"

    poll_id: UUID
    method: Method
    closed_position: int
    seed: Sha256
    voters_count: int
    ballots_count: int
    paper_ballots_count: int
    blank_count: int
    winners: tuple[str, ...]
    rounds_count: int
    parts_count: int
    outcome_sha256: Sha256
    ballots_sha256: Sha256

    model_config = _example(
        poll_id=_POLL,
        method="ranked",
        closed_position=1711,
        seed=_DIGEST,
        voters_count=2,
        ballots_count=5,
        paper_ballots_count=3,
        blank_count=1,
        winners=["An orchard"],
        rounds_count=2,
        parts_count=1,
        outcome_sha256=_DIGEST,
        ballots_sha256=_DIGEST,
    )
