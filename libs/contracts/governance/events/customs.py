"""How a group decides by custom: what holds where nobody says otherwise."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Event
from libs.contracts.governance.events.example import GROUP, example
from libs.contracts.governance.terms import Audience, DelegationCustom, TemplateTerms
from libs.contracts.text import Line


class CustomsSet(Event):
    """
    The stewards settled how the group decides; the newest counts, for what begins behind it.

    The aggregate's id is `uuid5(group_id, "customs")`. *carry_max* is how many others one member may vote for at most;
    *objection_days* is how long after a result somebody on the roll may object to it.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "customs"

    group_id: UUID
    audience: Audience
    delegations: DelegationCustom
    carry_max: int | None
    objection_days: int

    model_config = example(group_id=GROUP, audience="everyone", delegations="public", carry_max=5, objection_days=14)


class TemplateEvent(Event):
    """What the events of a template share."""

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "template"


class TemplateMade(TemplateEvent):
    """The group has a named way to decide, from which proposals and polls may start."""

    group_id: UUID
    name: Line
    terms: TemplateTerms

    model_config = example(group_id=GROUP, name="Everyday", terms={"method": "consent", "vote_days": 7})


class TemplateChanged(TemplateEvent):
    """The template now says this, whole; what was begun with it before stays as it was begun."""

    name: Line
    terms: TemplateTerms

    model_config = example(name="Everyday", terms={"method": "single", "vote_days": 3})


class TemplateDropped(TemplateEvent):
    """Nothing new begins with the template."""

    model_config = example()
