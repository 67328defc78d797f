"""
Servers and whole nodes for tests: each a context manager that leaves nothing running.

They are the ones of a real node, on ports of their own; only a test's database may forgo fsync.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import nats
from nats.aio.client import Client

from libs.node.nats import NatsServer
from libs.node.permissions import ADMIN, SERVICES
from libs.node.process import ChildProcess
from libs.node.streams import prepare_streams


class EmbeddedNats:
    """A NATS server with its data in *folder*, and the logs' streams when *with_streams* is true."""

    def __init__(self, folder: Path, *, with_streams: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = NatsServer(folder / "nats", secrets=folder / "secrets", log=folder / "nats.log")
        self._with_streams = with_streams
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """Where it listens; the same after a restart."""
        return self._server.url

    def password_file(self, user: str) -> Path:
        """Return the file of *user*'s password."""
        return self._server.password_file(user)

    async def connect(self, user: str, *, on_error: Callable[[Exception], Awaitable[None]] | None = None) -> Client:
        """
        Return a connection as *user*: a service, `gateway`, `auditor` or `admin`; close it yourself.

        *on_error* hears what the server says in passing: permissions violations above all.
        """
        return await nats.connect(
            self.url,
            user=user,
            password=self._server.password(user),
            inbox_prefix=f"_INBOX.{user}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.05,  # s
            error_cb=on_error,
        )

    async def start(self) -> None:
        """Start it, or start it again with what it has kept."""
        self._process = self._server.start()
        await asyncio.to_thread(self._server.wait_until_ready)
        if self._with_streams:
            await prepare_streams(self.url, self._server.password(ADMIN), SERVICES)

    def stop(self) -> None:
        """Stop it as a node does."""
        if self._process:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        if self._process:
            self._process.kill()
            self._process = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
