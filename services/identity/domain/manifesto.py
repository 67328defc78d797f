"""The manifesto: the text that members join under, in numbered versions of which the last one stands."""

import hashlib
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from libs.errors import Conflict

_MANIFESTOS = UUID("6f1c1e43-2b0a-5a0e-9d53-0c5d3a7e8f10")  # the namespace of the versions' ids


class ManifestoNotCurrent(Conflict):
    """The hash is not that of the manifesto that stands now."""


class ManifestoStandsAlready(Conflict):
    """Publishing this text would change nothing."""


class Manifesto(Aggregate):
    """One version; it never changes, and the next has the next number for its address."""

    is_settled = True

    @event("ManifestoPublished")
    def __init__(self, manifesto_version: int, sha256: str, text: str) -> None:
        self.manifesto_version = manifesto_version
        self.sha256 = sha256
        self.text = text

    @staticmethod
    def create_id(manifesto_version: int) -> UUID:
        """Return the address of that version: two operators cannot both publish it."""
        return uuid5(_MANIFESTOS, str(manifesto_version))

    def check_is_current(self, sha256: str) -> None:
        """
        Check that *sha256* is what a member means who approves this, the version that stands.

        Raises:
            ManifestoNotCurrent: It is another's.
        """
        if sha256 != self.sha256:
            raise ManifestoNotCurrent(
                f"The manifesto that stands is version {self.manifesto_version}, {self.sha256}; read it first."
            )


def publish(text: str, *, behind: Manifesto | None) -> Manifesto:
    """
    Return the version that follows *behind*.

    Raises:
        ManifestoStandsAlready: *behind* says the same.
    """
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if behind and behind.sha256 == sha256:
        raise ManifestoStandsAlready(f"This text is version {behind.manifesto_version}, which stands already.")
    version = behind.manifesto_version + 1 if behind else 1
    return Manifesto(manifesto_version=version, sha256=sha256, text=text)
