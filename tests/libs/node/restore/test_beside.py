"""A node made of a backup: all of it or nothing, and nothing that contradicts what was signed."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from nats.aio.client import Client

from libs.audit.copies import Copies
from libs.audit.notes import Note
from libs.audit.tiles import TileFolder
from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.log import Entry
from libs.node.backup import manifest as manifests
from libs.node.backup.chest import Opener, new_key
from libs.node.backup.manifest import Kept
from libs.node.doctor.known import Comparison, roots
from libs.node.folder import NodeFolder
from libs.node.log.stream import looked_at, served
from libs.node.log.survey import compare
from libs.node.postgres import PostgresServer
from libs.node.restore import beside
from libs.node.restore.beside import restore
from libs.node.restore.build import Restored
from libs.node.seals import Seals, sealed_size
from libs.node.trouble import NodeTrouble
from tests.libs.audit.tiled import publish
from tests.libs.node.backup.conftest import Village, ignore, vaults, village
from tests.libs.node.log.conftest import Town, voted, voted_once

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


@pytest.fixture
def place(node_folder: Path) -> Path:
    """Where a node may be made: an empty folder, which is as good as none."""
    folder = node_folder / uuid4().hex
    (folder / "data").mkdir(mode=0o711, parents=True)
    return folder / "data"


async def made_of(village: Village, kept: Kept, place: Path, *, seen: tuple[str, ...] = ()) -> Restored:
    """The node of a backup."""
    return await restore(village.store, kept, place, opener=village.opener, seen=seen, say=ignore, show=ignore)


def nothing_is_left(place: Path) -> bool:
    """Whether neither the node is there nor what it was being put together from."""
    return list(place.parent.rglob("*")) == [place]


async def entries_of(folder: NodeFolder, log: str) -> list[Entry]:
    """Every entry of a log of a stopped node."""
    found: list[Entry] = []
    async with served(folder, folder.nats) as client:
        stream = JetStreamLog(client, log)
        while batch := await stream.entries(len(found)):
            found += batch
    return found


async def people_of(folder: NodeFolder) -> list[str]:
    """Whom the vault of a stopped node names."""
    server = PostgresServer(folder.postgres, secrets=folder.secrets, log=folder.logs / "postgres.log")
    server.prepare()
    process = server.start()
    try:
        server.wait_until_ready()
        connection = await asyncpg.connect(server.url("identity"), password=server.password("identity"))
        handles = [row[0] for row in await connection.fetch("SELECT handle FROM person ORDER BY 1")]
        assert await connection.fetchval("SELECT position FROM desk.reacted WHERE log = 'identity'") == 0
        assert await connection.fetchval("SELECT to_regnamespace('read')") is None
        await connection.close()
    finally:
        process.stop()
    return handles


class TestAll:
    @pytest.mark.slow
    async def test_everything_is_there_again(self, village: Village, place: Path) -> None:
        """Logs to the byte, the tiles of what was sealed, keys that only their owner reads, and the people."""
        await village.settle("ana", "zoé")
        kept = (await village.back_up()).kept

        assert (await made_of(village, kept, place)).rollback is None
        folder = NodeFolder(place)
        assert await entries_of(folder, "governance") == village.town.entries
        assert folder.name(None) == "node.example"
        key = folder.secrets / "identity" / "token-key.pem"
        assert key.read_text() == "a secret that nobody guesses"
        assert [stat.S_IMODE(each.stat().st_mode) for each in (key, key.parent)] == [0o600, 0o700]
        assert await people_of(folder) == ["ana", "zoé"]
        seals, tiles = Seals.read(folder), TileFolder(folder.tiles)
        async with looked_at(folder) as stream:
            found = await compare(stream, Copies(tiles, seals.size), seals, tiles=tiles, show=ignore)
        assert found.is_right
        assert (found.last, seals.size) == (700, 600)
        with pytest.raises(NodeTrouble, match="is not empty"):
            await made_of(village, kept, place)
        assert sorted(path.name for path in place.parent.iterdir()) == ["data"]

    async def test_what_happened_after_the_vaults_were_copied(self, village: Village, place: Path) -> None:
        """Logs are copied last: they hold all that a vault may speak of, and what came later."""

        async def vote(client: Client) -> None:
            stream = JetStreamLog(client, "governance")
            last = await stream.last()
            subject, data = village.town.entries[0][1:3]
            await client.request(subject.replace(subject[-8:], "0" * 8), data, timeout=5)
            assert await stream.last() == last + 1

        kept = (await village.back_up(between=vote)).kept

        assert kept.manifest.logs["governance"].last == 701
        assert kept.manifest.vaults_at < kept.manifest.finished_at


class TestNothing:
    """What cannot be restored whole is not restored, and leaves nothing behind: least of all keys."""

    async def refused(self, village: Village, kept: Kept, place: Path, why: str, *, seen: tuple[str, ...] = ()) -> None:
        """Check that a restore is refused with these words."""
        with pytest.raises(NodeTrouble, match=why):
            await made_of(village, kept, place, seen=seen)
        assert nothing_is_left(place)

    @pytest.mark.parametrize(
        "which", [lambda m: m.files["secrets/sealer.txt"], lambda m: m.logs["governance"].segments[0].piece]
    )
    async def test_one_changed_byte(
        self, village: Village, place: Path, which: Callable[[manifests.Manifest], manifests.Piece]
    ) -> None:
        """A file of the backup with one bit changed is named."""
        (village.folder.secrets / "sealer.txt").write_text("secret")
        kept = (await village.back_up()).kept
        name = which(kept.manifest).name
        village.alter(name)

        await self.refused(village, kept, place, f"{name} .* is not what was written")

    @pytest.mark.slow
    async def test_a_changed_vault(self, village: Village, place: Path) -> None:
        """The rows of a table with one bit changed are named, after all else was right."""
        await village.settle("ana")
        kept = (await village.back_up()).kept
        [person] = [each for each in kept.manifest.vaults["identity"] if each.table == "vault.person"]
        village.alter(person.pieces[0].name)

        await self.refused(village, kept, place, r"\(table vault.person of identity\) is not what was written")

    async def test_another_key(self, village: Village, place: Path) -> None:
        """With somebody else's key nothing opens."""
        kept = (await village.back_up()).kept
        village.key_file.write_text(new_key()[0])

        await self.refused(village, kept, place, "does not open .* Bring the private key")

    async def test_a_file_outside_the_folder(self, village: Village, place: Path) -> None:
        """A manifest that somebody wrote cannot put a file where it likes."""
        whole = (await village.back_up()).kept
        for name in ("../x", "/etc/x"):
            files = {name: whole.manifest.files["name"]}
            forged = whole._replace(manifest=whole.manifest.model_copy(update={"files": files}))
            await self.refused(village, forged, place, "would stand outside")

    async def test_entries_that_are_not_those_that_were_signed(self, village: Village, place: Path) -> None:
        """A backup whose log does not give a root that was signed is forged, or the seal is."""
        kept = (await village.back_up()).kept
        forged = [entry.data for entry in village.town.entries[:500]]
        forged[3] = forged[4]
        seen = place.parent.parent / f"{uuid4().hex}.checkpoint"
        elsewhere = seen.with_suffix(".tiles")
        elsewhere.mkdir()
        seen.write_bytes(publish(elsewhere, forged))

        await self.refused(village, kept, place, "whose first 500 entries were signed", seen=(str(seen),))

    async def test_a_checkpoint_of_another_log(self, village: Village, place: Path) -> None:
        """What was seen elsewhere must bear the signature of this log's key."""
        kept = (await village.back_up()).kept
        seen = place.parent.parent / f"{uuid4().hex}.checkpoint"
        seen.write_bytes((village.folder.sealer / "signed").read_bytes().replace(b"node.example/g", b"evil.example/g"))

        await self.refused(village, kept, place, "bears no signature of the vote log's key", seen=(str(seen),))

    async def test_a_folder_in_the_way(self, village: Village, place: Path) -> None:
        """A folder that somebody needs is neither written to nor cleared."""
        kept = (await village.back_up()).kept
        for path in (place, place.with_name("data.part")):
            path.mkdir(exist_ok=True)
            (path / "theirs").touch()
            with pytest.raises(NodeTrouble, match=r"is not empty|is in the way"):
                await made_of(village, kept, place)
            assert [each.name for each in path.iterdir()] == ["theirs"]
            shutil.rmtree(path)

    async def test_two_at_once(self, village: Village, place: Path) -> None:
        """While one restore puts a node together, another of the same is refused and disturbs nothing."""
        kept = (await village.back_up()).kept
        with beside._beside(place) as folder:
            (folder.path / "half").touch()
            with pytest.raises(NodeTrouble, match="Another restore is putting"):
                await made_of(village, kept, place)
            assert (folder.path / "half").exists()
        assert nothing_is_left(place)

    async def test_what_an_ended_restore_left(self, village: Village, place: Path) -> None:
        """A restore that was killed leaves no node, and the next one clears its half away."""
        half = NodeFolder(place.with_name("data.part"))
        half.make()
        for name in ("restoring", "half"):
            (half.path / name).touch()
        kept = (await village.back_up()).kept
        village.key_file.write_text(new_key()[0])

        await self.refused(village, kept, place, "does not open")


class TestRolledBack:
    @pytest.mark.slow
    async def test_a_newer_backup_knows(self, village: Village, place: Path) -> None:
        """An older backup beside a newer one is known to lack what was sealed since, and nothing is signed on it."""
        old = (await village.back_up()).kept
        await village.town.vote(100)
        village.town.seal()
        new = (await village.back_up()).kept

        restored = await made_of(village, old, place)
        assert restored.rollback == (
            f"the checkpoint of backup {new.id} says that the vote log had 800 entries, and this backup ends at 700:"
            " governance:701 to 800 were sealed and are not in it."
        )
        folder = NodeFolder(place)
        assert sealed_size(folder) == 800
        assert Note.parse((folder.sealer / "signed").read_bytes()).text.splitlines()[1] == "800"
        comparison = Comparison("governance", roots(folder)["governance"])
        for entry in await entries_of(folder, "governance"):
            comparison.add(entry.data)
        [finding] = comparison.findings()
        assert finding.sentence == (
            "The log governance ends at 700, and the checkpoint that was signed has 800 entries: it was rolled back."
            " Stop the node before anything takes the places of those that are missing."
        )


__all__ = ["Opener", "Town", "vaults", "village", "voted", "voted_once"]
