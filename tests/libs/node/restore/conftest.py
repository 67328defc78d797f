"""Backups of a small node, and where they may be restored."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from libs.node.backup.manifest import Kept
from libs.node.databases import RESTORING, connect_as_admin
from libs.node.embedded import EmbeddedNats, EmbeddedPostgres
from libs.node.permissions import SERVICES
from libs.node.postgres import ADMIN
from libs.node.prepare import prepare
from libs.node.restore import servers
from libs.node.restore.build import Restored
from libs.node.restore.keys import restore_secrets
from libs.node.secret_files import make
from libs.settings import BackupSettings
from tests.libs.node.backup.conftest import Village, ignore, vaults, village
from tests.libs.node.log.conftest import voted, voted_once


@dataclass
class Elsewhere:
    """Servers that others run, with the secrets of a backup, and folders; all of them empty."""

    village: Village
    folder: Path
    nats: EmbeddedNats
    postgres: EmbeddedPostgres

    @property
    def settings(self) -> BackupSettings:
        """What the environment says of them."""
        return BackupSettings(
            node_name="node.example",
            secrets_dir=self.folder / "secrets",
            nats_url=self.nats.url,
            database_url=self.postgres.server.url("postgres", role=ADMIN),
            tiles_dir=self.folder / "tiles",
            sealer_dir=self.folder / "sealer" / "state",
            wait_s=5,
        )

    async def restore(self, kept: Kept, *, settings: BackupSettings | None = None) -> Restored:
        """Put the node of a backup here."""
        return await servers.restore(
            self.village.store,
            kept,
            settings or self.settings,
            opener=self.village.opener,
            seen=(),
            say=ignore,
            show=ignore,
        )

    async def prepare(self) -> None:
        """Run `plaanet prepare`."""
        await prepare(self.settings, ignore)

    async def connect(self, service: str) -> "asyncpg.Connection[asyncpg.Record]":
        """Enter a service's database with the password that the service has."""
        password = (self.folder / "secrets" / f"postgres-{service}.txt").read_text()
        return await asyncpg.connect(self.postgres.server.url(service), password=password)


@pytest.fixture(scope="module")
def foreign_postgres(node_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server that others run."""
    with EmbeddedPostgres(node_folder / f"foreign-{uuid4().hex}") as server:
        yield server


@pytest.fixture
async def elsewhere(village: Village, foreign_postgres: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    """Empty servers that run with the secrets of the node's first backup."""
    folder = tmp_path / "elsewhere"
    restore_secrets((await village.back_up()).kept, folder / "secrets", opener=village.opener)
    make(folder / "secrets", may_add=True)
    (folder / "secrets" / f"postgres-{ADMIN}.txt").write_text(foreign_postgres.server.password(ADMIN))
    async with EmbeddedNats(folder, with_streams=False) as nats:
        yield Elsewhere(village, folder, nats, foreign_postgres)
    admin = await connect_as_admin(foreign_postgres.server, ADMIN)
    await admin.execute(f"DROP SCHEMA IF EXISTS {RESTORING}")
    for service in SERVICES:
        await admin.execute(f"DROP DATABASE IF EXISTS {service} WITH (FORCE)")
    await admin.close()


__all__ = ["vaults", "village", "voted", "voted_once"]
