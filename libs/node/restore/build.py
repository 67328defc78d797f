"""
The folder of a node, made of a backup beside its place and moved there when it is whole.

Everything is read once, checked against its hash, opened and put where it belongs: keys, the logs' streams, the tiles
of the sealed entries (they follow from the log), and the vaults. Read models are not in a backup; the services make
them from the logs. Before the folder takes its name, the entries must give the roots that were signed.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

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
from libs.node.databases import prepare_databases
from libs.node.folder import NodeFolder
from libs.node.log import rebuild
from libs.node.log.stream import LOG, served
from libs.node.log.survey import sealed_tiles
from libs.node.permissions import SERVICES
from libs.node.postgres import STOP_TIMEOUT_S, PostgresServer
from libs.node.process import ROOT
from libs.node.restore.elsewhere import Seal, seals, witnessed
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble
from libs.node.unprivileged import socket_folder_of

Say = Show

_MARKER = "restoring"


@dataclass(frozen=True)
class Restored:
    """What came of it; *rollback* says in a sentence how the log is older than what others know of it."""

    rollback: str | None


async def restore(
    store: Store, kept: Kept, path: Path, *, opener: Opener, seen: Sequence[str], say: Say, show: Show
) -> Restored:
    """
    Make the node of the backup *kept* in *path*, which is empty or not there.

    Raises:
        NodeTrouble: *path* is taken, the backup is damaged, or the key is another's; nothing is there then.
    """
    _check_is_empty(path)
    with _beside(path) as folder:
        building = _Building(folder, store, kept, opener, say=say, show=show)
        restored = await building.run(seen)
        await asyncio.to_thread(rebuild.flush, folder.path)
        _check_is_empty(path)  # somebody may have been quicker
        (folder.path / _MARKER).unlink()
        folder.path.rename(path)
        rebuild.flush_names(folder.path.parent)
        return restored


class _Building:
    def __init__(self, folder: NodeFolder, store: Store, kept: Kept, opener: Opener, *, say: Say, show: Show) -> None:
        self._folder = folder
        self._store = store
        self._kept = kept
        self._manifest = kept.manifest
        self._opener = opener
        self._say = say
        self._show = show
        self._roots: dict[int, bytes] = {}
        """What the vote log's entries give at each size that somebody has a checkpoint of."""

    async def run(self, seen: Sequence[str]) -> Restored:
        self._folder.make()
        for name, piece in self._manifest.files.items():
            self._write(name, self._opener.open(name, piece))
        known = seals(self._folder, self._store, seen)
        async with served(self._folder, self._folder.nats) as client:
            for log, copy in self._manifest.logs.items():
                entries = self._entries(log, copy)
                entries = self._sealed(entries, known) if log == LOG else entries
                filled = await rebuild.fill(client, log, entries, last=copy.last)
                await rebuild.check(client, log, filled, show=self._show)
                if filled.root != copy.frontier.root():
                    raise NodeTrouble(f"The entries of {log} are not those that were backed up; nothing was restored.")
        self._check_roots(known)
        await self._fill_vaults()
        rollback = await self._rollback(known)
        self._write_down(rollback)
        return Restored(rollback)

    def _write(self, name: str, content: bytes) -> None:
        """Write one of the files that were copied as they are."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise NodeTrouble(f"The backup has a file {name!r}, which would stand outside the node's folder.")
        is_public = path.parts[0] == self._folder.tiles.name
        Disk(self._folder.path, mode=0o644 if is_public else 0o600).put_now(self._folder.path / path, content)

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
        own, disk, remade = Seals.read(self._folder), Disk(self._folder.tiles), Remade()
        sizes = {seal.checkpoint.size for seal in known}
        tiles = TileFolder(self._folder.tiles)
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
        last = self._manifest.logs[LOG].last if LOG in self._manifest.logs else 0
        if Seals.read(self._folder).size > last:
            raise NodeTrouble(f"The backup has {last} entries of the vote log, and more of them are sealed in it.")

    async def _fill_vaults(self) -> None:
        server = PostgresServer(
            self._folder.postgres, secrets=self._folder.secrets, log=self._folder.logs / "postgres.log"
        )
        server.prepare()
        process = server.start()
        try:
            server.wait_until_ready()
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
        finally:
            process.stop(timeout_s=STOP_TIMEOUT_S)

    async def _rollback(self, known: Sequence[Seal]) -> str | None:
        """
        Return in what the vote log is older than others know; the sealer remembers it, and signs nothing shorter.
        """
        last = self._manifest.logs[LOG].last if LOG in self._manifest.logs else 0
        state = State(self._folder.sealer)
        if known and known[-1].checkpoint.size > last:
            newest = known[-1]
            state.keep_signed(newest.note)
            return _rolled_back(last, newest.checkpoint.size, f"the checkpoint of {newest.where} says")
        if not known or not known[-1].checkpoint.size:
            return None
        own = max((seal for seal in known if seal.where == "the backup"), key=lambda seal: seal.checkpoint.size)
        size, who, sayings = await witnessed(self._folder, own)
        for saying in sayings:
            self._say(saying)
        if size > last:
            state.keep_witnessed(size)
            return _rolled_back(last, size, f"the witness {who} has cosigned")
        return None

    def _write_down(self, rollback: str | None) -> None:
        """Leave word of where the folder comes from, for the doctor."""
        logs = {
            log: {"last": copy.last, "root": copy.frontier.root().hex()} for log, copy in self._manifest.logs.items()
        }
        about = {
            "backup": self._kept.id,
            "source": self._store.name,
            "version": self._manifest.version,
            "vaults_at": self._manifest.vaults_at.isoformat(),
            "restored_at": datetime.now(UTC).isoformat(),
            "rollback": rollback,
            "logs": logs,
        }
        self._folder.restored.write_text(json.dumps(about, indent=1))


def _rolled_back(last: int, size: int, who_says: str) -> str:
    lost = f"governance:{last + 1}" if size == last + 1 else f"governance:{last + 1} to {size}"
    return (
        f"{who_says} that the vote log had {size} entries, and this backup ends at {last}:"
        f" {lost} were sealed and are not in it."
    )


def _check_is_empty(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise NodeTrouble(f"{path} is not empty; a backup is restored into a folder that is empty or not there.")


@contextmanager
def _beside(path: Path) -> Iterator[NodeFolder]:
    """
    A folder beside *path* to build in; it is gone afterwards unless it took its place.

    What a restore that was ended left there is cleared away; it holds keys.
    """
    folder = NodeFolder(path.with_name(f"{path.name}.part"))
    marker = folder.path / _MARKER
    if folder.path.exists() and not marker.exists():
        raise NodeTrouble(f"{folder.path} is in the way; it is where the node would be put together.")
    folder.make()
    marker.touch()
    with _held(folder):
        try:
            _clear(folder, keep=(marker.name, "node.lock"))
            yield folder
        finally:
            if folder.path.exists():
                _clear(folder, keep=())
                folder.path.rmdir()


@contextmanager
def _held(folder: NodeFolder) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(folder.taken())
        except NodeTrouble as trouble:
            raise NodeTrouble(f"Another restore is putting a node together in {folder.path}; let it end.") from trouble
        yield


def _clear(folder: NodeFolder, *, keep: Sequence[str]) -> None:
    if folder.postgres.is_symlink():  # the cluster had to stand elsewhere
        for place in (folder.postgres.readlink(), socket_folder_of(folder.postgres.readlink())):
            shutil.rmtree(place, ignore_errors=True)
    for path in folder.path.iterdir():
        if path.name not in keep:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
