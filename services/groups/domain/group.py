"""
A group: what it is for, and who its stewards are.

Its stewards are known here, and members are not: that a group is not left without a steward is a rule that spans
them, and ten thousand members should not stand in one history.
"""

from typing import NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.groups import Admission
from libs.contracts.place import Place
from libs.errors import Conflict, NotAllowed


class NotASteward(NotAllowed):
    """Only stewards of the group may do this."""


class LastSteward(Conflict):
    """A group with members keeps a steward."""


class GroupHasNoSteward(Conflict):
    """Nobody is there to answer for the group."""


class NoSubgroupsHere(Conflict):
    """A sub-group has no sub-groups of its own."""


class Description(NamedTuple):
    """What a group says of itself, and how one joins it."""

    name: str
    purpose: str
    place: Place | None
    admission: Admission


class Group(Aggregate):
    """People with a purpose, and stewards who answer for them."""

    @classmethod
    def found(
        cls,
        group_id: UUID,
        description: Description,
        *,
        founder: UUID,
        charter_keys: tuple[str, ...],
        threshold: int,
        parent_id: UUID | None = None,
    ) -> "Group":
        """Return a new group, whose founder is its first steward."""
        return cls(
            id=group_id,
            founder=founder,
            **description._asdict(),
            charter_keys=charter_keys,
            threshold=threshold,
            parent_id=parent_id,
        )

    @event("GroupFounded")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002, ARG002 - as the library calls it; it is the aggregate's, not the event's
        founder: UUID,
        name: str,
        purpose: str,
        place: Place | None,
        admission: Admission,
        charter_keys: tuple[str, ...],
        threshold: int,
        parent_id: UUID | None,
    ) -> None:
        self.parent_id = parent_id
        self.description = Description(name, purpose, place, admission)
        self.charter_keys = charter_keys
        self.threshold = threshold
        self.stewards = {founder}

    @property
    def group_id(self) -> UUID:
        """The group that its entries name: itself."""
        return self.id

    def check_steward(self, member_id: UUID) -> None:
        """
        Raises:
            NotASteward: They are none.
        """
        if member_id not in self.stewards:
            raise NotASteward("Only stewards of the group may do this.")

    def check_takes_subgroups(self) -> None:
        """
        Raises:
            NoSubgroupsHere: It is a sub-group itself.
        """
        if self.parent_id:
            raise NoSubgroupsHere("This group is a sub-group itself, so it has no sub-groups.")

    def check_takes_members(self) -> None:
        """
        Raises:
            GroupHasNoSteward: Its last one is gone.
        """
        if not self.stewards:
            raise GroupHasNoSteward("This group has no steward at the moment, so it takes nobody.")

    def change(self, description: Description, *, by: UUID) -> None:
        """
        Describe the group anew.

        Raises:
            NotASteward: *by* is none.
        """
        self.check_steward(by)
        if description != self.description:
            self._change(**description._asdict())

    @event("GroupChanged")
    def _change(self, name: str, purpose: str, place: Place | None, admission: Admission) -> None:
        self.description = Description(name, purpose, place, admission)

    def name_steward(self, member_id: UUID) -> None:
        """Have a member answer for the group; who is a steward already stays one."""
        if member_id not in self.stewards:
            self._name_steward(member_id)

    @event("StewardNamed")
    def _name_steward(self, member_id: UUID) -> None:
        self.stewards.add(member_id)

    def stand_down(self, member_id: UUID, *, is_alone: bool = False) -> None:
        """
        Have a steward be one no longer.

        The last one may only where they are (*is_alone*) its only member, or are gone already: it then has none.

        Raises:
            LastSteward: They are the only one, and there are members.
        """
        if member_id not in self.stewards:
            return
        if self.stewards == {member_id} and not is_alone:
            raise LastSteward("This is the group's only steward; make another member a steward first.")
        self._stand_down(member_id)

    @event("StewardStoodDown")
    def _stand_down(self, member_id: UUID) -> None:
        self.stewards.discard(member_id)
