"""Letting somebody else vote, taking that back, and seeing who votes for whom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as Parameter
from pydantic import ConfigDict

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import Behind, Body
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    DelegateInGroup,
    DelegateInPoll,
    DelegationOutcomes,
    DelegationsIn,
    DelegationsOf,
    OwnDelegation,
    OwnDelegationIn,
    StandingDelegations,
    Topic,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.contracts.paging import Limit

router = APIRouter()


class DelegateBody(Body):
    """Who is to vote for the caller."""

    member_id: UUID

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"member_id": "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"}}
    )


OnTopic = Annotated[
    Topic | None, Parameter(description="For polls on this topic alone; without it for all polls of the group.")
]


@router.put("/polls/{poll_id}/delegation")
async def delegate_in_poll(poll_id: UUID, body: DelegateBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Let somebody on the roll vote for the caller in this poll, in place of whoever did before.

    The caller's own ballot always wins. The entry in the public log bears pseudonyms for this poll alone.
    """
    return await services.do(DelegateInPoll(poll_id=poll_id, member_id=body.member_id), actor=actor)


@router.delete("/polls/{poll_id}/delegation")
async def withdraw_delegation_in_poll(poll_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Take back the caller's delegation for this poll while it is open; one for its topic or the group speaks again."""
    return await services.do(WithdrawDelegationInPoll(poll_id=poll_id), actor=actor)


@router.get("/polls/{poll_id}/delegation")
async def get_own_delegation(poll_id: UUID, actor: Actor, services: ServicesDep) -> OwnDelegation:
    """
    Return who would vote for the caller if the poll closed now, and for whom the caller would by casting a ballot.

    Of a closed poll it says how that stood at the close.
    """
    return await services.ask(OwnDelegationIn(poll_id=poll_id, asker=actor.id))


@router.get("/polls/{poll_id}/delegations")
async def list_delegations_in_poll(
    poll_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> DelegationOutcomes:
    """
    Return whose vote was carried by whom in a poll that is counted, or why nobody carried it.

    By pseudonyms for everybody, by name for members of the group; in a group whose delegations are not public, for
    members alone.
    """
    asker = actor.id if actor else None
    return await services.ask(DelegationsIn(poll_id=poll_id, asker=asker, limit=limit, cursor=cursor))


@router.put("/groups/{group_id}/delegation")
async def delegate_in_group(
    group_id: UUID, body: DelegateBody, actor: Actor, services: ServicesDep, topic: OnTopic = None
) -> Receipt:
    """
    Let a member vote for the caller in all polls of the group that take delegations, or in those on one topic.

    That for a topic goes before that for the group, and that for one poll before both. It holds in polls that are open
    already, too.
    """
    return await services.do(DelegateInGroup(group_id=group_id, topic=topic, member_id=body.member_id), actor=actor)


@router.delete("/groups/{group_id}/delegation")
async def withdraw_delegation_in_group(
    group_id: UUID, actor: Actor, services: ServicesDep, topic: OnTopic = None
) -> Receipt:
    """Take back the caller's delegation for the group, or for that topic; it counts in no poll that is still open."""
    return await services.do(WithdrawDelegationInGroup(group_id=group_id, topic=topic), actor=actor)


@router.get("/groups/{group_id}/delegations")
async def list_delegations_of_group(
    group_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> StandingDelegations:
    """
    Return the caller's own standing delegations, and those of the whole group as far as the caller may read them.

    Public ones are for everybody by pseudonyms and for members by name; others are for members alone.
    """
    asker = actor.id if actor else None
    return await services.ask(DelegationsOf(group_id=group_id, asker=asker, limit=limit, cursor=cursor))
