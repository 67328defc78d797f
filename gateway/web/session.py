"""
The one cookie of a page: who is signed in here, and what this browser chose.

It is read by this node's scripts never, sent by other sites' pages never, and holds: the session's two tokens; how far
its owner's own writes reach in each log, so that one reads what one wrote; the language; and the place that one looks
around from, which stays on the device (no service keeps it). A session whose access token has expired is renewed on
the way, so that a page never asks somebody to sign in who did not sign out.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from gateway.actor import ActorInfo
from gateway.auth import Standing, TokenIsExpired, Tokens
from gateway.services import Services
from libs.contracts.base import Receipt
from libs.contracts.identity import RefreshSession, SessionTokens
from libs.errors import NotSignedIn, NotYet, Refused

COOKIE = "__Host-plaanet"
_LIFETIME_S = 90 * 24 * 3600
_COOKIE_BYTES_MAX = 3_800
_NOTHING = base64.urlsafe_b64encode(b"{}").decode().rstrip("=")
_LOGS_MAX = 5


@dataclass(frozen=True, slots=True)
class Session:
    """
    What the cookie holds, and whom it names; *actor* is None for a stranger.

    *seen* are positions by log, *place* the point looked around from, as the pages keep it. *was_signed_in* says that
    the cookie named a session which is over.
    """

    access: str | None = None
    refresh: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    language: str | None = None
    place: dict[str, Any] | None = None
    theme: str | None = None
    text_size: str | None = None
    actor: ActorInfo | None = None
    was_signed_in: bool = False
    kept: str = ""
    """The cookie as it came, to know whether it has to be sent again."""

    @property
    def at_least(self) -> tuple[str, ...]:
        """How fresh an answer must be for its reader to find what they wrote."""
        return tuple(f"{log}:{position}" for log, position in self.seen.items())

    def signed_in(self, tokens: SessionTokens, actor: ActorInfo) -> "Session":
        """Return it with these tokens."""
        return replace(self, access=tokens.access_token, refresh=tokens.refresh_token, actor=actor)

    def signed_out(self) -> "Session":
        """Return it naming nobody; language, colours and size of text are the browser's and stay."""
        return Session(language=self.language, theme=self.theme, text_size=self.text_size, kept=self.kept)

    def wrote(self, receipt: Receipt) -> "Session":
        """Return it knowing that its owner wrote up to *receipt*."""
        seen = {**self.seen, receipt.log: max(receipt.position, self.seen.get(receipt.log, 0))}
        return replace(self, seen=seen)

    def csrf_token(self) -> str:
        """Return what a form must bring back: masked anew each time, so that a compressed page gives nothing away."""
        mask = secrets.token_bytes(16)
        return (mask + _xor(mask, self._csrf())).hex()

    def is_csrf_token(self, token: str) -> bool:
        """Return whether *token* is one that this session was given."""
        try:
            raw = bytes.fromhex(token)
        except ValueError:
            return False
        return len(raw) == 32 and hmac.compare_digest(_xor(raw[:16], raw[16:]), self._csrf())

    def _csrf(self) -> bytes:
        secret = self.actor.session_id.bytes if self.actor else b"nobody"
        return hmac.digest(secret, b"plaanet form", hashlib.sha256)[:16]

    def encode(self) -> str:
        """Return the cookie's value."""
        body = {
            "a": self.access,
            "r": self.refresh,
            "s": self.seen,
            "l": self.language,
            "p": self.place,
            "t": self.theme,
            "z": self.text_size,
        }
        told = orjson.dumps({name: kept for name, kept in body.items() if kept})
        value = base64.urlsafe_b64encode(told).decode().rstrip("=")
        assert len(value) <= _COOKIE_BYTES_MAX
        return value

    def put_on(self, response: Response) -> None:
        """Have *response* set the cookie, if it is another than the browser has; one that says nothing is not set."""
        value = self.encode()
        if value != (self.kept or _NOTHING):
            response.set_cookie(
                COOKIE, value, max_age=_LIFETIME_S, path="/", secure=True, httponly=True, samesite="lax"
            )


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _decode(cookie: str) -> Session:
    """Return what the cookie says; one that is not ours says nothing."""
    try:
        told = cookie[:_COOKIE_BYTES_MAX]
        body = orjson.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        seen = {str(log): int(position) for log, position in list(dict(body.get("s", {})).items())[:_LOGS_MAX]}
        place = body.get("p")
        return Session(
            access=_text(body.get("a")),
            refresh=_text(body.get("r")),
            seen={log: position for log, position in seen.items() if log.isascii() and log.isalpha() and position >= 0},
            language=_text(body.get("l")),
            place=place if isinstance(place, dict) else None,
            theme=_text(body.get("t")),
            text_size=_text(body.get("z")),
            kept=cookie,
        )
    except (binascii.Error, ValueError, TypeError, AttributeError):
        return Session(kept=cookie)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def remembered(cookie: str | None) -> Session:
    """Return what *cookie* says, without finding out whom it names."""
    return _decode(cookie) if cookie else Session()


def member_in(headers: Headers, tokens: Tokens, standing: Standing) -> ActorInfo | None:
    """
    Return the member whose page sends *headers*, or None; nobody is asked.

    It says whose requests these are, for counting them, and gives nobody a right: a route that takes the cookie for who
    asks is a page's, and checks where its forms come from.
    """
    session = remembered(cookie_parser(headers.get("cookie", "")).get(COOKIE))
    if session.access is None:
        return None
    try:
        return standing.check(tokens.check(session.access))
    except (NotSignedIn, NotYet):
        return None


async def session_of(cookie: str | None, tokens: Tokens, standing: Standing, services: Services) -> Session:
    """
    Return the session that *cookie* names, renewed where its time was over; a stranger's where there is none any more.

    Raises:
        NotYet: Identity does not answer, and the session has to be renewed.
    """
    session = remembered(cookie)
    if session.access is None or session.refresh is None:
        return session
    try:
        return replace(session, actor=standing.check(tokens.check(session.access)))
    except TokenIsExpired:
        pass
    except NotSignedIn:
        return replace(session.signed_out(), was_signed_in=True)
    try:
        renewed = await services.do(RefreshSession(refresh_token=session.refresh), actor=None, answer=SessionTokens)
        return session.signed_in(renewed, standing.check(tokens.check(renewed.access_token)))
    except (NotSignedIn, Refused):
        return replace(session.signed_out(), was_signed_in=True)
