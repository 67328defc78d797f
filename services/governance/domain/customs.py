"""
How a group decides where nobody says otherwise.

A group that never settled anything has customs too, the ones that are given here; so nobody has to ask whether there
are any.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate

from libs.comings import Coming, before_any
from libs.contracts.governance import Audience, DelegationCustom

USUAL_OBJECTION_DAYS = 14


class Customs(Aggregate, created_event_name="CustomsSet"):
    """What the stewards of one group settled last."""

    def __init__(self, group_id: UUID) -> None:
        self.group_id = group_id
        self.audience: Audience = "everyone"
        self.delegations: DelegationCustom = "public"
        self.carry_max: int | None = None
        self.objection_days = USUAL_OBJECTION_DAYS
        self._objection_days_since: list[tuple[datetime, int]] = []

    @staticmethod
    def create_id(group_id: UUID) -> UUID:
        """Return the address of the group's customs."""
        return uuid5(group_id, "customs")

    @classmethod
    def before_any(cls, group_id: UUID) -> "Customs":
        """Return the customs of a group that settled none."""
        customs: Customs = before_any(cls, group_id=group_id)
        return customs

    class CustomsSet(Coming):
        """They are so from here on."""

        group_id: UUID
        audience: Audience
        delegations: DelegationCustom
        carry_max: int | None
        objection_days: int

        def apply(self, customs: "Customs") -> None:
            customs.audience = self.audience
            customs.delegations = self.delegations
            customs.carry_max = self.carry_max
            customs.objection_days = self.objection_days
            customs._objection_days_since.append((self.timestamp, self.objection_days))

    def objection_days_at(self, then: datetime) -> int:
        """Return how long somebody may object to a result of *then*: what is settled later counts for later ones."""
        settled = [days for since, days in self._objection_days_since if since <= then]
        return settled[-1] if settled else USUAL_OBJECTION_DAYS

    def settle(
        self, *, audience: Audience, delegations: DelegationCustom, carry_max: int | None, objection_days: int
    ) -> None:
        """Let the customs be so; the same again is nothing new, unless nothing was ever settled."""
        new: dict[str, Any] = {
            "audience": audience,
            "delegations": delegations,
            "carry_max": carry_max,
            "objection_days": objection_days,
        }
        if self.version == 0 or any(getattr(self, name) != value for name, value in new.items()):
            self.trigger_event(self.CustomsSet, group_id=self.group_id, **new)
