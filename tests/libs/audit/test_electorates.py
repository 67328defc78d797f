"""Who is in a group, in its sub-groups and of a place, and whether as many are on a roll."""

from uuid import UUID, uuid4

from libs.contracts.governance import Eligibility, GivePlace, HearOfGroup, HearOfMember
from tests.libs.audit.conftest import BO, CY, Town, audited, place, rewritten, rules
from tests.services.governance.conftest import GROUP, NOON, STRANGER

SUBGROUP = UUID(int=90)


async def in_subgroup(town: Town) -> list[bytes]:
    """Bo, Cy and somebody who is not in the group are in a sub-group; Cy leaves again."""
    heard = HearOfGroup(group_id=SUBGROUP, founder=BO, source_position=20, said_at=NOON, parent_id=GROUP)
    await town.governance.do(heard)
    for member, role, position in ((STRANGER, "member", 21), (CY, "member", 22)):
        await town.governance.do(HearOfMember(group_id=SUBGROUP, member_id=member, role=role, source_position=position))
    await town.governance.do(HearOfMember(group_id=SUBGROUP, member_id=CY, role=None, source_position=23))
    return await town.entries()


class TestASubgroup:
    async def test_is_joined_and_left(self, town: Town) -> None:
        """Also by who is not in the group; and each once."""
        entries = await in_subgroup(town)
        assert audited(entries).is_clean

        for name in ("SubgroupJoined", "SubgroupLeft"):
            twice = rewritten(entries[place(entries, name)], lambda f: f.update(id=str(uuid4()), version=99))
            assert "electorate" in rules(audited([*entries, twice]))

    async def test_is_a_roll(self, town: Town) -> None:
        """As many are on it as are in both; where they are not, the audit says so."""
        await in_subgroup(town)
        await town.open(eligibility=Eligibility(kind="subgroups", group_ids=(SUBGROUP,)))
        entries = await town.entries()
        assert not audited(entries).polls[0].notes

        del entries[place(entries, "SubgroupLeft")]
        assert any("sub-groups" in note.text for note in audited(entries).polls[0].notes)


class TestAPlace:
    async def test_is_given_by_the_elector(self, town: Town) -> None:
        """Nobody else says where one lives."""
        await town.governance.do(GivePlace(group_id=GROUP, place_id=7), by=BO)
        await town.open(eligibility=Eligibility(kind="place", place_id=7))
        entries = await town.entries()
        assert audited(entries).is_clean
        assert not audited(entries).polls[0].notes

        nth = place(entries, "ElectorPlaced")
        entries[nth] = rewritten(entries[nth], lambda f: f.update(actor=str(uuid4())))
        assert rules(audited(entries)) == ["actor"]
        entries[nth] = rewritten(entries[nth], lambda f: f["data"].update(elector=str(uuid4())))
        assert "electorate" in rules(audited(entries))
