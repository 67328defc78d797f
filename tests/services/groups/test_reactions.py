"""What follows by itself, when members leave the node or the last steward is gone."""

from libs.contracts.groups import (
    DismissSteward,
    FollowPage,
    GroupOf,
    GroupsDataOf,
    JoinGroup,
    LeaveGroup,
    MembershipOf,
    NameSteward,
    OpenPage,
    PageOf,
    ReleaseFollower,
    ReleaseMember,
    ReleasePage,
    SucceedSteward,
)
from tests.services.groups.conftest import ANA, BO, CY, House


class TestErased:
    async def test_leave_everything(self, whole: House) -> None:
        """Who took themselves back is in no group, asks for none and follows nothing; their pages' words are gone."""
        theirs = await whole.found(BO)
        asked = await whole.found(BO, admission="approval")
        mine = (await whole.do(OpenPage(name="a", kind="cause", words="Mine"), by=BO)).aggregate_id
        other = (await whole.do(OpenPage(name="b", kind="cause", words="Other"), by=ANA)).aggregate_id
        for page_id in (mine, other):
            await whole.do(FollowPage(page_id=page_id), by=BO)
        await whole.erase(BO)

        commands = await whole.tick()
        assert {type(command) for command in commands} == {ReleaseMember, ReleasePage, ReleaseFollower}
        data = await whole.ask(GroupsDataOf(member_id=BO))
        assert (data.groups, data.pages, data.following) == ((), (), ())
        assert await whole.pool.fetchval("SELECT array_agg(words) FROM page_content") == ["Other"]
        assert (await whole.ask(PageOf(page_id=other, asker=ANA))).followers_count == 0
        for group_id in (theirs, asked):
            assert (await whole.ask(GroupOf(group_id=group_id, asker=ANA))).members_count == 1
        assert (await whole.ask(GroupOf(group_id=asked, asker=ANA))).requests_count == 0
        assert await whole.tick() == []

    async def test_a_vault_from_before(self, whole: House) -> None:
        """A vault that comes from a backup forgets the words of a page that was taken down since, and no others."""
        mine = (await whole.do(OpenPage(name="a", kind="cause", words="Mine"), by=BO)).aggregate_id
        await whole.do(OpenPage(name="b", kind="cause", words="Other"), by=ANA)
        await whole.pool.execute("CREATE TABLE vault.kept AS SELECT * FROM page_content")
        await whole.erase(BO)
        await whole.tick()
        await whole.pool.execute("INSERT INTO page_content SELECT * FROM vault.kept WHERE page_id = $1", mine)
        await whole.level()
        assert await whole.tick() == []

        await whole.react()
        assert await whole.pool.fetchval("SELECT array_agg(words) FROM page_content") == ["Other"]

    async def test_a_clock_that_strikes_twice(self, whole: House) -> None:
        """Two replicas, or one that forgot, do it once."""
        await whole.found(BO)
        await whole.erase(BO)
        await whole.level()
        await whole.tick()
        last = await whole.log.last()
        await whole.pool.execute("UPDATE read.built_from SET schema_sha256 = schema_sha256")
        await whole.tick()

        assert await whole.log.last() == last

    async def test_what_comes_after_the_news_is_found_too(self, whole: House) -> None:
        """Who joins from a session that ends a moment later is not left behind."""
        group_id = await whole.found(BO)
        await whole.erase(BO)
        await whole.tick()
        await whole.do(JoinGroup(group_id=group_id), by=BO)
        await whole.tick()

        assert (await whole.ask(MembershipOf(group_id=group_id, member_id=BO))).role is None
        assert (await whole.names())[-2:] == ["MemberJoined", "MemberLeft"]


class TestSuccession:
    async def test_the_oldest_member_follows_an_erased_steward(self, whole: House) -> None:
        """A group with members is not left without a steward."""
        group_id = await whole.found(BO, CY)
        await whole.erase(ANA)
        await whole.tick()
        await whole.tick()

        assert (await whole.ask(MembershipOf(group_id=group_id, member_id=BO))).role == "steward"
        assert (await whole.ask(MembershipOf(group_id=group_id, member_id=CY))).role == "member"
        assert await whole.tick() == []

    async def test_an_heir_is_not_somebody_erased(self, whole: House) -> None:
        """When the steward and the oldest member go together, the next one leads."""
        group_id = await whole.found(BO, CY)
        await whole.erase(ANA)
        await whole.erase(BO)
        for _ in range(3):
            await whole.tick()

        assert (await whole.ask(MembershipOf(group_id=group_id, member_id=CY))).role == "steward"

    async def test_an_empty_group_has_no_heir(self, whole: House) -> None:
        """Who only asked to be let in does not inherit."""
        group_id = await whole.found(BO, admission="approval")
        await whole.erase(ANA)
        for _ in range(3):
            await whole.tick()

        group = await whole.ask(GroupOf(group_id=group_id, asker=BO))
        assert (group.members_count, group.stewards_count, group.have_asked) == (0, 0, True)

    async def test_who_joined_while_the_last_one_left_leads(self, whole: House) -> None:
        """The last steward saw nobody else and went; who came in that moment is not alone for long."""
        group_id = await whole.found(BO)
        await whole.do(LeaveGroup(group_id=group_id, members_count=1), by=ANA)
        commands = await whole.tick()

        assert commands == [SucceedSteward(group_id=group_id, member_id=BO)]
        assert (await whole.ask(GroupOf(group_id=group_id, asker=BO))).my_role == "steward"

    async def test_the_same_heir_twice(self, whole: House) -> None:
        """Who inherited once, and handed over, may inherit again."""
        group_id = await whole.found(BO, CY)
        await whole.do(LeaveGroup(group_id=group_id, members_count=1), by=ANA)
        await whole.tick()
        await whole.do(NameSteward(group_id=group_id, member_id=CY), by=BO)
        await whole.do(DismissSteward(group_id=group_id, member_id=BO), by=CY)
        await whole.do(LeaveGroup(group_id=group_id, members_count=1), by=CY)
        await whole.tick()

        assert (await whole.ask(GroupOf(group_id=group_id, asker=BO))).my_role == "steward"
