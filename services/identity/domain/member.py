"""A member: which manifesto they approved, which of their sessions are over, and whether they are gone."""

from collections.abc import Iterable
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.errors import NotSignedIn


class MemberIsErased(NotSignedIn):
    """The member took themselves back; nothing can be done in their name."""


class Member(Aggregate):
    """Somebody on this node, by a random id that says nothing of them."""

    @event("MemberSignedUp")
    def __init__(self, id: UUID, manifesto_sha256: str) -> None:  # noqa: A002, ARG002 - eventsourcing's name
        self.approved_sha256 = manifesto_sha256
        self.ended_sessions: set[UUID] = set()
        self.is_erased = False

    def approve(self, sha256: str) -> None:
        """
        Approve the manifesto with this hash; approving it again changes nothing.

        Raises:
            MemberIsErased: The member is gone.
        """
        self._check_is_here()
        if sha256 != self.approved_sha256:
            self._approve(sha256)

    @event("ManifestoApproved")
    def _approve(self, sha256: str) -> None:
        self.approved_sha256 = sha256

    def end_sessions(self, session_ids: Iterable[UUID]) -> None:
        """
        End those of the sessions that are not over yet.

        Raises:
            MemberIsErased: The member is gone, and every session with them.
        """
        self._check_is_here()
        if going := tuple(sorted(set(session_ids) - self.ended_sessions)):
            self._end_sessions(going)

    @event("SessionsEnded")
    def _end_sessions(self, session_ids: tuple[UUID, ...]) -> None:
        self.ended_sessions.update(session_ids)

    def erase(self) -> None:
        """Be gone; whoever is gone stays so."""
        if not self.is_erased:
            self._erase()

    @event("MemberErased")
    def _erase(self) -> None:
        self.is_erased = True

    def _check_is_here(self) -> None:
        if self.is_erased:
            raise MemberIsErased("This member was erased.")
