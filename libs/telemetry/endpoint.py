"""
The Prometheus endpoint: a port of its own, never the public door.

Where it cannot be opened the process goes on without: nothing that watches may stop what is watched.
"""

import logging

from prometheus_client import CollectorRegistry, start_http_server

from libs.telemetry.metrics import Named

log = logging.getLogger(__name__)


def serve(process: str, host: str, port: int) -> int | None:
    """Serve the metrics on *host* and *port* (0: a free one), and return the port; None where that cannot be had."""
    registry = CollectorRegistry()
    registry.register(Named(process))
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as fault:
        log.warning("metrics are not served", extra={"host": host, "port": port, "reason": fault.strerror})
        return None
    return int(server.server_port)
