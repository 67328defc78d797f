"""What electors said of themselves."""

from uuid import UUID

from libs.contracts.governance import OwnPlace, OwnPlaceIn
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from services.governance.domain.electorate import NotAMember
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.secrets import Secrets

_OWN_PLACE = """
SELECT place_id
FROM membership LEFT JOIN elector_place ON elector_place.group_id = membership.group_id AND elector = $3
WHERE membership.group_id = $1 AND member_id = $2
"""


async def own_place(query: OwnPlaceIn, db: Connection, secrets: Secrets) -> OwnPlace:
    """
    Raises:
        NotAMember: The asker is not in the group, if there is one.
    """
    elector = secrets.pseudonyms.elector(query.group_id, query.asker)
    row = await db.fetchrow(_OWN_PLACE, query.group_id, query.asker, elector)
    if row is None:
        raise NotAMember("Only members of the group have a place in it.")
    return OwnPlace(group_id=query.group_id, elector=elector, place_id=row["place_id"])


_GROUPS_WITH_PLACES = "SELECT DISTINCT group_id FROM elector_place"

_PLACES = """
SELECT group_id, elector, place_id
FROM unnest($1::uuid[], $2::uuid[]) AS own (group_id, elector) JOIN elector_place USING (group_id, elector)
ORDER BY group_id
"""


async def own_places(db: Connection, member_id: UUID, pseudonyms: Pseudonyms) -> tuple[OwnPlace, ...]:
    """Return every place that a member gave, whatever the group."""
    groups = [group_id for (group_id,) in await db.fetch(_GROUPS_WITH_PLACES)]
    electors = [pseudonyms.elector(group_id, member_id) for group_id in groups]
    return tuple(OwnPlace(**row) for row in await db.fetch(_PLACES, groups, electors))


QUERIES: QueryHandlers = {
    OwnPlaceIn: own_place,
}
