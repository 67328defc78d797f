"""How a group decides: the answers, and the questions."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View
from libs.contracts.governance.terms import Audience, DelegationCustom, TemplateTerms
from libs.contracts.paging import Cursor, Limit


class Customs(View):
    """How a group decides where nobody says otherwise; *position* is of the entry that settled it, None for none."""

    group_id: UUID
    audience: Audience
    delegations: DelegationCustom
    carry_max: int | None
    objection_days: int
    position: int | None


class Template(View):
    """A group's named way to decide."""

    template_id: UUID
    group_id: UUID
    name: str
    terms: TemplateTerms


class Templates(View):
    """A page of a group's templates that were not dropped, in the order in which they were made."""

    items: tuple[Template, ...]
    next: Cursor | None


class CustomsOf(Query[Customs]):
    """How does this group decide?"""

    service: ClassVar[str] = "governance"

    group_id: UUID


class TemplatesOf(Query[Templates]):
    """What templates does this group have?"""

    service: ClassVar[str] = "governance"

    group_id: UUID
    limit: Limit = 50
    cursor: Cursor | None = None
