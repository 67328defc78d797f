"""What follows from a result: tasks, a review, objections."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.commands.itself import CountedOutcome
from libs.contracts.governance.terms import Remedy, Sha256, TaskState
from libs.contracts.text import Line, Prose

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]


class AgreeTask(GovernanceCommand):
    """Note what has to be done after a result, by whom (or nobody yet) and by when; stewards do."""

    poll_id: UUID
    what: Line
    member_id: UUID | None = None
    due_on: Day | None = None


class MoveTask(GovernanceCommand):
    """
    Let the task stand so, whole: stewards say anything, who does it how it stands, or that they do not do it any more.
    """

    task_id: UUID
    state: TaskState
    member_id: UUID | None
    due_on: Day | None
    note: Line | None = None


class PlanReview(GovernanceCommand):
    """Have the group look again at what it decided on that day, as a steward."""

    poll_id: UUID
    review_on: Day


class NoteReviewDue(GovernanceCommand):
    """Note that the day has come; governance tells itself."""

    result_id: UUID
    review_on: date


class RaiseObjection(GovernanceCommand):
    """
    Object to a result, as somebody on the roll, and ask for a recount or that the group votes again.

    With a *review* the new poll opens at once, on the terms of the old one and for as long.
    """

    hears_first: ClassVar[bool] = True

    poll_id: UUID
    reason: Prose
    remedy: Remedy


class DeclareRecount(GovernanceCommand):
    """Record what a recount gave; governance tells itself."""

    objection_id: UUID
    ballots_sha256: Sha256
    outcome: CountedOutcome
