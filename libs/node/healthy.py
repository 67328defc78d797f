"""
Asks the process beside it whether it is ready: what a container's health check runs, every few seconds.

It needs nothing but Python's own sockets, so that a look costs some milliseconds: `python -I -S libs/node/healthy.py`.
Whom to ask it learns from the same environment as the process: a service and the sealer answer at
`PLAANET_HEALTH_PORT`, the gateway at `PLAANET_PORT`. Exit code 0: ready; 1: not.
"""

import os
import socket
import sys
from collections.abc import Mapping

TIMEOUT_S = 4.0

_REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def ask(environment: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether the process is ready, and what it says."""
    port = environment.get("PLAANET_HEALTH_PORT") or environment.get("PLAANET_PORT")
    if not port:
        return False, "Neither PLAANET_HEALTH_PORT nor PLAANET_PORT says whom to ask."
    try:
        answer = _answer(int(port))
    except (OSError, ValueError) as fault:
        return False, f"Nothing answers on port {port}: {fault}."
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b" ")[1:2] == [b"200"], body.decode(errors="replace").strip()


def _answer(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(_REQUEST)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


if __name__ == "__main__":
    is_ready, said = ask(os.environ)
    print(said)
    sys.exit(not is_ready)
