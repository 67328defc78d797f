"""
Who is a member of a group, as far as the vote log has heard.

Membership is decided in another log. It may matter here only once it is a fact here: so each of its news is recorded,
with the position that it had there, and news that was heard already is passed over.
"""

from datetime import datetime
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Role
from libs.errors import NotAllowed


class NotAMember(NotAllowed):
    """Only members of the group may do this."""


class NotASteward(NotAllowed):
    """Only stewards of the group may do this."""


class Electorate(Aggregate):
    """The members of one group, by their pseudonyms."""

    is_long = True

    @staticmethod
    def create_id(group_id: UUID) -> UUID:
        """Return the address of the group's electorate."""
        return uuid5(group_id, "electorate")

    @event("ElectorateFormed")
    def __init__(self, group_id: UUID, parent_id: UUID | None) -> None:
        self.group_id = group_id
        self.parent_id = parent_id
        self.roles: dict[UUID, Role] = {}
        self.joined_at: dict[UUID, datetime | None] = {}
        self.heard_position = 0

    def hear(self, elector: UUID, role: Role | None, source_position: int) -> None:
        """Note that the log of groups gives *elector* this *role* (None: no more) at *source_position*."""
        if source_position <= self.heard_position:
            return
        if role is None:
            if elector in self.roles:
                self._leave(elector, source_position)
        elif elector not in self.roles:
            self._join(elector, role, source_position, None)
        elif self.roles[elector] != role:
            self._give_role(elector, role, source_position)

    def check_is_member(self, elector: UUID) -> None:
        """
        Raises:
            NotAMember: *elector* is not in the group.
        """
        if elector not in self.roles:
            raise NotAMember("Only members of the group may do this.")

    def check_is_steward(self, elector: UUID) -> None:
        """
        Raises:
            NotASteward: *elector* is no steward of the group.
        """
        if self.roles.get(elector) != "steward":
            raise NotASteward("Only stewards of the group may do this.")

    @event("ElectorJoined")
    def _join(self, elector: UUID, role: Role, source_position: int, joined_at: datetime | None) -> None:
        self.roles[elector] = role
        self.joined_at[elector] = joined_at
        self.heard_position = source_position

    @event("ElectorRoleGiven")
    def _give_role(self, elector: UUID, role: Role, source_position: int) -> None:
        self.roles[elector] = role
        self.heard_position = source_position

    @event("ElectorLeft")
    def _leave(self, elector: UUID, source_position: int) -> None:
        del self.roles[elector]
        self.heard_position = source_position
