"""
Who a voter is in the public log: a pseudonym that only this service can make.

A member is one *elector* in each group and, from that, one *voter* in each poll, so two polls' ballots cannot be put
together by those who read the log. Whoever held the key and the members' ids could; so the key never leaves the
service, and without it nobody can be named again, nor vote again in an open poll.
"""

import hmac
from uuid import UUID


class Pseudonyms:
    """Makes pseudonyms with governance's own secret *key*."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def elector(self, group_id: UUID, member_id: UUID) -> UUID:
        """Return the member's pseudonym in the group."""
        return self._pseudonym(b"elector", group_id, member_id)

    def voter(self, poll_id: UUID, elector: UUID) -> UUID:
        """Return the elector's pseudonym in the poll."""
        return self._pseudonym(b"voter", poll_id, elector)

    def _pseudonym(self, use: bytes, place: UUID, who: UUID) -> UUID:
        digest = bytearray(hmac.digest(self._key, use + place.bytes + who.bytes, "sha256")[:16])
        digest[6] = 0x80 | digest[6] & 0x0F  # "custom" (RFC 9562, UUID version 8)
        digest[8] = 0x80 | digest[8] & 0x3F
        return UUID(bytes=bytes(digest))
