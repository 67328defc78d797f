"""What groups and governance answer in the tests of the pages of groups."""

from typing import Any
from uuid import UUID

from libs.contracts.events import Gatherings, GatheringsOf
from libs.contracts.governance import (
    Customs,
    CustomsOf,
    PendingPolls,
    PendingPollsOf,
    Polls,
    PollsOf,
    Proposals,
    ProposalsOf,
    Templates,
    TemplatesOf,
)
from libs.contracts.groups import (
    GroupDirectory,
    GroupInBrief,
    GroupOf,
    Groups,
    GroupView,
    Members,
    Membership,
    MembersOf,
    PageDirectory,
    PageOf,
    Pages,
    PageView,
)
from libs.contracts.identity import Profile, Profiles, ProfilesOf
from tests.gateway.conftest import ANA, BO, FakeServices

GARDEN = UUID("9a000000-0000-4000-8000-000000000004")
PAGE = UUID("9b000000-0000-4000-8000-000000000005")
SCRIPT = "<script>alert(1)</script>"
LONG_AGO = "2026-01-01T08:00:00Z"

_BRIEF: dict[str, Any] = {
    "group_id": GARDEN,
    "parent_id": None,
    "name": "Jardin partagé",
    "purpose": "Cultiver ensemble",
    "place": None,
    "admission": "open",
    "members_count": 3,
    "founded_at": LONG_AGO,
    "my_role": None,
}


def brief(**changed: Any) -> GroupInBrief:
    """The garden, as a list shows it."""
    return GroupInBrief(**{**_BRIEF, **changed})


def garden(**changed: Any) -> GroupView:
    """The garden, as anyone sees it, but for what is said."""
    more = {
        "charter_sha256": "0" * 64,
        "charter_keys": (),
        "threshold": 0,
        "stewards_count": 1,
        "subgroups_count": 0,
        "have_asked": False,
        "requests_count": None,
    }
    return GroupView(**{**_BRIEF, **more, **changed})


def shop(**changed: Any) -> PageView:
    """A shop's page, which is the garden's, but for what is said."""
    said: dict[str, Any] = {
        "page_id": PAGE,
        "owner_kind": "group",
        "owner": GARDEN,
        "name": "Épicerie du quai",
        "kind": "place",
        "place": None,
        "followers_count": 0,
        "opened_at": LONG_AGO,
        "am_following": False,
        "words": "Ouverte **le matin**.",
        "links": (),
        "changed_at": LONG_AGO,
        "may_edit": False,
    }
    return PageView(**{**said, **changed})


def customs(**changed: Any) -> Customs:
    """The usual customs, but for what is said."""
    said: dict[str, Any] = {
        "group_id": GARDEN,
        "audience": "everyone",
        "delegations": "public",
        "carry_max": None,
        "objection_days": 14,
        "position": None,
    }
    return Customs(**{**said, **changed})


def people(*names: tuple[UUID, str, str]) -> tuple[Members, Profiles]:
    """Who is in the garden: id, handle and role of each."""
    members = tuple(Membership(member_id=each, role=role, since="2026-02-01T08:00:00Z") for each, _, role in names)
    profiles = tuple(Profile(id=each, handle=name, is_former=False) for each, name, _ in names)
    return Members(items=members, next=None), Profiles(profiles=profiles)


def quiet(fake: FakeServices, **changed: Any) -> None:
    """A garden where nothing happens, with Ana and Bo in it."""
    members, profiles = people((ANA, "ana", "steward"), (BO, "bo", "member"))
    fake.answers(GroupOf, garden(**changed))
    fake.answers(GroupDirectory, Groups(items=(), next=None))
    fake.answers(PollsOf, Polls(items=(), next=None))
    fake.answers(PendingPollsOf, PendingPolls(items=(), next=None))
    fake.answers(ProposalsOf, Proposals(items=(), next=None))
    fake.answers(GatheringsOf, Gatherings(items=(), next=None))
    fake.answers(PageDirectory, Pages(items=(), next=None))
    fake.answers(PageOf, shop())
    fake.answers(CustomsOf, customs())
    fake.answers(TemplatesOf, Templates(items=(), next=None))
    fake.answers(MembersOf, members)
    fake.answers(ProfilesOf, profiles)
