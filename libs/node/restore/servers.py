"""
A node put together on servers that others run, by their addresses: NATS and PostgreSQL that hold nothing yet.

While it goes on a schema of the administrator's database says so, and the services' roles have passwords that nobody
knows: whoever is started too early is not let in, and `plaanet prepare`, which gives them their own, refuses. A restore
that was ended half way is begun anew by running it again.
"""

import secrets
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import orjson
from nats.aio.client import Client

from libs.eventlog.jetstream import API, TIMEOUT_S, LogsNotYet
from libs.node.backup.chest import Opener
from libs.node.backup.logs import Show
from libs.node.backup.manifest import Kept, Manifest
from libs.node.backup.store import Store
from libs.node.belongings import SEALER, SECRETS, TILES
from libs.node.databases import RESTORING, DatabaseServer, connect_as_admin, prepare_databases
from libs.node.permissions import SERVICES
from libs.node.postgres import ADMIN
from libs.node.prepare import ExternalPostgres, patiently
from libs.node.restore.build import Building, Restored, Say
from libs.node.secret_files import KEYS
from libs.node.streams import connect_as_admin as connect_to_nats
from libs.node.streams import prepare_streams
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import admin_password, external_postgres, mounted
from libs.settings import BackupSettings

_ONE_AT_A_TIME = 6_203_116  # an advisory lock

_WHERE_TO = "A backup is restored into new servers and empty folders, before any service is started."

_DATABASES = "SELECT datname FROM pg_database WHERE datname = ANY($1)"

_TABLES_COUNT = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"

_FILES = {TILES: ("checkpoint", "key", "rotation", "tile"), SEALER: ("signed", "witnessed")}


@dataclass(frozen=True)
class _Closed:
    """The PostgreSQL *server*, whose services' roles have passwords that are forgotten with this."""

    server: ExternalPostgres
    passwords: dict[str, str] = field(default_factory=lambda: {each: secrets.token_urlsafe(24) for each in SERVICES})

    def url(self, database: str, *, role: str | None = None) -> str:
        return self.server.url(database, role=role)

    def password(self, role: str) -> str:
        return self.passwords.get(role) or self.server.password(role)


