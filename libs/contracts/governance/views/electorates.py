"""What electors said of themselves."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Query, View


class OwnPlace(View):
    """
    The place of the gazetteer that a member gave as theirs in a group, None for none.

    In the public log it is the place of *elector*, the member's pseudonym there.
    """

    group_id: UUID
    elector: UUID
    place_id: int | None


class OwnPlaceIn(Query[OwnPlace]):
    """The asker's place in a group."""

    service: ClassVar[str] = "governance"

    group_id: UUID
    asker: UUID
