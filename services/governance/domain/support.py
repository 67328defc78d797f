"""Whether one member wants one proposal to go to the vote, whatever they will vote."""

from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.errors import NotFound


class NotSupported(NotFound):
    """The member never supported the proposal."""


class Support(Aggregate):
    """
    A member's support for a proposal; one address for each of them, so nobody counts twice.
    """

    @staticmethod
    def create_id(proposal_id: UUID, supporter: UUID) -> UUID:
        """Return the one address of the member's support for the proposal."""
        return uuid5(proposal_id, str(supporter))

    @event("SupportGiven")
    def __init__(self, proposal_id: UUID, supporter: UUID) -> None:
        self.proposal_id = proposal_id
        self.supporter = supporter
        self.is_given = True

    def renew(self) -> None:
        """Support it again; twice is once."""
        if not self.is_given:
            self._renew()

    def take_back(self) -> None:
        """Support it no longer; twice is once."""
        if self.is_given:
            self._take_back()

    @event("SupportRenewed")
    def _renew(self) -> None:
        self.is_given = True

    @event("SupportTakenBack")
    def _take_back(self) -> None:
        self.is_given = False
