"""
What is measured and traced of each request: how long it took, by route and status, and nothing of who sent it.

A route is named by its template (`/api/v1/polls/{poll_id}`), never by the address that was typed. A live stream lasts
as long as somebody listens; its request is over when it begins.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import Span, Status, StatusCode
from starlette.types import Message, Scope, Send

from libs.telemetry import metrics, traces

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

API = "/api/v1"

UNOBSERVED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry stays off: its spans have the caller's address, and go on with a stranger's trace."""

NO_ROUTE = "none"
"""Of a request that no route took, or that the border refused."""


class Observed:
    """A request, until its answer is on its way."""

    def __init__(self, scope: Scope, send: Send, span: Span) -> None:
        self._scope = scope
        self._send = send
        self._span = span
        self._started = time.perf_counter()
        self._status = 500
        """What a client sees where nothing is answered at all."""

        self._is_over = False

    async def send(self, message: Message) -> None:
        """Pass *message* on, and notice when the answer begins."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if any(name == b"content-type" and b"event-stream" in kind for name, kind in message["headers"]):
                self.end()

    def end(self) -> None:
        """Note how long it took, once."""
        if self._is_over:
            return
        self._is_over = True
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        route = _route(self._scope)
        duration_s = time.perf_counter() - self._started
        metrics.observe(metrics.HTTP_SECONDS, duration_s, method, route, str(self._status))
        if self._span.is_recording():
            self._span.update_name(f"{method} {route}")
            self._span.set_attributes({"http.route": route, "http.response.status_code": self._status})
            if self._status >= 500:
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()


def _route(scope: Scope) -> str:
    """Return the template of the route that took the request; a route of the API knows it without the API's prefix."""
    template: str = getattr(scope.get("route"), "path", NO_ROUTE)
    is_of_the_api = template.startswith("/") and scope["path"].startswith(f"{API}/")
    return f"{API}{template}" if is_of_the_api and not template.startswith(API) else template


@contextmanager
def observed(scope: Scope, send: Send) -> Iterator[Observed]:
    """Measure and trace the request of *scope*; its answer goes through the `send` of what is yielded."""
    with traces.request("HTTP") as span:
        seen = Observed(scope, send, span)
        try:
            yield seen
        finally:
            seen.end()
