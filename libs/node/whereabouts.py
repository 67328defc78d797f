"""
Where a running node's things are, for whoever copies all of them: its files, its logs, its databases.

Of a node that `plaanet up` started its folder says it; of one whose parts others start, the environment: the same
variables that `plaanet prepare` is told, and where the sealed vote log is.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from libs import configuration
from libs.node.belongings import Belongings
from libs.node.databases import DatabaseServer
from libs.node.folder import NodeFolder
from libs.node.passwords import password
from libs.node.permissions import ADMIN
from libs.node.postgres import database_url
from libs.node.prepare import ExternalPostgres, read_secret
from libs.node.trouble import NodeTrouble
from libs.settings import BackupSettings

MARKS = "backup-marks"
"""The secret that tells unchanged content, among the node's."""


@dataclass(frozen=True)
class Whereabouts:
    """Where a running node has what it keeps; the passwords are an administrator's, and each service's own."""

    belongings: Belongings
    nats_url: str
    nats_password: str
    databases: DatabaseServer
    mark_key: bytes


@dataclass(frozen=True)
class _EmbeddedPostgres:
    """The server of a node that runs."""

    sockets: str
    secrets: Path

    def url(self, database: str, *, role: str | None = None) -> str:
        return database_url(self.sockets, database, role=role)

    def password(self, role: str) -> str:
        return password(self.secrets, f"postgres-{role}")


def in_folder(folder: NodeFolder) -> Whereabouts:
    """
    Return where the node in *folder* has its things.

    Raises:
        NodeTrouble: It does not run.
    """
    status = folder.status()
    if status is None:
        raise NodeTrouble(
            f"No node runs in {folder.path}. A backup is made of a running node; of a stopped one copy the folder."
        )
    return Whereabouts(
        Belongings.of(folder),
        status["nats_url"],
        password(folder.secrets, f"nats-{ADMIN}"),
        _EmbeddedPostgres(status["postgres_socket"], folder.secrets),
        password(folder.secrets, MARKS).encode(),
    )


def by_addresses(settings: BackupSettings) -> Whereabouts:
    """
    Return where a node has its things whose servers and folders *settings* name.

    Raises:
        NodeTrouble: A secret is missing.
    """
    return Whereabouts(
        mounted(settings),
        settings.nats_url,
        admin_password(settings),
        external_postgres(settings),
        read_secret(settings.secrets_dir / f"{MARKS}.txt").encode(),
    )


def mounted(settings: BackupSettings) -> Belongings:
    """Return where the node's files are mounted."""
    return Belongings(
        settings.node_name,
        settings.secrets_dir,
        settings.tiles_dir,
        settings.sealer_dir,
        settings.witnesses_policy,
    )


def admin_password(settings: BackupSettings) -> str:
    """Return the password of NATS's administrator."""
    return read_secret(settings.nats_password_file or settings.secrets_dir / f"nats-{ADMIN}.txt")


def external_postgres(settings: BackupSettings) -> ExternalPostgres:
    """Return the PostgreSQL server that others run."""
    return ExternalPostgres(settings.database_url, settings.secrets_dir, settings.database_password_file)


def told() -> BackupSettings:
    """
    Return what the environment says.

    Raises:
        NodeTrouble: Something is wrong or missing in it.
    """
    try:
        return configuration.read(BackupSettings, "backup", os.environ)
    except configuration.BadSettings as bad:
        raise NodeTrouble("\n".join(["Some settings are wrong or missing.", *bad.mistakes])) from bad
