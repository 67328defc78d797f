"""
The folder of one node: where everything that it keeps stands, who runs in it, and what it is called.

    data/
    ├── name          the node's name, the first half of every log's origin; never changed
    ├── nats/         the logs: back this up
    ├── postgres/     read models, which can be rebuilt, and the vaults, which cannot: back this up
    ├── tiles/        the sealed vote log, as everybody may see it: checkpoint, keys, tiles; back this up
    ├── sealer/       what the sealer has signed, for itself: back this up with the tiles
    ├── maps/         where it is: base maps for the pages' map, as *.pmtiles
    ├── witnesses.policy  where it is: which witnesses the sealer asks, and how many must agree
    ├── secrets/      passwords and keys, for their owner's eyes alone: back this up, elsewhere
    ├── logs/         what each process says
    ├── repair/       what `plaanet log repair` put aside, if it ever ran
    ├── backup.recipients  where it is: the public keys that backups are encrypted for
    ├── backup.json   the last backup that was made
    ├── restored.json where the folder came from a backup: which, and what the logs were then
    ├── node.json     who runs, while the node runs
    ├── prometheus.json  where each process's metrics are, as Prometheus reads it (file_sd)
    └── node.lock     held by the running node
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from libs.node.passwords import write_private
from libs.node.trouble import NodeTrouble
from libs.settings import NodeName

DEFAULT_NAME = "localhost"


class NodeFolder:
    """The folder at *path*; nothing is made before it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.nats = self.path / "nats"
        self.postgres = self.path / "postgres"
        self.secrets = self.path / "secrets"
        self.logs = self.path / "logs"
        self.tiles = self.path / "tiles"
        self.sealer = self.path / "sealer"
        self.maps = self.path / "maps"
        self.witnesses_policy = self.path / "witnesses.policy"
        self.repair = self.path / "repair"
        self.unfinished_repair = self.repair / "unfinished"
        self.backup_recipients = self.path / "backup.recipients"
        self.last_backup = self.path / "backup.json"
        self.restored = self.path / "restored.json"
        self._status = self.path / "node.json"
        self.metrics = self.path / "prometheus.json"
        self._lock = self.path / "node.lock"
        self._name = self.path / "name"

    @property
    def is_new(self) -> bool:
        """Whether no node has run here."""
        return not self._name.exists()

    def make(self) -> None:
        """
        Make the folder where it is missing.

        Raises:
            NodeTrouble: It cannot be made, or belongs to another.
        """
        try:
            # root's PostgreSQL runs as another user, who has to pass through.
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            for folder in (self.nats, self.secrets, self.logs, self.sealer):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.tiles.mkdir(mode=0o755, exist_ok=True)  # a web server may serve it as it lies
        except FileExistsError as fault:
            raise NodeTrouble(f"{fault.filename} is in the way: it is a file, and a folder is needed.") from fault
        except OSError as fault:
            raise NodeTrouble(
                f"{fault.filename} cannot be made ({fault.strerror}); name another with --data."
            ) from fault

    def check_can_start(self) -> None:
        """
        Check that no repair was ended half way.

        Raises:
            NodeTrouble: The vote log's stream may be in two places.
        """
        if self.unfinished_repair.exists():
            raise NodeTrouble(
                f"A repair of the vote log in {self.path} was ended half way; finish it first: `plaanet log repair`."
            )

    @contextmanager
    def taken(self) -> Iterator[None]:
        """
        Hold the folder for this process; the kernel lets go when the process ends, however it ends.

        Raises:
            NodeTrouble: Another node runs here.
        """
        with self._lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                file.seek(0)
                raise NodeTrouble(
                    f"A node runs in {self.path} already (process {file.read().strip()});"
                    f" stop that one, or give this one a folder of its own with --data."
                ) from fault
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def is_taken(self) -> bool:
        """Return whether a node runs here."""
        try:
            with self._lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def name(self, wanted: str | None) -> str:
        """
        Return the node's name: the one that it was given at its first start, which is *wanted* or `DEFAULT_NAME`.

        Raises:
            NodeTrouble: *wanted* is another name than the node's, or no name.
        """
        if self.is_new:
            write_private(self._name, checked_name(DEFAULT_NAME if wanted is None else wanted))
        name = self._name.read_text().strip()
        if wanted not in (None, name):
            raise NodeTrouble(
                f"The node in {self.path} is called {name}, as every receipt it gave says, and cannot be renamed to"
                f" {wanted}; leave --name out, or give the new node a folder of its own with --data."
            )
        return name

    def write_status(self, status: dict[str, Any]) -> None:
        """Write down who runs, for `plaanet doctor` and other commands on this machine."""
        write_private(self._status, json.dumps(status, indent=1))

    def status(self) -> dict[str, Any] | None:
        """Return what the running node wrote down, or None when none runs."""
        with suppress(FileNotFoundError, ValueError):
            if self.is_taken():
                status: dict[str, Any] = json.loads(self._status.read_text())
                return status
        return None

    def was_killed(self) -> bool:
        """Return whether the last node ended without a word: it would have removed what it wrote down."""
        return self._status.exists() and not self.is_taken()

    def forget_status(self) -> None:
        """Remove what was written down of a node that runs no longer."""
        self._status.unlink(missing_ok=True)


def checked_name(name: str) -> str:
    """
    Return *name*.

    Raises:
        NodeTrouble: It cannot be a node's name.
    """
    try:
        return TypeAdapter(NodeName).validate_python(name)
    except ValidationError as fault:
        raise NodeTrouble(
            f"{name!r} cannot be a node's name: it is made of small letters, digits, dots and hyphens, like a host's."
        ) from fault
