"""Opening polls, voting in them, closing them."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import OPTIONS_MAX, PAPER_BALLOTS_MAX, Choices, Method, Time
from libs.contracts.text import Line, Prose


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
