"""What an electorate knows of its members beside their roles: since when, in which sub-groups, of which place."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.contracts.governance import (
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorPlaced,
    SubgroupJoined,
    SubgroupLeft,
)
from services.governance.domain.electorate import Electorate, NotAMember
from tests.given import LONG_AGO, given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
GROUP, COOKS, ANA, BO = (UUID(int=n) for n in range(1, 5))
FORMED = ElectorateFormed(group_id=GROUP)
JOINED = ElectorJoined(elector=ANA, role="member", source_position=10, joined_at=NOON)


class TestSince:
    def test_is_told_by_the_log_of_groups(self) -> None:
        """A joining bears the time at which it was decided there, also where it is heard much later."""
        given(Electorate, FORMED).when(Electorate.hear, ANA, "member", 10, joined_at=NOON).then(JOINED)

    def test_is_the_joining_and_not_a_new_role(self) -> None:
        """Who becomes a steward has been a member since they joined."""
        electorate = given(Electorate, FORMED, JOINED).aggregate
        electorate.hear(ANA, "steward", 11, joined_at=datetime(2031, 1, 1, tzinfo=UTC))

        assert electorate.joined_at == {ANA: NOON}

    def test_is_the_entry_s_own_time_where_it_is_not_told(self) -> None:
        """Older entries were written when they were heard."""
        old = JOINED.model_copy(update={"joined_at": None})

        assert given(Electorate, FORMED, old).aggregate.joined_at == {ANA: LONG_AGO}


class TestSubgroups:
    joined = SubgroupJoined(elector=ANA, subgroup_id=COOKS, source_position=11)

    def test_are_joined_and_left(self) -> None:
        """The group's electorate notes who is in its sub-groups, each step with its position."""
        left = SubgroupLeft(elector=ANA, subgroup_id=COOKS, source_position=12)
        given(Electorate, FORMED, JOINED).when(Electorate.hear_of_subgroup, COOKS, ANA, 11, is_in=True).then(
            self.joined
        )
        given(Electorate, FORMED, JOINED, self.joined).when(
            Electorate.hear_of_subgroup, COOKS, ANA, 12, is_in=False
        ).then(left)

    @pytest.mark.parametrize("is_in", [True, False])
    def test_are_heard_of_once(self, is_in: bool) -> None:
        """Old news, and news that changes nothing, add no entry."""
        past = (FORMED, JOINED, self.joined)
        given(Electorate, *past).when(Electorate.hear_of_subgroup, COOKS, ANA, 11, is_in=is_in).then()
        given(Electorate, *past).when(Electorate.hear_of_subgroup, COOKS, ANA, 12, is_in=True).then()
        given(Electorate, *past).when(Electorate.hear_of_subgroup, COOKS, BO, 12, is_in=False).then()

    def test_outlast_a_membership(self) -> None:
        """Who leaves the group and comes back is still in the sub-group, where they never left it."""
        left = ElectorLeft(elector=ANA, source_position=12)
        back = JOINED.model_copy(update={"source_position": 13})

        assert given(Electorate, FORMED, JOINED, self.joined, left, back).aggregate.subgroups == {COOKS: {ANA}}


class TestPlace:
    placed = ElectorPlaced(elector=ANA, place_id=7)

    def test_is_given_and_taken_back(self) -> None:
        """A member says which place is theirs, another one, or none; the same again is nothing new."""
        given(Electorate, FORMED, JOINED).when(Electorate.place, ANA, 7).then(self.placed)
        given(Electorate, FORMED, JOINED).when(Electorate.place, ANA, None).then()
        past = (FORMED, JOINED, self.placed)
        given(Electorate, *past).when(Electorate.place, ANA, 7).then()
        given(Electorate, *past).when(Electorate.place, ANA, 8).then(ElectorPlaced(elector=ANA, place_id=8))
        given(Electorate, *past).when(Electorate.place, ANA, None).then(ElectorPlaced(elector=ANA, place_id=None))

    def test_is_for_members(self) -> None:
        """A stranger, or who left, has no place in the group."""
        given(Electorate, FORMED, JOINED).when(Electorate.place, BO, 7).refuses(NotAMember)
        left = ElectorLeft(elector=ANA, source_position=12)
        given(Electorate, FORMED, JOINED, left).when(Electorate.place, ANA, 7).refuses(NotAMember)
