"""What becomes true in groups: of a group, of who is in it, of a page and of who follows it."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, model_validator

from libs.contracts.base import Event
from libs.contracts.groups.terms import (
    Admission,
    CharterKeys,
    LeaveReason,
    OwnerKind,
    PageKind,
    Purpose,
    Role,
    Sha256,
    Threshold,
    check_threshold,
)
from libs.contracts.place import Place
from libs.contracts.text import Line

_GROUP = "4a5f1d3e-8f0b-4c53-9d7c-2f6f8f0c1a11"
_MEMBER = "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"
_PAGE = "0d9f2a44-7c1e-4a8e-8b57-3c4e5f6a7b33"
_PLACE = {"name": "Crest", "latitude": 44.728, "longitude": 5.022, "gazetteer_id": 3022700}
_DESCRIBED: dict[str, Any] = {
    "name": "Crest en transition",
    "purpose": "Repair, share and grow in our town.",
    "place": _PLACE,
    "admission": "approval",
}
_SHOWN: dict[str, Any] = {
    "name": "Jardin partagé du Saleine",
    "kind": "place",
    "place": _PLACE,
    "content_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def _example(**data: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": data})


class GroupEvent(Event):
    """What the events of a group share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "group"


class GroupFounded(GroupEvent):
    """
    A group is there, and *founder* is its first steward.

    The SHA-256 of this entry's exact bytes is the group's name for ever, on any node. *charter_keys* are public keys
    of stewards' devices; *threshold* of them speak for the group under its charter. *parent_id* is the group that it
    is a sub-group of.
    """

    founder: UUID
    name: Line
    purpose: Purpose
    place: Place | None
    admission: Admission
    charter_keys: CharterKeys
    threshold: Threshold
    parent_id: UUID | None = None

    model_config = _example(
        founder=_MEMBER,
        **_DESCRIBED,
        charter_keys=["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
        threshold=1,
    )

    @model_validator(mode="after")
    def _threshold_can_be_met(self) -> "GroupFounded":
        check_threshold(self.charter_keys, self.threshold)
        return self


class GroupChanged(GroupEvent):
    """The group is now described so, whole; who is a member already stays one whatever the admission."""

    name: Line
    purpose: Purpose
    place: Place | None
    admission: Admission

    model_config = _example(**_DESCRIBED)


class StewardNamed(GroupEvent):
    """
    The group has one steward more.

    Appended together with the membership's own `RoleGiven`, which says the same to who follows members; this one is
    for the rule that spans them: a group with members is not left without a steward.
    """

    member_id: UUID

    model_config = _example(member_id=_MEMBER)


class StewardStoodDown(GroupEvent):
    """
    The group has one steward less; appended together with the membership's `RoleGiven` or `MemberLeft`.

    Where it was the last one, the group takes nobody until a member is named.
    """

    member_id: UUID

    model_config = _example(member_id=_MEMBER)


class MembershipEvent(Event):
    """What happens between one group and one member; the aggregate's id is `uuid5(group_id, str(member_id))`."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "membership"
    group_id: UUID
    member_id: UUID


class JoinAsked(MembershipEvent):
    """Somebody asks to be let in; a steward's answer follows, or `JoinWithdrawn`."""

    model_config = _example(group_id=_GROUP, member_id=_MEMBER)


class JoinRefused(MembershipEvent):
    """A steward did not let them in; they may ask again."""

    model_config = _example(group_id=_GROUP, member_id=_MEMBER)


class JoinWithdrawn(MembershipEvent):
    """Who had asked to be let in asks no longer, or has left the node."""

    model_config = _example(group_id=_GROUP, member_id=_MEMBER)


class MemberJoined(MembershipEvent):
    """They are a member from here on: the first time or again, with *role*."""

    role: Role

    model_config = _example(group_id=_GROUP, member_id=_MEMBER, role="member")


class RoleGiven(MembershipEvent):
    """A member has another role than before."""

    role: Role

    model_config = _example(group_id=_GROUP, member_id=_MEMBER, role="steward")


class MemberLeft(MembershipEvent):
    """They are a member no longer, nor a steward."""

    reason: LeaveReason

    model_config = _example(group_id=_GROUP, member_id=_MEMBER, reason="left")


class PageEvent(Event):
    """What the events of a page share; its id is the entry's aggregate id."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "page"


class PageOpened(PageEvent):
    """
    An association, a place or a cause has a public face, cared for by a member or a group's stewards.

    Its name and place are public, for good. Its words and links stand in the vault and may be taken back; the log
    holds the SHA-256 of a random salt and of them, which says nothing once the salt is gone.
    """

    owner_kind: OwnerKind
    owner: UUID
    name: Line
    kind: PageKind
    place: Place | None
    content_sha256: Sha256 | None

    model_config = _example(owner_kind="group", owner=_GROUP, **_SHOWN)


class PageChanged(PageEvent):
    """The page is now this, whole; its owner and who follows it are the same."""

    name: Line
    kind: PageKind
    place: Place | None
    content_sha256: Sha256 | None

    model_config = _example(**_SHOWN)


class PageClosed(PageEvent):
    """The page is gone: its words were erased, and nothing more follows."""

    model_config = _example()


class FollowEvent(Event):
    """What happens between one page and one member; the aggregate's id is `uuid5(page_id, str(member_id))`."""

    service: ClassVar[str] = "groups"
    aggregate: ClassVar[str] = "follow"
    page_id: UUID
    member_id: UUID


class PageFollowed(FollowEvent):
    """A member follows a page, for the first time or again."""

    model_config = _example(page_id=_PAGE, member_id=_MEMBER)


class PageUnfollowed(FollowEvent):
    """A member follows a page no longer."""

    model_config = _example(page_id=_PAGE, member_id=_MEMBER)
