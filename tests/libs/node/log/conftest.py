"""A stopped node's vote log, both copies of it, and what can happen to them."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from libs.audit.copies import Copies
from libs.audit.tiles import TileFolder
from libs.contracts.governance import BallotCast, BallotReplaced
from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.eventlog.log import Entry, New
from libs.node.folder import NodeFolder
from libs.node.log.repair import mend
from libs.node.log.stream import FILES, LOG, looked_at, served
from libs.node.log.survey import Survey, compare
from libs.node.seals import Seals
from tests.libs.audit.tiled import LOG as KEY
from tests.libs.audit.tiled import publish

POLL = UUID("d0000000-0000-4000-8000-000000000000")


def ignore(_: str) -> None:
    """Nobody watches."""


@dataclass
class Town:
    """A node's folder; *entries* are those that were acknowledged, in order."""

    folder: NodeFolder
    entries: list[Entry] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def stream(self) -> Path:
        """Where the stream's files are."""
        return self.folder.nats / FILES

    async def vote(self, count: int) -> None:
        """Have ballots recorded, as the services record them: each cast once, every third replaced, some in batches."""
        async with served(self.folder, self.folder.nats) as client:
            await ensure_stream(client, LOG)
            log, chance = JetStreamLog(client, LOG), random.Random(count)
            first = len(self.entries)
            while len(self.entries) < first + count:
                room = first + count - len(self.entries)
                batch = [_cast(uuid4()) for _ in range(min(room, chance.choice((1, 1, 1, 1, 5))))]
                done = list(await log.append(*batch))
                if room > len(batch) and chance.random() < 0.3:
                    done += await log.append(_replaced(done[-1].aggregate_id, after=done[-1].position))
                self.entries += [
                    Entry(each.position, f"log.{LOG}.ballot.{each.aggregate_id}", each.entry) for each in done
                ]

    def seal(self, size: int | None = None) -> None:
        """Publish the tiles of the first *size* entries, signed."""
        size = len(self.entries) if size is None else size
        shutil.rmtree(self.folder.tiles, ignore_errors=True)
        checkpoint = publish(self.folder.tiles, [entry.data for entry in self.entries[:size]])
        (self.folder.tiles / "key").write_text(KEY.verifier.vkey + "\n")
        self.folder.sealer.mkdir(exist_ok=True)
        (self.folder.sealer / "signed").write_bytes(checkpoint)

    def flip(self, position: int) -> None:
        """Change one bit of an entry in the stream's files."""
        data = self.entries[position - 1].data
        for block in self.stream.glob("msgs/*.blk"):
            content = bytearray(block.read_bytes())
            if (at := content.find(data)) >= 0:
                content[at + len(data) // 2] ^= 1
                block.write_bytes(content)
                return
        raise AssertionError(f"{position} is in no block.")

    def crash(self) -> None:
        """Leave the stream as a crash leaves it: the server reads its blocks again at the next start."""
        (self.stream / "msgs" / "index.db").unlink()

    async def survey(self) -> Survey:
        """Compare both copies."""
        tiles, seals = TileFolder(self.folder.tiles), Seals.read(self.folder)
        async with looked_at(self.folder) as stream:
            return await compare(stream, Copies(tiles, seals.size), seals, tiles=tiles, show=ignore)

    async def repair(self) -> int:
        """Repair it."""
        self.said.clear()
        return await mend(self.folder, say=self.said.append, show=ignore)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[JetStreamLog]:
        """The log as the services read it."""
        async with served(self.folder, self.folder.nats) as client:
            yield JetStreamLog(client, LOG)

    async def kept(self) -> list[Entry]:
        """Every entry that the services read."""
        found: list[Entry] = []
        async with self.started() as log:
            while batch := await log.entries(len(found)):
                found += batch
        return found


def _cast(ballot_id: UUID) -> New:
    event = BallotCast(poll_id=POLL, voter=ballot_id, choices=("oak",))
    return New(event, ballot_id, 1, 0, actor=str(ballot_id), id=uuid4(), decided_at=datetime.now(UTC))


def _replaced(ballot_id: UUID, *, after: int) -> New:
    event = BallotReplaced(choices=("fig",))
    return New(event, ballot_id, 2, after, actor=str(ballot_id), id=uuid4(), decided_at=datetime.now(UTC))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A node that never had an entry."""
    folder = NodeFolder(tmp_path / "data")
    folder.make()
    folder.name("node.example")
    return Town(folder)


@pytest.fixture(scope="session")
def voted_once(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A node with 700 entries, of which 600 are sealed; made once, and copied for each test."""
    folder = NodeFolder(tmp_path_factory.mktemp("voted") / "data")
    folder.make()
    folder.name("node.example")
    town = Town(folder)
    asyncio.run(town.vote(700))
    town.seal(600)
    return town


@pytest.fixture
def voted(voted_once: Town, tmp_path: Path) -> Town:
    """A node with 700 entries, of which 600 are sealed."""
    shutil.copytree(voted_once.folder.path, tmp_path / "voted")
    return Town(NodeFolder(tmp_path / "voted"), list(voted_once.entries))
