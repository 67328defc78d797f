"""
The processes that a node is made of, and what each is told by its environment.

A service learns where the log and its database are, and finds its passwords in files; none stands in an environment
or on a command line.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from libs import configuration
from libs.node.folder import NodeFolder
from libs.node.metrics import METRICS_HOST
from libs.node.nats import NatsServer
from libs.node.passwords import password_file
from libs.node.permissions import GATEWAY, SEALER, SERVICES
from libs.node.postgres import PostgresServer, database_url
from libs.node.process import ROOT, ChildProcess
from libs.node.trouble import NodeTrouble

_MODULES = {GATEWAY: "gateway.app", SEALER: "libs.audit.sealer"}

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")


@dataclass
class Part:
    """One process of a node: how it is started, and how it fares."""

    name: str
    log: Path
    start: Callable[[], ChildProcess]
    process: ChildProcess | None = None
    restarts: int = 0
    pause_s: float = 0.0
    """How long it was left alone the last time before it was started again."""

    start_again_at: float | None = field(default=None)
    """When it is to be started again, by the monotonic clock."""


class Surroundings(NamedTuple):
    """Where a node's processes find each other."""

    folder: NodeFolder
    node_name: str
    host: str
    port: int
    nats_url: str
    postgres_socket: str

    @classmethod
    def of(cls, folder: NodeFolder) -> "Surroundings":
        """
        Return those of the node that runs in *folder*, for one more process beside its own.

        Raises:
            NodeTrouble: None runs there.
        """
        if (status := folder.status()) is None:
            raise NodeTrouble(f"No node runs in {folder.path}; start it, or name the folder of one with --data.")
        return cls(
            folder, status["name"], status["host"], status["port"], status["nats_url"], status["postgres_socket"]
        )

    def environment(self, name: str) -> dict[str, str]:
        """Return what the process *name* is told by its environment."""
        own_secrets = self.folder.secrets / name
        own_secrets.mkdir(mode=0o700, exist_ok=True)
        given = {key: value for key, value in os.environ.items() if key in _PASSED_ON or key.startswith("PLAANET_")}
        told = {
            "PYTHONPATH": str(ROOT),
            "PLAANET_NODE_NAME": self.node_name,
            "PLAANET_NATS_URL": self.nats_url,
            "PLAANET_NATS_USER": name,
            "PLAANET_NATS_PASSWORD_FILE": str(password_file(self.folder.secrets, f"nats-{name}")),
            "PLAANET_SECRETS_DIR": str(own_secrets),
        }
        if name == GATEWAY:
            told |= {"PLAANET_HOST": self.host, "PLAANET_PORT": str(self.port)}
            told |= {"PLAANET_TILES_DIR": str(self.folder.tiles), "PLAANET_MAPS_DIR": str(self.folder.maps)}
        elif name == SEALER:
            told |= {
                "PLAANET_TILES_DIR": str(self.folder.tiles),
                "PLAANET_SEALER_DIR": str(self.folder.sealer),
                "PLAANET_WITNESSES_POLICY": str(self.folder.witnesses_policy),
            }
        else:
            told |= {
                "PLAANET_DATABASE_URL": database_url(self.postgres_socket, name),
                "PLAANET_DATABASE_PASSWORD_FILE": str(password_file(self.folder.secrets, f"postgres-{name}")),
            }
        return given | told


def command_of(name: str) -> list[str]:
    """Return the command line of the process *name*."""
    return [sys.executable, "-m", _MODULES.get(name, f"services.{name}.app")]


class Parts:
    """A node's parts, in the order in which they are started."""

    def __init__(
        self, folder: NodeFolder, *, node_name: str, host: str, port: int, metrics: Mapping[str, int] | None = None
    ) -> None:
        """Those of the node in *folder*; *metrics* says on which port each serves its own, where it does."""
        self._folder = folder
        self._node_name = node_name
        self._host = host
        self._port = port
        self._metrics = metrics or {}
        self.nats = NatsServer(folder.nats, secrets=folder.secrets, log=folder.logs / "nats.log")
        self.postgres = PostgresServer(folder.postgres, secrets=folder.secrets, log=folder.logs / "postgres.log")
        self.servers = [self._part("nats", self.nats.start), self._part("postgres", self._start_postgres)]
        self.services = [self._part(service, self._starter(service)) for service in SERVICES]
        self.sealer = self._part(SEALER, self._starter(SEALER))
        self.gateway = self._part(GATEWAY, self._starter(GATEWAY))

    @property
    def all(self) -> list[Part]:
        """Every part."""
        return [*self.servers, *self.services, self.sealer, self.gateway]

    def mistakes(self) -> list[str]:
        """Return what is wrong with the settings that the processes would be started with, a line for each."""
        found: dict[str, None] = {}
        for name in (GATEWAY, *SERVICES, SEALER):
            try:
                configuration.read(configuration.KINDS[name], name, self._environment(name))
            except configuration.BadSettings as bad:
                found |= dict.fromkeys(bad.mistakes)
        return [*found]

    def _part(self, name: str, start: Callable[[], ChildProcess]) -> Part:
        return Part(name, self._folder.logs / f"{name}.log", start)

    def _start_postgres(self) -> ChildProcess:
        self.postgres.prepare()  # each time: what a killed server left must be cleared away
        return self.postgres.start()

    def _starter(self, name: str) -> Callable[[], ChildProcess]:
        def start() -> ChildProcess:
            if name == SEALER:
                self._hand_over_log_key()
            return ChildProcess(
                command_of(name),
                log=self._folder.logs / f"{name}.log",
                environment=self._environment(name),
                cwd=ROOT,
            )

        return start

    def _hand_over_log_key(self) -> None:
        """Give the sealer the key that governance kept for it before it was a process of its own."""
        former, own = (self._folder.secrets / name / "log.pem" for name in ("governance", SEALER))
        if former.exists() and not own.exists():
            own.parent.mkdir(mode=0o700, exist_ok=True)
            former.rename(own)

    def _environment(self, name: str) -> dict[str, str]:
        told = Surroundings(
            self._folder, self._node_name, self._host, self._port, self.nats.url, str(self.postgres.sockets)
        ).environment(name)
        if name in self._metrics:
            told |= {"PLAANET_METRICS_HOST": METRICS_HOST, "PLAANET_METRICS_PORT": str(self._metrics[name])}
        return told
