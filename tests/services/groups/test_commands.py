"""What groups does when it is asked, twice, at once and by the wrong people."""

import asyncio
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command
from libs.contracts.groups import (
    AdmitMember,
    ChangeGroup,
    ChangePage,
    ClosePage,
    DismissSteward,
    FollowPage,
    FoundGroup,
    GroupFounded,
    JoinGroup,
    LeaveGroup,
    Link,
    MemberJoined,
    MemberLeft,
    NameSteward,
    OpenPage,
    PageChanged,
    ReleaseMember,
    RemoveMember,
    SucceedSteward,
    UnfollowPage,
)
from libs.errors import NotFound
from libs.service.aggregates import KeyWasUsed
from services.groups.domain.group import GroupHasNoSteward, LastSteward, NoSubgroupsHere, NotASteward
from services.groups.domain.membership import NotAMember, NotAsked
from services.groups.domain.page import NotFollowing, NotYourPage, PageIsClosed
from tests.services.groups.conftest import ANA, BO, CY, DI, House

NOWHERE = UUID(int=99)


class TestFoundGroup:
    async def test_the_group_and_its_founder_come_together(self, house: House) -> None:
        """Founding is one append of two facts: no group is without its steward, and both name the group."""
        receipt = await house.do(FoundGroup(name="a", purpose="b"), by=ANA)
        entries = await house.recorded()

        assert [type(entry.event) for entry in entries] == [MemberJoined, GroupFounded]
        assert entries[0].event == MemberJoined(group_id=receipt.aggregate_id, member_id=ANA, role="steward")
        assert receipt == entries[1]
        assert {entry.group_id for entry in entries} == {receipt.aggregate_id}

    async def test_twice_is_once(self, house: House) -> None:
        """The same request sent again founds the same group and has the same receipt."""
        command, key = FoundGroup(name="a", purpose="b"), uuid4()

        assert await house.do(command, by=ANA, key=key) == await house.do(command, by=ANA, key=key)
        assert await house.log.last() == 2

    async def test_a_key_serves_one_request(self, house: House) -> None:
        """Another request under the same key is refused, not mistaken for the first."""
        key = uuid4()
        await house.do(FoundGroup(name="a", purpose="b"), by=ANA, key=key)

        with pytest.raises(KeyWasUsed):
            await house.do(FoundGroup(name="c", purpose="b"), by=ANA, key=key)

    async def test_a_large_charter_fits_into_an_entry(self, house: House) -> None:
        """The longest texts, in the widest letters, with all keys, are kept."""
        keys = tuple(f"{n:042d}A=" for n in range(100))
        command = FoundGroup(name="🌍" * 200, purpose="🌍" * 2000, charter_keys=keys, threshold=100)

        await house.do(command, by=ANA)


class TestFoundSubgroup:
    async def test_by_a_steward_of_the_group(self, house: House) -> None:
        """A steward founds a sub-group, and the log says of which group."""
        parent_id = await house.found(BO)
        await house.do(FoundGroup(name="a", purpose="b", parent_id=parent_id), by=ANA)
        (founded,) = [event for event in await house.events() if isinstance(event, GroupFounded) and event.parent_id]

        assert founded.parent_id == parent_id

    async def test_by_nobody_else(self, house: House) -> None:
        """Neither a member, nor a stranger, nor who is steward of another group only."""
        parent_id = await house.found(BO)
        await house.found(by=CY)
        for who in (BO, CY, DI):
            with pytest.raises(NotASteward):
                await house.do(FoundGroup(name="a", purpose="b", parent_id=parent_id), by=who)

    async def test_of_a_group_that_is_there(self, house: House) -> None:
        """Nothing hangs below nothing."""
        with pytest.raises(NotFound):
            await house.do(FoundGroup(name="a", purpose="b", parent_id=NOWHERE), by=ANA)

    async def test_of_a_sub_group_there_is_none(self, house: House) -> None:
        """Groups are one level deep."""
        below = await house.found(parent_id=await house.found())
        with pytest.raises(NoSubgroupsHere):
            await house.found(parent_id=below)

    async def test_sent_again_is_answered(self, house: House) -> None:
        """A retry gets its receipt, though the founder is no steward of the group any more."""
        parent_id, key = await house.found(BO), uuid4()
        command = FoundGroup(name="a", purpose="b", parent_id=parent_id)
        first = await house.do(command, by=ANA, key=key)
        await house.do(NameSteward(group_id=parent_id, member_id=BO), by=ANA)
        await house.do(DismissSteward(group_id=parent_id, member_id=ANA), by=BO)

        assert await house.do(command, by=ANA, key=key) == first


