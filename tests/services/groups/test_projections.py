"""What the read models of groups say, after a history, on a real database."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.groups import (
    AdmitMember,
    ChangeGroup,
    ChangePage,
    ClosePage,
    FollowPage,
    FoundGroup,
    GroupDirectory,
    GroupOf,
    GroupsDataOf,
    GroupsOf,
    GroupView,
    JoinGroup,
    LeaveGroup,
    Link,
    MemberJoined,
    Members,
    MembershipOf,
    MembersOf,
    NameSteward,
    OpenPage,
    PageDirectory,
    PageFollowed,
    PageOf,
    RemoveMember,
    RequestsOf,
    RoleIn,
    SubgroupsOf,
    UnfollowPage,
)
from libs.contracts.place import Place
from libs.errors import NotFound
from libs.eventlog.codec import recorded
from libs.eventlog.log import New
from libs.service import tables
from libs.service.paging import BadCursor
from services.groups.domain.group import NotASteward
from services.groups.domain.page import Follow
from services.groups.projections import groups
from services.groups.queries import QUERIES, ForMembers
from tests.services.groups.conftest import ANA, BO, CY, DI, FOLDER, NOON, House

CREST = Place(name="Crest", latitude=44.728, longitude=5.022)
NOWHERE = UUID(int=99)


class TestGroup:
    async def test_is_named_by_its_first_entry(self, whole: House) -> None:
        """`charter_sha256` is the hash of the exact bytes of the founding entry, whatever comes later."""
        group_id = await whole.found(place=CREST, charter_keys=("A" * 43 + "=",), threshold=1)
        (_, founding) = await whole.recorded()
        await whole.do(ChangeGroup(group_id=group_id, name="x", purpose="y"), by=ANA)
        group = await whole.ask(GroupOf(group_id=group_id, asker=None))

        assert group.charter_sha256 == hashlib.sha256(founding.entry).hexdigest()
        assert (group.name, group.purpose, group.place) == ("x", "y", None)
        assert (group.charter_keys, group.threshold) == (("A" * 43 + "=",), 1)
        assert (group.members_count, group.stewards_count, group.founded_at) == (1, 1, NOON)

    async def test_knows_what_stands_above_and_below(self, whole: House) -> None:
        """A sub-group names its group, and the group says how many it has with somebody in them."""
        parent_id, other_id = await whole.found(), await whole.found()
        below = [await whole.found(parent_id=parent_id) for _ in range(3)]
        await whole.do(LeaveGroup(group_id=below[1], members_count=1), by=ANA)
        parent = await whole.ask(GroupOf(group_id=parent_id, asker=None))
        child = await whole.ask(GroupOf(group_id=below[0], asker=None))
        first = await whole.ask(SubgroupsOf(group_id=parent_id, asker=ANA, limit=1))
        second = await whole.ask(SubgroupsOf(group_id=parent_id, asker=None, limit=1, cursor=first.next))

        assert (parent.parent_id, parent.subgroups_count) == (None, 2)
        assert (child.parent_id, child.subgroups_count) == (parent_id, 0)
        assert [(each.group_id, each.my_role) for page in (first, second) for each in page.items] == [
            (below[2], "steward"),
            (below[0], None),
        ]
        assert second.next is None
        assert (await whole.ask(SubgroupsOf(group_id=other_id, asker=None))).items == ()
        with pytest.raises(NotFound):
            await whole.ask(SubgroupsOf(group_id=NOWHERE, asker=None))

    async def test_says_what_the_asker_is(self, whole: House) -> None:
        """Each sees their own standing; who waits is the stewards' to know."""
        group_id = await whole.found(BO, CY, admission="approval", place=CREST)
        await whole.do(AdmitMember(group_id=group_id, member_id=BO), by=ANA)

        def seen(group: Any) -> tuple[Any, ...]:
            return group.my_role, group.have_asked, group.requests_count

        asked = {who: seen(await whole.ask(GroupOf(group_id=group_id, asker=who))) for who in (ANA, BO, CY, DI, None)}
        assert asked == {
            ANA: ("steward", False, 1),
            BO: ("member", False, None),
            CY: (None, True, None),
            DI: (None, False, None),
            None: (None, False, None),
        }
        assert (await whole.ask(GroupOf(group_id=group_id, asker=None))).place == CREST

    async def test_counts_who_comes_and_goes(self, whole: House) -> None:
        """Joining, asking, being refused, removed and coming back: the counts are those of the rows."""
        group_id = await whole.found(BO, CY, DI)
        await whole.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
        await whole.do(RemoveMember(group_id=group_id, member_id=CY), by=ANA)
        await whole.do(JoinGroup(group_id=group_id), by=CY)
        await whole.do(LeaveGroup(group_id=group_id, members_count=3), by=ANA)
        await whole.do(JoinGroup(group_id=group_id), by=ANA)
        group = await whole.ask(GroupOf(group_id=group_id, asker=BO))

        assert (group.members_count, group.stewards_count, group.requests_count) == (3, 1, 1)
        await whole.do(RemoveMember(group_id=group_id, member_id=CY), by=BO)
        assert (await whole.ask(GroupOf(group_id=group_id, asker=BO))).requests_count == 0

    async def test_there_is_none(self, whole: House) -> None:
        """What was not founded is not found."""
        for query in (
            GroupOf(group_id=NOWHERE, asker=ANA),
            MembersOf(group_id=NOWHERE, asker=ANA),
            RequestsOf(group_id=NOWHERE, asker=ANA),
            MembershipOf(group_id=NOWHERE, member_id=ANA),
            PageOf(page_id=NOWHERE, asker=ANA),
        ):
            with pytest.raises(NotFound):
                await whole.ask(query)  # type: ignore[misc]  # each has its own view


