"""
One backup of a running node, from its first file to the manifest that makes it one.

The order matters. First what is old in the logs and long to copy; then the vaults; then the keys and what the sealer
has signed; last what the logs have got meanwhile. So no log is shorter than what a vault, a reaction or a signature
presumes; and a log comes before those that its entries speak of.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from typing import NamedTuple, TypeAlias

import asyncpg
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.node.backup import manifest as manifests
from libs.node.backup.chest import Chest
from libs.node.backup.logs import LogCopier, Show
from libs.node.backup.manifest import FORMAT, KEYS, LOGS, VAULTS, Kept, LogCopy, Manifest, Piece, TableCopy
from libs.node.backup.store import Store, clear_parts
from libs.node.backup.vaults import copy_vault
from libs.node.belongings import SECRETS, SIGNED, Belongings
from libs.node.permissions import PROCESSES, SERVICES
from libs.node.streams import connect_as_admin
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import Whereabouts

Connect: TypeAlias = "Callable[[str], Awaitable[asyncpg.Connection[asyncpg.Record]]]"

_ONE_AT_A_TIME = 6_203_115  # an advisory lock


class Made(NamedTuple):
    """A backup that was made."""

    kept: Kept
    put_bytes_count: int
    """What was copied for it; all else lay there already."""


class Backup:
    """One backup of a node to *store*, step by step; `back_up` takes all steps in order."""

    def __init__(
        self,
        belongings: Belongings,
        store: Store,
        recipients: tuple[str, ...],
        client: Client,
        *,
        mark_key: bytes,
        version: str,
        show: Show,
    ) -> None:
        """
        Raises:
            NodeTrouble: *store* cannot be read, or holds another node's backups.
        """
        self._belongings = belongings
        self._store = store
        self._client = client
        self._version = version
        self._recipients = recipients
        self._started_at = datetime.now(UTC)
        self._former = _newest(store)
        if self._former and self._former.manifest.node != belongings.name:
            raise NodeTrouble(
                f"{store.name} holds backups of the node {self._former.manifest.node}, and this one is"
                f" {belongings.name}; give each node a place of its own."
            )
        former = self._former.manifest if self._former else None
        is_for_the_same = former is not None and former.recipients == recipients
        kept = {name: found for kind in (LOGS, VAULTS, KEYS) for name, found in store.found(kind).items()}
        # For other recipients all is copied again: what lies there is not for their eyes.
        self._chest = Chest(
            store,
            recipients,
            mark_key=mark_key,
            kept=kept if is_for_the_same else {},
        )
        self._logs = {
            service: LogCopier(
                client, service, self._chest, former.logs.get(service, LogCopy()) if former else LogCopy(), show
            )
            for service in copying_order()
        }
        self._former_vaults = former.vaults if former else {}
        self._former_files = former.files if former else {}
        self._vaults: dict[str, tuple[TableCopy, ...]] = {}
        self._vaults_at = self._started_at
        self._files: dict[str, Piece] = {}
        self._signed: str | None = None

    async def copy_old_entries(self) -> None:
        """Copy the full segments of the logs: most of the work, while nothing waits for it."""
        for log in self._logs.values():
            await log.check()
            await log.go_on()

    async def copy_vaults(self, connections: Connect) -> None:
        """Copy every service's vault, through what *connections* gives for it."""
        self._vaults_at = datetime.now(UTC)
        for service in SERVICES:
            connection = await connections(service)
            try:
                self._vaults[service] = await copy_vault(connection, self._chest, self._former_vaults.get(service, ()))
            finally:
                await connection.close()

    def copy_files(self) -> None:
        """Copy the keys, and what the sealer has signed."""
        for name, content in self._belongings.contents():
            kind = KEYS if name.startswith(f"{SECRETS}/") else VAULTS
            former = [self._former_files[name]] if name in self._former_files else []
            self._files[name] = self._chest.put(kind, content, former)
            if name == SIGNED:
                self._signed = content.decode()

    async def copy_new_entries(self) -> None:
        """Copy the rest of each log, those last that others speak of."""
        for log in self._logs.values():
            await log.go_on(to_the_end=True)

    def finish(self) -> Made:
        """
        Look whether everything is there, and write the manifest, which makes it a backup.

        Raises:
            NodeTrouble: Something is gone that was there, or the store takes nothing more.
        """
        whole = Manifest(
            format=FORMAT,
            node=self._belongings.name,
            version=self._version,
            recipients=self._recipients,
            started_at=self._started_at,
            vaults_at=self._vaults_at,
            finished_at=datetime.now(UTC),
            signed=self._signed,
            logs={service: log.copy for service, log in self._logs.items()},
            vaults=self._vaults,
            files=self._files,
        )
        kept = {name: found for kind in (LOGS, VAULTS, KEYS) for name, found in self._store.found(kind).items()}
        for what, piece in whole.pieces:
            if piece.name not in kept or kept[piece.name].bytes_count != piece.bytes_count:
                raise NodeTrouble(f"{self._store.name}/{piece.name} ({what}) is gone; no backup was made. Try again.")
        data = whole.model_dump_json().encode()
        id_ = f"{self._started_at:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
        name = manifests.manifest_name(id_, data)
        self._store.put(name, data)
        return Made(Kept(id_, name, whole), self._chest.put_bytes_count)


