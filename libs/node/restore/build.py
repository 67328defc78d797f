"""
A node made of a backup, step by step, wherever it is put together.

Everything is read once, checked against its hash, opened and put where it belongs: keys, the logs' streams, the tiles
of the sealed entries (they follow from the log), and the vaults. Read models are not in a backup; the services make
them from the logs. The entries must give the roots that were signed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from nats.aio.client import Client

from libs.audit.remade import Remade
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.state import State
from libs.audit.tiles import TileFolder
from libs.eventlog.log import Entry
from libs.node.backup.chest import Opener
from libs.node.backup.logs import Show, unframed
from libs.node.backup.manifest import Kept, LogCopy
from libs.node.backup.store import Store
from libs.node.backup.vaults import fill_vault
from libs.node.belongings import POLICY, TILES, Belongings
from libs.node.databases import DatabaseServer, prepare_databases
from libs.node.log import rebuild
from libs.node.log.stream import LOG
from libs.node.log.survey import sealed_tiles
from libs.node.permissions import SERVICES
from libs.node.process import ROOT
from libs.node.restore.elsewhere import Seal, seals, witnessed
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble

Say = Show


@dataclass(frozen=True)
class Restored:
    """What came of it; *rollback* says in a sentence how the log is older than what others know of it."""

    rollback: str | None


class Site(Protocol):
    """Where a node is put together: its files, and the servers that take its logs and databases."""

    belongings: Belongings
    log_replicas: int
    """On how many servers each log is to stand."""

    def place(self, name: str) -> Path | None:
        """Return where a file of the backup belongs; None where it is not needed."""

    def logs(self) -> AbstractAsyncContextManager[Client]:
        """Give an administrator's connection to a NATS server without entries."""

    def databases(self) -> AbstractAsyncContextManager[DatabaseServer]:
        """Give a PostgreSQL server without a vault."""


