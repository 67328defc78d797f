"""What members say about proposals, and how others would have them read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import IN_A_MONTH, Behind, Body
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    Amendment,
    AmendmentOf,
    Amendments,
    AmendmentsOf,
    MakeAmendment,
    MakeStatement,
    PutAmendmentToVote,
    RefuseAmendment,
    Side,
    Statements,
    StatementsOn,
    TakeAmendmentBack,
    TakeAmendmentIn,
    TakeStatementBack,
    Time,
)
from libs.contracts.paging import Limit
from libs.contracts.text import Article, Line, Prose

router = APIRouter()


class NewStatement(Body):
    """For or against, or a question, in the caller's own words."""

    side: Side
    words: Prose

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"side": "for", "words": "The bees were here first."}}
    )


class NewAmendment(Body):
    """How the proposal should read, instead of its version *of_version*, and why."""

    of_version: Annotated[int, Field(ge=1)]
    title: Line
    text: Article
    why: Line | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "of_version": 1,
                "title": "An orchard behind the school",
                "text": "The field behind the school becomes an orchard. A third of it stays wild.",
                "why": "The bees were here first.",
            }
        },
    )


class RefusalBody(Body):
    """Why the author does not take the amendment in."""

    reason: Line

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "Half of it is under trees already."}}
    )


class AmendmentVoteBody(Body):
    """Until when the group votes on the amendment; otherwise as long as on the proposal."""

    closes_at: Time | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"closes_at": IN_A_MONTH}})


@router.post("/proposals/{proposal_id}/statements", status_code=status.HTTP_201_CREATED)
async def make_statement(
    proposal_id: UUID, body: NewStatement, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Speak for or against a proposal, or ask something, until it goes to the vote.

    The words may be taken back: the public log holds their salted digest only.
    """
    command = MakeStatement(proposal_id=proposal_id, side=body.side, words=body.words)
    receipt = await services.do(command, actor=actor)
    response.headers["Location"] = f"/api/v1/proposals/{proposal_id}/statements"
    return receipt


@router.get("/proposals/{proposal_id}/statements")
async def list_statements(
    proposal_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    *,
    side: Side | None = None,
    limit: Limit = 50,
    cursor: Behind = None,
) -> Statements:
    """Return what was said of a proposal, the first first; members see who said it."""
    asker = actor.id if actor else None
    query = StatementsOn(proposal_id=proposal_id, asker=asker, side=side, limit=limit, cursor=cursor)
    return await services.ask(query)


@router.delete("/statements/{statement_id}")
async def take_statement_back(statement_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Erase what the caller said; that something was said stays."""
    return await services.do(TakeStatementBack(statement_id=statement_id), actor=actor)


@router.post("/proposals/{proposal_id}/amendments", status_code=status.HTTP_201_CREATED)
async def make_amendment(
    proposal_id: UUID, body: NewAmendment, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """Say how a proposal should read instead of the version that stands, while it is discussed."""
    receipt = await services.do(MakeAmendment(proposal_id=proposal_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/amendments/{receipt.id}"
    return receipt


@router.get("/proposals/{proposal_id}/amendments")
async def list_amendments(
    proposal_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> Amendments:
    """Return how others would have a proposal read, without their texts, the first first."""
    asker = actor.id if actor else None
    return await services.ask(AmendmentsOf(proposal_id=proposal_id, asker=asker, limit=limit, cursor=cursor))


@router.get("/amendments/{amendment_id}")
async def get_amendment(amendment_id: UUID, actor: MaybeActor, services: ServicesDep) -> Amendment:
    """Return an amendment, where it stands, and how it differs from the version that it is for."""
    return await services.ask(AmendmentOf(amendment_id=amendment_id, asker=actor.id if actor else None))


@router.delete("/amendments/{amendment_id}")
async def take_amendment_back(amendment_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Take the caller's amendment back; it stays readable."""
    return await services.do(TakeAmendmentBack(amendment_id=amendment_id), actor=actor)


@router.put("/amendments/{amendment_id}/taking-in")
async def take_amendment_in(amendment_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Let the caller's proposal read as the amendment says, while it is discussed.

    Refused where the proposal has changed since: an amendment is to one version, and is made anew to another.
    """
    return await services.do(TakeAmendmentIn(amendment_id=amendment_id), actor=actor)


@router.put("/amendments/{amendment_id}/refusal")
async def refuse_amendment(amendment_id: UUID, body: RefusalBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Do not take an amendment into the caller's proposal; whoever made it may let the group vote on it."""
    return await services.do(RefuseAmendment(amendment_id=amendment_id, reason=body.reason), actor=actor)


@router.post("/amendments/{amendment_id}/vote", status_code=status.HTTP_201_CREATED)
async def put_amendment_to_vote(
    amendment_id: UUID, body: AmendmentVoteBody, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Have the group say whether the proposal reads so, as who made the amendment or as a steward.

    It must have been refused, or left until the discussion was over. Meanwhile the proposal stays as it is.
    """
    command = PutAmendmentToVote(amendment_id=amendment_id, closes_at=body.closes_at)
    receipt = await services.do(command, actor=actor)
    response.headers["Location"] = f"/api/v1/amendments/{amendment_id}"
    return receipt