class TestJoinGroup:
    async def test_puts_itself_in_the_log_once(self, house: House) -> None:
        """Joining twice is joining once, and both answers are the same receipt."""
        group_id = await house.found()
        first = await house.do(JoinGroup(group_id=group_id), by=BO)

        assert await house.do(JoinGroup(group_id=group_id), by=BO) == first
        assert first.event == MemberJoined(group_id=group_id, member_id=BO, role="member")
        assert first.group_id == group_id

    async def test_fifty_at_once(self, house: House) -> None:
        """Who joins does not wait for others who join."""
        group_id = await house.found()
        people = [uuid4() for _ in range(50)]
        await asyncio.gather(*(house.do(JoinGroup(group_id=group_id), by=each, attempts_max=1) for each in people))

        assert (await house.names()).count("MemberJoined") == 51

    async def test_one_from_two_devices_at_once(self, house: House) -> None:
        """Whoever presses the button on two devices is one member."""
        group_id = await house.found()
        await asyncio.gather(*(house.do(JoinGroup(group_id=group_id), by=BO) for _ in range(10)))

        assert (await house.names()).count("MemberJoined") == 2

    async def test_there_must_be_a_group(self, house: House) -> None:
        """Nobody joins what is not there."""
        with pytest.raises(NotFound):
            await house.do(JoinGroup(group_id=NOWHERE), by=BO)

    async def test_an_empty_group_takes_nobody(self, house: House) -> None:
        """A group that everybody left is not taken over with its name."""
        group_id = await house.found()
        await house.do(LeaveGroup(group_id=group_id, members_count=1), by=ANA)

        with pytest.raises(GroupHasNoSteward):
            await house.do(JoinGroup(group_id=group_id), by=BO)
        with pytest.raises(GroupHasNoSteward):
            await house.do(JoinGroup(group_id=group_id), by=ANA)


class TestApproval:
    async def test_a_steward_lets_in(self, house: House) -> None:
        """Ask, be let in, be a member."""
        group_id = await house.found(BO, admission="approval")
        await house.do(AdmitMember(group_id=group_id, member_id=BO), by=ANA)

        assert await house.names() == ["MemberJoined", "GroupFounded", "JoinAsked", "MemberJoined"]

    async def test_a_refused_one_may_ask_again(self, house: House) -> None:
        """A refusal is not for ever."""
        group_id = await house.found(BO, admission="approval")
        await house.do(RemoveMember(group_id=group_id, member_id=BO), by=ANA)
        await house.do(JoinGroup(group_id=group_id), by=BO)

        assert await house.names(after=2) == ["JoinAsked", "JoinRefused", "JoinAsked"]

    async def test_only_stewards_decide(self, house: House) -> None:
        """Neither who asks, nor a member, nor a stranger lets anybody in."""
        group_id = await house.found(BO, CY, admission="approval")
        await house.do(AdmitMember(group_id=group_id, member_id=CY), by=ANA)

        for somebody in (BO, CY, DI):
            with pytest.raises(NotASteward):
                await house.do(AdmitMember(group_id=group_id, member_id=BO), by=somebody)

    async def test_a_steward_of_another_group_decides_nothing(self, house: House) -> None:
        """To lead one group is to lead no other."""
        group_id = await house.found(BO, admission="approval")
        await house.found(by=DI)

        with pytest.raises(NotASteward):
            await house.do(AdmitMember(group_id=group_id, member_id=BO), by=DI)

    async def test_approved_and_withdrawn_at_once(self, house: House) -> None:
        """Of an approval and a change of mind at the same moment, both orders end well: in and out, or never in."""
        group_id = await house.found(BO, admission="approval")
        await asyncio.gather(
            house.do(AdmitMember(group_id=group_id, member_id=BO), by=ANA),
            house.do(LeaveGroup(group_id=group_id, members_count=1), by=BO),
            return_exceptions=True,
        )

        assert (await house.names(after=3)) in (["MemberJoined", "MemberLeft"], ["JoinWithdrawn"])


