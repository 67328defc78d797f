"""
Sessions: a refresh token that is good once, and the short-lived access tokens that it brings.

A refresh token is 64 random-looking bytes: the session's id, a *family* secret that stays the same for the session's
life, and a secret that changes with every use. Only SHA-256s are kept. Whoever sends a token of the right family that
is not the newest holds a copy of one that was used already: one of the two holders is a thief, and nobody can tell
which, so the session ends. A token that merely names the session proves nothing and ends nothing.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey

from libs.errors import NotSignedIn

ACCESS_LIFETIME = timedelta(minutes=10)
IDLE_MAX = timedelta(days=90)
"""A session that was not refreshed for so long is over."""

LOST_REPLY_GRACE = timedelta(seconds=10)
"""So long after a use the token used is taken once more, for the client whose answer was lost on its way."""

_FAMILY = slice(16, 32)
_BYTES = 64


class RefreshTokenNotValid(NotSignedIn):
    """The refresh token is of no session that goes on."""


class RefreshTokenUsedTwice(NotSignedIn):
    """The refresh token was used before, so a copy of it is about; the session was ended."""


class Presented(Enum):
    """What a presented refresh token turns out to be."""

    NEWEST = "newest"
    REPEATED = "repeated"
    STOLEN = "stolen"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """A refresh token's bytes."""

    raw: bytes

    @classmethod
    def first(cls, session_id: UUID) -> "RefreshToken":
        """Return the token that a session begins with."""
        return cls(session_id.bytes + secrets.token_bytes(48))

    @classmethod
    def read(cls, text: str) -> "RefreshToken":
        """
        Return the token that a client sent.

        Raises:
            RefreshTokenNotValid: It is none.
        """
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error) as fault:
            raise RefreshTokenNotValid("This is no refresh token of this node.") from fault
        if len(raw) != _BYTES:
            raise RefreshTokenNotValid("This is no refresh token of this node.")
        return cls(raw)

    def next(self) -> "RefreshToken":
        """Return the token that follows this one in the session."""
        return RefreshToken(self.raw[: _FAMILY.stop] + secrets.token_bytes(32))

    def __str__(self) -> str:
        """Return it as a client keeps it."""
        return base64.urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def session_id(self) -> UUID:
        """The session that it says it is of."""
        return UUID(bytes=self.raw[:16])

    @property
    def sha256(self) -> bytes:
        """What is kept of it."""
        return hashlib.sha256(self.raw).digest()

    @property
    def family_sha256(self) -> bytes:
        """What is kept of its family."""
        return hashlib.sha256(self.raw[_FAMILY]).digest()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault knows of a session's tokens."""

    family_sha256: bytes
    token_sha256: bytes
    previous_sha256: bytes | None
    rotated_at: datetime

    def judge(self, token: RefreshToken, *, now: datetime) -> Presented:
        """Return what *token* is to this session."""
        if not hmac.compare_digest(token.family_sha256, self.family_sha256):
            return Presented.FOREIGN
        if hmac.compare_digest(token.sha256, self.token_sha256):
            return Presented.NEWEST
        is_previous = hmac.compare_digest(token.sha256, self.previous_sha256 or b"")
        if is_previous and now - self.rotated_at <= LOST_REPLY_GRACE:
            return Presented.REPEATED
        return Presented.STOLEN


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs access tokens (JWT, RFC 7519, with Ed25519, RFC 9864) with the node's *key*."""

    key: OKPKey
    node_name: str

    def sign(self, *, member_id: UUID, session_id: UUID, approved_sha256: str, now: datetime) -> str:
        """Return a token that says who asks, in which session, and which manifesto they approved."""
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self.key.thumbprint()}
        claims = {
            "iss": self.node_name,
            "aud": "plaanet",
            "sub": str(member_id),
            "sid": str(session_id),
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_LIFETIME).timestamp()),
            "manifesto": approved_sha256,
        }
        return jwt.encode(header, claims, self.key, algorithms=["Ed25519"])
