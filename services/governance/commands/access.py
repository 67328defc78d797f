"""Who acts, and whether they may: as a member, as a voter, as a steward, or governance itself."""

from uuid import UUID

from libs.errors import NotAllowed, NotFound, NotSignedIn
from libs.service.aggregates import Aggregates
from services.governance.commands.office import Office
from services.governance.domain.electorate import Electorate
from services.governance.domain.poll import Poll
from services.governance.domain.roll import RollPart

ITSELF = "governance"
"""The actor of what governance's own reactions do."""


class NotForMembers(NotAllowed):
    """This follows from what happened, and nobody may ask for it."""


async def as_voter(poll_id: UUID, aggregates: Aggregates, office: Office) -> tuple[Poll, UUID]:
    """Return the poll, and the actor as its voter."""
    poll = await aggregates.look_at(Poll, poll_id)
    voter = office.pseudonyms.voter(poll.id, office.pseudonyms.elector(poll.group_id, member_of(aggregates)))
    part = await aggregates.get(RollPart, poll.roll_part_of(voter))  # settled, so it is read once
    part.check_bears(voter)
    return poll, voter


async def electorate_of(aggregates: Aggregates, group_id: UUID) -> Electorate:
    """
    Return the group's members as this log knows them.

    Raises:
        NotFound: It never heard of such a group.
    """
    try:
        return await aggregates.look_at(Electorate, Electorate.create_id(group_id))
    except NotFound as fault:
        raise NotFound(f"There is no group {group_id}.") from fault


async def check_is_steward(poll: Poll, aggregates: Aggregates, office: Office) -> None:
    """
    Raises:
        NotASteward: The actor is no steward of the poll's group.
    """
    electorate = await electorate_of(aggregates, poll.group_id)
    electorate.check_is_steward(office.pseudonyms.elector(poll.group_id, member_of(aggregates)))


def member_of(aggregates: Aggregates) -> UUID:
    """
    Return the actor, who is a member of this node.

    Raises:
        NotSignedIn: It is nobody.
    """
    try:
        return UUID(aggregates.actor)
    except ValueError as fault:
        raise NotSignedIn("Only a member may do this; sign in first.") from fault


def check_is_itself(aggregates: Aggregates) -> None:
    """
    Raises:
        NotForMembers: The actor is not governance.
    """
    if aggregates.actor != ITSELF:
        raise NotForMembers("This follows from what happened, and nobody may ask for it.")
