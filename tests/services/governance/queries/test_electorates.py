"""Which place members said is theirs, for themselves."""

from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import GivePlace, GovernanceDataOf, OwnPlace, OwnPlaceIn
from libs.contracts.groups import MemberLeft
from libs.eventlog.log import New
from services.governance.domain.electorate import NotAMember
from tests.services.governance.conftest import ANA, BO, GROUP, MORNING, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres

CREST, DIE = 3022700, 3021263


async def place(house: Readers, who: UUID) -> int | None:
    """The place that *who* is told to have given."""
    own = await house.ask(OwnPlaceIn(group_id=GROUP, asker=who))
    assert isinstance(own, OwnPlace)
    assert own.elector == house.decided.pseudonyms.elector(GROUP, who)
    return own.place_id


async def test_is_the_one_given_last(house: Readers) -> None:
    """Another place takes the former's, none takes it away, and nobody has another's."""
    assert await place(house, BO) is None
    for place_id in (CREST, DIE, None, CREST):
        await house.decided.do(GivePlace(group_id=GROUP, place_id=place_id), by=BO)
        assert await place(house, BO) == place_id
    assert await place(house, ANA) is None


async def test_is_for_members(house: Readers) -> None:
    """A stranger has none in the group, nor anybody in a group that is not there."""
    for group_id, who in ((GROUP, STRANGER), (uuid4(), ANA)):
        with pytest.raises(NotAMember):
            await house.ask(OwnPlaceIn(group_id=group_id, asker=who))


async def test_ends_with_membership(house: Readers) -> None:
    """Who left and comes back has given none."""
    await house.decided.do(GivePlace(group_id=GROUP, place_id=CREST), by=BO)
    await house.decided.hear(GROUP, BO, None, 13)
    left = MemberLeft(group_id=GROUP, member_id=BO, reason="left")
    await house.groups.append(New(left, uuid4(), 1, 0, actor=str(BO), id=uuid4(), decided_at=MORNING))

    with pytest.raises(NotAMember):
        await place(house, BO)
    assert (await house.ask(GovernanceDataOf(member_id=BO))).places == ()


async def test_is_among_what_a_member_takes_along(house: Readers) -> None:
    """A member's own places, and nobody else's."""
    for who in (ANA, BO):
        await house.decided.do(GivePlace(group_id=GROUP, place_id=CREST), by=who)
    elector = house.decided.pseudonyms.elector(GROUP, BO)

    assert (await house.ask(GovernanceDataOf(member_id=BO))).places == (
        OwnPlace(group_id=GROUP, elector=elector, place_id=CREST),
    )
