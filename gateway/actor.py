"""Who asks: what a valid access token says of its bearer."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ActorInfo:
    """
    A signed-in member, by the opaque *id*, in one session.

    *approved_sha256* is the manifesto that the member had approved when the token was made.
    """

    id: UUID
    session_id: UUID
    approved_sha256: str
    expires_at: float
