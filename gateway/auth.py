"""
From an access token to the member who asks, without a round trip.

Identity signs short-lived tokens (JWT, RFC 7519, with Ed25519, RFC 9864) and the gateway checks them with identity's
public keys. What a token cannot know, that its session was ended or its manifesto is no longer the current one, the
gateway hears from identity's log, which it follows.
"""

import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.actor import ActorInfo
from libs.contracts.identity import ManifestoApproved, ManifestoPublished, MemberErased, SessionsEnded
from libs.errors import NotSignedIn, NotYet
from libs.eventlog.log import Recorded

TOKENS_REMEMBERED_MAX = 10_000
TOKEN_CHARACTERS_MAX = 2_000
TOKEN_LIFETIME_MAX = timedelta(minutes=15)
"""No access token lives longer; what ended a session before that needs no memory."""


class TokenIsExpired(NotSignedIn):
    """The access token's time is over; the refresh token gives a new one."""


class SessionIsOver(NotSignedIn):
    """The session was ended: by its member, by the end of its time, or because its refresh token was used twice."""


class Tokens:
    """Checks access tokens; remembers those it found good until they expire."""

    def __init__(self, node_name: str) -> None:
        self._node_name = node_name
        self._keys: KeySet | None = None
        self._good: OrderedDict[str, ActorInfo] = OrderedDict()

    def use_keys(self, jwks: dict[str, Any]) -> None:
        """Accept tokens signed with these public keys (a JWK set, RFC 7517) and no others."""
        self._keys = KeySet.import_key_set(jwks)  # type: ignore[arg-type]
        self._good.clear()

    def check(self, token: str) -> ActorInfo:
        """
        Return who bears *token*.

        Raises:
            NotSignedIn: The token is not one of this node's.
            TokenIsExpired: It was, until lately.
            NotYet: It cannot be told yet; the gateway has not heard from identity since it started.
        """
        if self._keys is None:
            raise NotYet("This gateway is still starting; please try again.")
        if (actor := self._good.get(token)) is None:
            actor = self._read(token)
            self._good[token] = actor
            if len(self._good) > TOKENS_REMEMBERED_MAX:
                self._good.popitem(last=False)
        if actor.expires_at <= time.time():
            raise TokenIsExpired("The access token has expired; refresh the session (POST /api/v1/sessions/refresh).")
        return actor

    def _read(self, token: str) -> ActorInfo:
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise NotSignedIn("The access token is not valid here.")
        try:
            assert self._keys is not None
            claims = jwt.decode(token, self._keys, algorithms=["Ed25519"]).claims
            if claims["iss"] != self._node_name or claims["aud"] != "plaanet":
                raise ValueError
            return ActorInfo(
                id=UUID(claims["sub"]),
                session_id=UUID(claims["sid"]),
                approved_sha256=str(claims["manifesto"]),
                expires_at=float(claims["exp"]),
            )
        except (JoseError, KeyError, ValueError, TypeError, AttributeError) as fault:
            raise NotSignedIn("The access token is not valid here.") from fault


class Standing:
    """What identity's log says of members right now: ended sessions, erased members, the manifesto that stands."""

    def __init__(self) -> None:
        self._ended: dict[UUID, datetime] = {}
        self.manifesto_sha256: str | None = None
        self._approved: dict[UUID, str] = {}
        self._ask_identity: Any = None

    def ask_with(self, ask: Any) -> None:
        """Ask identity through *ask* (an async function from a member's id to the hash approved) when in doubt."""
        self._ask_identity = ask

    def hear(self, recorded: Recorded) -> None:
        """Take note of an entry of identity's log."""
        match recorded.event:
            case SessionsEnded(session_ids=ids):
                self._end(ids, recorded.decided_at)
            case MemberErased():
                self._end([recorded.aggregate_id], recorded.decided_at)
            case ManifestoPublished(sha256=sha256):
                self.manifesto_sha256 = sha256
                self._approved.clear()
            case ManifestoApproved(sha256=sha256):
                self._approved[recorded.aggregate_id] = sha256

    def _end(self, ids: Any, at: datetime) -> None:
        self._ended |= dict.fromkeys(ids, at)
        long_ago = datetime.now(UTC) - 2 * TOKEN_LIFETIME_MAX
        while self._ended and next(iter(self._ended.values())) < long_ago:
            del self._ended[next(iter(self._ended))]

    def is_over(self, actor: ActorInfo) -> bool:
        """Return whether the session was ended, or its member erased."""
        return actor.session_id in self._ended or actor.id in self._ended

    def check(self, actor: ActorInfo) -> ActorInfo:
        """
        Return *actor*, whose session goes on.

        Raises:
            SessionIsOver: It does not.
        """
        if self.is_over(actor):
            raise SessionIsOver("This session is over; sign in again.")
        return actor

    async def is_given(self, actor: ActorInfo) -> bool:
        """Return whether *actor* approved the manifesto that stands; asks identity only where the token is older."""
        current = self.manifesto_sha256
        if current is None or actor.approved_sha256 == current or self._approved.get(actor.id) == current:
            return True
        if self._ask_identity and await self._ask_identity(actor.id) == current:
            self._approved[actor.id] = current
            return True
        return False


_bearer = HTTPBearer(auto_error=False, description="The access token of POST /api/v1/sessions.")


async def _maybe_actor(request: Request, _: Annotated[object, Depends(_bearer)]) -> ActorInfo | None:
    """Return who asks, as the border found out; a token that is not good was refused there."""
    actor: ActorInfo | None = request.scope.get("plaanet.actor")
    return actor


async def _actor(actor: Annotated[ActorInfo | None, Depends(_maybe_actor)]) -> ActorInfo:
    if actor is None:
        raise NotSignedIn("Sign in first (POST /api/v1/sessions) and send the access token as a bearer token.")
    return actor


MaybeActor = Annotated[ActorInfo | None, Depends(_maybe_actor)]
"""Who asks, or None for a stranger."""

Actor = Annotated[ActorInfo, Depends(_actor)]
"""Who asks; strangers are refused."""
