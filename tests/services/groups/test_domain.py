"""What may be decided about groups, memberships and pages, and what follows."""

from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import ValidationError

from libs.contracts.groups import (
    FoundGroup,
    GroupChanged,
    GroupFounded,
    JoinAsked,
    JoinRefused,
    JoinWithdrawn,
    Link,
    MemberJoined,
    MemberLeft,
    OpenPage,
    PageChanged,
    PageClosed,
    PageFollowed,
    PageOpened,
    PageUnfollowed,
    RoleGiven,
    StewardNamed,
    StewardStoodDown,
)
from services.groups.domain.group import (
    Description,
    Group,
    GroupHasNoSteward,
    LastSteward,
    NoSubgroupsHere,
    NotASteward,
)
from services.groups.domain.membership import Membership, NotAMember, NotAsked
from services.groups.domain.page import Face, Follow, NotFollowing, NotYourPage, Page, PageIsClosed, digest_of
from tests.given import given

GROUP, ANA, BO, PAGE = (UUID(int=n) for n in range(1, 5))
BETWEEN = {"group_id": GROUP, "member_id": BO}
FOLLOWING = {"page_id": PAGE, "member_id": BO}

founded = GroupFounded(
    founder=ANA,
    name="Crest en transition",
    purpose="Repair and share.",
    place=None,
    admission="open",
    charter_keys=(),
    threshold=0,
)
described = Description("Crest en transition", "Repair and share.", None, "open")
asked = JoinAsked(**BETWEEN)
joined = MemberJoined(**BETWEEN, role="member")
steward = RoleGiven(**BETWEEN, role="steward")
removed = MemberLeft(**BETWEEN, reason="removed")
opened = PageOpened(owner_kind="member", owner=ANA, name="Jardin", kind="place", place=None, content_sha256=None)
face = Face("Jardin", "place", None, None)


class TestFoundGroup:
    def test_has_its_founder_for_a_steward(self) -> None:
        """Who founds a group answers for it."""
        given(Group).when(Group.found, GROUP, described, founder=ANA, charter_keys=(), threshold=0).then(founded)
        assert given(Group, founded).aggregate.stewards == {ANA}

    def test_may_stand_below_a_group_that_stands_below_none(self) -> None:
        """Groups are one level deep: a sub-group takes none itself."""
        below = founded.model_copy(update={"parent_id": PAGE})
        given(Group).when(
            Group.found, GROUP, described, founder=ANA, charter_keys=(), threshold=0, parent_id=PAGE
        ).then(below)

        given(Group, founded).aggregate.check_takes_subgroups()
        with pytest.raises(NoSubgroupsHere):
            given(Group, below).aggregate.check_takes_subgroups()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"charter_keys": ("",)},
            {"charter_keys": ("AAAA",)},
            {"charter_keys": ("!" * 44,)},
            {"charter_keys": ("A" * 42 + "B=",)},  # the same 32 bytes, written another way
            {"charter_keys": ("A" * 43 + "=",) * 2},
            {"charter_keys": tuple(f"{n:042d}A=" for n in range(101))},
            {"threshold": 1},
            {"threshold": -1},
            {"charter_keys": ("A" * 43 + "=",), "threshold": 2},
            {"name": "two\nlines"},
            {"name": "x" * 201},
            {"name": "\u202egnp.exe"},
            {"purpose": "x" * 2001},
            {"purpose": " \n "},
            {"admission": "secret"},
        ],
    )
    def test_takes_a_charter_that_can_be_kept(self, wrong: dict[str, Any]) -> None:
        """Keys are 32 bytes in one form, each once; a threshold can be met; texts are short and honest."""
        with pytest.raises(ValidationError):
            FoundGroup(**{"name": "a", "purpose": "b", **wrong})

    def test_takes_keys_and_the_longest_texts(self) -> None:
        """The last length and threshold that are allowed are allowed."""
        command = FoundGroup(name="x" * 200, purpose="x" * 2000, charter_keys=("A" * 43 + "=",), threshold=1)
        assert command.threshold == len(command.charter_keys)


class TestChangeGroup:
    def test_changes_the_description(self) -> None:
        """A steward may describe the group anew."""
        given(Group, founded).when(Group.change, described._replace(admission="approval"), by=ANA).then(
            GroupChanged(name=described.name, purpose=described.purpose, place=None, admission="approval")
        )

    def test_twice_is_once(self) -> None:
        """The same description changes nothing."""
        given(Group, founded).when(Group.change, described, by=ANA).then()

    def test_is_for_stewards(self) -> None:
        """Who is no steward, a member or a stranger, changes nothing."""
        given(Group, founded).when(Group.change, described, by=BO).refuses(NotASteward)


