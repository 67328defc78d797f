"""
What a member said of a proposal.

The words may be taken back, so they stand in the vault, and the log holds their digest: salted, for a short sentence
would be guessed from a plain one.
"""

import hashlib
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import Side
from services.governance.domain.proposal import NotTheAuthor

SALT_BYTES = 16


def words_sha256(words: str, salt: bytes) -> str:
    """Return what the log holds of *words*: the SHA-256 of the salt and them, in UTF-8."""
    return hashlib.sha256(salt + words.encode()).hexdigest()


class Statement(Aggregate):
    """That somebody spoke for or against a proposal, or asked something."""

    @event("StatementMade")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        proposal_id: UUID,
        author: UUID,
        side: Side,
        text_sha256: str,
    ) -> None:
        self._id = id
        self.proposal_id = proposal_id
        self.author = author
        self.side: Side = side
        self.text_sha256 = text_sha256
        self.is_taken_back = False

    def check_is_author(self, who: UUID) -> None:
        """
        Raises:
            NotTheAuthor: *who* did not say it.
        """
        if who != self.author:
            raise NotTheAuthor("Only who said it may take it back.")

    def take_back(self) -> None:
        """Note that the words are gone; they do not come back."""
        if not self.is_taken_back:
            self._take_back()

    @event("StatementTakenBack")
    def _take_back(self) -> None:
        self.is_taken_back = True
