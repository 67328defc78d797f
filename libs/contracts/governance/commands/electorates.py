"""What an elector says of themselves."""

from uuid import UUID

from libs.contracts.geo import PlaceId
from libs.contracts.governance.commands.base import GovernanceCommand


class GivePlace(GovernanceCommand):
    """Say which place of the gazetteer is the actor's, so as to vote in the group's polls of that place; None: none."""

    group_id: UUID
    place_id: PlaceId | None
