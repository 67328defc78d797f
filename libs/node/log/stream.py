"""
The vote log's stream, looked at without changing it.

A running node is asked. Of a stopped one a copy of the stream's files is given to a nats-server of its own: it shows
what the node would, and whatever the server thinks it has to cut off is cut off from the copy. The files themselves are
read as well: what the server shows no longer may still be in them.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.errors import LogFault
from libs.eventlog.blocks import Record, in_order, read_blocks
from libs.eventlog.jetstream import JetStreamLog, check_stream
from libs.eventlog.log import Entry, LogUnreachable
from libs.node.folder import NodeFolder
from libs.node.nats import NatsServer
from libs.node.passwords import password
from libs.node.permissions import ADMIN, LOG_ACCOUNT
from libs.node.streams import connect_as_admin
from libs.node.trouble import NodeTrouble

LOG = "governance"


def files_of(log: str) -> Path:
    """Return where a server keeps the stream of *log*, below its folder."""
    return Path("jetstream", LOG_ACCOUNT, "streams", log)


FILES = files_of(LOG)


class Stream:
    """The stream behind *client*, the vote log's or another; *files* is its folder where that may be read."""

    def __init__(self, client: Client, files: Path | None, log: str = LOG) -> None:
        self._client = client
        self._log = JetStreamLog(client, log)
        self._files = files

    async def last(self) -> int:
        """Return the last position that it says it has; 0 where there is no stream."""
        try:
            return await self._log.last()
        except LogUnreachable:
            return 0

    async def readable(self, first: int, last: int) -> list[Entry]:
        """Return what can be read of the positions from *first* to *last*."""
        return await self._log.readable(first, last) if await self.last() else []

    async def fault(self) -> str | None:
        """Return in what the stream is not kept as a log must be."""
        try:
            await check_stream(self._client, self._log.service)
        except LogFault as fault:
            return str(fault)
        return None

    def rescue(self) -> "Rescue":
        """Return what is in its files."""
        return Rescue(read_blocks(self._files, self._log.service) if self._files else iter(()))


class Rescue:
    """The entries in a stream's files, by ranges that follow each other."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = in_order(records)
        self._next = next(self._records, None)

    @property
    def has_more(self) -> bool:
        """Whether there are entries behind the last range."""
        return self._next is not None

    def take(self, last: int) -> Mapping[int, Record]:
        """Return the entries up to position *last*, and no further."""
        found = {}
        while self._next and self._next.position <= last:
            found[self._next.position] = self._next
            self._next = next(self._records, None)
        return found


@asynccontextmanager
async def opened(folder: NodeFolder) -> AsyncIterator[Stream]:
    """
    Give the stream of the node in *folder*, running or not; a stopped one cannot be started meanwhile.

    Raises:
        NodeTrouble: It cannot be reached.
    """
    status = folder.status()
    if status is None:
        with folder.taken():
            async with looked_at(folder) as stream:
                yield stream
        return
    try:
        client = await connect_as_admin(status["nats_url"], password(folder.secrets, f"nats-{ADMIN}"))
    except (NatsError, OSError) as fault:
        raise NodeTrouble(f"NATS does not answer ({fault}); stop the node and try again.") from fault
    try:
        yield Stream(client, None)
    finally:
        await client.close()


@asynccontextmanager
async def looked_at(folder: NodeFolder) -> AsyncIterator[Stream]:
    """Give the stream of the stopped node in *folder*, which is held; its files are copied and not touched."""
    files, copy = folder.nats / FILES, folder.repair / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    if files.exists():
        await asyncio.to_thread(shutil.copytree, files, copy / FILES)
    try:
        async with served(folder, copy) as client:
            yield Stream(client, files)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


@asynccontextmanager
async def served(folder: NodeFolder, nats: Path) -> AsyncIterator[Client]:
    """Give an administrator's connection to a server whose data is in *nats*, and which runs no longer than that."""
    with _server(folder, nats) as server:
        client = await connect_as_admin(server.url, server.password(ADMIN))
        try:
            yield client
        finally:
            await client.close()


@contextmanager
def _server(folder: NodeFolder, nats: Path) -> Iterator[NatsServer]:
    nats.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = NatsServer(nats, secrets=folder.secrets, log=folder.logs / "nats-repair.log", sync_interval="2m")
    process = server.start()
    try:
        server.wait_until_ready()
        yield server
    finally:
        process.stop()
