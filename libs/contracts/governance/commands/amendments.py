"""How others would have a proposal read."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import Time
from libs.contracts.text import Article, Line


class MakeAmendment(GovernanceCommand):
    """Say how the proposal should read instead of its version *of_version*."""

    proposal_id: UUID
    of_version: Annotated[int, Field(ge=1)]
    title: Line
    text: Article
    why: Line | None = None


class TakeAmendmentIn(GovernanceCommand):
    """Let the proposal read as the amendment says, as its author, while it is discussed."""

    amendment_id: UUID


class RefuseAmendment(GovernanceCommand):
    """Do not take the amendment in, as the proposal's author; whoever made it may let the group vote on it."""

    amendment_id: UUID
    reason: Line


class TakeAmendmentBack(GovernanceCommand):
    """Take one's own amendment back."""

    amendment_id: UUID


class PutAmendmentToVote(GovernanceCommand):
    """Have the group vote on whether to take the amendment in, as who made it or as a steward."""

    hears_first: ClassVar[bool] = True

    amendment_id: UUID
    closes_at: Time | None = None


class SettleAmendment(GovernanceCommand):
    """Do with the amendment what the declared result of its vote says; governance tells itself."""

    amendment_id: UUID
    poll_id: UUID
