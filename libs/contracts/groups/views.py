"""What may be asked of groups, and how it answers."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.contracts.base import Query, View
from libs.contracts.groups.terms import Admission, Link, OwnerKind, PageKind, Role
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Place

Words = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""What is searched for in names and purposes, as it was typed."""

Among = Annotated[tuple[UUID, ...], Field(max_length=200)]
"""The only ones that are asked about, by id."""


class GroupInBrief(View):
    """
    A group as the directory shows it.

    *my_role* is the asker's, None for who is not a member; *parent_id* is the group that it is a sub-group of.
    """

    group_id: UUID
    parent_id: UUID | None
    name: str
    purpose: str
    place: Place | None
    admission: Admission
    members_count: int
    founded_at: datetime
    my_role: Role | None


class GroupView(GroupInBrief):
    """
    A group as anyone may see it.

    *charter_sha256* is the SHA-256 of the exact bytes of the entry that founded it: its name for ever, on any node.
    *subgroups_count* is how many sub-groups with members it has. *have_asked* says whether the asker waits to be let
    in; *requests_count* is for stewards, None for others.
    """

    charter_sha256: str
    charter_keys: tuple[str, ...]
    threshold: int
    stewards_count: int
    subgroups_count: int
    have_asked: bool
    requests_count: int | None


class Groups(View):
    """A page of groups; *next* is the cursor of the next page, None on the last."""

    items: tuple[GroupInBrief, ...]
    next: str | None


class Membership(View):
    """A member of a group, by id, and since when."""

    member_id: UUID
    role: Role
    since: datetime


class Members(View):
    """A page of a group's members: stewards first, then who has been there longest."""

    items: tuple[Membership, ...]
    next: str | None


class JoinRequest(View):
    """Somebody who asks to be let in, by id, and since when."""

    member_id: UUID
    since: datetime


class JoinRequests(View):
    """A page of requests, the oldest first."""

    items: tuple[JoinRequest, ...]
    next: str | None


class RoleIn(View):
    """What somebody is in a group; *role* is None for who is not a member."""

    group_id: UUID
    role: Role | None


class GroupRoles(View):
    """The groups that a member is in."""

    items: tuple[RoleIn, ...]


class PageInBrief(View):
    """A page in a list; *owner* is the owning group's id or, for who is signed in, the owning member's."""

    page_id: UUID
    owner_kind: OwnerKind
    owner: UUID | None
    name: str
    kind: PageKind
    place: Place | None
    followers_count: int
    opened_at: datetime
    am_following: bool


class PageView(PageInBrief):
    """A page; *words* is None where there are none, or they were taken back. *may_edit* is the asker."""

    words: str | None
    links: tuple[Link, ...]
    changed_at: datetime
    may_edit: bool


class Pages(View):
    """A page of pages; *next* is the cursor of the next, None on the last."""

    items: tuple[PageInBrief, ...]
    next: str | None


class GroupOfMine(View):
    """A group that a member is in, and since when; *role* is None for who only asked to be let in."""

    group_id: UUID
    name: str
    role: Role | None
    since: datetime


class PageOfMine(View):
    """A page that a member owns, and what stands in the vault for it."""

    page_id: UUID
    name: str
    kind: PageKind
    words: str | None
    links: tuple[Link, ...]
    opened_at: datetime


class PageFollowedByMe(View):
    """A page that a member follows."""

    page_id: UUID
    name: str
    since: datetime


class GroupsData(View):
    """What this service holds of one member."""

    groups: tuple[GroupOfMine, ...]
    pages: tuple[PageOfMine, ...]
    following: tuple[PageFollowedByMe, ...]


class GroupDirectory(Query[Groups]):
    """
    The groups of this node, the newest first; *words* are looked for in names and purposes.

    With *mine* only the asker's, with *among* only those. Groups where nobody is left are not shown.
    """

    service: ClassVar[str] = "groups"
    asker: UUID | None
    mine: bool = False
    words: Words | None = None
    among: Among | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class SubgroupsOf(Query[Groups]):
    """The sub-groups of a group, the newest first; those where nobody is left are not shown."""

    service: ClassVar[str] = "groups"
    group_id: UUID
    asker: UUID | None
    cursor: Cursor | None = None
    limit: Limit = 50


class GroupOf(Query[GroupView]):
    """One group."""

    service: ClassVar[str] = "groups"
    group_id: UUID
    asker: UUID | None


class MembersOf(Query[Members]):
    """The members of a group, for its members; with *newest*, who joined last comes first, whatever their role."""

    service: ClassVar[str] = "groups"
    group_id: UUID
    asker: UUID
    newest: bool = False
    cursor: Cursor | None = None
    limit: Limit = 50


class RequestsOf(Query[JoinRequests]):
    """Who asks to be let in, for the group's stewards."""

    service: ClassVar[str] = "groups"
    group_id: UUID
    asker: UUID
    cursor: Cursor | None = None
    limit: Limit = 50


class MembershipOf(Query[RoleIn]):
    """What a member is in a group."""

    service: ClassVar[str] = "groups"
    group_id: UUID
    member_id: UUID


class GroupsOf(Query[GroupRoles]):
    """The groups that a member is in, with the role in each."""

    service: ClassVar[str] = "groups"
    member_id: UUID


class PageOf(Query[PageView]):
    """One page."""

    service: ClassVar[str] = "groups"
    page_id: UUID
    asker: UUID | None


class PageDirectory(Query[Pages]):
    """
    The pages of this node, the newest first: all, those of one *owner*, or those that the asker follows.

    *words* are looked for in names; with *among* only those pages are looked at. Which pages a member owns is nothing
    for strangers.
    """

    service: ClassVar[str] = "groups"
    asker: UUID | None
    owner: UUID | None = None
    following: bool = False
    words: Words | None = None
    among: Among | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class GroupsDataOf(Query[GroupsData]):
    """What this service holds of a member, for the member."""

    service: ClassVar[str] = "groups"
    member_id: UUID
