"""Groups: founding, joining and leading them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.auth import Actor, MaybeActor
from gateway.services import Services, ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.groups import (
    Admission,
    AdmitMember,
    ChangeGroup,
    CharterKeys,
    DismissSteward,
    FoundGroup,
    GroupDirectory,
    GroupOf,
    Groups,
    GroupView,
    JoinGroup,
    LeaveGroup,
    MembersOf,
    NameSteward,
    Purpose,
    RemoveMember,
    RequestsOf,
    Role,
    SubgroupsOf,
    Threshold,
    Words,
    check_threshold,
)
from libs.contracts.identity import Profile, ProfilesOf
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Place
from libs.contracts.text import Line

router = APIRouter(tags=["groups"])

Behind = Annotated[Cursor | None, Query(description="The `next` of the page before.")]


class GroupDescription(BaseModel):
    """What a group says of itself, public and kept for good; and how one joins it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(examples=["Crest en transition"])]
    purpose: Annotated[Purpose, Field(examples=["Repair, share and grow in our town."])]
    place: Annotated[
        Place | None, Field(examples=[{"name": "Crest", "latitude": 44.728, "longitude": 5.022, "gazetteer_id": None}])
    ] = None
    admission: Annotated[Admission, Field(description="At once, or when a steward approves.")] = "open"


