"""A log, its sealer, and witnesses that do as the specification says, or not."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.notes import COSIGNATURE, Note, Signer, Verifier, open_note
from libs.audit.policy import Party, Policy
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.lease import Lease
from libs.audit.sealer.opening import open_log
from libs.audit.sealer.sealer import Sealer
from libs.audit.sealer.state import State
from libs.audit.sealer.witness import Witness
from libs.audit.tiles import Tile, TileFolder, pack, tiles_of
from libs.audit.witness import Witness as RealWitness
from libs.audit.witness.requests import NotTheLatest, Refused
from libs.audit.witness.store import Store, name_of
from libs.eventlog.log import Entry
from libs.eventlog.memory import MemoryLog
from libs.eventlog.register import MemoryRegister

ORIGIN = "node.example/governance"


async def grow(log: MemoryLog, size: int, *, salt: str = "") -> None:
    """Have the log hold *size* entries; with another *salt* they say something else."""
    last = await log.last()
    # To the sealer entries are bytes; appending real ones to a list this long would take its time.
    log._entries += [Entry(number + 1, "", f"{salt}ballot-{number}".encode()) for number in range(last, size)]


async def entries_of(log: MemoryLog) -> list[bytes]:
    """All entries of the log."""
    return [entry.data for entry in await log.entries(0, await log.last())]


def expected_tiles(entries: list[bytes]) -> dict[Tile, bytes]:
    """Every tile of the tree over *entries*, from its definition."""
    leaves = [leaf_hash(entry) for entry in entries]

    def of(tile: Tile) -> bytes:
        first, span = tile.index * 256, 256**tile.level if tile.level >= 0 else 1
        if tile.level < 0:
            return pack(entries[first : first + tile.width])
        return b"".join(root_over(leaves[i * span : (i + 1) * span]) for i in range(first, first + tile.width))

    return {tile: of(tile) for tile in tiles_of(len(entries))}


class Colleague:
    """A witness of another organisation, which can be made to be slow, to be away, or to lie."""

    def __init__(self, name: str, folder: Path) -> None:
        key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))
        self.name = name
        self.signer = Signer(f"{name}.example", key, COSIGNATURE)
        self._folder = folder
        self.store = Store(folder / f"{name}.sqlite")
        self.asked_sizes: list[int] = []
        self.answers: Callable[[Note], httpx.Response | None] = lambda _: None
        """What it answers instead of what it should; None: what it should."""

        self.delay_s = 0.0
        self.is_away = False

    @property
    def party(self) -> Party:
        """How a policy names it."""
        return Party(self.signer.verifier, f"http://{self.name}.example/w")

    @property
    def size(self) -> int:
        """Of the last checkpoint that it cosigned."""
        latest = self.store.latest(name_of(ORIGIN))
        return latest.size if latest else 0

    def forget(self) -> None:
        """Lose the memory."""
        self.store.close()
        self.store = Store(self._folder / f"{self.name}-anew.sqlite")

    async def add_checkpoint(self, body: bytes, log_key: Verifier) -> httpx.Response:
        """Answer the log."""
        note = Note.parse(body.partition(b"\n\n")[2])
        self.asked_sizes.append(Checkpoint.parse(note.text).size)
        await asyncio.sleep(self.delay_s)
        if self.is_away:
            raise httpx.ConnectError("nobody there")
        if (answer := self.answers(note)) is not None:
            return answer
        try:
            line = RealWitness([log_key], self.signer, self.store).add(body)
        except NotTheLatest as refusal:
            headers = {"Content-Type": "text/x.tlog.size"}
            return httpx.Response(409, content=f"{refusal.size}\n", headers=headers)
        except Refused as refusal:
            return httpx.Response(refusal.status)
        return httpx.Response(200, content=str(line).encode())


class House:
    """A log with its sealer's folders."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog("governance")
        self.folder = folder
        self.tiles = folder / "tiles"
        self.secrets = folder / "secrets"
        self.state = State(folder / "sealer")
        self.register = MemoryRegister()
        self.policy = Policy()
        self.colleagues: list[Colleague] = []

    @asynccontextmanager
    async def sealer(self, disk: Disk | None = None, *, timeout_s: float = 5) -> AsyncIterator[Sealer]:
        """A sealer that goes on from what is in the folders."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._to_colleague))
        disk = disk or Disk(self.tiles)
        with self.state.entered(holder := uuid4().hex) as former:
            lease = Lease(self.register, holder, former=former)
            await lease.acquire()
            committed = lease.committed
            opened = open_log(
                ORIGIN, tiles=self.tiles, secrets=self.secrets, state=self.state, disk=disk, committed=committed
            )
            async with http, self._kept(lease):
                yield Sealer(
                    self.log,
                    opened,
                    lease,
                    tiles=self.tiles,
                    state=self.state,
                    disk=disk,
                    policy=self.policy,
                    witnesses=[
                        Witness(name, party, http, timeout_s=timeout_s) for name, party in self.policy.witnesses.items()
                    ],
                    every_s=0.001,
                )

    @asynccontextmanager
    async def taken_over(self) -> AsyncIterator[None]:
        """As if the sealer that works were paused, and had not renewed its lease for long."""
        kept = await self.register.read()
        assert kept
        record = orjson.loads(kept.data) | {"holder": ""}
        await self.register.write(orjson.dumps(record), after=kept.revision)
        yield

    def elsewhere(self) -> "House":
        """The same log on another machine, whose sealer has the key and the lease, and no tiles."""
        other = House(self.folder.parent / f"{self.folder.name}-elsewhere")
        shutil.copytree(self.secrets, other.secrets)
        other.log, other.register = self.log, self.register
        return other

    @asynccontextmanager
    async def _kept(self, lease: Lease) -> AsyncIterator[None]:
        keeping = asyncio.create_task(lease.keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    @asynccontextmanager
    async def running(self, disk: Disk | None = None, *, timeout_s: float = 5) -> AsyncIterator["asyncio.Task[None]"]:
        """The same, at work; raises what ends it."""
        async with self.sealer(disk, timeout_s=timeout_s) as sealer:
            task = asyncio.create_task(sealer.run())
            try:
                yield task
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def seal(self, size: int, disk: Disk | None = None) -> None:
        """Have the log grow to *size*, and sealed up to there."""
        await grow(self.log, size)
        async with self.running(disk) as task:
            await self.until(lambda: self.published == size, task)

    async def until(self, is_so: Callable[[], bool], *tasks: "asyncio.Task[None]", timeout_s: float = 20) -> None:
        """Wait for what a sealer does; what ends it is raised."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < deadline
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.001)

    async def fault(self) -> str:
        """Why a sealer ends that is started here."""
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - which it is, the sentence says
            async with self.sealer() as sealer:
                await asyncio.wait_for(sealer.run(), 20)
        found: BaseException = caught.value
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        return str(found)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What everybody sees."""
        path = self.tiles / "checkpoint"
        return Checkpoint.parse(Note.parse(path.read_bytes()).text) if path.exists() else None

    @property
    def published(self) -> int:
        """The size that everybody sees, -1 before the first."""
        return self.checkpoint.size if self.checkpoint else -1

    @property
    def key(self) -> Verifier:
        """The log's key, as it is published."""
        return Verifier.parse((self.tiles / "key").read_text().split("\n")[0])

    @property
    def status(self) -> dict[str, object]:
        """What the sealer says of itself."""
        path = self.state.folder / "status.json"
        status: dict[str, object] = orjson.loads(path.read_bytes() if path.exists() else b'{"witnesses":[]}')
        return status

    def check(self, entries: list[bytes]) -> None:
        """Check that every file is what the definition says, for the size that everybody sees."""
        assert self.checkpoint
        shown = entries[: self.checkpoint.size]
        assert self.checkpoint.root == root_over([leaf_hash(entry) for entry in shown])
        open_note(Note.parse((self.tiles / "checkpoint").read_bytes()), [self.key])
        folder = TileFolder(self.tiles)
        for tile, data in expected_tiles(shown).items():
            assert folder.read(tile) == data, tile.path

    def witnessed(self, *names: str, quorum: str) -> dict[str, Colleague]:
        """Have witnesses of these names, and that quorum."""
        self.folder.mkdir(exist_ok=True)
        self.colleagues = [Colleague(name, self.folder) for name in names]
        self.policy = Policy(witnesses={each.name: each.party for each in self.colleagues}, quorum=quorum)
        return {each.name: each for each in self.colleagues}

    async def _to_colleague(self, request: httpx.Request) -> httpx.Response:
        [colleague] = [each for each in self.colleagues if each.signer.name == request.url.host]
        assert request.url.path == "/w/add-checkpoint"
        return await colleague.add_checkpoint(await request.aread(), self.key)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A log without entries, and nothing sealed."""
    house = House(tmp_path)
    yield house
    for colleague in house.colleagues:
        colleague.store.close()