class TestDirectory:
    async def test_pages_through_all_groups(self, whole: House) -> None:
        """The newest first, a page at a time, each once, even when others are founded meanwhile."""
        ids = [await whole.found(name=f"group {n}") for n in range(5)]
        seen, cursor = [], None
        while True:
            page = await whole.ask(GroupDirectory(asker=None, cursor=cursor, limit=2))
            seen += [item.group_id for item in page.items]
            await whole.found(name="newer")
            if not (cursor := page.next):
                break

        assert seen == ids[::-1]

    async def test_mine(self, whole: House) -> None:
        """Only groups that the asker is in; a request is no membership, and a stranger is in none."""
        mine = await whole.found(BO)
        await whole.found(BO, admission="approval")
        await whole.found()

        assert [g.group_id for g in (await whole.ask(GroupDirectory(asker=BO, mine=True))).items] == [mine]
        assert (await whole.ask(GroupDirectory(asker=None, mine=True))).items == ()
        assert len((await whole.ask(GroupDirectory(asker=None))).items) == 3

    async def test_searches_what_was_typed(self, whole: House) -> None:
        """In names and purposes, without regard to case; `%`, `_` and quotes mean themselves."""
        crest = await whole.found(name="CREST en transition", purpose="100% répare")
        await whole.found(name="Die", purpose="a_b")

        async def found(words: str) -> list[UUID]:
            return [g.group_id for g in (await whole.ask(GroupDirectory(asker=None, words=words))).items]

        assert await found("crest") == await found("RÉPARE") == await found("0%") == [crest]
        assert await found("%") == [crest]
        assert await found("_x") == await found("'; DROP TABLE membership; --") == []

    async def test_searches_without_accents(self, whole: House) -> None:
        """As places are found: `cafe` finds the Café, `oeuvre` the Œuvre; what was renamed by its new name alone."""
        group_id = await whole.found(name="Café de l’Étang", purpose="Œuvre de cœur")
        page_id = (await whole.do(OpenPage(name="L’Épicerie", kind="place"), by=ANA)).aggregate_id

        async def groups(words: str) -> list[UUID]:
            return [each.group_id for each in (await whole.ask(GroupDirectory(asker=None, words=words))).items]

        async def pages(words: str) -> list[UUID]:
            return [each.page_id for each in (await whole.ask(PageDirectory(asker=None, words=words))).items]

        for words in ("cafe", "CAFÉ", "l'etang", "oeuvre", "Coeur", "et"):
            assert await groups(words) == [group_id]
        assert await groups("etang oeuvre") == []
        assert await pages("l'epicerie") == await pages("épicerie") == [page_id]
        await whole.do(ChangePage(page_id=page_id, name="Fournil", kind="place"), by=ANA)
        await whole.do(ChangeGroup(group_id=group_id, name="Thé", purpose="Œuvre"), by=ANA)
        assert await pages("epicerie") == await groups("cafe") == []
        assert (await pages("fournil"), await groups("the")) == ([page_id], [group_id])

    async def test_among_some(self, whole: House) -> None:
        """Groups and pages of a list of ids, however many others there are; among none there is none."""
        first, _ = [await whole.found(name=name) for name in "ab"]
        page_id, _ = [
            (await whole.do(OpenPage(name=name, kind="cause"), by=ANA)).aggregate_id for name in ("one", "another")
        ]

        assert [g.group_id for g in (await whole.ask(GroupDirectory(asker=None, among=(first,)))).items] == [first]
        assert [p.page_id for p in (await whole.ask(PageDirectory(asker=None, among=(page_id,)))).items] == [page_id]
        assert (await whole.ask(GroupDirectory(asker=None, among=()))).items == ()
        assert (await whole.ask(PageDirectory(asker=None, among=()))).items == ()

    async def test_empty_groups_are_not_shown(self, whole: House) -> None:
        """A group that everybody left stands in the log and not in the list."""
        group_id = await whole.found()
        await whole.do(LeaveGroup(group_id=group_id, members_count=1), by=ANA)

        assert (await whole.ask(GroupDirectory(asker=None))).items == ()
        assert (await whole.ask(GroupOf(group_id=group_id, asker=None))).members_count == 0

    @pytest.mark.parametrize("cursor", ["", "x", "WyJhIl0", "W10", "bnVsbA", "WzEsMl0", "W3RydWVd", "WzFlOTld"])
    async def test_a_cursor_of_somebodys_own_making(self, whole: House, cursor: str) -> None:
        """What is no cursor is refused."""
        with pytest.raises(BadCursor):
            await whole.ask(GroupDirectory(asker=None, cursor=cursor))


