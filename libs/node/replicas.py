"""
For tests: further processes of a town beside those that it has, and NATS as a cluster of three servers.

All of it runs on this machine, on ports of its own, with the configuration that the real ones have.
"""

import asyncio
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
from nats.errors import Error as NatsError

from libs.eventlog.jetstream import LogsNotYet
from libs.node.folder import NodeFolder
from libs.node.nats import NatsServer
from libs.node.parts import Surroundings, command_of
from libs.node.permissions import ADMIN, SERVICES
from libs.node.process import ROOT, ChildProcess, last_words
from libs.node.streams import connect_as_admin, prepare_streams
from libs.node.trouble import NodeTrouble

SERVERS_COUNT = 3


class Town(Protocol):
    """Whatever has processes that find each other."""

    folder: NodeFolder

    @property
    def surroundings(self) -> Surroundings:
        """Where they do."""


class EmbeddedReplica:
    """One more process *name* of a *town*; *program* is the folder of another version of the program."""

    def __init__(
        self,
        town: Town,
        name: str,
        *,
        program: Path = ROOT,
        number: int = 2,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._town = town
        self._program = program
        self._settings = settings or {}
        self.log = town.folder.logs / f"{name}-{number}.log"
        self.process: ChildProcess
        """What runs since the last start."""

    def start(self, *arguments: str) -> None:
        """Start it, or start it again, and do not wait."""
        environment = {
            **self._town.surroundings.environment(self.name),
            "PYTHONPATH": str(self._program),
            **self._settings,
        }
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        self.process = ChildProcess(
            [*command_of(self.name), *arguments], log=self.log, environment=environment, cwd=self._program
        )

    def said(self, event: str) -> bool:
        """Return whether it has said *event* since its last start."""
        with self.log.open("rb") as file:
            file.seek(self._said_before)
            return f'"event":"{event}"'.encode() in file.read()

    def wait_until_ready(self, *, timeout_s: float = 60) -> None:
        """
        Wait until it serves.

        Raises:
            NodeTrouble: It ended, or did not serve within *timeout_s* seconds.
        """
        deadline = time.monotonic() + timeout_s
        while not self.said("ready"):
            if self.process.exit_code is not None or time.monotonic() > deadline:
                raise NodeTrouble(f"{self.name} does not serve: {last_words(self.log)}")
            time.sleep(0.02)

    def stop(self) -> bool:
        """Ask it to end, and return whether it ended by itself."""
        return self.process.stop()

    def kill(self) -> None:
        """End it with kill -9."""
        self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class EmbeddedCluster:
    """Three NATS servers on which every log stands three times, with their data below *folder*."""

    def __init__(self, folder: NodeFolder) -> None:
        self.folders = [folder.nats / f"server-{number}" for number in range(SERVERS_COUNT)]
        ports = free_ports(SERVERS_COUNT)
        routes = [f"nats-route://127.0.0.1:{port}" for port in ports]
        self.servers = [
            NatsServer(
                data,
                secrets=folder.secrets,
                log=folder.logs / f"{data.name}.log",
                server_name=data.name,
                cluster={"name": "plaanet", "host": "127.0.0.1", "port": port, "routes": routes},
            )
            for data, port in zip(self.folders, ports, strict=True)
        ]
        self.processes: list[ChildProcess] = []

    async def start(self, *, timeout_s: float = 120) -> None:
        """
        Start all servers, and make the logs when they have found each other.

        Raises:
            NodeTrouble: They had not within *timeout_s* seconds.
        """
        for data in self.folders:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.processes = [server.start() for server in self.servers]
        deadline = time.monotonic() + timeout_s
        for server in self.servers:
            await asyncio.to_thread(server.wait_until_ready)
        while True:
            try:
                await prepare_streams(
                    self.servers[0].url, self.servers[0].password(ADMIN), SERVICES, replicas=SERVERS_COUNT
                )
                break
            except (LogsNotYet, NatsError, TimeoutError) as fault:
                if time.monotonic() > deadline:
                    raise NodeTrouble(f"The cluster was not ready within {timeout_s:.0f} s: {fault}") from fault
                await asyncio.sleep(0.2)

    def start_again(self, number: int) -> None:
        """Start one server again, with what it has kept."""
        self.processes[number] = self.servers[number].start()
        self.servers[number].wait_until_ready()

    def kill(self, number: int) -> None:
        """End one server with kill -9."""
        self.processes[number].kill()

    def stop_one(self, number: int) -> None:
        """Stop one server as a node does."""
        self.processes[number].stop()

    def send(self, number: int, sign: signal.Signals) -> None:
        """Send one server a signal: to pause it, and to wake it."""
        self.processes[number].send(sign)

    def wipe(self, number: int) -> None:
        """Lose the disk of a server that is stopped."""
        shutil.rmtree(self.folders[number] / "jetstream")

    async def wait_until_whole(self, log: str, *, through: int = 0, timeout_s: float = 120) -> None:
        """
        Wait until every server has all of *log*, as the server *through* knows it.

        Raises:
            NodeTrouble: They had not within *timeout_s* seconds.
        """
        deadline, seen = time.monotonic() + timeout_s, None
        while time.monotonic() < deadline:
            with suppress(NatsError, OSError):
                seen = await self._standing(log, through)
                followers = seen.get("replicas", [])
                is_whole = all(each["current"] and not each.get("offline") for each in followers)
                if seen.get("leader") and is_whole and len(followers) == SERVERS_COUNT - 1:
                    return
            await asyncio.sleep(0.2)
        raise NodeTrouble(f"The log {log} did not come to stand on every server within {timeout_s:.0f} s: {seen}")

    async def leader_of(self, log: str, *, through: int = 0) -> int:
        """Return the number of the server that leads *log*."""
        return self._number((await self._standing(log, through))["leader"])

    def stop(self) -> None:
        """Stop all servers."""
        for process in self.processes:
            process.send(signal.SIGCONT)
            process.stop()

    async def _standing(self, log: str, through: int) -> dict[str, Any]:
        server = self.servers[through]
        client = await connect_as_admin(server.url, server.password(ADMIN))
        try:
            info = orjson.loads((await client.request(f"$JS.API.STREAM.INFO.{log}", b"{}", timeout=5)).data)
            standing: dict[str, Any] = info.get("cluster", {})
            return standing
        finally:
            await client.close()

    def _number(self, name: str) -> int:
        return [data.name for data in self.folders].index(name)


def free_ports(count: int) -> list[int]:
    """Return so many ports that nobody has at this moment."""
    listening = [socket.socket() for _ in range(count)]
    try:
        for each in listening:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in listening]
    finally:
        for each in listening:
            each.close()
