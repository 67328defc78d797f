"""Where a node is reached: the address that its gateway listens on, checked before anything is started."""

import asyncio
import errno
import socket
from contextlib import suppress

import psutil

from libs.node.trouble import NodeTrouble

_ANSWER_TIMEOUT_S = 2.0


class Door:
    """The address *host* and *port*; port 0 becomes a free one at once."""

    def __init__(self, host: str, port: int) -> None:
        """
        Check that the address can be listened on.

        Raises:
            NodeTrouble: It cannot; the sentence says why.
        """
        self.host = host
        self.port = _free_port(host, port)

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        name = f"[{self._near}]" if ":" in self._near else self._near
        return f"http://{name}:{self.port}"

    @property
    def _near(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    async def is_open(self) -> bool:
        """Return whether the gateway says that it is ready."""
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                return await self._answers()
        except (OSError, TimeoutError):
            return False

    async def _answers(self) -> bool:
        reader, writer = await asyncio.open_connection(self._near, self.port)
        try:
            writer.write(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            return status.split()[1:2] == [b"200"]
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _free_port(host: str, port: int) -> int:
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            free: int = listener.getsockname()[1]
            return free
    except OSError as fault:
        raise NodeTrouble(_why_not(host, port, fault)) from fault


def _why_not(host: str, port: int, fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken{_holder(port)}; choose another with --port (0: any free one)."
    if fault.errno == errno.EACCES:
        return f"Port {port} is for root alone; choose one above 1023 with --port."
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; choose another with --host (0.0.0.0: all of them)."
    return f"This machine cannot listen on {host}: {fault.strerror}."


def _holder(port: int) -> str:
    """Return who listens on *port*, as far as this user may know."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens_on = connection.laddr.port if connection.laddr and connection.status == psutil.CONN_LISTEN else None
            if listens_on == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return " by another program"