class TestMembers:
    async def test_stewards_first_then_the_oldest(self, whole: House) -> None:
        """In an order that holds from page to page."""
        group_id = await whole.found(BO, CY, DI)
        await whole.do(NameSteward(group_id=group_id, member_id=CY), by=ANA)
        first = await whole.ask(MembersOf(group_id=group_id, asker=BO, limit=3))
        rest = await whole.ask(MembersOf(group_id=group_id, asker=BO, limit=3, cursor=first.next))

        assert [m.member_id for m in (*first.items, *rest.items)] == [ANA, CY, BO, DI]
        assert [m.role for m in first.items] == ["steward", "steward", "member"]
        assert rest.next is None

    async def test_the_newest_first(self, whole: House) -> None:
        """For what is new in a group: who joined last comes first, steward or not, from page to page."""
        group_id = await whole.found(BO, CY, DI)
        await whole.do(NameSteward(group_id=group_id, member_id=CY), by=ANA)
        first = await whole.ask(MembersOf(group_id=group_id, asker=BO, newest=True, limit=3))
        rest = await whole.ask(MembersOf(group_id=group_id, asker=BO, newest=True, limit=3, cursor=first.next))

        assert [m.member_id for m in (*first.items, *rest.items)] == [DI, CY, BO, ANA]
        assert rest.next is None
        with pytest.raises(ForMembers):
            await whole.ask(MembersOf(group_id=group_id, asker=NOWHERE, newest=True))

    async def test_are_for_members(self, whole: House) -> None:
        """Neither a stranger to the group, nor who asked, nor who left sees who is in it."""
        group_id = await whole.found(BO, CY, admission="approval")
        await whole.do(AdmitMember(group_id=group_id, member_id=BO), by=ANA)
        await whole.do(LeaveGroup(group_id=group_id, members_count=2), by=BO)

        for who in (BO, CY, DI):
            with pytest.raises(ForMembers):
                await whole.ask(MembersOf(group_id=group_id, asker=who))

    async def test_requests_are_for_stewards(self, whole: House) -> None:
        """A steward sees who asks, the oldest request first; a member does not."""
        group_id = await whole.found(DI, CY, BO, admission="approval")
        await whole.do(AdmitMember(group_id=group_id, member_id=CY), by=ANA)
        first = await whole.ask(RequestsOf(group_id=group_id, asker=ANA, limit=1))
        rest = await whole.ask(RequestsOf(group_id=group_id, asker=ANA, limit=1, cursor=first.next))

        assert [request.member_id for request in (*first.items, *rest.items)] == [DI, BO]
        for who in (BO, CY):
            with pytest.raises(NotASteward):
                await whole.ask(RequestsOf(group_id=group_id, asker=who))

    async def test_roles(self, whole: House) -> None:
        """What somebody is in a group, and in which groups they are."""
        group_id = await whole.found(BO)
        asked = await whole.found(BO, admission="approval")

        assert await whole.ask(MembershipOf(group_id=group_id, member_id=BO)) == RoleIn(
            group_id=group_id, role="member"
        )
        assert await whole.ask(MembershipOf(group_id=asked, member_id=BO)) == RoleIn(group_id=asked, role=None)
        assert (await whole.ask(GroupsOf(member_id=BO))).items == (RoleIn(group_id=group_id, role="member"),)
        assert (await whole.ask(GroupsOf(member_id=DI))).items == ()

    async def test_ten_thousand(self, whole: House) -> None:
        """A large group is counted, and paged through, like a small one."""
        group_id = await whole.found()
        people = [uuid4() for _ in range(10_000)]
        await whole.level()
        joined = [
            New(
                MemberJoined(group_id=group_id, member_id=member_id, role="member"),
                *(uuid4(), 1, 0, str(member_id), uuid4(), NOON),
            )
            for member_id in people
        ]
        batch = [recorded("groups", position, new, b"") for position, new in enumerate(joined, 3)]
        async with whole.pool.acquire() as connection, connection.transaction():
            await groups.advance(connection, batch)
            group = await QUERIES[GroupOf](GroupOf(group_id=group_id, asker=ANA), connection)
            page = await QUERIES[MembersOf](MembersOf(group_id=group_id, asker=ANA, limit=200), connection)

        assert isinstance(group, GroupView)
        assert isinstance(page, Members)
        assert group.members_count == 10_001
        assert [m.member_id for m in page.items] == [ANA, *people[:199]]


