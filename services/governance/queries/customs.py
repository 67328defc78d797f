"""How groups decide: their customs and their templates."""

from libs.contracts.governance import Customs, CustomsOf, Template, Templates, TemplatesOf
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor
from services.governance.domain.customs import Customs as Settled
from services.governance.domain.secrets import Secrets
from services.governance.queries.access import next_cursor

_CUSTOMS = """
SELECT group_id, audience, delegations, carry_max, objection_days, position FROM customs WHERE group_id = $1
"""


async def customs(query: CustomsOf, db: Connection, _: Secrets) -> Customs:
    """A group that settled nothing has customs too."""
    if row := await db.fetchrow(_CUSTOMS, query.group_id):
        return Customs(**row)
    usual = vars(Settled.before_any(query.group_id))
    return Customs(**{name: usual[name] for name in Customs.model_fields if name in usual}, position=None)


_TEMPLATES = """
SELECT template_id, group_id, name, terms, made_position FROM template
WHERE group_id = $1 AND made_position > $2 ORDER BY made_position LIMIT $3
"""


async def templates(query: TemplatesOf, db: Connection, _: Secrets) -> Templates:
    """
    Raises:
        BadCursor: The cursor is not one of this list.
    """
    (behind,) = from_cursor(query.cursor, [int]) or [0]
    rows = await db.fetch(_TEMPLATES, query.group_id, behind, query.limit)
    items = tuple(Template(**{name: row[name] for name in Template.model_fields}) for row in rows)
    return Templates(items=items, next=next_cursor(rows, query.limit, "made_position"))


QUERIES: QueryHandlers = {
    CustomsOf: customs,
    TemplatesOf: templates,
}
