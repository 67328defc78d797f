"""
Servers and whole nodes for tests: each a context manager that leaves nothing running.

They are the ones of a real node, on ports of their own; only a test's database may forgo fsync.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg
import nats
from nats.aio.client import Client

from libs.node.databases import EXTENSIONS, SEARCH_PATH, connect_as_admin, prepare_extensions
from libs.node.nats import NatsServer
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import STOP_TIMEOUT_S, PostgresServer
from libs.node.process import ChildProcess
from libs.node.streams import prepare_streams

_TESTER = "tester"

_TEMPLATE = "empty"


class EmbeddedNats:
    """A NATS server with its data in *folder*, and the logs' streams when *with_streams* is true."""

    def __init__(self, folder: Path, *, with_streams: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = NatsServer(folder / "nats", secrets=folder / "secrets", log=folder / "nats.log")
        self._with_streams = with_streams
        self.process: ChildProcess
        """What runs since the last start."""

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
        self.process = self._server.start()
        await asyncio.to_thread(self._server.wait_until_ready)
        if self._with_streams:
            await prepare_streams(self.url, self._server.password(ADMIN), SERVICES)

    def stop(self) -> None:
        """Stop it as a node does."""
        self.process.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class EmbeddedPostgres:
    """A PostgreSQL server with its cluster in *folder*; for tests' sake it forgoes fsync unless *is_durable*."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.server = PostgresServer(
            folder / "postgres", secrets=folder / "secrets", log=folder / "postgres.log", is_durable=is_durable
        )
        self.process: ChildProcess
        """What runs since the last start."""

        self._has_template = False

    def start(self) -> None:
        """Start it, or start it again with what it has kept."""
        self.server.prepare()
        self.process = self.server.start()
        self.server.wait_until_ready()

    def stop(self) -> None:
        """Stop it as a node does."""
        self.process.stop(timeout_s=STOP_TIMEOUT_S)

    async def create_database(self, name: str) -> str:
        """
        Make an empty database, with the extensions of every service, and return where it is.

        The address has the password of its owner, who is no administrator.
        """
        admin = await connect_as_admin(self.server, "postgres")
        try:
            if not self._has_template:
                await self._create_template(admin)
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} OWNER {_TESTER} STRATEGY FILE_COPY")
            await admin.execute(f"ALTER DATABASE {name} SET search_path = {SEARCH_PATH}")
        finally:
            await admin.close()
        url = self.server.url(name, role=_TESTER)
        return url.replace(f"{_TESTER}@", f"{_TESTER}:{self.server.password(_TESTER)}@")

    async def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        admin = await connect_as_admin(self.server, "postgres")
        try:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await admin.close()

    async def _create_template(self, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        await admin.execute(f"CREATE ROLE {_TESTER} LOGIN PASSWORD '{self.server.password(_TESTER)}'")
        await admin.execute(f"CREATE DATABASE {_TEMPLATE}")
        extensions = [extension for each in EXTENSIONS.values() for extension in each]
        await prepare_extensions(self.server, _TEMPLATE, extensions)
        self._has_template = True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
