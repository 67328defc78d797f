"""Who lets whom vote for them, and how far."""

from typing import ClassVar
from uuid import UUID

from libs.contracts.base import Event
from libs.contracts.governance.events.example import ELECTOR, GROUP, OTHER_ELECTOR, example
from libs.contracts.governance.terms import Scope, Topic


class DelegationEvent(Event):
    """
    What the events of a delegation share. Their actor is the delegator's pseudonym, in the poll or in the group.

    A delegation's id is `uuid5(place, "delegation " + delegator)`, where the place is the poll's id, the group's, or
    for a topic `uuid5(group_id, "topic " + topic)`: so there is one delegation for each delegator and place.
    """

    service: ClassVar[str] = "governance"
    aggregate: ClassVar[str] = "delegation"


class DelegationGranted(DelegationEvent):
    """
    From here on *delegate* votes for *delegator* where the latter does not.

    For a poll both are voters' pseudonyms in that poll; for a topic or the whole group, electors' pseudonyms in the
    group.
    """

    is_sealable: ClassVar[bool] = True

    group_id: UUID
    scope: Scope
    poll_id: UUID | None
    topic: Topic | None
    delegator: UUID
    delegate: UUID

    model_config = example(
        group_id=GROUP, scope="topic", poll_id=None, topic="money", delegator=ELECTOR, delegate=OTHER_ELECTOR
    )


class DelegationChanged(DelegationEvent):
    """From here on it is another who votes for the delegator; also after the delegation was withdrawn."""

    is_sealable: ClassVar[bool] = True

    delegate: UUID

    model_config = example(delegate=OTHER_ELECTOR)


class DelegationWithdrawn(DelegationEvent):
    """Nobody votes for the delegator by this delegation any more; for open polls, too."""

    model_config = example()
