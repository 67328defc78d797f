"""What may be asked of governance, by members and by its own reactions."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.base import Command, Contract
from libs.contracts.governance.events.results import Round, Verdict
from libs.contracts.governance.terms import OPTIONS_MAX, PAPER_BALLOTS_MAX, Choices, Method, Role, Sha256, Time
from libs.contracts.text import Line, Prose


class GovernanceCommand(Command):
    """What the commands to governance share."""

    service: ClassVar[str] = "governance"


class OpenPoll(GovernanceCommand):
    """Put a question to the group; its members at this moment may vote."""

    hears_first: ClassVar[bool] = True

    group_id: UUID
    question: Line
    explanation: Prose | None = None
    method: Method
    options: Annotated[tuple[Line, ...], Field(min_length=2, max_length=OPTIONS_MAX)]
    closes_at: Time
    may_close_early: bool = False
    allows_paper: bool = False


class CastBallot(GovernanceCommand):
    """Cast the actor's ballot, or replace it."""

    poll_id: UUID
    choices: Choices


class WithdrawBallot(GovernanceCommand):
    """Take the actor's ballot back."""

    poll_id: UUID


class ClosePoll(GovernanceCommand):
    """Close the poll: its time is over, or a steward may close it early."""

    poll_id: UUID


class EnterPaperBallots(GovernanceCommand):
    """Enter ballots that were cast on paper: all of them or none."""

    poll_id: UUID
    ballots: Annotated[tuple[Choices, ...], Field(min_length=1, max_length=PAPER_BALLOTS_MAX)]


class StrikePaperBatch(GovernanceCommand):
    """Take back a batch of paper ballots, entered wrongly."""

    poll_id: UUID
    batch_id: UUID
    reason: Line


class HearOfMember(GovernanceCommand):
    """Note what the log of groups says at *source_position*: the member has this role in the group, None for none."""

    group_id: UUID
    member_id: UUID
    role: Role | None
    source_position: int


class CountedOutcome(Contract):
    """`Outcome.as_plain()` of `libs.tally`."""

    method: Method
    options: tuple[str, ...]
    ballots_count: int
    blank_count: int
    rounds: tuple[Round, ...]
    winners: tuple[str, ...]
    unit: int = 1
    quota: int | None = None
    ranking: tuple[tuple[int, ...], ...] = ()
    verdict: Verdict | None = None


class DeclareResult(GovernanceCommand):
    """Record what the count of a closed poll gave."""

    poll_id: UUID
    closed_position: int
    seed: Sha256
    paper_ballots_count: int
    ballots_sha256: Sha256
    outcome: CountedOutcome
