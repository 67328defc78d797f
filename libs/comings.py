"""
What can come first in a history or again later: one joins, leaves, and joins again; a group settles its customs anew.

`eventsourcing` tells the event that begins an aggregate from those that go on. Between a member and a group either
may be any: so the aggregate is thought to be there before its first entry, at version 0, and every event goes on.
"""

from dataclasses import field
from typing import Any

from eventsourcing.domain import Aggregate, AggregateCreated, CanMutateAggregate


class Coming(AggregateCreated):
    """An event that begins its aggregate where it is the first in the log, and goes on with it where it is not."""

    originator_topic: str = field(default="", kw_only=True)

    def mutate(self, aggregate: Any) -> Any:
        """Return the aggregate as this event leaves it."""
        if aggregate is None:
            return super().mutate(None)
        return CanMutateAggregate.mutate(self, aggregate)


def before_any(kind: type[Aggregate], **who: Any) -> Any:
    """Return the aggregate of *kind* between *who* as it is before anything happened: at version 0."""
    aggregate = kind.__new__(kind)
    aggregate.__base_init__(kind.create_id(**who), 0, AggregateCreated.create_timestamp())
    aggregate.__init__(**who)  # type: ignore[misc]
    return aggregate
