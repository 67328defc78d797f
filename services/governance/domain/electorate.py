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
        self.joined_at: dict[UUID, datetime] = {}
        self.places: dict[UUID, int] = {}
        self.subgroups: dict[UUID, set[UUID]] = {}
        self.heard_position = 0

    def hear(
        self, elector: UUID, role: Role | None, source_position: int, *, joined_at: datetime | None = None
    ) -> None:
        """
        Note that the log of groups gives *elector* this *role* (None: no more) at *source_position*.

        *joined_at* is when that was decided there, of which only the first role in a row is a joining.
        """
        if source_position <= self.heard_position:
            return
        if role is None:
            if elector in self.roles:
                self._leave(elector, source_position)
        elif elector not in self.roles:
            self._join(elector, role, source_position, joined_at)
        elif self.roles[elector] != role:
            self._give_role(elector, role, source_position)

    def hear_of_subgroup(self, subgroup_id: UUID, elector: UUID, source_position: int, *, is_in: bool) -> None:
        """
        Note that *elector* is in a sub-group, or no more.

        Whether they are in the group itself is another question: the log says both, and a roll asks for both.
        """
        if source_position <= self.heard_position:
            return
        was_in = elector in self.subgroups.get(subgroup_id, ())
        if is_in and not was_in:
            self._join_subgroup(elector, subgroup_id, source_position)
        elif was_in and not is_in:
            self._leave_subgroup(elector, subgroup_id, source_position)

    def place(self, elector: UUID, place_id: int | None) -> None:
        """
        Note which place *elector* says is theirs; the same again is nothing new.

        Raises:
            NotAMember: *elector* is not in the group.
        """
        self.check_is_member(elector)
        if self.places.get(elector) != place_id:
            self._place(elector, place_id)

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
    def _join(
        self,
        elector: UUID,
        role: Role,
        source_position: int,
        joined_at: datetime | None,
        timestamp: datetime | None = None,  # the entry's own: older ones do not tell when it was in the other log
    ) -> None:
        assert timestamp
        self.roles[elector] = role
        self.joined_at[elector] = joined_at or timestamp
        self.heard_position = source_position

    @event("ElectorRoleGiven")
    def _give_role(self, elector: UUID, role: Role, source_position: int) -> None:
        self.roles[elector] = role
        self.heard_position = source_position

    @event("ElectorLeft")
    def _leave(self, elector: UUID, source_position: int) -> None:
        del self.roles[elector], self.joined_at[elector]
        self.places.pop(elector, None)
        self.heard_position = source_position

    @event("SubgroupJoined")
    def _join_subgroup(self, elector: UUID, subgroup_id: UUID, source_position: int) -> None:
        self.subgroups.setdefault(subgroup_id, set()).add(elector)
        self.heard_position = source_position

    @event("SubgroupLeft")
    def _leave_subgroup(self, elector: UUID, subgroup_id: UUID, source_position: int) -> None:
        self.subgroups[subgroup_id].discard(elector)
        self.heard_position = source_position

    @event("ElectorPlaced")
    def _place(self, elector: UUID, place_id: int | None) -> None:
        if place_id is None:
            self.places.pop(elector, None)
        else:
            self.places[elector] = place_id
