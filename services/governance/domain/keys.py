"""
The keys that entries are sealed with: one for each poll and each group, all made from one secret.

So none is stored, and a rebuild needs the secret alone. The key of a poll with hidden results is published at its
close; the secret never leaves the service.
"""

import hashlib
import hmac
from uuid import UUID


class PollKeys:
    """Makes keys with governance's own *secret*; `libs.eventlog.sealing.Keys` for its log."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key(self, key_id: UUID) -> bytes:
        """Return the key of a poll or a group, 32 bytes."""
        return hmac.digest(self._secret, b"seal" + key_id.bytes, "sha256")

    def key_sha256(self, key_id: UUID) -> str:
        """Return what commits to the key without telling it."""
        return hashlib.sha256(self.key(key_id)).hexdigest()
