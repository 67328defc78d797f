"""Opening polls, closing them, and who may audit them."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from libs.contracts.base import Contract
from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import (
    OPTIONS_MAX,
    Audience,
    Eligibility,
    Method,
    Results,
    Rules,
    Settings,
    Time,
    Topic,
)
from libs.contracts.text import Line, Prose

LISTED_MAX = 10_000


class PollDraft(Contract):
    """
    A question, what may be answered, until when, by whom, and when it decides anything.

    A poll by consent offers yes, no and abstain where no *options* are given, and block where it *allows_block*.
    *listed* are the members on the roll of a poll by list. Without an *audience* it is the group's custom who may read;
    *carry_max* is how many others one may vote for, which is never more than the group's custom.
    """

    question: Line
    explanation: Prose | None = None
    method: Method
    options: Annotated[tuple[Line, ...], Field(max_length=OPTIONS_MAX)] = ()
    closes_at: Time
    may_close_early: bool = False
    allows_paper: bool = False
    allows_block: bool = False
    settings: Settings = Settings()
    rules: Rules | None = None
    eligibility: Eligibility = Eligibility()
    listed: Annotated[tuple[UUID, ...], Field(max_length=LISTED_MAX)] = ()
    topic: Topic | None = None
    takes_delegations: bool = False
    carry_max: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    results: Results = "running"
    audience: Audience | None = None
    replaces: UUID | None = None
    remind_at: Time | None = None

    @model_validator(mode="after")
    def _says_what_may_be_answered(self) -> "PollDraft":
        if len(self.options) < 2 and (self.options or self.method != "consent"):
            raise ValueError("a poll has at least two options")
        if self.allows_block and (self.options or self.method != "consent"):
            raise ValueError("voters may block in a poll by consent whose options are not given")
        if bool(self.listed) != (self.eligibility.kind == "list"):
            raise ValueError("a roll by list lists its members, and no other roll does")
        if self.carry_max and not self.takes_delegations:
            raise ValueError("how much one may carry goes with delegations")
        return self


class OpenPoll(PollDraft, GovernanceCommand):
    """Put a question to the group; who of its members at this moment is eligible may vote."""

    hears_first: ClassVar[bool] = True

    group_id: UUID


class CancelPoll(GovernanceCommand):
    """Take back a poll in which a mistake was found; whoever opened it may, and the group's stewards."""

    poll_id: UUID
    reason: Line


class DisputeRoll(GovernanceCommand):
    """Say that the roll of a poll is wrong, and why; a member of the group may."""

    poll_id: UUID
    reason: Line


class ClosePoll(GovernanceCommand):
    """Close the poll: its time is over, or a steward may close it early."""

    poll_id: UUID


class NameAuditor(GovernanceCommand):
    """Let somebody who is not in the group read a poll of the group alone, to audit it; as a steward."""

    poll_id: UUID
    auditor_id: UUID
