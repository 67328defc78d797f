"""
What is between one member and one group.

Its address is made from both, so there is one, and to know what somebody is in a group is to read one short history.
"""

from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from libs.comings import Coming, before_any
from libs.contracts.groups import LeaveReason, Role
from libs.errors import Conflict, NotFound


class NotAMember(NotFound):
    """They are not in the group."""


class NotAsked(Conflict):
    """Nobody is let in who did not ask."""


class Membership(Aggregate, created_event_name="MemberJoined"):
    """Nothing yet, a request, or a role; and what it was before."""

    def __init__(self, group_id: UUID, member_id: UUID) -> None:
        self.group_id = group_id
        self.member_id = member_id
        self.role: Role | None = None
        self.has_asked = False
        self.was_removed = False

    @staticmethod
    def create_id(group_id: UUID, member_id: UUID) -> UUID:
        return uuid5(group_id, str(member_id))

    @classmethod
    def before_any(cls, group_id: UUID, member_id: UUID) -> "Membership":
        """Return what is between the two before anything happened."""
        membership: Membership = before_any(cls, group_id=group_id, member_id=member_id)
        return membership

    class Fact(Coming):
        """What happens between a group and a member; both are named in every entry."""

        group_id: UUID
        member_id: UUID

    class JoinAsked(Fact):
        """They ask to be let in."""

        def apply(self, membership: "Membership") -> None:
            membership.has_asked = True

    class JoinRefused(Fact):
        """A steward did not let them in."""

        def apply(self, membership: "Membership") -> None:
            membership.has_asked = False

    class JoinWithdrawn(Fact):
        """They ask no longer."""

        def apply(self, membership: "Membership") -> None:
            membership.has_asked = False

    class MemberJoined(Fact):
        """They are in, the first time or again."""

        role: Role

        def apply(self, membership: "Membership") -> None:
            membership.role = self.role
            membership.has_asked = membership.was_removed = False

    class RoleGiven(Fact):
        """They are something else in the group."""

        role: Role

        def apply(self, membership: "Membership") -> None:
            membership.role = self.role

    class MemberLeft(Fact):
        """They are in no longer."""

        reason: LeaveReason

        def apply(self, membership: "Membership") -> None:
            membership.role = None
            membership.was_removed = self.reason == "removed"

    def join(self, *, must_ask: bool) -> None:
        """
        Become a member, or ask to; who is one or has asked stays so.

        Who was removed asks, even where others need not.
        """
        if self.role is not None:
            return
        if not must_ask and not self.was_removed:
            self._happened(self.MemberJoined, role="member")
        elif not self.has_asked:
            self._happened(self.JoinAsked)

    def begin(self) -> None:
        """Join the group that one has just founded."""
        self._happened(self.MemberJoined, role="steward")

    def admit(self) -> None:
        """
        Let in who asked; who is a member already stays so.

        Raises:
            NotAsked: They did not, or no longer.
        """
        if self.role is not None:
            return
        if not self.has_asked:
            raise NotAsked("They have not asked to join, so they cannot be let in.")
        self._happened(self.MemberJoined, role="member")

    def give(self, role: Role) -> None:
        """
        Give a member another role; the one they have changes nothing.

        Raises:
            NotAMember: They are not one.
        """
        if self.role is None:
            raise NotAMember("They are not a member of the group.")
        if role != self.role:
            self._happened(self.RoleGiven, role=role)

    def leave(self, reason: LeaveReason) -> None:
        """
        Be a member no longer, or ask no longer; who has left has left.

        Raises:
            NotAMember: They never were, and never asked.
        """
        if self.version == 0:
            raise NotAMember("They are not a member of the group.")
        if self.role is not None:
            self._happened(self.MemberLeft, reason=reason)
        elif self.has_asked:
            self._happened(self.JoinRefused if reason == "removed" else self.JoinWithdrawn)

    def _happened(self, fact: type[Fact], **what: Any) -> None:
        self.trigger_event(fact, group_id=self.group_id, member_id=self.member_id, **what)