class TestStandDown:
    def test_the_last_steward_stays(self) -> None:
        """A group with members keeps a steward."""
        given(Group, founded).when(Group.stand_down, ANA).refuses(LastSteward)

    def test_one_of_two_may_go(self) -> None:
        """As long as one steward is left, others may go."""
        given(Group, founded, StewardNamed(member_id=BO)).when(Group.stand_down, ANA).then(
            StewardStoodDown(member_id=ANA)
        )

    def test_who_is_alone_may_go(self) -> None:
        """The last member of a group may leave it empty."""
        given(Group, founded).when(Group.stand_down, ANA, is_alone=True).then(StewardStoodDown(member_id=ANA))

    def test_who_is_no_steward_stands_down_from_nothing(self) -> None:
        """There is nothing to decide about others."""
        given(Group, founded).when(Group.stand_down, BO).then()

    def test_a_group_without_steward_takes_nobody(self) -> None:
        """An empty group cannot be taken over by whoever comes next."""
        given(Group, founded, StewardStoodDown(member_id=ANA)).when(Group.check_takes_members).refuses(
            GroupHasNoSteward
        )

    def test_a_steward_is_named_once(self) -> None:
        """Naming a steward again changes nothing."""
        given(Group, founded).when(Group.name_steward, ANA).then()


def membership(*facts: Any) -> Any:
    """A membership with a past, or what is there before any."""
    if facts:
        return given(Membership, *facts, id=Membership.create_id(GROUP, BO))

    class _Nobody:
        def when(self, decide: Any, *args: Any, **kwargs: Any) -> Any:
            def first() -> Membership:
                fresh = Membership.before_any(GROUP, BO)
                decide(fresh, *args, **kwargs)
                return fresh

            return given(Membership).when(first)

    return _Nobody()


class TestJoin:
    def test_at_once_where_it_is_open(self) -> None:
        """In an open group one is a member at once."""
        membership().when(Membership.join, must_ask=False).then(joined)

    def test_asks_where_stewards_approve(self) -> None:
        """In a group on approval one asks."""
        membership().when(Membership.join, must_ask=True).then(asked)

    def test_twice_is_once(self) -> None:
        """Who has asked has asked; who is a member is one."""
        membership(asked).when(Membership.join, must_ask=True).then()
        membership(joined).when(Membership.join, must_ask=True).then()

    def test_who_had_asked_joins_when_the_group_opens(self) -> None:
        """A request is no obstacle once nobody needs to ask."""
        membership(asked).when(Membership.join, must_ask=False).then(joined)

    def test_again_after_leaving(self) -> None:
        """Who left may come back."""
        membership(joined, MemberLeft(**BETWEEN, reason="left")).when(Membership.join, must_ask=False).then(joined)

    def test_who_was_removed_asks(self) -> None:
        """Who was removed does not walk in again through an open door."""
        membership(joined, removed).when(Membership.join, must_ask=False).then(asked)

    def test_who_was_removed_and_let_in_again_is_like_others(self) -> None:
        """A steward's approval ends what a removal began."""
        left = MemberLeft(**BETWEEN, reason="left")
        membership(joined, removed, asked, joined, left).when(Membership.join, must_ask=False).then(joined)

    def test_is_an_address(self) -> None:
        """One membership for each member in each group."""
        assert Membership.create_id(GROUP, BO) == uuid5(GROUP, str(BO))


class TestAdmit:
    def test_lets_in_who_asked(self) -> None:
        """A steward's approval makes a member."""
        membership(asked).when(Membership.admit).then(joined)

    def test_twice_is_once(self) -> None:
        """Two stewards who approve the same request let in one member."""
        membership(asked, joined).when(Membership.admit).then()

    def test_only_who_asked(self) -> None:
        """Nobody is made a member without wanting it, or after they changed their mind."""
        membership().when(Membership.admit).refuses(NotAsked)
        membership(asked, JoinWithdrawn(**BETWEEN)).when(Membership.admit).refuses(NotAsked)
        membership(asked, JoinRefused(**BETWEEN)).when(Membership.admit).refuses(NotAsked)
        membership(joined, removed).when(Membership.admit).refuses(NotAsked)


class TestLeave:
    def test_leaves(self) -> None:
        """A member may leave."""
        membership(joined).when(Membership.leave, "left").then(MemberLeft(**BETWEEN, reason="left"))

    def test_twice_is_once(self) -> None:
        """Who has left has left."""
        membership(joined, removed).when(Membership.leave, "left").then()

    def test_takes_a_request_back(self) -> None:
        """Who asked may ask no longer; a steward's removal of a request is a refusal."""
        membership(asked).when(Membership.leave, "left").then(JoinWithdrawn(**BETWEEN))
        membership(asked).when(Membership.leave, "erased").then(JoinWithdrawn(**BETWEEN))
        membership(asked).when(Membership.leave, "removed").then(JoinRefused(**BETWEEN))

    def test_who_never_came_cannot_leave(self) -> None:
        """A stranger to the group is told so."""
        membership().when(Membership.leave, "left").refuses(NotAMember)


