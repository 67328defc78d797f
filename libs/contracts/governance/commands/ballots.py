"""Voting, by members and on paper."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from libs.contracts.base import Contract
from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import PAPER_BALLOTS_MAX, Choices, Marks
from libs.contracts.text import Line


class CastBallot(GovernanceCommand):
    """
    Cast the actor's ballot, or replace it.

    *marks* are one for each of *choices*, where the method asks for them; *reason* is why a voter blocks.
    """

    poll_id: UUID
    choices: Choices
    marks: Marks = ()
    reason: Line | None = None


class WithdrawBallot(GovernanceCommand):
    """Take the actor's ballot back."""

    poll_id: UUID


class PaperSheets(Contract):
    """Ballots that were cast on paper; *marks* has a row for each of them, or no row."""

    ballots: Annotated[tuple[Choices, ...], Field(min_length=1, max_length=PAPER_BALLOTS_MAX)]
    marks: Annotated[tuple[Marks, ...], Field(max_length=PAPER_BALLOTS_MAX)] = ()

    @model_validator(mode="after")
    def _marks_go_with_ballots(self) -> Self:
        if self.marks and len(self.marks) != len(self.ballots):
            raise ValueError(f"there are {len(self.ballots)} ballots and {len(self.marks)} rows of marks")
        return self


class EnterPaperBallots(PaperSheets, GovernanceCommand):
    """Enter ballots that were cast on paper: all of them or none."""

    poll_id: UUID


class StrikePaperBatch(GovernanceCommand):
    """Take back a batch of paper ballots, entered wrongly."""

    poll_id: UUID
    batch_id: UUID
    reason: Line
