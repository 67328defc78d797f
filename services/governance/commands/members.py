"""
Members who act in sight of their group: in proposals, statements, tasks.

The log names them by their pseudonym in the group. That the group may see who it was, the vault keeps who bears it,
until they are erased; who only votes is not in it.
"""

from uuid import UUID

from libs.service.aggregates import Aggregates
from services.governance.commands.access import electorate_of, member_of
from services.governance.commands.office import Office

_KNOW = """
INSERT INTO known_elector (elector, group_id, member_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def as_member(group_id: UUID, aggregates: Aggregates, office: Office) -> UUID:
    """
    Return the actor's pseudonym in the group, to act in its sight.

    Raises:
        NotAMember: The actor is not in it.
    """
    member_id = member_of(aggregates)
    electorate = await electorate_of(aggregates, group_id)
    electorate.check_is_member(office.pseudonyms.elector(group_id, member_id))
    return await known(group_id, member_id, office)


async def as_steward(group_id: UUID, aggregates: Aggregates, office: Office) -> UUID:
    """
    Do as `as_member` does.

    Raises:
        NotASteward: The actor is none of this group.
    """
    electorate = await electorate_of(aggregates, group_id)
    electorate.check_is_steward(office.pseudonyms.elector(group_id, member_of(aggregates)))
    return await as_member(group_id, aggregates, office)


async def is_steward(group_id: UUID, aggregates: Aggregates, office: Office) -> bool:
    """Whether the actor is a steward of the group."""
    electorate = await electorate_of(aggregates, group_id)
    return electorate.roles.get(office.pseudonyms.elector(group_id, member_of(aggregates))) == "steward"


async def known(group_id: UUID, member_id: UUID, office: Office) -> UUID:
    """Return the member's pseudonym in the group, once the vault says whose it is."""
    elector = office.pseudonyms.elector(group_id, member_id)
    async with office.vault.open() as names:
        await names.execute(_KNOW, elector, group_id, member_id)
    return elector