class TestLeaveGroup:
    async def test_the_only_steward_stays_with_members(self, house: House) -> None:
        """Who leads a group with others in it hands over first, then may go."""
        group_id = await house.found(BO)
        with pytest.raises(LastSteward):
            await house.do(LeaveGroup(group_id=group_id, members_count=2), by=ANA)
        await house.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
        await house.do(LeaveGroup(group_id=group_id, members_count=2), by=ANA)

        assert await house.names(after=3) == ["StewardNamed", "RoleGiven", "StewardStoodDown", "MemberLeft"]

    async def test_two_stewards_at_once(self, house: House) -> None:
        """Two stewards who leave in the same moment do not leave the members alone."""
        group_id = await house.found(BO, CY)
        await house.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
        outcomes = await asyncio.gather(
            *(house.do(LeaveGroup(group_id=group_id, members_count=3), by=each) for each in (ANA, BO)),
            return_exceptions=True,
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastSteward", "Recorded"]

    @pytest.mark.parametrize("kind", [RemoveMember, DismissSteward])
    async def test_two_stewards_against_each_other(self, house: House, kind: type[RemoveMember]) -> None:
        """Two stewards who remove each other in the same moment: one is left."""
        group_id = await house.found(BO)
        await house.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
        outcomes = await asyncio.gather(
            house.do(kind(group_id=group_id, member_id=BO), by=ANA),
            house.do(kind(group_id=group_id, member_id=ANA), by=BO),
            return_exceptions=True,
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotASteward", "Recorded"]

    async def test_named_while_leaving(self, house: House) -> None:
        """Who leaves in the moment in which they are made a steward is a steward no longer, or never was."""
        group_id = await house.found(BO)
        await asyncio.gather(
            house.do(NameSteward(group_id=group_id, member_id=BO), by=ANA),
            house.do(LeaveGroup(group_id=group_id, members_count=2), by=BO),
            return_exceptions=True,
        )
        names = await house.names(after=3)

        assert names.count("StewardNamed") == names.count("StewardStoodDown")
        assert names[-1] == "MemberLeft"

    async def test_twice_is_once(self, house: House) -> None:
        """Leaving again gives the same receipt; who never came is told so."""
        group_id = await house.found(BO)
        leave = LeaveGroup(group_id=group_id, members_count=2)

        assert await house.do(leave, by=BO) == await house.do(leave, by=BO)
        with pytest.raises(NotAMember):
            await house.do(leave, by=CY)

    @pytest.mark.parametrize("kind", [LeaveGroup, UnfollowPage, ClosePage])
    async def test_needs_no_approval_of_a_manifesto(self, kind: type[Command]) -> None:
        """Whoever does not agree with a new manifesto may go, and take back what they wrote."""
        assert not kind.needs_approval


class TestLead:
    async def test_only_stewards(self, house: House) -> None:
        """A member changes, removes and names nobody, not even themselves."""
        group_id = await house.found(BO, CY)
        member = {"group_id": group_id, "member_id": BO}
        commands: list[Command] = [
            ChangeGroup(group_id=group_id, name="x", purpose="y"),
            RemoveMember(**member),
            NameSteward(**member),
            DismissSteward(group_id=group_id, member_id=ANA),
        ]
        for command in commands:
            for somebody in (BO, DI):
                with pytest.raises(NotASteward):
                    await house.do(command, by=somebody)

    async def test_twice_is_once(self, house: House) -> None:
        """Every change that is there already gives the receipt of when it was made."""
        group_id = await house.found(BO, CY)
        commands: list[Command] = [
            ChangeGroup(group_id=group_id, name="x", purpose="y"),
            NameSteward(group_id=group_id, member_id=BO),
            DismissSteward(group_id=group_id, member_id=BO),
            RemoveMember(group_id=group_id, member_id=CY),
        ]
        for command in commands:
            assert await house.do(command, by=ANA) == await house.do(command, by=ANA)

    async def test_a_member_who_is_named_and_dismissed_at_once(self, house: House) -> None:
        """Whatever comes first, the group's stewards and the member's role agree."""
        group_id = await house.found(BO)
        await asyncio.gather(
            house.do(NameSteward(group_id=group_id, member_id=BO), by=ANA),
            house.do(DismissSteward(group_id=group_id, member_id=BO), by=ANA),
        )

        assert await house.names(after=3) in (
            ["StewardNamed", "RoleGiven"],
            ["StewardNamed", "RoleGiven", "StewardStoodDown", "RoleGiven"],
        )

    async def test_only_a_member_becomes_steward(self, house: House) -> None:
        """Neither a stranger nor who only asked."""
        group_id = await house.found(BO, admission="approval")
        for somebody in (BO, CY):
            with pytest.raises(NotAMember):
                await house.do(NameSteward(group_id=group_id, member_id=somebody), by=ANA)

    async def test_the_removed_must_ask(self, house: House) -> None:
        """Even where the door is open."""
        group_id = await house.found(BO)
        await house.do(RemoveMember(group_id=group_id, member_id=BO), by=ANA)
        await house.do(JoinGroup(group_id=group_id), by=BO)

        assert (await house.names())[-1] == "JoinAsked"
        with pytest.raises(NotAsked):
            await house.do(AdmitMember(group_id=group_id, member_id=CY), by=ANA)


class TestErasedMembers:
    async def test_leave_whatever_they_are(self, house: House) -> None:
        """Who is erased leaves, as the last steward too, and only once."""
        group_id = await house.found(BO)
        for member_id in (BO, ANA, ANA):
            await house.do(ReleaseMember(group_id=group_id, member_id=member_id), by="groups")

        assert await house.names(after=3) == ["MemberLeft", "StewardStoodDown", "MemberLeft"]
        assert {event.reason for event in await house.events(after=3) if isinstance(event, MemberLeft)} == {"erased"}

    async def test_a_member_succeeds_the_last_steward(self, house: House) -> None:
        """A group that lost its steward gets one; a group that has one does not."""
        group_id = await house.found(BO, CY)
        await house.do(ReleaseMember(group_id=group_id, member_id=ANA), by="groups")
        for heir in (BO, CY):
            await house.do(SucceedSteward(group_id=group_id, member_id=heir), by="groups")

        assert await house.names(after=6) == ["StewardNamed", "RoleGiven"]
        await house.do(ChangeGroup(group_id=group_id, name="Bo leads", purpose="y"), by=BO)

    async def test_two_heirs_at_once(self, house: House) -> None:
        """Two replicas that look for an heir find one."""
        group_id = await house.found(BO, CY)
        await house.do(ReleaseMember(group_id=group_id, member_id=ANA), by="groups")
        await asyncio.gather(
            *(house.do(SucceedSteward(group_id=group_id, member_id=heir), by="groups") for heir in (BO, CY))
        )

        assert await house.names(after=6) == ["StewardNamed", "RoleGiven"]

    async def test_an_heir_who_left_meanwhile(self, house: House) -> None:
        """Who is gone inherits nothing."""
        group_id = await house.found(BO)
        await house.do(LeaveGroup(group_id=group_id, members_count=2), by=BO)
        await house.do(ReleaseMember(group_id=group_id, member_id=ANA), by="groups")

        with pytest.raises(NotAMember):
            await house.do(SucceedSteward(group_id=group_id, member_id=BO), by="groups")


LINK = Link(title="Map", url="https://example.org/map")


class TestPages:
    async def test_the_log_holds_no_words(self, whole: House) -> None:
        """Words and links stand in the vault; the log has a digest of them."""
        await whole.do(OpenPage(name="Jardin", kind="place", words="Bring gloves", links=(LINK,)), by=ANA)
        (entry,) = await whole.recorded()

        assert b"gloves" not in entry.entry
        assert b"example.org" not in entry.entry
        assert await _vault(whole) == ["Bring gloves"]

    async def test_opened_twice_is_opened_once(self, whole: House) -> None:
        """The same request sent again opens the same page and leaves nothing behind."""
        command, key = OpenPage(name="Jardin", kind="place", words="Bring gloves"), uuid4()

        assert await whole.do(command, by=ANA, key=key) == await whole.do(command, by=ANA, key=key)
        assert await whole.log.last() == 1
        assert await _vault(whole) == ["Bring gloves"]

    async def test_the_same_change_twice_is_one(self, whole: House) -> None:
        """Words that stand there already are not kept again."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause"), by=ANA)).aggregate_id
        change = ChangePage(page_id=page_id, name="b", kind="cause", words="New", links=(LINK,))

        assert await whole.do(change, by=ANA) == await whole.do(change, by=ANA)
        assert await _vault(whole) == ["New"]

    async def test_words_taken_back_are_gone(self, whole: House) -> None:
        """What a change replaces, or a close ends, is in no vault any more."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause", words="Old"), by=ANA)).aggregate_id
        await whole.do(ChangePage(page_id=page_id, name="a", kind="cause", words="New"), by=ANA)
        assert await _vault(whole) == ["New"]
        await whole.do(ChangePage(page_id=page_id, name="a", kind="cause"), by=ANA)
        assert await _vault(whole) == []
        await whole.do(ChangePage(page_id=page_id, name="a", kind="cause", words="Last"), by=ANA)
        await whole.do(ClosePage(page_id=page_id), by=ANA)
        assert await _vault(whole) == []

    async def test_two_changes_at_once(self, whole: House) -> None:
        """Of two changes the later one in the log is shown, and only its words are kept."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause", words="Old"), by=ANA)).aggregate_id
        changes = [ChangePage(page_id=page_id, name="a", kind="cause", words=f"{n}") for n in range(3)]
        await asyncio.gather(*(whole.do(change, by=ANA, attempts_max=9) for change in changes))
        last = (await whole.events())[-1]

        assert isinstance(last, PageChanged)
        assert await whole.pool.fetchval("SELECT array_agg(sha256) FROM page_content") == [last.content_sha256]

    async def test_a_change_that_came_too_late_leaves_nothing(self, whole: House) -> None:
        """A page closed while it was being changed keeps no words."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause"), by=ANA)).aggregate_id
        change = ChangePage(page_id=page_id, name="a", kind="cause", words="Late")
        await asyncio.gather(
            whole.do(change, by=ANA), whole.do(ClosePage(page_id=page_id), by=ANA), return_exceptions=True
        )

        assert (await whole.names())[-1] == "PageClosed"
        assert await _vault(whole) == []

    async def test_another_members_page_is_theirs(self, whole: House) -> None:
        """Nobody else changes or closes it, and what they tried to write is not kept."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause", words="Mine"), by=ANA)).aggregate_id
        for command in (ChangePage(page_id=page_id, name="a", kind="cause", words="!"), ClosePage(page_id=page_id)):
            with pytest.raises(NotYourPage):
                await whole.do(command, by=BO)

        assert await _vault(whole) == ["Mine"]

    async def test_a_groups_page_is_its_stewards(self, whole: House) -> None:
        """Whoever leads the group now cares for its page; a member does not, nor who led it once."""
        group_id = await whole.found(BO)
        with pytest.raises(NotASteward):
            await whole.do(OpenPage(name="a", kind="cause", for_group=group_id), by=BO)
        recorded = await whole.do(OpenPage(name="a", kind="cause", for_group=group_id), by=ANA)
        change = ChangePage(page_id=recorded.aggregate_id, name="b", kind="cause")
        with pytest.raises(NotASteward):
            await whole.do(change, by=BO)
        await whole.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
        await whole.do(DismissSteward(group_id=group_id, member_id=ANA), by=ANA)

        assert (await whole.do(change, by=BO)).group_id == group_id
        with pytest.raises(NotASteward):
            await whole.do(ClosePage(page_id=recorded.aggregate_id), by=ANA)

    async def test_following(self, whole: House) -> None:
        """Anyone may follow and stop, twice is once; a closed page is followed by nobody new, but may be left."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause"), by=ANA)).aggregate_id
        for command in (FollowPage(page_id=page_id), UnfollowPage(page_id=page_id)):
            assert await whole.do(command, by=BO) == await whole.do(command, by=BO)
        await whole.do(FollowPage(page_id=page_id), by=BO)
        with pytest.raises(NotFollowing):
            await whole.do(UnfollowPage(page_id=page_id), by=CY)
        await whole.do(ClosePage(page_id=page_id), by=ANA)
        with pytest.raises(PageIsClosed):
            await whole.do(FollowPage(page_id=page_id), by=CY)
        await whole.do(UnfollowPage(page_id=page_id), by=BO)

        assert await whole.names() == [
            "PageOpened",
            "PageFollowed",
            "PageUnfollowed",
            "PageFollowed",
            "PageClosed",
            "PageUnfollowed",
        ]

    async def test_what_is_not_there(self, whole: House) -> None:
        """A page that nobody opened is neither changed, closed nor followed."""
        for command in (
            ChangePage(page_id=NOWHERE, name="a", kind="cause"),
            ClosePage(page_id=NOWHERE),
            FollowPage(page_id=NOWHERE),
            UnfollowPage(page_id=NOWHERE),
        ):
            with pytest.raises(NotFound):
                await whole.do(command, by=ANA)


async def _vault(whole: House) -> list[str]:
    return [row["words"] for row in await whole.pool.fetch("SELECT words FROM page_content")]
