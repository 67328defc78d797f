"""Putting a question to a group, and what came of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi import Query as Parameter

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import Behind, CancellingBody, DisputeBody, NewPoll
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    CancelPoll,
    ClosePoll,
    DisputeRoll,
    OpenPoll,
    PendingPolls,
    PendingPollsOf,
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

    Who of its members at this moment is eligible may vote, and nobody else, whatever happens to the group later. None
    of it can be changed once the poll is open: a mistake is cancelled, and the poll that is opened instead names the
    cancelled one in `replaces`.
    """
    receipt = await services.do(OpenPoll(group_id=group_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/polls/{receipt.id}"
    return receipt


@router.get("/groups/{group_id}/polls")
async def list_polls(
    *,
    group_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    is_open: bool | None = None,
    limit: Limit = 50,
    cursor: Behind = None,
) -> Polls:
    """
    Return a group's polls, the newest first: all of them, or those that are open (or closed).

    Polls of the group alone are shown to its members and to the auditors whom they named.
    """
    asker = actor.id if actor else None
    return await services.ask(PollsOf(group_id=group_id, asker=asker, is_open=is_open, limit=limit, cursor=cursor))


@router.get("/polls/{poll_id}")
async def get_poll(poll_id: UUID, actor: MaybeActor, services: ServicesDep) -> PollDetails:
    """Return a poll: what is asked, by which rules, whether it is open, and what was said of its roll."""
    return await services.ask(PollOf(poll_id=poll_id, asker=actor.id if actor else None))


@router.get("/me/pending-polls")
async def list_pending_polls(
    actor: Actor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> PendingPolls:
    """Return the open polls in which the caller may vote and has no ballot, those that close first."""
    return await services.ask(PendingPollsOf(asker=actor.id, limit=limit, cursor=cursor))


@router.get("/polls/{poll_id}/tally")
async def get_tally(poll_id: UUID, actor: MaybeActor, services: ServicesDep) -> Tally:
    """
    Return how a poll stands: ballots by option, in a ranking by first choice, or whatever its method adds up.

    While results are hidden it says how many ballots there are, and no more.
    """
    return await services.ask(TallyOf(poll_id=poll_id, asker=actor.id if actor else None))


@router.put("/polls/{poll_id}/closing")
async def close_poll(poll_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Close a poll before its time, as a steward of the group, if the poll was opened so."""
    return await services.do(ClosePoll(poll_id=poll_id), actor=actor)


@router.put("/polls/{poll_id}/cancelling")
async def cancel_poll(poll_id: UUID, body: CancellingBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Take back an open poll for a mistake in it, as who opened it or as a steward of the group.

    Nothing in it counts, and no result follows.
    """
    return await services.do(CancelPoll(poll_id=poll_id, reason=body.reason), actor=actor)


@router.get("/polls/{poll_id}/result")
async def get_result(
    poll_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 100,
    cursor: Behind = None,
) -> Result:
    """
    Return what a closed poll decided, by which rules, with the rounds of its count, at most 100 at a time.

    What the ballots prefer binds if `verdict.is_passed`; a poll without a verdict was opened without rules.
    """
    asker = actor.id if actor else None
    return await services.ask(ResultOf(poll_id=poll_id, asker=asker, limit=limit, cursor=cursor))


@router.get("/polls/{poll_id}/roll")
async def get_roll(
    poll_id: UUID, actor: Actor, services: ServicesDep, limit: Limit = 200, cursor: Behind = None
) -> Roll:
    """Return who may vote in a poll, by pseudonym; for members of the group."""
    return await services.ask(RollOf(poll_id=poll_id, asker=actor.id, limit=limit, cursor=cursor))


@router.put("/polls/{poll_id}/roll/dispute")
async def dispute_roll(poll_id: UUID, body: DisputeBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Say that the roll of a poll is wrong, and why, as a member of the group; it is shown with the poll.

    It changes nothing: a roll that is wrong is a reason to cancel the poll, or to object to its result.
    """
    return await services.do(DisputeRoll(poll_id=poll_id, reason=body.reason), actor=actor)
