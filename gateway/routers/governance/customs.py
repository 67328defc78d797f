"""How a group decides: its customs, and the templates that proposals and polls begin with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import ConfigDict, Field

from gateway.auth import Actor
from gateway.routers.governance.bodies import Behind, Body
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    Audience,
    ChangeTemplate,
    Customs,
    CustomsOf,
    DelegationCustom,
    DropTemplate,
    MakeTemplate,
    SetCustoms,
    Templates,
    TemplatesOf,
    TemplateTerms,
)
from libs.contracts.paging import Limit
from libs.contracts.text import Line

router = APIRouter()


class CustomsBody(Body):
    """How the group decides where nobody says otherwise."""

    audience: Audience = "everyone"
    delegations: DelegationCustom = "public"
    carry_max: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    objection_days: Annotated[int, Field(ge=0, le=365)] = 14

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"audience": "everyone", "delegations": "public", "carry_max": 5}}
    )


class TemplateBody(Body):
    """A way to decide, and what the group calls it."""

    name: Line
    terms: TemplateTerms

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Everyday",
                "terms": {
                    "method": "consent",
                    "rules": {"quorum_roll": [1, 4]},
                    "discussion_days": 7,
                    "vote_days": 7,
                    "support_needed": 3,
                },
            }
        },
    )


@router.get("/groups/{group_id}/customs")
async def get_customs(group_id: UUID, services: ServicesDep) -> Customs:
    """Return how a group decides where nobody says otherwise; a group that settled nothing has the usual customs."""
    return await services.ask(CustomsOf(group_id=group_id))


@router.put("/groups/{group_id}/customs")
async def set_customs(group_id: UUID, body: CustomsBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Settle how the group decides, as a steward; what has begun goes on as it began."""
    return await services.do(SetCustoms(group_id=group_id, **dict(body)), actor=actor)


@router.get("/groups/{group_id}/templates")
async def list_templates(group_id: UUID, services: ServicesDep, limit: Limit = 50, cursor: Behind = None) -> Templates:
    """Return the ways to decide that a group has given names, in the order in which they were made."""
    return await services.ask(TemplatesOf(group_id=group_id, limit=limit, cursor=cursor))


@router.post("/groups/{group_id}/templates", status_code=status.HTTP_201_CREATED)
async def make_template(
    group_id: UUID, body: TemplateBody, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """Give a way to decide a name in the group, as a steward; what could not be counted is refused here already."""
    receipt = await services.do(MakeTemplate(group_id=group_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/groups/{group_id}/templates"
    return receipt


@router.put("/templates/{template_id}")
async def change_template(template_id: UUID, body: TemplateBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Let a template say this, whole, as a steward; what was begun with it stays as it was begun."""
    return await services.do(ChangeTemplate(template_id=template_id, **dict(body)), actor=actor)


@router.delete("/templates/{template_id}")
async def drop_template(template_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Let nothing begin with a template any more, as a steward."""
    return await services.do(DropTemplate(template_id=template_id), actor=actor)