class Building:
    """The node of the backup *kept*, put together at *site*."""

    def __init__(self, site: Site, store: Store, kept: Kept, opener: Opener, *, say: Say, show: Show) -> None:
        self._site = site
        self._belongings = site.belongings
        self._store = store
        self._manifest = kept.manifest
        self._opener = opener
        self._say = say
        self._show = show
        self._roots: dict[int, bytes] = {}
        """What the vote log's entries give at each size that somebody has a checkpoint of."""

    async def run(self, seen: Sequence[str]) -> Restored:
        """
        Put everything where it belongs, and compare the vote log with the checkpoints that were *seen*, and others.

        Raises:
            NodeTrouble: The backup is damaged, or the key is another's, or a server does not take it.
        """
        for name, piece in self._manifest.files.items():
            self._write(name, self._opener.open(name, piece))
        known = seals(self._belongings, self._store, seen)
        async with self._site.logs() as client:
            for log, copy in self._manifest.logs.items():
                await self._fill_log(client, log, copy, known)
        self._check_roots(known)
        async with self._site.databases() as server:
            await self._fill_vaults(server)
        return Restored(await self._rollback(known))

    def _write(self, name: str, content: bytes) -> None:
        """Write one of the files that were copied as they are."""
        check_is_inside(name)
        if path := self._site.place(name):
            Disk(path.parent, mode=0o644 if name.startswith(f"{TILES}/") else 0o600).put_now(path, content)

    async def _fill_log(self, client: Client, log: str, copy: LogCopy, known: Sequence[Seal]) -> None:
        entries = self._entries(log, copy)
        entries = self._sealed(entries, known) if log == LOG else entries
        filled = await rebuild.fill(client, log, entries, last=copy.last, replicas=self._site.log_replicas)
        await rebuild.check(client, log, filled, show=self._show)
        if filled.root != copy.frontier.root():
            raise NodeTrouble(f"The entries of {log} are not those that were backed up; nothing was restored.")

    async def _entries(self, log: str, copy: LogCopy) -> AsyncIterator[Entry]:
        last = 0
        for segment in copy.segments:
            what = f"log {log}, entries {segment.first} to {segment.last}"
            content = await asyncio.to_thread(self._opener.open, what, segment.piece)
            for entry in unframed(content):
                if entry.position != last + 1:
                    raise NodeTrouble(f"The backup lacks {log}:{last + 1}; nothing was restored.")
                last = entry.position
                yield entry
            self._show(f"restoring log {log}: {last} of {copy.last}")

    async def _sealed(self, entries: AsyncIterator[Entry], known: Sequence[Seal]) -> AsyncIterator[Entry]:
        """Pass the entries on, write the tiles of those that are sealed, and reckon the roots."""
        own, disk, remade = Seals.among(self._belongings), Disk(self._belongings.tiles), Remade()
        sizes = {seal.checkpoint.size for seal in known}
        tiles = TileFolder(self._belongings.tiles)
        self._roots[0] = remade.root()
        async for entry in entries:
            if remade.size < own.size:
                for tile, data in sealed_tiles(remade, entry.data, own):
                    disk.put(tiles.place(tile), data)
            else:
                for _ in remade.add(entry.data):
                    continue
            if remade.size in sizes:
                self._roots[remade.size] = remade.root()
            yield entry
        disk.settle()

    def _check_roots(self, known: Sequence[Seal]) -> None:
        for seal in known:
            size = seal.checkpoint.size
            if size in self._roots and self._roots[size] != seal.checkpoint.root:
                raise NodeTrouble(
                    f"The vote log in this backup is not the one whose first {size} entries were signed (the checkpoint"
                    f" is of {seal.where}): one of the two is forged. Nothing was restored."
                )
        if Seals.among(self._belongings).size > self._last:
            raise NodeTrouble(
                f"The backup has {self._last} entries of the vote log, and more of them are sealed in it."
            )

    @property
    def _last(self) -> int:
        """The last position of the vote log."""
        return self._manifest.logs[LOG].last if LOG in self._manifest.logs else 0

    async def _fill_vaults(self, server: DatabaseServer) -> None:
        await prepare_databases(server)
        for service in SERVICES:
            self._show(f"restoring the vault of {service}")
            vault = ROOT / "services" / service / "vault.sql"
            await fill_vault(
                server.url(service),
                server.password(service),
                vault_sql=vault.read_text() if vault.exists() else "",
                copies=self._manifest.vaults.get(service, ()),
                opener=self._opener,
                service=service,
            )

    async def _rollback(self, known: Sequence[Seal]) -> str | None:
        """
        Return in what the vote log is older than others know; the sealer remembers it, and signs nothing shorter.
        """
        last, state = self._last, State(self._belongings.sealer)
        if known and known[-1].checkpoint.size > last:
            newest = known[-1]
            state.keep_signed(newest.note)
            return _rolled_back(last, newest.checkpoint.size, f"the checkpoint of {newest.where} says")
        own = [seal for seal in known if seal.where == "the backup" and seal.checkpoint.size]
        policy = self._policy()
        if policy is None or not own:
            return None
        size, who, sayings = await witnessed(policy, self._belongings.tiles, own[-1])
        for saying in sayings:
            self._say(saying)
        if size > last:
            state.keep_witnessed(size)
            return _rolled_back(last, size, f"the witness {who} has cosigned")
        return None

    def _policy(self) -> bytes | None:
        """Return which witnesses are to be asked: the node's own policy, or the one that it had."""
        path = self._belongings.witnesses_policy
        if path and path.exists():
            return path.read_bytes()
        piece = self._manifest.files.get(POLICY)
        return self._opener.open(POLICY, piece) if piece else None


def check_is_inside(name: str) -> None:
    """
    Check that a file of the backup belongs among a node's own.

    Raises:
        NodeTrouble: Somebody wrote a manifest that would put it where they like.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise NodeTrouble(f"The backup has a file {name!r}, which would stand outside the node's folder.")


def _rolled_back(last: int, size: int, who_says: str) -> str:
    lost = f"governance:{last + 1}" if size == last + 1 else f"governance:{last + 1} to {size}"
    return (
        f"{who_says} that the vote log had {size} entries, and this backup ends at {last}:"
        f" {lost} were sealed and are not in it."
    )
