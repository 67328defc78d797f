"""
Who of a group's members is put on the roll of a poll.

All that is asked here is in this log before the poll opens: who is in the group and since when, who is in which of its
sub-groups, who gave which place as theirs.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.governance import Eligibility
from libs.errors import Unprocessable
from services.governance.domain.electorate import Electorate


class RollIsEmpty(Unprocessable):
    """Nobody could vote in such a poll."""


class NotTheirSubgroup(Unprocessable):
    """A roll by sub-groups names a group that is none of the group's."""


class NotAllAreMembers(Unprocessable):
    """A roll by list names somebody who is not in the group."""


def eligible(
    electorate: Electorate, eligibility: Eligibility, *, listed: Collection[UUID] = (), now: datetime
) -> set[UUID]:
    """
    Return the electors of the group who are on the roll of a poll that opens *now*; *listed* are those of a list.

    Raises:
        NotTheirSubgroup: As it says.
        NotAllAreMembers: As it says.
        RollIsEmpty: Nobody is eligible.
    """
    choose: Mapping[str, Callable[[], set[UUID]]] = {
        "group": lambda: set(electorate.roles),
        "subgroups": lambda: _in_subgroups(electorate, eligibility.group_ids),
        "place": lambda: {elector for elector, place in electorate.places.items() if place == eligibility.place_id},
        "tenure": lambda: _since(electorate, now - timedelta(days=eligibility.days or 0)),
        "list": lambda: _listed(electorate, listed),
    }
    found = choose[eligibility.kind]() & set(electorate.roles)
    if not found:
        raise RollIsEmpty("Nobody in the group would be on the roll of this poll, so nobody could vote.")
    return found


def _in_subgroups(electorate: Electorate, subgroup_ids: Collection[UUID]) -> set[UUID]:
    for subgroup_id in subgroup_ids:
        if subgroup_id not in electorate.subgroups:
            raise NotTheirSubgroup(f"{subgroup_id} is no sub-group of this group.")
    return set().union(*(electorate.subgroups[subgroup_id] for subgroup_id in subgroup_ids))


def _since(electorate: Electorate, latest: datetime) -> set[UUID]:
    return {elector for elector, joined_at in electorate.joined_at.items() if joined_at <= latest}


def _listed(electorate: Electorate, listed: Collection[UUID]) -> set[UUID]:
    if strangers_count := sum(elector not in electorate.roles for elector in set(listed)):
        raise NotAllAreMembers(f"{strangers_count} of those listed are not in the group; a roll lists its members.")
    return set(listed)