class TestPage:
    async def test_shows_the_words_that_the_log_names(self, whole: House) -> None:
        """Anyone reads a page; its owner may edit it."""
        link = Link(title="Map", url="https://example.org/map")
        opening = OpenPage(name="Jardin", kind="place", words="Gloves!", links=(link,), place=CREST)
        page_id = (await whole.do(opening, by=ANA)).aggregate_id
        page = await whole.ask(PageOf(page_id=page_id, asker=ANA))
        stranger = await whole.ask(PageOf(page_id=page_id, asker=None))

        assert (page.words, page.links, page.place, page.kind) == ("Gloves!", (link,), CREST, "place")
        assert (page.owner, page.may_edit) == (ANA, True)
        assert (stranger.words, stranger.owner, stranger.may_edit) == ("Gloves!", None, False)

    async def test_without_the_vaults_row_there_are_no_words(self, whole: House) -> None:
        """The digest alone gives nothing back; a row that no entry names is never shown."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause", words="Gone"), by=ANA)).aggregate_id
        await whole.pool.execute("UPDATE page_content SET sha256 = repeat('0', 64)")
        page = await whole.ask(PageOf(page_id=page_id, asker=ANA))

        assert (page.words, page.links) == (None, ())

    async def test_of_a_group(self, whole: House) -> None:
        """Its stewards may edit it, its members not."""
        group_id = await whole.found(BO)
        page_id = (await whole.do(OpenPage(name="a", kind="cause", for_group=group_id), by=ANA)).aggregate_id

        views = {who: await whole.ask(PageOf(page_id=page_id, asker=who)) for who in (ANA, BO, None)}
        assert {who: page.may_edit for who, page in views.items()} == {ANA: True, BO: False, None: False}
        assert {page.owner for page in views.values()} == {group_id}

    async def test_followers_are_counted(self, whole: House) -> None:
        """Who follows sees it; others see how many do."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause"), by=ANA)).aggregate_id
        for who in (BO, CY):
            await whole.do(FollowPage(page_id=page_id), by=who)
        await whole.do(UnfollowPage(page_id=page_id), by=CY)

        views = {who: await whole.ask(PageOf(page_id=page_id, asker=who)) for who in (BO, CY, None)}
        assert {who: (page.followers_count, page.am_following) for who, page in views.items()} == {
            BO: (1, True),
            CY: (1, False),
            None: (1, False),
        }

    async def test_closed_it_is_gone(self, whole: House) -> None:
        """With its followers; who followed or left in the same moment does no harm."""
        page_id = (await whole.do(OpenPage(name="a", kind="cause"), by=ANA)).aggregate_id
        for who in (BO, CY):
            await whole.do(FollowPage(page_id=page_id), by=who)
        await whole.do(ClosePage(page_id=page_id), by=ANA)
        await whole.do(UnfollowPage(page_id=page_id), by=BO)
        late = PageFollowed(page_id=page_id, member_id=DI)
        await whole.log.append(New(late, Follow.create_id(page_id, DI), 1, 0, str(DI), uuid4(), NOON))

        with pytest.raises(NotFound):
            await whole.ask(PageOf(page_id=page_id, asker=BO))
        assert (await whole.ask(PageDirectory(asker=BO, following=True))).items == ()

    async def test_lists(self, whole: House) -> None:
        """All, one owner's, those that the asker follows; a stranger does not learn which are a member's."""
        group_id = await whole.found()
        ids = [
            (await whole.do(OpenPage(name=f"Page {n}", kind="cause", for_group=group), by=ANA)).aggregate_id
            for n, group in enumerate((None, group_id, None))
        ]
        await whole.do(FollowPage(page_id=ids[0]), by=BO)

        async def listed(asker: UUID | None = None, **how: Any) -> list[UUID]:
            return [page.page_id for page in (await whole.ask(PageDirectory(asker=asker, **how))).items]

        assert await listed() == ids[::-1]
        assert await listed(owner=group_id) == [ids[1]]
        assert await listed(BO, owner=ANA) == [ids[2], ids[0]]
        assert await listed(owner=ANA) == []
        assert await listed(BO, following=True) == [ids[0]]
        assert await listed(following=True) == []
        assert await listed(words="page 1") == [ids[1]]
        first = await whole.ask(PageDirectory(asker=None, limit=2))
        assert await listed(cursor=first.next, limit=2) == [ids[0]]


