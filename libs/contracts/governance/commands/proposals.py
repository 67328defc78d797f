"""The way of a text to a vote: proposals, and the support for them."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import OPTIONS_MAX, Settings, Time, Topic
from libs.contracts.text import Article, Line


class MakeProposal(GovernanceCommand):
    """
    Put a text before the group, to be discussed and then voted on.

    What it will be voted on by is the template's, or consent; so are the end of the discussion and the support that it
    needs, where these are not given.
    """

    group_id: UUID
    title: Line
    text: Article
    topic: Topic | None = None
    template_id: UUID | None = None
    discussion_until: Time | None = None
    support_needed: Annotated[int, Field(ge=0, le=100_000)] | None = None


class ReviseProposal(GovernanceCommand):
    """
    Give the proposal a new version, as its author, while it is discussed.

    With *of_version* it is refused where another version came between, so that none is overwritten unseen.
    """

    proposal_id: UUID
    title: Line
    text: Article
    of_version: Annotated[int, Field(ge=1)] | None = None


class TakeProposalBack(GovernanceCommand):
    """Take the proposal back, as its author, before it goes to the vote."""

    proposal_id: UUID
    reason: Line | None = None


class SupportProposal(GovernanceCommand):
    """Say that the proposal should go to the vote."""

    proposal_id: UUID


class TakeSupportBack(GovernanceCommand):
    """Say so no longer."""

    proposal_id: UUID


class PutProposalToVote(GovernanceCommand):
    """
    Have the group vote on the proposal as it stands, as its author or a steward.

    By consent there are no *options* to give; an electing method needs them. *settings* go before the template's: the
    costs of a budget are known with its options only.
    """

    hears_first: ClassVar[bool] = True

    proposal_id: UUID
    closes_at: Time | None = None
    options: Annotated[tuple[Line, ...], Field(max_length=OPTIONS_MAX)] = ()
    settings: Settings | None = None


class ReachSupport(GovernanceCommand):
    """Note that so many members support the proposal that it may go to the vote; governance tells itself."""

    proposal_id: UUID
    supporters_count: int


class DecideProposal(GovernanceCommand):
    """Note what the declared result of its vote means for the proposal; governance tells itself."""

    proposal_id: UUID
    poll_id: UUID
