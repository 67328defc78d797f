"""Putting a question to a group, and what came of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi import Query as Parameter

from gateway.auth import Actor
from gateway.routers.governance.bodies import Behind, NewPoll
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    ClosePoll,
    OpenPoll,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    Result,
    ResultOf,
    Roll,
    RollOf,
    Tally,
    TallyOf,
)
from libs.contracts.paging import Limit

router = APIRouter()


@router.post("/groups/{group_id}/polls", status_code=status.HTTP_201_CREATED)
async def open_poll(group_id: UUID, body: NewPoll, actor: Actor, services: ServicesDep, response: Response) -> Receipt:
    """
    Put a question to a group that the caller is a member of.

    Who is a member at this moment may vote, and nobody else, whatever happens to the group later.
    """
    receipt = await services.do(OpenPoll(group_id=group_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/polls/{receipt.id}"
    return receipt


@router.get("/groups/{group_id}/polls")
async def list_polls(
    group_id: UUID,
    services: ServicesDep,
    is_open: bool | None = None,
    limit: Limit = 50,
    cursor: Behind = None,
) -> Polls:
    """Return a group's polls, the newest first: all of them, or those that are open (or closed)."""
    return await services.ask(PollsOf(group_id=group_id, is_open=is_open, limit=limit, cursor=cursor))


@router.get("/polls/{poll_id}")
async def get_poll(poll_id: UUID, services: ServicesDep) -> PollDetails:
    """Return a poll: what is asked, by which rules, and whether it is open."""
    return await services.ask(PollOf(poll_id=poll_id))


@router.get("/polls/{poll_id}/tally")
async def get_tally(poll_id: UUID, services: ServicesDep) -> Tally:
    """Return how a poll stands: ballots by option, and in a ranking by first choice."""
    return await services.ask(TallyOf(poll_id=poll_id))


@router.put("/polls/{poll_id}/closing")
async def close_poll(poll_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Close a poll before its time, as a steward of the group, if the poll was opened so."""
    return await services.do(ClosePoll(poll_id=poll_id), actor=actor)


@router.get("/polls/{poll_id}/result")
async def get_result(
    poll_id: UUID,
    services: ServicesDep,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 100,
    cursor: Behind = None,
) -> Result:
    """Return what a closed poll decided, with the rounds of its count, at most 100 at a time."""
    return await services.ask(ResultOf(poll_id=poll_id, limit=limit, cursor=cursor))


@router.get("/polls/{poll_id}/roll")
async def get_roll(
    poll_id: UUID, actor: Actor, services: ServicesDep, limit: Limit = 200, cursor: Behind = None
) -> Roll:
    """Return who may vote in a poll, by pseudonym; for members of the group."""
    return await services.ask(RollOf(poll_id=poll_id, asker=actor.id, limit=limit, cursor=cursor))