class TestGive:
    def test_another_role(self) -> None:
        """A member becomes a steward, and a steward a member."""
        membership(joined).when(Membership.give, "steward").then(steward)
        membership(joined, steward).when(Membership.give, "member").then(RoleGiven(**BETWEEN, role="member"))

    def test_the_same_role_changes_nothing(self) -> None:
        """Twice is once."""
        membership(joined, steward).when(Membership.give, "steward").then()

    def test_only_to_members(self) -> None:
        """Who asked, left or never came has no role to change."""
        for facts in ((), (asked,), (joined, removed)):
            membership(*facts).when(Membership.give, "steward").refuses(NotAMember)

    def test_who_comes_back_comes_as_a_member(self) -> None:
        """A role is not kept for who left."""
        facts = (joined, steward, MemberLeft(**BETWEEN, reason="left"))
        membership(*facts).when(Membership.join, must_ask=False).then(joined)


class TestPage:
    def test_opens(self) -> None:
        """Anyone may open a page; it is theirs."""
        given(Page).when(Page.open, PAGE, face, owner_kind="member", owner=ANA).then(opened)

    def test_changes(self) -> None:
        """A page may be made another."""
        given(Page, opened).when(Page.change, face._replace(kind="cause")).then(
            PageChanged(name="Jardin", kind="cause", place=None, content_sha256=None)
        )
        given(Page, opened).when(Page.change, face).then()

    def test_closes_once_and_for_good(self) -> None:
        """A page that was taken down stays so."""
        given(Page, opened).when(Page.close).then(PageClosed())
        given(Page, opened, PageClosed()).when(Page.close).then()
        given(Page, opened, PageClosed()).when(Page.change, face).refuses(PageIsClosed)

    def test_is_its_owners(self) -> None:
        """Another member does not change it."""
        given(Page, opened).when(Page.check_owner, BO).refuses(NotYourPage)
        given(Page, opened).when(Page.check_owner, ANA).then()

    def test_of_a_group_names_the_group(self) -> None:
        """Every entry names its group."""
        assert (
            given(Page, opened.model_copy(update={"owner_kind": "group", "owner": GROUP})).aggregate.group_id == GROUP
        )
        assert given(Page, opened).aggregate.group_id is None

    def test_its_digest_says_nothing_without_the_salt(self) -> None:
        """Words, links and salt all change it; a link is never taken for words."""
        link = Link(title="Map", url="https://example.org/map")
        digests = {
            digest_of("a", (), b"salt"),
            digest_of("a", (), b"other"),
            digest_of("b", (), b"salt"),
            digest_of("a", (link,), b"salt"),
            digest_of(None, (link,), b"salt"),
            digest_of(f'["{link.title}", "{link.url}"]', (), b"salt"),
        }
        assert len(digests) == 6

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,<script>",
            "ftp://example.org/",
            "//example.org/",
            "/local",
            "https://example.org\n.evil.example/",
            "https://example.org/a b",
            "https://bank.example@evil.example/",
            "https://\u202eexample.org/",
            "https:///",
            "https://example.org/" + "x" * 2000,
            "https://exa mple.org",
            "",
        ],
    )
    def test_leads_to_the_web_alone(self, url: str) -> None:
        """A link is a plain address of the web: nothing that runs, hides or pretends."""
        with pytest.raises(ValidationError):
            Link(title="x", url=url)

    def test_shows_where_a_link_really_leads(self) -> None:
        """A host in letters that look like others is shown in its ASCII form."""
        assert Link(title="x", url="https://аpple.example/").url == "https://xn--pple-43d.example/"

    def test_has_at_most_20_links(self) -> None:
        """Twenty are allowed and the twenty-first is not; words end at 10,000 characters."""
        link = {"title": "x", "url": "https://example.org"}
        OpenPage(name="a", kind="cause", words="x" * 10_000, links=(link,) * 20)
        for wrong in ({"links": (link,) * 21}, {"words": "x" * 10_001}):
            with pytest.raises(ValidationError):
                OpenPage(name="a", kind="cause", **wrong)


class TestFollow:
    def test_again_and_again(self) -> None:
        """One may follow, stop and follow again; each twice is once."""
        follow = Follow.before_any(PAGE, BO)
        for decide in (follow.begin, follow.begin, follow.end, follow.end, follow.begin):
            decide()
        assert [type(event).__name__ for event in follow.collect_events()] == [
            "PageFollowed",
            "PageUnfollowed",
            "PageFollowed",
        ]

    def test_goes_on_from_its_history(self) -> None:
        """What was recorded decides what comes next."""
        past = (PageFollowed(**FOLLOWING), PageUnfollowed(**FOLLOWING))
        follow_id = Follow.create_id(PAGE, BO)
        given(Follow, *past, id=follow_id).when(Follow.begin).then(PageFollowed(**FOLLOWING))
        given(Follow, *past, id=follow_id).when(Follow.end).then()

    def test_who_never_followed_cannot_stop(self) -> None:
        """There is nothing to end."""
        with pytest.raises(NotFollowing):
            Follow.before_any(PAGE, BO).end()