async def back_up(where: Whereabouts, store: Store, recipients: tuple[str, ...], *, version: str, show: Show) -> Made:
    """
    Make a backup of the running node whose things are *where*.

    Raises:
        NodeTrouble: A server does not answer, or a log is not whole, or the store takes nothing; there is no new backup
            then.
    """
    async with opened(where) as (client, connections):
        clear_parts(store)
        backup = Backup(
            where.belongings, store, recipients, client, mark_key=where.mark_key, version=version, show=show
        )
        await backup.copy_old_entries()
        await backup.copy_vaults(connections)
        backup.copy_files()
        await backup.copy_new_entries()
        return backup.finish()


def copying_order() -> tuple[str, ...]:
    """Return the logs, each before those that its entries may speak of: before those that its writer reads."""
    readers = {log: {each.name for each in PROCESSES.values() if log in each.reads and each.writes} for log in SERVICES}
    return tuple(TopologicalSorter({log: names - {log} for log, names in readers.items()}).static_order())


@asynccontextmanager
async def opened(where: Whereabouts) -> AsyncIterator[tuple[Client, Connect]]:
    """
    Give an administrator's connection to the node's NATS, and what connects to a service's database.

    The node's backups are held for this process meanwhile; PostgreSQL lets go when it ends, however it ends.

    Raises:
        NodeTrouble: One of the servers does not answer, or another backup of this node is being made.
    """

    async def connect(service: str) -> "asyncpg.Connection[asyncpg.Record]":
        try:
            url, password = where.databases.url(service), where.databases.password(service)
            return await asyncpg.connect(url, password=password, timeout=10)
        except (OSError, asyncpg.PostgresError, TimeoutError) as fault:
            raise NodeTrouble(f"The database of {service} does not answer ({fault}); no backup was made.") from fault

    holder = await connect(SERVICES[0])
    try:
        if not await holder.fetchval("SELECT pg_try_advisory_lock($1)", _ONE_AT_A_TIME):
            raise NodeTrouble("Another backup of this node is being made.")
        try:
            client = await connect_as_admin(where.nats_url, where.nats_password)
        except (NatsError, OSError) as fault:
            raise NodeTrouble(f"NATS does not answer ({fault}); no backup was made.") from fault
        try:
            yield client, connect
        finally:
            await client.close()
    finally:
        await holder.close()


def _newest(store: Store) -> Kept | None:
    """Return the newest backup that can be read; one that is damaged is no ground to build on."""
    for name in reversed(manifests.ids(store).values()):
        try:
            return manifests.read(store, name)
        except NodeTrouble:
            continue
    return None
