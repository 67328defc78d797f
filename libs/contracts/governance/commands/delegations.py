"""Letting somebody else vote, and taking that back."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import Topic


class DelegateInPoll(GovernanceCommand):
    """Let a member vote for the actor in one poll, unless the actor votes."""

    poll_id: UUID
    member_id: UUID


class WithdrawDelegationInPoll(GovernanceCommand):
    """Let nobody vote for the actor by a delegation for this poll alone."""

    poll_id: UUID


class DelegateInGroup(GovernanceCommand):
    """Let a member vote for the actor in all polls of the group, or in those on one topic, unless the actor votes."""

    hears_first: ClassVar[bool] = True

    group_id: UUID
    topic: Topic | None = None
    member_id: UUID


class WithdrawDelegationInGroup(GovernanceCommand):
    """Let nobody vote for the actor by that delegation any more, in open polls either."""

    group_id: UUID
    topic: Topic | None = None