class NewGroup(GroupDescription):
    """A group to be founded; its charter's keys cannot be changed later."""

    charter_keys: Annotated[
        CharterKeys,
        Field(
            description="Ed25519 public keys of stewards' devices, in Base64; may be empty.",
            examples=[["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]],
        ),
    ] = ()
    threshold: Annotated[Threshold, Field(description="How many of the keys speak for the group.", examples=[1])] = 0
    parent_id: Annotated[
        UUID | None,
        Field(description="The group that it is a sub-group of; you are its steward.", examples=[None]),
    ] = None

    @model_validator(mode="after")
    def _threshold_can_be_met(self) -> "NewGroup":
        check_threshold(self.charter_keys, self.threshold)
        return self


class MemberOfGroup(BaseModel):
    """A member of a group; of a former member of this node no handle is left."""

    member_id: UUID
    handle: Annotated[str | None, Field(examples=["ana"])]
    is_former: bool
    role: Role
    since: datetime


class MembersOfGroup(BaseModel):
    """A page of members; *next* is the cursor of the next page."""

    items: list[MemberOfGroup]
    next: str | None


class Asking(BaseModel):
    """Somebody who asks to be let in, and since when."""

    member_id: UUID
    handle: Annotated[str | None, Field(examples=["bo"])]
    is_former: bool
    since: datetime


class AskingForGroup(BaseModel):
    """A page of requests, the oldest first; *next* is the cursor of the next page."""

    items: list[Asking]
    next: str | None


@router.post("/groups", status_code=201)
async def found_group(
    body: NewGroup, actor: Actor, services: ServicesDep, request: Request, response: Response
) -> Receipt:
    """Found a group; you are its first steward. What it says of itself is public, and kept for good."""
    receipt = await services.do(FoundGroup(**dict(body)), actor=actor)
    response.headers["Location"] = request.url_for("get_group", group_id=receipt.id).path
    return receipt


@router.get("/groups")
async def list_groups(
    *,
    actor: MaybeActor,
    services: ServicesDep,
    q: Annotated[Words | None, Query(description="Looked for in names and purposes.")] = None,
    mine: Annotated[bool, Query(description="Only groups that you are a member of.")] = False,
    cursor: Behind = None,
    limit: Annotated[Limit, Query()] = 50,
) -> Groups:
    """List the groups of this node, the newest first."""
    asker = actor.id if actor else None
    return await services.ask(GroupDirectory(asker=asker, mine=mine, words=q, cursor=cursor, limit=limit))


@router.get("/groups/{group_id}")
async def get_group(group_id: UUID, actor: MaybeActor, services: ServicesDep) -> GroupView:
    """
    Read a group, and what you are in it.

    `charter_sha256` is the SHA-256 of the exact bytes of its first entry in the log: its name for ever, on any node.
    """
    return await services.ask(GroupOf(group_id=group_id, asker=actor.id if actor else None))


@router.get("/groups/{group_id}/subgroups")
async def list_subgroups(
    group_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    cursor: Behind = None,
    limit: Annotated[Limit, Query()] = 50,
) -> Groups:
    """List the sub-groups of a group, the newest first. Polls may be for who is in some of them."""
    asker = actor.id if actor else None
    return await services.ask(SubgroupsOf(group_id=group_id, asker=asker, cursor=cursor, limit=limit))


@router.put("/groups/{group_id}")
async def change_group(group_id: UUID, body: GroupDescription, actor: Actor, services: ServicesDep) -> Receipt:
    """Describe a group anew: what is not said is none any more. Its stewards may."""
    return await services.do(ChangeGroup(group_id=group_id, **dict(body)), actor=actor)


@router.put("/groups/{group_id}/members/me")
async def join_group(group_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Join a group, or ask to where its stewards approve; who was removed from a group always asks.

    The group's `my_role` and `have_asked` say what came of it.
    """
    return await services.do(JoinGroup(group_id=group_id), actor=actor)


@router.delete("/groups/{group_id}/members/me")
async def leave_group(group_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Leave a group, or take back that you asked to join.

    Its only steward makes another member a steward first; where nobody else is left, they may go.
    """
    group = await services.ask(GroupOf(group_id=group_id, asker=actor.id))
    return await services.do(LeaveGroup(group_id=group_id, members_count=group.members_count), actor=actor)


@router.get("/groups/{group_id}/members")
async def list_members(
    *,
    group_id: UUID,
    actor: Actor,
    services: ServicesDep,
    newest: Annotated[bool, Query(description="Who joined last first.")] = False,
    cursor: Behind = None,
    limit: Annotated[Limit, Query()] = 50,
) -> MembersOfGroup:
    """List who is in a group, for its members: stewards first, then who has been there longest."""
    page = await services.ask(MembersOf(group_id=group_id, asker=actor.id, newest=newest, cursor=cursor, limit=limit))
    profiles = await _profiles(services, (each.member_id for each in page.items))
    items = [MemberOfGroup(role=each.role, since=each.since, **_who(each.member_id, profiles)) for each in page.items]
    return MembersOfGroup(items=items, next=page.next)


@router.get("/groups/{group_id}/requests")
async def list_requests(
    group_id: UUID,
    actor: Actor,
    services: ServicesDep,
    cursor: Behind = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AskingForGroup:
    """List who asks to join a group, for its stewards; the oldest request first."""
    page = await services.ask(RequestsOf(group_id=group_id, asker=actor.id, cursor=cursor, limit=limit))
    profiles = await _profiles(services, (each.member_id for each in page.items))
    return AskingForGroup(
        items=[Asking(since=each.since, **_who(each.member_id, profiles)) for each in page.items], next=page.next
    )


@router.put("/groups/{group_id}/members/{member_id}")
async def admit_member(group_id: UUID, member_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Let in somebody who asked to join. The group's stewards may."""
    return await services.do(AdmitMember(group_id=group_id, member_id=member_id), actor=actor)


@router.delete("/groups/{group_id}/members/{member_id}")
async def remove_member(group_id: UUID, member_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Remove a member, or refuse somebody who asked to join. The group's stewards may."""
    return await services.do(RemoveMember(group_id=group_id, member_id=member_id), actor=actor)


@router.put("/groups/{group_id}/stewards/{member_id}")
async def name_steward(group_id: UUID, member_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Make a member a steward. The group's stewards may."""
    return await services.do(NameSteward(group_id=group_id, member_id=member_id), actor=actor)


@router.delete("/groups/{group_id}/stewards/{member_id}")
async def dismiss_steward(group_id: UUID, member_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Make a steward a member like others; a group keeps one steward. The group's stewards may."""
    return await services.do(DismissSteward(group_id=group_id, member_id=member_id), actor=actor)


async def _profiles(services: Services, member_ids: Iterable[UUID]) -> dict[UUID, Profile]:
    """Return who bears the ids; nobody is asked for nothing."""
    if not (ids := tuple(member_ids)):
        return {}
    return {profile.id: profile for profile in (await services.ask(ProfilesOf(member_ids=ids))).profiles}


def _who(member_id: UUID, profiles: dict[UUID, Profile]) -> dict[str, UUID | str | bool | None]:
    """Return what shows of a member: of who is unknown to identity, as of a former member, no handle."""
    profile = profiles.get(member_id)
    return {
        "member_id": member_id,
        "handle": profile.handle if profile else None,
        "is_former": profile.is_former if profile else True,
    }
