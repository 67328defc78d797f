"""
The Prometheus endpoint: a port of its own, never the public door.

Where it cannot be opened the process goes on without: nothing that watches may stop what is watched.
"""

import logging
from threading import Thread
from types import TracebackType
from typing import Self
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server

from libs.telemetry.metrics import Named

log = logging.getLogger(__name__)


class Endpoint:
    """What is served on *port*, for as long as the process lives or the block."""

    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        self._server = server
        self._thread = thread
        self.port: int = server.server_port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(process: str, host: str, port: int) -> Endpoint | None:
    """Serve the metrics of *process* on *host* and *port* (0: a free one); None where that cannot be had."""
    registry = CollectorRegistry()
    registry.register(Named(process))
    try:
        return Endpoint(*start_http_server(port, host, registry))
    except OSError as fault:
        log.warning("metrics are not served", extra={"host": host, "port": port, "reason": fault.strerror})
        return None
