"""A small node whose parts a test runs by itself: logs, sealed tiles, keys, and vaults with people in them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from nats.aio.client import Client

from libs.eventlog.jetstream import ensure_stream
from libs.node.backup import manifest as manifests
from libs.node.backup.chest import Opener, new_key
from libs.node.backup.manifest import Kept
from libs.node.backup.store import FolderStore, Store
from libs.node.backup.take import Backup, Made
from libs.node.belongings import Belongings
from libs.node.embedded import EmbeddedPostgres
from libs.node.folder import NodeFolder
from libs.node.log.stream import served
from libs.node.permissions import SERVICES
from libs.node.process import ROOT
from libs.service import database, tables
from tests.libs.node.log.conftest import Town, voted, voted_once

Between = Callable[[Client], Awaitable[None]]


def ignore(_: str) -> None:
    """Nobody watches."""


@dataclass
class Village:
    """A node in *town*, its services' databases, and a place for its backups."""

    town: Town
    databases: dict[str, str]
    store: Store
    key_file: Path
    recipient: str
    made: list[Made] = field(default_factory=list)

    @property
    def folder(self) -> NodeFolder:
        """The node's folder."""
        return self.town.folder

    @property
    def opener(self) -> Opener:
        """What opens its backups."""
        return Opener(self.store, self.key_file)

    @property
    def kept(self) -> list[Kept]:
        """The whole backups that there are, oldest first."""
        return [manifests.read(self.store, name) for name in manifests.ids(self.store).values()]

    async def connect(self, service: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection to a service's database."""
        return await asyncpg.connect(self.databases[service])

    async def settle(self, *handles: str) -> None:
        """Have the vault name these people."""
        connection = await self.connect("identity")
        for handle in handles:
            await connection.execute(
                "INSERT INTO vault.person VALUES ($1, $2, $2, 'hash', $1, $1, now(), now())", uuid4(), handle
            )
        await connection.close()

    async def back_up(self, *, store: Store | None = None, between: Between | None = None) -> Made:
        """Make a backup; *between* is what happens after the vaults were copied."""
        async with served(self.folder, self.folder.nats) as client:
            for service in SERVICES:
                await ensure_stream(client, service)
            return await self.back_up_by(client, store=store, between=between)

    async def back_up_by(self, client: Client, *, store: Store | None = None, between: Between | None = None) -> Made:
        """Make a backup of a node whose NATS *client* is connected to."""
        backup = Backup(
            Belongings.of(self.folder),
            store or self.store,
            (self.recipient,),
            client,
            mark_key=b"the node's own",
            version="0.0.0",
            show=ignore,
        )
        await backup.copy_old_entries()
        await backup.copy_vaults(self.connect)
        if between:
            await between(client)
        backup.copy_files()
        await backup.copy_new_entries()
        self.made.append(backup.finish())
        return self.made[-1]

    def place(self, name: str) -> Path:
        """Where a file of the backup lies."""
        return Path(self.store.name, name)

    def everything(self) -> bytes:
        """Every byte that lies where the backups are."""
        return b"".join(path.read_bytes() for path in sorted(self.place("").rglob("*")) if path.is_file())

    def alter(self, name: str, *, at: int = 100) -> None:
        """Change one bit of a file of the backup."""
        data = bytearray(self.place(name).read_bytes())
        data[at] ^= 1
        self.place(name).write_bytes(data)


@pytest.fixture(scope="session")
def vaults(postgres: EmbeddedPostgres) -> dict[str, str]:
    """Where each service's database is, with the tables that are in no log; made once, and emptied for each test."""
    return asyncio.run(_make_vaults(postgres))


async def _make_vaults(postgres: EmbeddedPostgres) -> dict[str, str]:
    databases = {service: await postgres.create_database(f"{service}_{uuid4().hex}") for service in SERVICES}
    for service, url in databases.items():
        pool = await database.connect(url, None, connections_max=1)
        vault = ROOT / "services" / service / "vault.sql"
        await tables.prepare(
            pool, schema="SELECT", vault=vault.read_text() if vault.exists() else "", react_to=["identity"]
        )
        await pool.close()
    return databases


@pytest.fixture
async def village(vaults: dict[str, str], voted: Town, tmp_path: Path) -> Village:
    """A node with 700 entries in its vote log, of which 600 are sealed; no people and no backup yet."""
    text, recipient = new_key()
    key_file = tmp_path / "age.key"
    key_file.write_text(text)
    (voted.folder.secrets / "identity").mkdir(exist_ok=True)
    (voted.folder.secrets / "identity" / "token-key.pem").write_text("a secret that nobody guesses")
    village = Village(voted, vaults, FolderStore(tmp_path / "backups"), key_file, recipient)
    connection = await village.connect("identity")
    await connection.execute("TRUNCATE vault.person CASCADE")
    await connection.close()
    return village


__all__ = ["voted", "voted_once"]
