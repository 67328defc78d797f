"""
What somebody is in a group, as this service learnt it from groups' log.

Its address is made from the group and the member, so that to check a member is to read one short history.
"""

from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.contracts.events import Role
from libs.errors import NotAllowed


class NotAMember(NotAllowed):
    """Only members of the group may do this."""


class Standing(Aggregate):
    """Member, steward, or neither (None)."""

    @staticmethod
    def create_id(group_id: UUID, member_id: UUID) -> UUID:
        """One standing for each member in each group."""
        return uuid5(group_id, str(member_id))

    @event("StandingLearnt")
    def __init__(self, group_id: UUID, member_id: UUID, role: Role | None, source_position: int) -> None:
        self.group_id = group_id
        self.member_id = member_id
        self.role = role
        self.source_position = source_position

    def learn(self, role: Role | None, *, source_position: int) -> None:
        """Take note of newer news; what is older than what is known, or says the same, changes nothing."""
        if source_position > self.source_position and role != self.role:
            self._change(role=role, source_position=source_position)

    @event("StandingChanged")
    def _change(self, role: Role | None, source_position: int) -> None:
        self.role = role
        self.source_position = source_position
