"""What a count gave, and what follows from it."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Contract, Event
from libs.contracts.governance.events.example import DIGEST, ELECTOR, OTHER_VOTER, POLL, VOTER, example
from libs.contracts.governance.terms import Lost, Method, Remedy, Sha256, TaskState
from libs.contracts.text import Line, Prose


class Tie(Contract):
    """Options, by their places in the poll's list from 0, that were level; *broken_by* and *seed* as `libs.tally`."""

    options: tuple[int, ...]
    broken_by: tuple[str, ...]
    seed: str | None


class Round(Contract):
    """
    One counting: a number for each option in the poll's order, None for one that has left.

    *label* says what the row is where it is no plain count, *elected* which options have a seat from here on.
    """

    counts: tuple[int | None, ...]
    exhausted_count: int
    eliminated: tuple[int, ...]
    tie: Tie | None
    elected: tuple[int, ...] = ()
    label: str = ""


class Verdict(Contract):
    """Whether the poll's rules were met; `Verdict` of `libs.tally`, field for field."""

    quorum_needed: int | None
    quorum_is_met: bool
    support: int | None
    support_needed: int | None
    blocks_count: int
    is_passed: bool


class RoundsCounted(Event):
    """A part, counted from 0, of a result: some of its rounds, in order."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "result_part"
    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    part: int
    rounds: tuple[Round, ...]

    model_config = example(
        poll_id=POLL,
        part=0,
        rounds=[
            {
                "counts": [2, 1, 1],
                "exhausted_count": 1,
                "eliminated": [2],
                "tie": {"options": [1, 2], "broken_by": ["lot"], "seed": DIGEST},
            },
            {"counts": [3, 1, None], "exhausted_count": 1, "eliminated": [], "tie": None},
        ],
    )


class Carried(Contract):
    """What became of the vote of somebody who delegated it and cast no ballot: who carried it, or why nobody did."""

    delegator: UUID
    carrier: UUID | None = None
    lost: Lost | None = None


class KnownAs(Contract):
    """
    One who is on the roll as *voter* is *elector* in the group: needed where a delegation for more than one poll
    counts.
    """

    voter: UUID
    elector: UUID


class DelegationsCounted(Event):
    """
    A part, counted from 0, of a result: what became of delegated votes, and which electors these voters are.

    The delegations themselves stand before the close (`DelegationGranted` and what follows it). Those for a topic or
    the group name electors, and the roll names voters; *known_as* joins the two for those, and only those, who
    delegated without voting themselves, and whom they delegated to.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "delegation_part"
    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    part: int
    carried: tuple[Carried, ...]
    known_as: tuple[KnownAs, ...] = ()

    model_config = example(poll_id=POLL, part=0, carried=[{"delegator": VOTER, "carrier": OTHER_VOTER}])


class ResultEvent(Event):
    """What the events of a result share; its id is `uuid5(poll_id, "result")`."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "result"


class ResultDeclared(ResultEvent):
    """
    What the ballots of a closed poll decide; its rounds stand in `RoundsCounted` before this entry.

    *seed* is what `PollOpened.seed_from` says, in hexadecimal digits. *ballots_count* includes the blank ones, those
    on paper and the *delegated_count* votes that others carried. *outcome_sha256* is that of the whole outcome,
    `Outcome.as_plain()` of `libs.tally`, as canonical JSON (UTF-8, keys sorted, no white space): a recount has the
    same. *ballots_sha256* commits to every word of every counted ballot (`libs.tally.ballots_sha256`), also to ranks
    that no round reached.
    """

    is_sealable: ClassVar[bool] = True

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
    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    verdict: Verdict | None = None
    delegated_count: int = 0
    delegation_parts_count: int = 0

    model_config = example(
        poll_id=POLL,
        method="ranked",
        closed_position=1711,
        seed=DIGEST,
        voters_count=2,
        ballots_count=5,
        paper_ballots_count=3,
        blank_count=1,
        winners=["An orchard"],
        rounds_count=2,
        parts_count=1,
        outcome_sha256=DIGEST,
        ballots_sha256=DIGEST,
    )


class ReviewPlanned(ResultEvent):
    """The group looks again at what it decided on this day."""

    review_on: date

    model_config = example(review_on="2031-06-01")


class ReviewFellDue(ResultEvent):
    """The day on which the group wanted to look again at what it decided has come."""

    review_on: date

    model_config = example(review_on="2031-06-01")


class TaskEvent(Event):
    """What the events of a task share: something that follows from a result."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "task"


class TaskAgreed(TaskEvent):
    """From a result it follows that somebody (*elector*, or nobody named yet) does *what*, by *due_on*."""

    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    group_id: UUID
    what: Line
    elector: UUID | None
    due_on: date | None

    model_config = example(
        poll_id=POLL,
        group_id="4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11",
        what="Order the trees.",
        elector=ELECTOR,
        due_on="2030-09-01",
    )


class TaskMoved(TaskEvent):
    """The task stands so from here on; who does it, and by when, may have changed with it."""

    is_sealable: ClassVar[bool] = True

    state: TaskState
    elector: UUID | None
    due_on: date | None
    note: Line | None = None

    model_config = example(state="done", elector=ELECTOR, due_on="2030-09-01")


class ObjectionEvent(Event):
    """What the events of an objection share."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "objection"


class ObjectionRaised(ObjectionEvent):
    """
    Somebody on the roll objects to a result, and asks that it be counted again or voted on again.

    *objector* is the voter's pseudonym in that poll, who is also the entry's actor.
    """

    is_sealable: ClassVar[bool] = True

    poll_id: UUID
    objector: UUID
    reason: Prose
    remedy: Remedy

    model_config = example(
        poll_id=POLL, objector=VOTER, reason="The paper ballots were not all entered.", remedy="recount"
    )


class ResultRecounted(ObjectionEvent):
    """All ballots were counted again, from the log; *agrees* says whether the result is the one that was declared."""

    outcome_sha256: Sha256
    ballots_sha256: Sha256
    agrees: bool

    model_config = example(outcome_sha256=DIGEST, ballots_sha256=DIGEST, agrees=True)


class ReviewVoteOpened(ObjectionEvent):
    """The group votes again, in the poll *review_poll_id*, which stands before this entry."""

    review_poll_id: UUID

    model_config = example(review_poll_id="98470e21-6f3c-4f0e-9d53-0c2e7d1b7a45")
