"""Who may vote in a group, as the vote log knows it."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from libs.contracts.base import Event
from libs.contracts.governance.events.example import ELECTOR, GROUP, SUBGROUP, example
from libs.contracts.governance.terms import Role


class ElectorateEvent(Event):
    """What the events of a group's electorate share: the members of a group, as this log knows them."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "electorate"


class ElectorateFormed(ElectorateEvent):
    """This log heard of a group for the first time; *parent_id* is the group that it is a sub-group of."""

    group_id: UUID
    parent_id: UUID | None = None

    model_config = example(group_id=GROUP)


class ElectorJoined(ElectorateEvent):
    """
    A member of the group may vote in polls that open from now on.

    *elector* is the member's pseudonym in this group alone; *source_position* is where the log of groups says so, and
    *joined_at* when it was decided there (None: not told, as in older entries; this entry's own time is near it).
    """

    elector: UUID
    role: Role
    source_position: int
    joined_at: AwareDatetime | None = None

    model_config = example(elector=ELECTOR, role="member", source_position=1207)


class ElectorRoleGiven(ElectorateEvent):
    """An elector became a steward of the group, or is one no longer."""

    elector: UUID
    role: Role
    source_position: int

    model_config = example(elector=ELECTOR, role="steward", source_position=1311)


class ElectorLeft(ElectorateEvent):
    """An elector left the group, and votes on in the polls whose roll bears the name already."""

    elector: UUID
    source_position: int

    model_config = example(elector=ELECTOR, source_position=1402)


class SubgroupJoined(ElectorateEvent):
    """
    Somebody is in one of the group's sub-groups; *source_position* is where the log of groups says so.

    *elector* is their pseudonym in the group, whether they are in it or not: only who is both can be on a roll.
    """

    elector: UUID
    subgroup_id: UUID
    source_position: int

    model_config = example(elector=ELECTOR, subgroup_id=SUBGROUP, source_position=1210)


class SubgroupLeft(ElectorateEvent):
    """Somebody is in that sub-group no longer."""

    elector: UUID
    subgroup_id: UUID
    source_position: int

    model_config = example(elector=ELECTOR, subgroup_id=SUBGROUP, source_position=1410)


class ElectorPlaced(ElectorateEvent):
    """An elector said which place of the gazetteer is theirs, so as to vote in polls of that place; None: no more."""

    elector: UUID
    place_id: int | None

    model_config = example(elector=ELECTOR, place_id=3022700)
