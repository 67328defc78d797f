"""Proposals as tests make them: discussed from the morning until noon, on the same day."""

from typing import Any
from uuid import UUID

from libs.contracts.governance import MakeAmendment, MakeProposal, MakeTemplate, TemplateTerms
from tests.services.governance.conftest import ANA, BO, GROUP, NOON, Governance

TITLE, TEXT = "An orchard behind the school", "The field becomes an orchard.\nIt is open to all."
OTHER_TEXT = "The field becomes an orchard.\nA third of it stays wild."


def proposal(**differing: Any) -> MakeProposal:
    """A proposal that needs nobody's support, discussed until noon."""
    return MakeProposal(
        **{
            "group_id": GROUP,
            "title": TITLE,
            "text": TEXT,
            "discussion_until": NOON,
            "support_needed": 0,
            **differing,
        }
    )


def amendment(proposal_id: UUID, **differing: Any) -> MakeAmendment:
    """Another text for a proposal's first version."""
    return MakeAmendment(
        **{"proposal_id": proposal_id, "of_version": 1, "title": TITLE, "text": OTHER_TEXT, "why": "Bees.", **differing}
    )


async def proposed(governance: Governance, *, by: UUID = BO, **differing: Any) -> UUID:
    """Have Bo propose something, and return its id."""
    return (await governance.do(proposal(**differing), by=by)).aggregate_id


async def amended(governance: Governance, proposal_id: UUID, *, by: UUID, **differing: Any) -> UUID:
    """Have somebody propose another text, and return the amendment's id."""
    return (await governance.do(amendment(proposal_id, **differing), by=by)).aggregate_id


async def template(governance: Governance, **terms: Any) -> UUID:
    """Have Ana make a template, and return its id."""
    command = MakeTemplate(group_id=GROUP, name="A way", terms=TemplateTerms(**{"method": "consent", **terms}))
    return (await governance.do(command, by=ANA)).aggregate_id
