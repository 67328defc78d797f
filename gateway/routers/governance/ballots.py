"""Voting: by members, and on paper."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import AuditorBody, BallotBody, Behind, PaperBallotsBody, StrikingBody
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    BallotsIn,
    CastBallot,
    EnterPaperBallots,
    GroupKey,
    GroupKeyOf,
    NameAuditor,
    NamedBallots,
    OwnBallot,
    OwnBallotIn,
    PaperBatches,
    PaperBatchesIn,
    PollKey,
    PollKeyOf,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.contracts.paging import Limit

router = APIRouter()


@router.put("/polls/{poll_id}/ballot")
async def cast_ballot(poll_id: UUID, body: BallotBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Cast the caller's ballot, or replace it while the poll is open.

    The receipt's position is the ballot's place in the public log; `GET` says under which pseudonym it is there.
    """
    return await services.do(CastBallot(poll_id=poll_id, **dict(body)), actor=actor)


@router.get("/polls/{poll_id}/ballot")
async def get_own_ballot(poll_id: UUID, actor: Actor, services: ServicesDep) -> OwnBallot:
    """Return the caller's own ballot as it counts, what it said before, and where all that stands in the public log."""
    return await services.ask(OwnBallotIn(poll_id=poll_id, asker=actor.id))


@router.delete("/polls/{poll_id}/ballot")
async def withdraw_ballot(poll_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Take the caller's ballot back while the poll is open; voting again is possible until it closes."""
    return await services.do(WithdrawBallot(poll_id=poll_id), actor=actor)


@router.get("/polls/{poll_id}/ballots")
async def list_ballots(
    poll_id: UUID, actor: Actor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> NamedBallots:
    """
    Return who voted how; for members of the group.

    Polls are named, not secret; while results are hidden only who voted is shown. Who left the group since is not named
    here; the ballot still counts. `replaced` says where the log has what a ballot said before.
    """
    return await services.ask(BallotsIn(poll_id=poll_id, asker=actor.id, limit=limit, cursor=cursor))


@router.post("/polls/{poll_id}/paper-ballots", status_code=status.HTTP_201_CREATED)
async def enter_paper_ballots(
    poll_id: UUID, body: PaperBallotsBody, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Enter ballots that were cast on paper, as a steward: all of them, or none if one is not valid.

    The entry bears the steward's id. Send an `Idempotency-Key`, so that a batch sent twice is entered once.
    """
    receipt = await services.do(EnterPaperBallots(poll_id=poll_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/polls/{poll_id}/paper-ballots"
    return receipt


@router.get("/polls/{poll_id}/paper-ballots")
async def list_paper_batches(
    poll_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> PaperBatches:
    """Return the batches of paper ballots in a poll; who entered them is shown to members of the group."""
    asker = actor.id if actor else None
    return await services.ask(PaperBatchesIn(poll_id=poll_id, asker=asker, limit=limit, cursor=cursor))


@router.put("/polls/{poll_id}/paper-ballots/{batch_id}/striking")
async def strike_paper_batch(
    poll_id: UUID, batch_id: UUID, body: StrikingBody, actor: Actor, services: ServicesDep
) -> Receipt:
    """Take back a batch of paper ballots that was entered wrongly, as a steward, before the poll closes."""
    command = StrikePaperBatch(poll_id=poll_id, batch_id=batch_id, reason=body.reason)
    return await services.do(command, actor=actor)


@router.post("/polls/{poll_id}/auditors", status_code=status.HTTP_201_CREATED)
async def name_auditor(poll_id: UUID, body: AuditorBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Let a member of this node who is not in the group read a poll of the group alone, as a steward, to audit it."""
    return await services.do(NameAuditor(poll_id=poll_id, auditor_id=body.member_id), actor=actor)


@router.get("/polls/{poll_id}/key")
async def get_key(poll_id: UUID, actor: MaybeActor, services: ServicesDep) -> PollKey:
    """
    Return the key that a poll's entries are sealed with in the log, to hand to an auditor or to count again.

    For a poll of the group alone: to its members and the auditors it names. Hidden results stay hidden until the close.
    """
    return await services.ask(PollKeyOf(poll_id=poll_id, asker=actor.id if actor else None))


@router.get("/groups/{group_id}/key")
async def get_group_key(group_id: UUID, actor: Actor, services: ServicesDep) -> GroupKey:
    """
    Return the key that a group's own texts and delegations are sealed with in the log, to its members.

    Who is given it reads all that the group ever kept to itself there, but for its polls, which have keys of their own.
    """
    return await services.ask(GroupKeyOf(group_id=group_id, asker=actor.id))
