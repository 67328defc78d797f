"""
Servers and whole nodes for tests: each a context manager that leaves nothing running.

They are the ones of a real node, on ports of their own; only a test's database may forgo fsync.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg
import nats
import psutil
from nats.aio.client import Client

from libs.node.databases import EXTENSIONS, SEARCH_PATH, connect_as_admin, prepare_extensions
from libs.node.folder import NodeFolder
from libs.node.nats import NatsServer
from libs.node.parts import Surroundings
from libs.node.passwords import password
from libs.node.permissions import ADMIN, SERVICES
from libs.node.postgres import STOP_TIMEOUT_S, PostgresServer, database_url
from libs.node.process import ROOT, ChildProcess, last_words
from libs.node.streams import prepare_streams
from libs.node.trouble import NodeTrouble

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


class EmbeddedWitness:
    """A witness of its own in *folder*, on a free port, which watches the log of *log_vkey*."""

    def __init__(self, folder: Path, name: str, log_vkey: str) -> None:
        folder.mkdir(parents=True)
        self._policy = folder / "watched.policy"
        self._policy.write_text(f"log {log_vkey}\nquorum none\n")
        self._output = folder / "witness.log"
        self._command: list[str | Path] = [
            "witness",
            "--policy",
            self._policy,
            "--data",
            folder / "data",
            "--name",
            name,
            "--port",
            "0",
        ]
        self.process: ChildProcess | None = None
        """What runs since the last start."""

    def start(self, *, timeout_s: float = 30) -> str:
        """
        Start it, and return the line that a log's policy names it with, its address included.

        Raises:
            NodeTrouble: It ended, or did not introduce itself within *timeout_s* seconds.
        """
        self.process = ChildProcess(
            [sys.executable, "-m", "libs.node", *self._command],
            log=self._output,
            environment={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        deadline = time.monotonic() + timeout_s
        while not (lines := [line for line in self._said() if line.startswith("witness ")]):
            if self.process.exit_code is not None or time.monotonic() > deadline:
                raise NodeTrouble(f"The witness did not start: {last_words(self._output)}")
            time.sleep(0.02)
        return lines[-1]

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self.process:
            self.process.stop()

    def _said(self) -> list[str]:
        text = self._output.read_text() if self._output.exists() else ""
        return text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]


def witnessed_by(lines: Sequence[str], *, quorum: str = "all") -> str:
    """Return a log's policy in which *quorum* (`any`, `all`, a number) of the witnesses of these *lines* cosign."""
    names = " ".join(line.split(" ")[1] for line in lines)
    return "".join(f"{line}\n" for line in (*lines, f"group witnesses {quorum} {names}", "quorum witnesses"))


class EmbeddedNode:
    """
    A whole node in *folder*, started as a person would, on free ports.

    *settings* are environment variables for its processes: limits that a test wants wider or narrower.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.folder = NodeFolder(folder / "data")
        self._output = folder / "up.log"
        self._settings = settings or {}
        self.process: ChildProcess
        """The supervisor that runs since the last start."""

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return str(self.status["url"])

    @property
    def status(self) -> dict[str, Any]:
        """What the running node wrote down of itself."""
        status = self.folder.status()
        if status is None:
            raise NodeTrouble(f"No node runs in {self.folder.path}.")
        return status

    @property
    def surroundings(self) -> Surroundings:
        """Where its processes find each other, for one more of them."""
        return Surroundings.of(self.folder)

    @property
    def pids(self) -> dict[str, int]:
        """The numbers of its processes: nats, postgres, the services and the gateway."""
        return {name: process["pid"] for name, process in self.status["processes"].items()}

    @property
    def output(self) -> str:
        """What the node has told the person who started it."""
        return self._output.read_text()

    def start(self, *, timeout_s: float = 300) -> None:
        """
        Start it, or start it again with what it has kept, and wait until it is ready.

        Raises:
            NodeTrouble: It ended, or was not ready within *timeout_s* seconds.
        """
        self.process = ChildProcess(
            [sys.executable, "-m", "libs.node", "up", "--data", self.folder.path, "--port", "0"],
            log=self._output,
            environment={**os.environ, "PYTHONPATH": str(ROOT), **self._settings},
            orphan_signal=signal.SIGTERM,
        )
        self.wait_until_ready(timeout_s=timeout_s)

    def wait_until_ready(self, *, timeout_s: float = 300) -> None:
        """
        Wait until the door answers and somebody sits at every desk.

        Raises:
            NodeTrouble: It ended, or was not ready within *timeout_s* seconds.
        """
        deadline = time.monotonic() + timeout_s
        while not (status := self.folder.status()) or not status["ready_at"] or status["pid"] != self.process.pid:
            if self.process.exit_code is not None:
                raise NodeTrouble(f"The node ended while it started: {last_words(self._output)}")
            if time.monotonic() > deadline:
                raise NodeTrouble(f"The node was not ready within {timeout_s:.0f} s: {self.output}")
            time.sleep(0.02)

    def nats_password(self, user: str) -> str:
        """Return the password of a NATS user, for a test that looks behind the door."""
        return password(self.folder.secrets, f"nats-{user}")

    def database_url(self, service: str) -> str:
        """Return the address of a service's database, password included."""
        secret = password(self.folder.secrets, f"postgres-{service}")
        url = database_url(self.status["postgres_socket"], service)
        return url.replace(f"{service}@", f"{service}:{secret}@", 1)

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.stop(timeout_s=120)

    def kill(self, part: str | None = None) -> None:
        """End one of its processes with kill -9, if it runs; without *part* the supervisor, and all go with it."""
        if part:
            with suppress(ProcessLookupError):
                os.kill(self.pids[part], signal.SIGKILL)
            return
        children = [psutil.Process(pid) for pid in self.pids.values()]
        self.process.kill()
        psutil.wait_procs(children, timeout=30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
