"""Who is put on the roll of a poll."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.base import Event
from libs.contracts.governance import (
    ElectorateFormed,
    ElectorJoined,
    ElectorLeft,
    ElectorPlaced,
    Eligibility,
    SubgroupJoined,
    SubgroupLeft,
)
from services.governance.domain.electorate import Electorate
from services.governance.domain.eligibility import NotAllAreMembers, NotTheirSubgroup, RollIsEmpty, eligible
from tests.given import LONG_AGO, given

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
GROUP, COOKS, BAKERS, ANA, BO, CY, STRANGER = (UUID(int=n) for n in range(1, 8))
CREST, DIE = 3022700, 3021263


def joined(elector: UUID, position: int, at: datetime | None = None) -> ElectorJoined:
    """The entry of a member's joining."""
    return ElectorJoined(elector=elector, role="member", source_position=position, joined_at=at)


def roll(*facts: Event, listed: Any = (), **eligibility: Any) -> set[UUID]:
    """The electors on the roll of a poll that opens at noon, in a group of three with this past besides."""
    past = (ElectorateFormed(group_id=GROUP), joined(ANA, 1), joined(BO, 2), joined(CY, 3), *facts)
    electorate = given(Electorate, *past).aggregate
    return eligible(electorate, Eligibility(**eligibility), listed=listed, now=NOON)


def test_the_whole_group() -> None:
    """Where nobody says otherwise all members are, and who left is not."""
    assert roll() == {ANA, BO, CY}
    assert roll(ElectorLeft(elector=BO, source_position=4)) == {ANA, CY}


class TestSubgroups:
    facts = (
        SubgroupJoined(elector=ANA, subgroup_id=COOKS, source_position=4),
        SubgroupJoined(elector=STRANGER, subgroup_id=COOKS, source_position=5),
        SubgroupJoined(elector=BO, subgroup_id=BAKERS, source_position=6),
        SubgroupJoined(elector=ANA, subgroup_id=BAKERS, source_position=7),
    )

    def test_who_is_in_any_of_them(self) -> None:
        """One sub-group or several, each elector once."""
        assert roll(*self.facts, kind="subgroups", group_ids=(COOKS,)) == {ANA}
        assert roll(*self.facts, kind="subgroups", group_ids=(COOKS, BAKERS)) == {ANA, BO}

    def test_and_in_the_group(self) -> None:
        """Who is in a sub-group alone is not on the roll of its group's poll, until they join; nor who left it."""
        late = joined(STRANGER, 8)
        left = ElectorLeft(elector=ANA, source_position=9)
        assert roll(*self.facts, late, kind="subgroups", group_ids=(COOKS,)) == {ANA, STRANGER}
        assert roll(*self.facts, left, kind="subgroups", group_ids=(COOKS, BAKERS)) == {BO}

    def test_for_as_long_as_they_are_in(self) -> None:
        """Who left the sub-group is not; of one that all left, nobody, and it is still the group's."""
        left = SubgroupLeft(elector=BO, subgroup_id=BAKERS, source_position=8)
        assert roll(*self.facts, left, kind="subgroups", group_ids=(BAKERS,)) == {ANA}
        also = SubgroupLeft(elector=ANA, subgroup_id=BAKERS, source_position=9)
        with pytest.raises(RollIsEmpty):
            roll(*self.facts, left, also, kind="subgroups", group_ids=(BAKERS,))

    def test_of_another_group_are_refused(self) -> None:
        """A poll is for sub-groups of its own group, all of them."""
        with pytest.raises(NotTheirSubgroup, match=str(GROUP)):
            roll(*self.facts, kind="subgroups", group_ids=(COOKS, GROUP))


class TestPlace:
    def test_who_said_so(self) -> None:
        """Members of a place are those who gave it last."""
        facts = [ElectorPlaced(elector=who, place_id=CREST) for who in (ANA, BO, CY)]
        moved, gone = ElectorPlaced(elector=BO, place_id=DIE), ElectorPlaced(elector=CY, place_id=None)

        assert roll(*facts, kind="place", place_id=CREST) == {ANA, BO, CY}
        assert roll(*facts, moved, gone, kind="place", place_id=CREST) == {ANA}
        assert roll(*facts, moved, gone, kind="place", place_id=DIE) == {BO}

    def test_is_forgotten_with_the_membership(self) -> None:
        """Who leaves and comes back is of no place until they say one."""
        facts = [ElectorPlaced(elector=ANA, place_id=CREST), ElectorPlaced(elector=BO, place_id=CREST)]
        back = (ElectorLeft(elector=ANA, source_position=4), joined(ANA, 5))
        assert roll(*facts, *back, kind="place", place_id=CREST) == {BO}

    def test_of_nobody_is_refused(self) -> None:
        """A poll that nobody could vote in is none."""
        with pytest.raises(RollIsEmpty):
            roll(kind="place", place_id=CREST)


class TestTenure:
    def test_on_both_sides_of_the_day(self) -> None:
        """Who joined exactly so many days ago is on it; an instant later is too late."""
        month = NOON - timedelta(days=30)
        facts = (
            ElectorLeft(elector=BO, source_position=4),
            ElectorLeft(elector=CY, source_position=5),
            joined(BO, 6, month),
            joined(CY, 7, month + INSTANT),
        )
        assert roll(*facts, kind="tenure", days=30) == {ANA, BO}
        assert roll(*facts, kind="tenure", days=29) == {ANA, BO, CY}

    def test_begins_anew_with_who_comes_back(self) -> None:
        """Years before a leaving do not count."""
        back = (ElectorLeft(elector=BO, source_position=4), joined(BO, 5, NOON - timedelta(days=1)))
        assert roll(*back, kind="tenure", days=2) == {ANA, CY}

    def test_of_an_older_entry_is_told_by_its_own_time(self) -> None:
        """Entries that do not say when somebody joined were written just after."""
        days = (NOON - LONG_AGO).days
        assert roll(kind="tenure", days=days) == {ANA, BO, CY}
        with pytest.raises(RollIsEmpty):
            roll(kind="tenure", days=days + 1)


class TestList:
    def test_is_who_is_listed(self) -> None:
        """Each once, however often they are listed."""
        assert roll(kind="list", listed=[ANA, BO, ANA]) == {ANA, BO}

    def test_lists_members(self) -> None:
        """One stranger refuses the list, and the sentence says how many there are."""
        with pytest.raises(NotAllAreMembers, match=r"^2 of those"):
            roll(kind="list", listed=[ANA, STRANGER, COOKS, STRANGER])
