"""
Whether a process lives, and whether it is ready, for whoever starts and replaces it (a kubelet, compose).

Two addresses of plain HTTP/1.1: `/health/live` is answered while the process's own event loop turns; `/health/ready`
with 200 when the process says that it can do its work, and with 503 and the reason when it cannot. Nothing else is
served here, and nothing that names anybody.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson

CHECK_TIMEOUT_S = 3.0
"""Less than a probe waits: it is told why, and need not guess."""

REQUEST_TIMEOUT_S = 5.0
REQUEST_BYTES_MAX = 8192


@dataclass(frozen=True)
class Readiness:
    """Whether a process is ready, and what it stands on: numbers and names, for a person who looks."""

    is_ready: bool
    facts: Mapping[str, object] = field(default_factory=dict)


Check = Callable[[], Awaitable[Readiness]]


class Health:
    """A process's health. It is not ready before it is given a *check*, nor after that is taken away."""

    def __init__(self) -> None:
        self.check: Check | None = None

    async def ready(self) -> Readiness:
        """Return whether the process is ready; a check that does not end in time says that it is not."""
        if self.check is None:
            return Readiness(False, {"reason": "starting or stopping"})
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                return await self.check()
        except TimeoutError:
            return Readiness(False, {"reason": f"nothing was found out within {CHECK_TIMEOUT_S:.0f} s"})

    @asynccontextmanager
    async def served(self, host: str, port: int | None) -> AsyncIterator[int | None]:
        """
        Serve it on *host* and *port* (0: any free one; None: not at all) beside the block, which gets the port.

        Raises:
            OSError: The port is taken.
        """
        if port is None:
            yield None
            return
        server = await asyncio.start_server(self._answer, host, port, limit=REQUEST_BYTES_MAX)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever sends no request, or one without an end, is left without an answer.
        with suppress(TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._response(head))
                await writer.drain()
        writer.close()

    async def _response(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method not in (b"GET", b"HEAD") or path not in (b"/health/live", b"/health/ready"):
            return _http("404 Not Found", {"status": "unknown"})
        if path == b"/health/live":
            return _http("200 OK", {"status": "live"})
        found = await self.ready()
        return _http(
            "200 OK" if found.is_ready else "503 Service Unavailable",
            {"status": "ready" if found.is_ready else "not ready", **found.facts},
        )


def _http(status: str, body: Mapping[str, object]) -> bytes:
    data = orjson.dumps(body)
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + data
