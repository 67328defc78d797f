"""Polls: putting a question to a group, voting, and what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    OPTIONS_MAX,
    PAPER_BALLOTS_MAX,
    BallotsIn,
    CastBallot,
    Choices,
    ClosePoll,
    EnterPaperBallots,
    Method,
    NamedBallots,
    OpenPoll,
    OwnBallot,
    OwnBallotIn,
    PaperBatches,
    PaperBatchesIn,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    Result,
    ResultOf,
    Roll,
    RollOf,
    StrikePaperBatch,
    Tally,
    TallyOf,
    Time,
    WithdrawBallot,
)
from libs.contracts.paging import Cursor, Limit
from libs.contracts.text import Line, Prose

router = APIRouter(tags=["governance"])

# An example that can be sent as it is: a poll closes within a year.
_IN_A_MONTH = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT12:00:00Z}"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPoll(_Body):
    """A question, what may be answered, and until when."""

    question: Line
    explanation: Prose | None = None
    method: Method
    options: Annotated[tuple[Line, ...], Field(min_length=2, max_length=OPTIONS_MAX)]
    closes_at: Time
    may_close_early: bool = False
    allows_paper: bool = False

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "question": "What becomes of the field behind the school?",
                "explanation": "The commune gives it to us for ten years.",
                "method": "ranked",
                "options": ["An orchard", "A playground", "Leave it wild"],
                "closes_at": _IN_A_MONTH,
                "may_close_early": False,
                "allows_paper": True,
            }
        },
    )


class BallotBody(_Body):
    """What a ballot says: options in their own words; for a ranking the best first, for a blank ballot none."""

    choices: Choices

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"choices": ["An orchard", "Leave it wild"]}}
    )


class PaperBallotsBody(_Body):
    """Ballots of a hall meeting, in the order of their sheets."""

    ballots: Annotated[tuple[Choices, ...], Field(min_length=1, max_length=PAPER_BALLOTS_MAX)]

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"ballots": [["A playground"], [], ["An orchard"]]}}
    )


class StrikingBody(_Body):
    """Why a batch of paper ballots is taken back."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "The second sheet was entered twice."}}
    )


Behind = Annotated[Cursor | None, Parameter(description="The `next` of the page before.")]


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


@router.put("/polls/{poll_id}/ballot")
async def cast_ballot(poll_id: UUID, body: BallotBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Cast the caller's ballot, or replace it while the poll is open.

    The receipt's position is the ballot's place in the public log; `GET` says under which pseudonym it is there.
    """
    return await services.do(CastBallot(poll_id=poll_id, choices=body.choices), actor=actor)


@router.get("/polls/{poll_id}/ballot")
async def get_own_ballot(poll_id: UUID, actor: Actor, services: ServicesDep) -> OwnBallot:
    """Return the caller's own ballot as it counts, and where it stands in the public log."""
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

    Polls are named, not secret. Who left the group since is not named here; the ballot still counts.
    """
    return await services.ask(BallotsIn(poll_id=poll_id, asker=actor.id, limit=limit, cursor=cursor))


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


@router.post("/polls/{poll_id}/paper-ballots", status_code=status.HTTP_201_CREATED)
async def enter_paper_ballots(
    poll_id: UUID, body: PaperBallotsBody, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Enter ballots that were cast on paper, as a steward: all of them, or none if one is not valid.

    The entry bears the steward's id. Send an `Idempotency-Key`, so that a batch sent twice is entered once.
    """
    receipt = await services.do(EnterPaperBallots(poll_id=poll_id, ballots=body.ballots), actor=actor)
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


@router.get("/polls/{poll_id}/roll")
async def get_roll(
    poll_id: UUID, actor: Actor, services: ServicesDep, limit: Limit = 200, cursor: Behind = None
) -> Roll:
    """Return who may vote in a poll, by pseudonym; for members of the group."""
    return await services.ask(RollOf(poll_id=poll_id, asker=actor.id, limit=limit, cursor=cursor))
