"""What governance hears of groups and sub-groups, and which place members say is theirs."""

import asyncio
from uuid import UUID

import pytest

from libs.contracts.governance import (
    ElectorateFormed,
    ElectorJoined,
    ElectorPlaced,
    GivePlace,
    HearOfGroup,
    HearOfMember,
    SubgroupJoined,
    SubgroupLeft,
)
from libs.errors import NotFound
from libs.eventlog.log import Recorded
from libs.eventlog.memory import MemoryLog
from libs.service.aggregates import AggregateMemory
from services.governance.commands.access import NotForMembers
from services.governance.domain.electorate import NotAMember
from tests.services.governance.conftest import ANA, BO, GROUP, MORNING, STRANGER, Governance

COOKS = UUID(int=50)
CREST = 3022700
FOUNDING = HearOfGroup(group_id=COOKS, parent_id=GROUP, founder=ANA, source_position=20, said_at=MORNING)


class TestHearOfGroup:
    async def test_forms_an_electorate_with_its_founder(self, governance: Governance) -> None:
        """A sub-group is an electorate of its own that names the group above, where its founder is noted too."""
        before = await governance.log.last() or 0
        await governance.do(FOUNDING)
        entries = (await governance.entries())[before:]

        own, above = governance.pseudonyms.elector(COOKS, ANA), governance.pseudonyms.elector(GROUP, ANA)
        assert [(entry.group_id, entry.event) for entry in entries] == [
            (GROUP, SubgroupJoined(elector=above, subgroup_id=COOKS, source_position=20)),
            (COOKS, ElectorateFormed(group_id=COOKS, parent_id=GROUP)),
            (COOKS, ElectorJoined(elector=own, role="steward", source_position=20, joined_at=MORNING)),
        ]

    async def test_of_a_group_that_stands_alone(self, governance: Governance) -> None:
        """Most groups have nothing above them."""
        await governance.do(FOUNDING.model_copy(update={"parent_id": None}))

        assert await governance.events(SubgroupJoined) == []
        assert (await governance.events(ElectorateFormed))[-1] == ElectorateFormed(group_id=COOKS)

    async def test_twice_adds_nothing(self, governance: Governance) -> None:
        """Heard again, also by a process that remembers nothing, it is old news."""
        await governance.do(FOUNDING)
        before = await governance.log.last()
        await governance.do(FOUNDING)
        governance.memory = AggregateMemory()
        await governance.do(FOUNDING)

        assert await governance.log.last() == before

    async def test_is_not_for_members(self, governance: Governance) -> None:
        """Nobody makes a group by asking governance."""
        with pytest.raises(NotForMembers):
            await governance.do(FOUNDING, by=ANA)


class TestHearOfMember:
    async def test_of_a_sub_group_is_kept_above_too(self, governance: Governance) -> None:
        """Joining and leaving a sub-group stand in both electorates, under the pseudonym that each has for them."""
        await governance.do(FOUNDING)
        for role, position in (("member", 21), ("steward", 22), (None, 23)):
            await governance.hear(COOKS, BO, role, position)  # type: ignore[arg-type]

        above = governance.pseudonyms.elector(GROUP, BO)
        assert (await governance.events(SubgroupJoined, SubgroupLeft))[1:] == [
            SubgroupJoined(elector=above, subgroup_id=COOKS, source_position=21),
            SubgroupLeft(elector=above, subgroup_id=COOKS, source_position=23),
        ]

    async def test_by_two_replicas_at_once_is_heard_once(self, governance: Governance) -> None:
        """Whoever is later decides again, and finds it noted in both electorates."""
        await governance.do(FOUNDING)
        command = HearOfMember(group_id=COOKS, member_id=BO, role="member", source_position=21, said_at=MORNING)
        await asyncio.gather(*(governance.do(command) for _ in range(3)))

        assert len(await governance.events(SubgroupJoined)) == 2
        assert len([e for e in await governance.entries() if e.group_id == COOKS]) == 3

    async def test_of_a_large_sub_group_reads_no_history_twice(self, governance: Governance) -> None:
        """The group above is remembered from one member to the next, however long its history is."""
        governance.log = log = CountingLog("governance")
        governance.memory = AggregateMemory()
        await governance.hear(GROUP, ANA, "steward", 10)
        await governance.do(FOUNDING)
        for position in range(21, 121):
            await governance.hear(COOKS, UUID(int=1000 + position), "member", position)

        assert len(await governance.events(SubgroupJoined)) == 101
        assert log.read_count < 10


class CountingLog(MemoryLog):
    """A log that knows how many entries were read from its histories."""

    read_count = 0

    async def history(self, aggregate: str, aggregate_id: UUID, *, after: int = 0) -> list[Recorded]:
        """Read, and count."""
        found = await super().history(aggregate, aggregate_id, after=after)
        self.read_count += len(found)
        return found


class TestGivePlace:
    async def test_is_public_under_a_pseudonym(self, governance: Governance) -> None:
        """Who gives a place says so in the log, by the pseudonym that they have in the group."""
        entry = await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)

        elector = governance.pseudonyms.elector(GROUP, BO)
        assert entry.event == ElectorPlaced(elector=elector, place_id=CREST)
        assert (entry.actor, entry.group_id) == (str(elector), GROUP)
        assert str(BO).encode() not in entry.entry

    async def test_twice_is_once(self, governance: Governance) -> None:
        """The same place again is the entry that is there; taking it back twice, too."""
        first, second = [await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO) for _ in range(2)]
        third, fourth = [await governance.do(GivePlace(group_id=GROUP, place_id=None), by=BO) for _ in range(2)]

        assert first.position == second.position
        assert third.position == fourth.position
        assert third.event == ElectorPlaced(elector=governance.pseudonyms.elector(GROUP, BO), place_id=None)

    async def test_is_for_members_of_a_group(self, governance: Governance) -> None:
        """A stranger has no place in it, nor has anybody in a group that is not there."""
        with pytest.raises(NotAMember):
            await governance.do(GivePlace(group_id=GROUP, place_id=CREST), by=STRANGER)
        with pytest.raises(NotFound, match="There is no group"):
            await governance.do(GivePlace(group_id=COOKS, place_id=CREST), by=ANA)
