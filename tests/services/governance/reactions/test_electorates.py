"""What the log of groups says becomes known in the vote log."""

from uuid import UUID

import pytest

from libs.contracts.governance import ElectorateFormed, ElectorJoined, SubgroupJoined
from tests.services.governance.conftest import ANA, BO, GROUP, MORNING, Governance, recorded
from tests.services.governance.readers import Readers, found, join

pytestmark = pytest.mark.postgres

COOKS = UUID(int=50)


async def test_a_sub_group_and_its_founder(house: Readers) -> None:
    """The founder's joining stands before the founding, and both are heard as one, with the group above."""
    await join(house.groups, ANA, "steward", after=0, group=COOKS)
    await found(house.groups, ANA, group=COOKS, parent=GROUP)
    await join(house.groups, BO, "member", after=0, group=COOKS)
    fresh = Readers(Governance(), house.pool, house.groups)
    for entry in await recorded(house.groups):
        await fresh.react(entry)
        await fresh.react(entry)
    names = fresh.decided.pseudonyms

    assert await fresh.decided.events(ElectorateFormed) == [
        ElectorateFormed(group_id=GROUP),
        ElectorateFormed(group_id=COOKS, parent_id=GROUP),
    ]
    assert await fresh.decided.events(SubgroupJoined) == [
        SubgroupJoined(elector=names.elector(GROUP, ANA), subgroup_id=COOKS, source_position=6),
        SubgroupJoined(elector=names.elector(GROUP, BO), subgroup_id=COOKS, source_position=7),
    ]


async def test_since_when_somebody_is_a_member(house: Readers) -> None:
    """Told by the time of the entry in the log of groups, however late it is heard."""
    fresh = Readers(Governance(), house.pool, house.groups)
    fresh.decided.now = MORNING.replace(year=2031)
    for entry in await recorded(house.groups):
        await fresh.react(entry)
    joined = await fresh.decided.events(ElectorJoined)

    assert [event.joined_at for event in joined] == [MORNING] * 3  # type: ignore[attr-defined]
