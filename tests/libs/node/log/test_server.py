"""The copy of one server, read from its files."""

import fcntl
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from libs.contracts.identity import ManifestoPublished
from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.eventlog.log import New
from libs.node.log.server import DATA, put_aside, verified
from libs.node.log.stream import files_of, served
from libs.node.log.survey import Kind, Survey
from libs.node.trouble import NodeTrouble
from tests.libs.node.log.conftest import Town, ignore

pytestmark = pytest.mark.nats

NOWHERE = "nats://127.0.0.1:1"
ACTOR = str(uuid4())


async def look(town: Town) -> Survey:
    """Compare the town's server with the tiles."""
    copy = await verified(town.folder, town.folder.nats, show=ignore)
    assert copy.is_right == copy.vote_log.stream_is_right  # there is no other log
    return copy.vote_log


def found(survey: Survey) -> list[tuple[int, int, Kind]]:
    """What is wrong, and where."""
    return [(each.first, each.last, each.kind) for each in survey.ranges if each.kind not in (Kind.SAME, Kind.UNSEALED)]


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestVerified:
    async def test_a_whole_copy(self, voted: Town) -> None:
        """It has every entry, and nothing is touched by looking."""
        before = contents(voted.folder.nats)

        survey = await look(voted)

        assert survey.is_right
        assert survey.last == 700
        assert contents(voted.folder.nats) == before

    @pytest.mark.parametrize("position", [1, 300, 700])
    async def test_one_flipped_bit(self, voted: Town, position: int) -> None:
        """Exactly that position is named, sealed or not."""
        voted.flip(position)

        survey = await look(voted)

        assert not survey.stream_is_right
        [(first, last, _)] = found(survey)
        assert (first, last) == (position, position)

    async def test_a_flipped_bit_beside_the_entry(self, voted: Town) -> None:
        """The server leaves out an entry whose checksum is wrong although its bytes are right; so it is named."""
        entry = voted.entries[299].data
        for block in voted.stream.glob("msgs/*.blk"):
            content = bytearray(block.read_bytes())
            if (at := content.find(entry)) >= 0:
                content[at + len(entry)] ^= 1
                block.write_bytes(content)

        assert found(await look(voted)) == [(300, 300, Kind.GAP)]

    async def test_an_entry_that_is_being_written(self, voted: Town) -> None:
        """Half a record at the end is not there yet, and nothing is wrong."""
        [*_, block] = sorted(voted.stream.glob("msgs/*.blk"), key=lambda path: int(path.stem))
        with block.open("ab") as file:
            file.write((500).to_bytes(4, "little") + (701).to_bytes(8, "little") + b"log.governance.ball")

        survey = await look(voted)

        assert survey.is_right
        assert survey.last == 700

    async def test_a_copy_that_is_not_complete_yet(self, voted: Town) -> None:
        """A server that is still fetching lacks the end."""
        for block in voted.stream.glob("msgs/*.blk"):
            block.unlink()

        assert found(await look(voted))[0] == (1, 600, Kind.CUT)

    async def test_another_log(self, voted: Town) -> None:
        """A log that has no tiles is looked at by its checksums alone; what is damaged is named with its log."""
        async with served(voted.folder, voted.folder.nats) as client:
            await ensure_stream(client, "identity")
            log = JetStreamLog(client, "identity")
            for number in range(3):
                text = f"# Manifesto {number}\n"
                event = ManifestoPublished(manifesto_version=1, sha256=sha256(text.encode()).hexdigest(), text=text)
                await log.append(New(event, uuid4(), 1, 0, actor=ACTOR, id=uuid4(), decided_at=datetime.now(UTC)))
        files = voted.folder.nats / files_of("identity")
        assert not any((await verified(voted.folder, voted.folder.nats, show=ignore)).gaps.values())

        [block] = files.glob("msgs/*.blk")
        block.write_bytes(block.read_bytes().replace(b"Manifesto 1", b"Manifesto 9"))

        found = await verified(voted.folder, voted.folder.nats, show=ignore)
        assert not found.is_right
        assert found.vote_log.stream_is_right
        assert [*found.words()][-1] == "identity:2: missing in the stream: a gap."

    async def test_no_server(self, voted: Town) -> None:
        """A folder in which no server keeps anything is said to be none."""
        with pytest.raises(NodeTrouble, match="has no jetstream/"):
            await verified(voted.folder, voted.folder.tiles, show=ignore)


class TestPutAside:
    async def put_aside(self, town: Town) -> None:
        """Try it where no other server answers."""
        await put_aside(town.folder, town.folder.nats, "nats", NOWHERE, show=ignore)

    async def test_not_where_no_other_answers(self, voted: Town) -> None:
        """Nothing is given up on the word of nobody."""
        with pytest.raises(NodeTrouble, match="does not answer"):
            await self.put_aside(voted)

        assert (voted.folder.nats / DATA).exists()
        assert not (voted.folder.repair / "server").exists()

    async def test_not_two_at_once(self, voted: Town) -> None:
        """While one repair looks at the others, a second is refused."""
        voted.folder.repair.mkdir(exist_ok=True)
        with (voted.folder.repair / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(NodeTrouble, match="Another repair"):
                await self.put_aside(voted)

    async def test_not_before_the_last_one_is_whole(self, voted: Town, tmp_path: Path) -> None:
        """Of two servers the second waits until the first was seen to be right again."""
        voted.folder.repair.mkdir(exist_ok=True)
        marker = voted.folder.repair / "server"
        marker.write_text(str(tmp_path / "another"))
        with pytest.raises(NodeTrouble, match="was not seen to be right yet"):
            await self.put_aside(voted)

        assert (await look(voted)).is_right
        assert marker.exists()  # this is not the one that it names

        marker.write_text(str(voted.folder.nats.resolve()))
        before = contents(voted.stream)
        voted.flip(300)
        await look(voted)
        assert marker.exists()
        for path, content in before.items():
            path.write_bytes(content)
        await look(voted)
        assert not marker.exists()
