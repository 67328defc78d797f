"""Putting a text before a group, and the way to the vote on it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response, status
from pydantic import ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import IN_A_MONTH, Behind, Body
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    OPTIONS_MAX,
    Difference,
    DifferenceBetween,
    MakeProposal,
    Phase,
    Proposal,
    ProposalOf,
    Proposals,
    ProposalsOf,
    PutProposalToVote,
    ReviseProposal,
    Settings,
    SupportProposal,
    TakeProposalBack,
    TakeSupportBack,
    Time,
    Topic,
    Version,
    VersionOf,
    Versions,
    VersionsOf,
)
from libs.contracts.paging import Limit
from libs.contracts.text import Article, Line

router = APIRouter()

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]

_TITLE = "An orchard behind the school"
_TEXT = "The field behind the school becomes an orchard, open to all."


class NewProposal(Body):
    """A text, and how it comes to the vote; what is not said is taken from the template."""

    title: Line
    text: Article
    topic: Topic | None = None
    template_id: UUID | None = None
    discussion_until: Time | None = None
    support_needed: Annotated[int, Field(ge=0, le=100_000)] | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"title": _TITLE, "text": _TEXT, "topic": "land", "discussion_until": IN_A_MONTH}
        },
    )


class Revision(Body):
    """How the proposal reads from here on, instead of its version *of_version*."""

    title: Line
    text: Article
    of_version: Annotated[int, Field(ge=1)] | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"title": _TITLE, "text": f"{_TEXT} A third of it stays wild.", "of_version": 1}},
    )


class ReasonBody(Body):
    """Why, in a sentence."""

    reason: Line | None = None

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"reason": "The commune has withdrawn its offer."}}
    )


class VoteBody(Body):
    """Until when the group votes, and for an electing method between what; what is not said is as the template says."""

    closes_at: Time | None = None
    options: Annotated[tuple[Line, ...], Field(max_length=OPTIONS_MAX)] = ()
    settings: Settings | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"closes_at": IN_A_MONTH}})


@router.post("/groups/{group_id}/proposals", status_code=status.HTTP_201_CREATED)
async def make_proposal(
    group_id: UUID, body: NewProposal, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Put a text before a group that the caller is a member of, to be discussed and then voted on.

    Text and votes are public for good, or the group's for good where its customs say so; the author is named by a
    pseudonym there.
    """
    receipt = await services.do(MakeProposal(group_id=group_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/proposals/{receipt.id}"
    return receipt


@router.get("/groups/{group_id}/proposals")
async def list_proposals(
    group_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    *,
    phase: Phase | None = None,
    limit: Limit = 50,
    cursor: Behind = None,
) -> Proposals:
    """Return a group's proposals, the newest first: all of them, or those that stand so."""
    query = ProposalsOf(group_id=group_id, asker=_id(actor), phase=phase, limit=limit, cursor=cursor)
    return await services.ask(query)


@router.get("/proposals/{proposal_id}")
async def get_proposal(proposal_id: UUID, actor: MaybeActor, services: ServicesDep) -> Proposal:
    """Return a proposal as it reads now, its phase and the dates of those before; members see who the author is."""
    return await services.ask(ProposalOf(proposal_id=proposal_id, asker=_id(actor)))


@router.put("/proposals/{proposal_id}")
async def revise_proposal(proposal_id: UUID, body: Revision, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Give the caller's proposal a new version while it is discussed; all versions are kept.

    Send `of_version`, so that a version that came between is not overwritten unseen.
    """
    return await services.do(ReviseProposal(proposal_id=proposal_id, **dict(body)), actor=actor)


@router.put("/proposals/{proposal_id}/taking-back")
async def take_proposal_back(proposal_id: UUID, body: ReasonBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Take the caller's proposal back before it goes to the vote; it stays readable."""
    return await services.do(TakeProposalBack(proposal_id=proposal_id, reason=body.reason), actor=actor)


@router.put("/proposals/{proposal_id}/support")
async def support_proposal(proposal_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Say that the proposal should go to the vote, whatever the caller will vote."""
    return await services.do(SupportProposal(proposal_id=proposal_id), actor=actor)


@router.delete("/proposals/{proposal_id}/support")
async def take_support_back(proposal_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Say so no longer. Once enough members did, the proposal may go to the vote, also when some leave it again."""
    return await services.do(TakeSupportBack(proposal_id=proposal_id), actor=actor)


@router.post("/proposals/{proposal_id}/vote", status_code=status.HTTP_201_CREATED)
async def put_proposal_to_vote(
    proposal_id: UUID, body: VoteBody, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Have the group vote on the proposal as it reads now, as its author or a steward.

    It must be discussed and supported. `GET` of the proposal names the poll, which names the version and its SHA-256.
    """
    receipt = await services.do(PutProposalToVote(proposal_id=proposal_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/proposals/{proposal_id}"
    return receipt


@router.get("/proposals/{proposal_id}/versions")
async def list_versions(
    proposal_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> Versions:
    """Return the versions of a proposal, without their texts, the first first."""
    return await services.ask(VersionsOf(proposal_id=proposal_id, asker=_id(actor), limit=limit, cursor=cursor))


@router.get("/proposals/{proposal_id}/versions/{number}")
async def get_version(proposal_id: UUID, number: VersionNumber, actor: MaybeActor, services: ServicesDep) -> Version:
    """Return how a proposal read in one of its versions, counted from 1."""
    return await services.ask(VersionOf(proposal_id=proposal_id, version_number=number, asker=_id(actor)))


@router.get("/proposals/{proposal_id}/versions/{older}/diff/{newer}")
async def compare_versions(
    proposal_id: UUID, older: VersionNumber, newer: VersionNumber, actor: MaybeActor, services: ServicesDep
) -> Difference:
    """
    Return what changed between two versions, line by line and within a line word by word.

    A piece is `["=", words]` where it is in both, `["-", words]` in the older alone, `["+", words]` in the newer alone.
    """
    query = DifferenceBetween(proposal_id=proposal_id, older=older, newer=newer, asker=_id(actor))
    return await services.ask(query)


def _id(actor: MaybeActor) -> UUID | None:
    return actor.id if actor else None