class ServerSite:
    """The servers and folders that *settings* name."""

    def __init__(self, settings: BackupSettings) -> None:
        self.belongings = mounted(settings)
        self.log_replicas: int = settings.log_replicas
        self._folders = {TILES: settings.tiles_dir, SEALER: settings.sealer_dir}
        self._nats_url = settings.nats_url
        self._nats_password = admin_password(settings)
        self._postgres = external_postgres(settings)
        self._closed = _Closed(self._postgres)
        self._wait_s = settings.wait_s

    def place(self, name: str) -> Path | None:
        """Return where a file of the backup belongs; secrets are there already."""
        root, _, rest = name.partition("/")
        return self._folders[root] / rest if root in self._folders else None

    @asynccontextmanager
    async def logs(self) -> AsyncIterator[Client]:
        """Give an administrator's connection to NATS."""
        client = await connect_to_nats(self._nats_url, self._nats_password)
        try:
            yield client
        finally:
            await client.close()

    @asynccontextmanager
    async def databases(self) -> AsyncIterator[DatabaseServer]:
        """Give PostgreSQL."""
        yield self._closed

    @asynccontextmanager
    async def taken(self, say: Say) -> AsyncIterator[None]:
        """
        Have the servers and folders empty, and closed to everybody until this ends well.

        Raises:
            NodeTrouble: They hold something, another restore works on them, or they do not answer.
        """
        deadline = time.monotonic() + self._wait_s
        found: list[asyncpg.Connection[asyncpg.Record]] = []

        async def connect() -> None:
            found.append(await connect_as_admin(self._postgres, ADMIN))

        await patiently(connect, f"PostgreSQL at {self._postgres.place}", deadline, say)
        [admin] = found
        try:
            if not await admin.fetchval("SELECT pg_try_advisory_lock($1)", _ONE_AT_A_TIME):
                raise NodeTrouble("Another restore is putting a node together on these servers; let it end.")
            is_left = await admin.fetchval("SELECT to_regnamespace($1)", RESTORING) is not None
            clear = self._clear_logs if is_left else self._check_logs
            await patiently(clear, f"NATS at {self._nats_url}", deadline, say)
            if is_left:
                await self._clear_rest(admin)
            await self._check_rest(admin)
            await admin.execute(f"CREATE SCHEMA IF NOT EXISTS {RESTORING}")
            await prepare_databases(self._closed)
            await self._check_rest(admin)  # who was in before the doors were closed has made tables by now
            await prepare_streams(self._nats_url, self._nats_password, replicas=self.log_replicas)
            yield
            await admin.execute(f"DROP SCHEMA {RESTORING}")
        finally:
            await admin.close()

    async def _check_logs(self) -> None:
        async with self.logs() as client:
            for log in SERVICES:
                answer = await _ask(client, f"STREAM.INFO.{log}")
                if "error" not in answer and (last := answer["state"]["last_seq"]):
                    raise NodeTrouble(f"NATS at {self._nats_url} has a log {log} with {last} entries. {_WHERE_TO}")

    async def _clear_logs(self) -> None:
        async with self.logs() as client:
            for log in SERVICES:
                await _ask(client, f"STREAM.DELETE.{log}")

    async def _check_rest(self, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        for (service,) in await admin.fetch(_DATABASES, SERVICES):
            connection = await connect_as_admin(self._postgres, service)
            try:
                tables_count = await connection.fetchval(_TABLES_COUNT)
            finally:
                await connection.close()
            if tables_count:
                raise NodeTrouble(
                    f"PostgreSQL at {self._postgres.place} has a database {service} with tables. {_WHERE_TO}"
                )
        for path in self._files():
            if path.exists():
                raise NodeTrouble(f"{path} is there: a vote log was sealed here. {_WHERE_TO}")

    async def _clear_rest(self, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Remove what a restore that was ended half way has put into what was empty before."""
        for service in SERVICES:
            await admin.execute(f"DROP DATABASE IF EXISTS {service} WITH (FORCE)")
        for path in self._files():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [self._folders[root] / name for root, names in _FILES.items() for name in names]


async def restore(
    store: Store, kept: Kept, settings: BackupSettings, *, opener: Opener, seen: Sequence[str], say: Say, show: Show
) -> Restored:
    """
    Put the node of the backup *kept* into the empty servers and folders that *settings* name.

    Raises:
        NodeTrouble: They are not empty, the backup is another node's or damaged, or the key is another's.
    """
    _check_is_this_one(kept.manifest, settings, opener)
    site = ServerSite(settings)
    async with site.taken(say):
        return await Building(site, store, kept, opener, say=say, show=show).run(seen)


def _check_is_this_one(whole: Manifest, settings: BackupSettings, opener: Opener) -> None:
    """Check that the services will come under the name and with the keys that the logs were written with."""
    if whole.node != settings.node_name:
        raise NodeTrouble(
            f"The backup is of the node {whole.node}, and PLAANET_NODE_NAME says {settings.node_name}; a node is never"
            " renamed."
        )
    for key in KEYS:
        piece, path = whole.files.get(f"{SECRETS}/{key}"), settings.secrets_dir / key
        if piece and not (path.exists() and path.read_bytes() == opener.open(key, piece)):
            raise NodeTrouble(
                f"The key {path} is not there, or is not the one in the backup. Have the servers run with the backup's"
                " secrets: `plaanet restore … --secrets DIR` brings them back."
            )


async def _ask(client: Client, call: str) -> dict[str, dict[str, int]]:
    """
    Ask for something of a stream, which need not be there.

    Raises:
        LogsNotYet: The servers cannot say.
    """
    answer = orjson.loads((await client.request(f"{API}.{call}", b"", timeout=TIMEOUT_S)).data)
    if "error" in answer and answer["error"]["code"] != 404:
        raise LogsNotYet(f"{call}: {answer['error']['description']}.")
    found: dict[str, dict[str, int]] = answer
    return found