class TestOwnData:
    async def test_has_all_that_is_held(self, whole: House) -> None:
        """Groups and requests, pages with their words, what is followed."""
        group_id = await whole.found(BO, name="in")
        asked = await whole.found(BO, name="asked", admission="approval")
        bare = (await whole.do(OpenPage(name="bare", kind="cause"), by=BO)).aggregate_id
        page_id = (await whole.do(OpenPage(name="mine", kind="cause", words="Old"), by=BO)).aggregate_id
        await whole.do(ChangePage(page_id=page_id, name="mine", kind="cause", words="Mine"), by=BO)
        await whole.do(FollowPage(page_id=page_id), by=BO)
        data = await whole.ask(GroupsDataOf(member_id=BO))

        assert [(g.group_id, g.role) for g in data.groups] == [(group_id, "member"), (asked, None)]
        assert [(p.page_id, p.words) for p in data.pages] == [(bare, None), (page_id, "Mine")]
        assert [f.page_id for f in data.following] == [page_id]

    async def test_of_somebody_who_has_none(self, whole: House) -> None:
        """There is an empty answer, and nothing of others."""
        await whole.found(BO)
        data = await whole.ask(GroupsDataOf(member_id=DI))

        assert (data.groups, data.pages, data.following) == ((), (), ())


async def test_a_rebuild_gives_the_same_rows(whole: House) -> None:
    """Dropped and read again from the logs, every table is as it was; the vault is left alone."""
    group_id = await whole.found(BO, CY, place=CREST)
    await whole.do(NameSteward(group_id=group_id, member_id=BO), by=ANA)
    await whole.do(RemoveMember(group_id=group_id, member_id=CY), by=BO)
    await whole.do(FoundGroup(name="x", purpose="y"), by=CY)
    page_id = (await whole.do(OpenPage(name="a", kind="cause", words="Words"), by=ANA)).aggregate_id
    await whole.do(FollowPage(page_id=page_id), by=BO)
    await whole.erase(DI)
    before = await _rows(whole)
    await whole.pool.execute("UPDATE read.built_from SET schema_sha256 = 'of old'")
    await tables.prepare(whole.pool, schema=(FOLDER / "schema.sql").read_text(), read_from=groups.logs)

    assert await _rows(whole) == before
    assert (await whole.ask(PageOf(page_id=page_id, asker=None))).words == "Words"


async def _rows(whole: House) -> dict[str, list[Any]]:
    await whole.level()
    names = ("known_group", "membership", "page", "follow", "erased", "checkpoint")
    return {name: await whole.pool.fetch(f"SELECT * FROM {name} ORDER BY {name}") for name in names}
