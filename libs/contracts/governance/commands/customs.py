"""How a group decides: its customs, and the templates that proposals and polls begin with."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import Audience, DelegationCustom, TemplateTerms
from libs.contracts.text import Line


class SetCustoms(GovernanceCommand):
    """Settle how the group decides, as a steward, for what begins from here on."""

    group_id: UUID
    audience: Audience = "everyone"
    delegations: DelegationCustom = "public"
    carry_max: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    objection_days: Annotated[int, Field(ge=0, le=365)] = 14


class MakeTemplate(GovernanceCommand):
    """Give a way to decide a name in the group, as a steward."""

    group_id: UUID
    name: Line
    terms: TemplateTerms


class ChangeTemplate(GovernanceCommand):
    """Let the template say this, whole; what was begun with it stays as it was begun."""

    template_id: UUID
    name: Line
    terms: TemplateTerms


class DropTemplate(GovernanceCommand):
    """Let nothing begin with the template any more."""

    template_id: UUID
