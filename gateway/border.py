"""
What every request passes before and after its route: size, caller, rate, headers, ETag.

One plain ASGI layer, since each layer costs every ballot. Nothing that a client sends is trusted: a length is counted
as well as read, a forwarded address is believed from the proxies that the operator named and from nobody else.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems
from gateway.actor import ActorInfo
from gateway.auth import Standing, Tokens
from gateway.limits import Limit
from gateway.observed import observed
from gateway.web.session import member_in
from libs.errors import NotSignedIn, Problem, TooLarge, TooMany
from libs.settings import GatewaySettings

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

ETAG_BYTES_MAX = 1_000_000
"""Longer answers go out as they are made, without an ETag."""

FILES = ("/log/governance/tile/", "/assets/", "/static/")
"""What is read by the thousand or comes along with a page: nothing is asked of a service for it."""

Tell = Callable[[Request, Problem], Awaitable[Response]]


async def tell_programs(_: Request, problem: Problem) -> Response:
    """Answer with a problem document."""
    return problems.response(*problems.of(problem))


class Border:
    """The layer round the application; what is refused here is said by *tell*."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: GatewaySettings,
        tokens: Tokens,
        standing: Standing,
        tell: Tell = tell_programs,
    ) -> None:
        self._app = app
        self._tell = tell
        self._settings = settings
        self._tokens = tokens
        self._standing = standing
        self._members = Limit(settings.requests_per_member_s, settings.requests_per_member_s * 3)
        self._addresses = Limit(settings.requests_per_address_s, settings.requests_per_address_s * 3)
        self._files = Limit(settings.files_per_address_s, settings.files_per_address_s * 3)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with observed(scope, send) as seen:
            await self._let_in(scope, receive, seen.send, headers)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        answer = _Answer(send, headers, method=scope["method"])
        scope["plaanet.address"] = address_of(scope, headers, self._settings.trusted_proxies)
        try:
            self._check_size(headers)
            scope["plaanet.actor"] = actor = self._actor(headers)
            self._check_rate(scope, actor or member_in(headers, self._tokens, self._standing))
        except Problem as problem:
            response = await self._tell(Request(scope), problem)
            await response(scope, receive, answer.send)
            return
        await self._app(scope, self._counted(receive), answer.send)

    def _check_size(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 15 or int(length) > self._settings.request_bytes_max:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self._settings.request_bytes_max} bytes.")

    def _counted(self, receive: Receive) -> Receive:
        """Return *receive*, which stops a body that is longer than it said."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._settings.request_bytes_max:
                raise self._too_large()
            return message

        return counted

    def _actor(self, headers: Headers) -> ActorInfo | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if not kind:
            return None
        if kind.lower() != "bearer":
            raise NotSignedIn("Only bearer tokens are taken here.")
        return self._standing.check(self._tokens.check(token.strip()))

    def _check_rate(self, scope: Scope, actor: ActorInfo | None) -> None:
        """Count the request: a member's by who they are, in a page too, so that neighbours may share one line."""
        if scope["path"].startswith("/health/"):
            return
        if scope["path"].startswith(FILES):
            lets = self._files.lets(scope["plaanet.address"])
        elif actor:
            lets = self._members.lets(str(actor.id))
        else:
            lets = self._addresses.lets(scope["plaanet.address"])
        if not lets:
            raise TooMany("Too many requests; slow down.")


class _Answer:
    """An answer on its way out: gets its headers, and a short JSON one its ETag."""

    def __init__(self, send: Send, request: Headers, *, method: str) -> None:
        self._send = send
        self._request = request
        self._method = method
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass *message* on, or hold it until the ETag is known."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store" if self._method != "GET" else "private, no-cache")
            if self._wants_etag(message, headers):
                self._start = message
                return
        elif self._start is not None:
            await self._hold(message)
            return
        await self._send(message)

    def _wants_etag(self, message: Message, headers: MutableHeaders) -> bool:
        return (
            self._method == "GET"
            and message["status"] == 200
            and headers.get("content-type", "").startswith("application/json")
            and int(headers.get("content-length", ETAG_BYTES_MAX + 1)) <= ETAG_BYTES_MAX
        )

    async def _hold(self, message: Message) -> None:
        assert self._start is not None
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=self._start)
        etag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'
        headers["ETag"] = etag
        known = [tag.strip().removeprefix("W/") for tag in self._request.get("if-none-match", "").split(",")]
        if etag in known:
            self._start["status"] = 304
            del headers["content-length"]
            self._body = b""
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


def address_of(scope: Scope, headers: Headers, trusted_proxies: Collection[IPv4Network | IPv6Network]) -> str:
    """Return the caller's address: the connection's, or what the nearest trusted proxy saw."""
    client = scope.get("client")
    address: str = client[0] if client else "unknown"
    if trusted_proxies and _is_in(address, trusted_proxies):
        # The last entry was added by the proxy itself; those before it are the caller's own words.
        forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return forwarded[:45] or address
    return address


def _is_in(address: str, networks: Collection[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False  # a socket file, or a test's client
    return any(found in network for network in networks)


async def _limit_attempts(request: Request) -> None:
    limit: Limit = request.app.state.attempts
    if not limit.lets(request.scope.get("plaanet.address", "unknown")):
        raise TooMany("Too many attempts from this address; wait a moment.")


AttemptLimit: Any = Depends(_limit_attempts)
"""For routes that take a password: a much lower rate for each address."""
