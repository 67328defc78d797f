"""
A node's folder made of a backup, beside its place, and moved there when it is whole.

Its servers run for that long alone. Whoever is killed leaves a folder that is no node, and the next restore clears it
away.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from nats.aio.client import Client

from libs.node.backup.chest import Opener
from libs.node.backup.logs import Show
from libs.node.backup.manifest import Kept
from libs.node.backup.store import Store
from libs.node.belongings import Belongings
from libs.node.databases import DatabaseServer
from libs.node.folder import NodeFolder
from libs.node.log import rebuild
from libs.node.log.stream import served
from libs.node.postgres import STOP_TIMEOUT_S, PostgresServer
from libs.node.restore.build import Building, Restored, Say
from libs.node.trouble import NodeTrouble
from libs.node.unprivileged import socket_folder_of

_MARKER = "restoring"


class FolderSite:
    """A node's folder that is being put together."""

    log_replicas = 1

    def __init__(self, folder: NodeFolder, name: str) -> None:
        self._folder = folder
        self.belongings = Belongings.of(folder, name=name)

    def place(self, name: str) -> Path:
        """Return where a file of the backup belongs."""
        return self._folder.path / name

    def logs(self) -> AbstractAsyncContextManager[Client]:
        """Give a connection to a NATS server on the folder."""
        return served(self._folder, self._folder.nats)

    @asynccontextmanager
    async def databases(self) -> AsyncIterator[DatabaseServer]:
        """Give a PostgreSQL server on the folder."""
        server = PostgresServer(
            self._folder.postgres, secrets=self._folder.secrets, log=self._folder.logs / "postgres.log"
        )
        server.prepare()
        process = server.start()
        try:
            server.wait_until_ready()
            yield server
        finally:
            process.stop(timeout_s=STOP_TIMEOUT_S)


async def restore(
    store: Store, kept: Kept, path: Path, *, opener: Opener, seen: Sequence[str], say: Say, show: Show
) -> Restored:
    """
    Make the node of the backup *kept* in *path*, which is empty or not there.

    Raises:
        NodeTrouble: *path* is taken, the backup is damaged, or the key is another's; nothing is there then.
    """
    check_is_empty(path)
    with _beside(path) as folder:
        folder.make()
        site = FolderSite(folder, kept.manifest.node)
        restored = await Building(site, store, kept, opener, say=say, show=show).run(seen)
        _write_down(folder, store, kept, restored)
        await asyncio.to_thread(rebuild.flush, folder.path)
        check_is_empty(path)  # somebody may have been quicker
        (folder.path / _MARKER).unlink()
        folder.path.rename(path)
        rebuild.flush_names(folder.path.parent)
        return restored


def check_is_empty(path: Path) -> None:
    """
    Check that something may be put together in *path*.

    Raises:
        NodeTrouble: There is something.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise NodeTrouble(f"{path} is not empty; a backup is restored into a folder that is empty or not there.")


def _write_down(folder: NodeFolder, store: Store, kept: Kept, restored: Restored) -> None:
    """Leave word of where the folder comes from, for the doctor."""
    logs = {log: {"last": copy.last, "root": copy.frontier.root().hex()} for log, copy in kept.manifest.logs.items()}
    about = {
        "backup": kept.id,
        "source": store.name,
        "version": kept.manifest.version,
        "vaults_at": kept.manifest.vaults_at.isoformat(),
        "restored_at": datetime.now(UTC).isoformat(),
        "rollback": restored.rollback,
        "logs": logs,
    }
    folder.restored.write_text(json.dumps(about, indent=1))


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
