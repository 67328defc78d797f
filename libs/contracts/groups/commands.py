"""What somebody may want of groups; the caller is the command's actor."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from libs.contracts.base import Command
from libs.contracts.groups.terms import (
    Admission,
    CharterKeys,
    Links,
    PageKind,
    Purpose,
    Threshold,
    check_threshold,
)
from libs.contracts.place import Place
from libs.contracts.text import Line, Prose


class GroupsCommand(Command):
    """A command to groups."""

    service: ClassVar[str] = "groups"


class FoundGroup(GroupsCommand):
    """
    Found a group; the caller is its first steward.

    A sub-group of *parent_id* may be founded by that group's stewards, and has no sub-groups itself.
    """

    name: Line
    purpose: Purpose
    place: Place | None = None
    admission: Admission = "open"
    charter_keys: CharterKeys = ()
    threshold: Threshold = 0
    parent_id: UUID | None = None

    @model_validator(mode="after")
    def _threshold_can_be_met(self) -> "FoundGroup":
        check_threshold(self.charter_keys, self.threshold)
        return self


class ChangeGroup(GroupsCommand):
    """Describe a group anew, whole; its stewards may."""

    group_id: UUID
    name: Line
    purpose: Purpose
    place: Place | None = None
    admission: Admission = "open"


class JoinGroup(GroupsCommand):
    """Become a member, or ask to."""

    group_id: UUID


class LeaveGroup(GroupsCommand):
    """
    Be a member no longer, or ask no longer to be one.

    *members_count* is how many members the group had when the caller's side last looked: it matters only for the last
    steward, who may leave a group where nobody else is.
    """

    needs_approval: ClassVar[bool] = False
    group_id: UUID
    members_count: Annotated[int, Field(ge=0)]


class AdmitMember(GroupsCommand):
    """Let in somebody who asked; the group's stewards may."""

    group_id: UUID
    member_id: UUID


class RemoveMember(GroupsCommand):
    """Remove a member, or refuse somebody who asked; the group's stewards may."""

    group_id: UUID
    member_id: UUID


class NameSteward(GroupsCommand):
    """Make a member a steward; the group's stewards may."""

    group_id: UUID
    member_id: UUID


class DismissSteward(GroupsCommand):
    """Make a steward a member like others; the group's stewards may, and the steward."""

    group_id: UUID
    member_id: UUID


class SucceedSteward(GroupsCommand):
    """Make a member the steward of a group that has none left; sent by this service to itself."""

    group_id: UUID
    member_id: UUID


class ReleaseMember(GroupsCommand):
    """End a membership, or a request for one, of who left the node; sent by this service to itself."""

    group_id: UUID
    member_id: UUID


class OpenPage(GroupsCommand):
    """Open a page, for the caller or for a group that the caller is a steward of."""

    name: Line
    kind: PageKind
    words: Prose | None = None
    links: Links = ()
    place: Place | None = None
    for_group: UUID | None = None


class ChangePage(GroupsCommand):
    """Make a page what is said here, whole; its owner may, or the owning group's stewards."""

    page_id: UUID
    name: Line
    kind: PageKind
    words: Prose | None = None
    links: Links = ()
    place: Place | None = None


class ClosePage(GroupsCommand):
    """Take a page down for good; its owner may, or the owning group's stewards."""

    needs_approval: ClassVar[bool] = False
    page_id: UUID


class FollowPage(GroupsCommand):
    """Follow a page."""

    page_id: UUID


class UnfollowPage(GroupsCommand):
    """Follow a page no longer."""

    needs_approval: ClassVar[bool] = False
    page_id: UUID


class ReleasePage(GroupsCommand):
    """Close a page whose owner left the node; sent by this service to itself."""

    page_id: UUID


class ReleaseFollower(GroupsCommand):
    """End the following of who left the node; sent by this service to itself."""

    page_id: UUID
    member_id: UUID
