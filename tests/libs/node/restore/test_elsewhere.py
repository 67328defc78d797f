"""What witnesses remember, asked of real ones: a backup that is older than what they cosigned is named."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note
from libs.audit.policy import parse_policy
from libs.audit.sealer.witness import Witness
from libs.audit.tiles import TileFolder
from libs.node.backup.manifest import Kept
from libs.node.embedded import EmbeddedWitness, witnessed_by
from libs.node.folder import NodeFolder
from libs.node.restore.beside import restore
from libs.node.restore.build import Restored
from libs.node.seals import Seals, sealed_size
from libs.node.trouble import NodeTrouble
from tests.libs.audit.tiled import LOG
from tests.libs.node.backup.conftest import Village, ignore
from tests.libs.node.restore.conftest import Elsewhere

pytestmark = [pytest.mark.nats, pytest.mark.postgres, pytest.mark.slow]


@dataclass
class Watched:
    """A node that two witnesses watch: one that runs, as `plaanet witness`, and one that is away."""

    village: Village
    witness: EmbeddedWitness
    said: list[str]

    async def cosign(self) -> None:
        """Have the witness cosign what is sealed now, as a sealer asks it."""
        policy = parse_policy(self.village.folder.witnesses_policy.read_bytes())
        note = Note.parse((self.village.folder.sealer / "signed").read_bytes())
        checkpoint = Checkpoint.parse(note.text)
        async with httpx.AsyncClient(trust_env=False) as http:
            witness = Witness("w.example", policy.witnesses["w.example"], http, timeout_s=30)
            await witness.cosign(note, checkpoint, TileFolder(self.village.folder.tiles).hashes(checkpoint.size))

    async def restore(self, kept: Kept, place: Path) -> Restored:
        """Make the node of a backup in a folder."""
        village = self.village
        return await restore(
            village.store, kept, place, opener=village.opener, seen=(), say=self.said.append, show=ignore
        )


@pytest.fixture
async def watched(village: Village, tmp_path: Path) -> AsyncIterator[Watched]:
    """A node whose policy names a witness that runs, and one that nobody reaches."""
    witness = EmbeddedWitness(tmp_path / "witness", "w.example", LOG.verifier.vkey)
    gone = EmbeddedWitness(tmp_path / "gone", "gone.example", LOG.verifier.vkey)
    try:
        lines = [await asyncio.to_thread(each.start) for each in (witness, gone)]
        gone.stop()
        village.folder.witnesses_policy.write_text(witnessed_by(lines, quorum="any"))
        yield Watched(village, witness, [])
    finally:
        witness.stop()
        gone.stop()


@pytest.fixture
def place(node_folder: Path) -> Path:
    """Where a node may be made."""
    folder = node_folder / uuid4().hex
    folder.mkdir(mode=0o711)
    return folder / "data"


async def test_a_witness_that_has_seen_more(watched: Watched, place: Path) -> None:
    """Nobody has a newer backup; the witness says how many entries there were, and nothing shorter is ever sealed."""
    village = watched.village
    old = (await village.back_up()).kept
    await village.town.vote(100)
    village.town.seal()
    await watched.cosign()

    assert (await watched.restore(old, place)).rollback == (
        "the witness w.example has cosigned that the vote log had 800 entries, and this backup ends at 700:"
        " governance:701 to 800 were sealed and are not in it."
    )
    folder = NodeFolder(place)
    assert (sealed_size(folder), Seals.read(folder).size) == (800, 600)
    [saying] = watched.said
    assert saying.startswith("The witness gone.example could not tell whether the backup is the newest: it cannot be")


async def test_a_witness_that_has_seen_no_more(watched: Watched, place: Path) -> None:
    """What it cosigned is in the backup: nothing was lost of it, and it may be asked the same again."""
    await watched.cosign()
    kept = (await watched.village.back_up()).kept

    assert (await watched.restore(kept, place)).rollback is None
    assert sealed_size(NodeFolder(place)) == 600


async def test_by_addresses(watched: Watched, elsewhere: Elsewhere) -> None:
    """On servers of others the backup's own policy is asked by, and `prepare` lets nobody in on the shorter log."""
    village = watched.village
    old = (await village.back_up()).kept
    await village.town.vote(100)
    village.town.seal()
    await watched.cosign()

    restored = await elsewhere.restore(old)
    assert restored.rollback is not None
    assert restored.rollback.startswith("the witness w.example has cosigned that the vote log had 800 entries")
    with pytest.raises(NodeTrouble, match=r"ends at 700, and 800 entries of it are sealed"):
        await elsewhere.prepare()
