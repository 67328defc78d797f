"""
Whatever one copy lost the other gives back, at the same positions; what nothing proves is not guessed.

Each of these damages was done to a stopped node. What is promised: every entry that was acknowledged, and that either
copy holds, is there afterwards, once, at its position; and what was there before is put aside.
"""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.audit.tiles import ENTRIES, Tile, TileFolder, pack
from libs.eventlog.jetstream import ensure_stream
from libs.eventlog.log import Entry
from libs.node.log import rebuild
from libs.node.log.repair import settle
from libs.node.log.stream import FILES, LOG, served
from libs.node.log.survey import Kind
from libs.node.trouble import NodeTrouble
from tests.libs.node.log.conftest import Town
from tests.libs.node.log.test_survey import digest

pytestmark = pytest.mark.nats


async def check(town: Town, *, entries: list[Entry] | None = None) -> None:
    """Check that both copies are right, and hold what was acknowledged at its place, under its subject."""
    found = await town.survey()
    assert found.is_right, list(found.words())
    assert await town.kept() == (town.entries if entries is None else entries)


def lose_a_tile(town: Town, *files: str) -> None:
    """Remove files of the tiles."""
    for file in files:
        (town.folder.tiles / file).unlink()


class TestTheStream:
    @pytest.mark.parametrize("position", [1, 300, 600, 601, 650, 699])
    @pytest.mark.parametrize("crashed", [False, True])
    async def test_one_flipped_bit(self, voted: Town, position: int, crashed: bool) -> None:
        """A sealed entry comes from the tiles; all behind it, sealed or not, from the stream's files."""
        voted.flip(position)
        if crashed:
            voted.crash()

        if position <= 600:
            assert await voted.repair() == 0
            await check(voted)
        else:
            # Nobody holds that entry any more, and there are entries behind it.
            before = digest(voted.stream)
            with pytest.raises(NodeTrouble, match=rf"governance:{position}: neither copy holds"):
                await voted.repair()
            assert digest(voted.stream) == before

    async def test_the_last_entry_is_lost_everywhere(self, voted: Town) -> None:
        """What no copy holds cannot be brought back; it is said, and the log ends before it."""
        voted.flip(700)

        assert await voted.repair() == 0

        assert any("governance:700 was the log's end" in line for line in voted.said)
        await check(voted, entries=voted.entries[:-1])

    async def test_a_damaged_length(self, voted: Town) -> None:
        """Where a record ends is not known: the next one is found by its subject."""
        [block] = voted.stream.glob("msgs/*.blk")
        content = bytearray(block.read_bytes())
        content[content.find(voted.entries[299].subject.encode()) - 22] ^= 0x10
        block.write_bytes(content)
        voted.crash()

        assert await voted.repair() == 0

        await check(voted)

    async def test_a_lost_directory(self, voted: Town) -> None:
        """What was sealed is there again."""
        shutil.rmtree(voted.stream)

        assert await voted.repair() == 0

        await check(voted, entries=voted.entries[:600])

    async def test_lost_with_all_of_nats(self, voted: Town) -> None:
        """The same when nothing is left of the server's folder."""
        shutil.rmtree(voted.folder.nats)

        assert await voted.repair() == 0

        await check(voted, entries=voted.entries[:600])

    async def test_trimmed_by_an_administrator(self, voted: Town) -> None:
        """`max_msgs` cuts the front off; it comes back, and the limit is gone."""
        async with served(voted.folder, voted.folder.nats) as client:
            info = json.loads((await client.request("$JS.API.STREAM.INFO.governance", b"")).data)
            body = json.dumps(info["config"] | {"max_msgs": 150, "discard": "old"}).encode()
            answer = json.loads((await client.request("$JS.API.STREAM.UPDATE.governance", body)).data)
            assert answer["state"]["first_seq"] == 551
        found = await voted.survey()
        assert found.fault is not None
        assert "max_msgs" in found.fault
        assert [(each.first, each.last) for each in found.of(Kind.TRIMMED)] == [(1, 550)]

        assert await voted.repair() == 0

        await check(voted)

    async def test_written_on_after_a_loss(self, voted: Town) -> None:
        """Others took the positions of entries that were sealed: the sealed ones stand, the others are kept aside."""
        acked, voted.entries = voted.entries, []
        shutil.rmtree(voted.stream)
        await voted.vote(20)
        others, voted.entries = voted.entries, acked

        found = await voted.survey()
        assert [each.kind for each in found.ranges] == [Kind.DIFFERENT, Kind.CUT]
        assert await voted.repair() == 0

        await check(voted, entries=acked[:600])
        [file] = voted.folder.repair.glob("*/differing.jsonl")
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [base64.b64decode(line["base64"]) for line in lines] == [entry.data for entry in others]
        assert any(str(file) in line for line in voted.said)

    async def test_an_entry_under_another_subject(self, voted: Town) -> None:
        """Its bytes are right, and its aggregate's history would miss it."""
        async with served(voted.folder, voted.folder.nats) as client:
            await client.request("$JS.API.STREAM.DELETE.governance", b"")
            await ensure_stream(client, LOG)
            for entry in voted.entries:
                subject = entry.subject if entry.position != 77 else voted.entries[3].subject
                await client.request(subject, entry.data)

        assert [each.first for each in (await voted.survey()).of(Kind.MISPLACED)] == [77]
        assert await voted.repair() == 0

        await check(voted)

    async def test_writers_go_on(self, voted: Town) -> None:
        """Histories, versions and the optimistic lock are as before; the next entry has the next position."""
        voted.flip(300)
        await voted.repair()

        await voted.vote(10)

        assert [entry.position for entry in voted.entries[-10:]] == list(range(701, 711))
        await check(voted)

    async def test_a_writer_that_comes_back_is_told(self, voted: Town) -> None:
        """The newest entries bear their ids: what is sent again is not kept twice."""
        voted.flip(300)
        await voted.repair()
        newest = voted.entries[-1]

        async with served(voted.folder, voted.folder.nats) as client:
            headers = {"Nats-Msg-Id": json.loads(newest.data)["id"]}
            ack = json.loads((await client.request(newest.subject, newest.data, headers=headers)).data)

        assert (ack["duplicate"], ack["seq"]) == (True, 700)


class TestTheTiles:
    async def test_missing_ones_are_made_from_the_stream(self, voted: Town) -> None:
        """Bundles of entries, tiles of hashes, and all of them."""
        lose_a_tile(voted, "tile/entries/000", "tile/0/001", "tile/1/000.p/2", "tile/0/002.p/88")
        assert await voted.repair() == 0
        await check(voted)

        shutil.rmtree(voted.folder.tiles / "tile")
        assert await voted.repair() == 0
        await check(voted)

    async def test_a_damaged_one_is_kept_aside(self, voted: Town) -> None:
        """What it was may still tell somebody something."""
        path = voted.folder.tiles / "tile/0/001"
        damaged = path.read_bytes()[:-1] + b"x"
        path.write_bytes(damaged)

        assert await voted.repair() == 0

        await check(voted)
        [kept] = voted.folder.repair.glob("*/tiles/tile/0/001")
        assert kept.read_bytes() == damaged

    async def test_both_copies_are_damaged_in_different_places(self, voted: Town) -> None:
        """Each mends the other."""
        for position in (10, 550):
            voted.flip(position)
        lose_a_tile(voted, "tile/entries/001", "tile/0/000")

        assert await voted.repair() == 0

        await check(voted)

    async def test_the_same_entry_is_lost_in_both(self, voted: Town) -> None:
        """What is sealed and in neither copy has to come from elsewhere; nothing is changed meanwhile."""
        voted.flip(300)
        lose_a_tile(voted, "tile/entries/001")
        before = digest(voted.stream), digest(voted.folder.tiles)

        with pytest.raises(NodeTrouble, match="governance:300: neither copy holds"):
            await voted.repair()

        assert (digest(voted.stream), digest(voted.folder.tiles)) == before


class TestWhatIsNotSealed:
    def tile(self, town: Town, entries: list[bytes]) -> None:
        """Leave a bundle behind as a sealer does that was ended before it signed."""
        path = TileFolder(town.folder.tiles).place(Tile(ENTRIES, 2, 600 - 512 + len(entries)))
        path.write_bytes(pack([entry.data for entry in town.entries[512:600]] + entries))

    async def test_is_taken_from_the_tiles_where_the_stream_lost_it(self, voted: Town) -> None:
        """Written and not signed yet, it is a copy all the same."""
        self.tile(voted, [entry.data for entry in voted.entries[600:630]])
        shutil.rmtree(voted.stream)

        assert await voted.repair() == 0

        await check(voted, entries=voted.entries[:630])

    async def test_is_not_decided_where_the_copies_differ(self, voted: Town) -> None:
        """No signature says which is right, so neither is thrown away."""
        self.tile(voted, [voted.entries[600].data, voted.entries[603].data])
        voted.flip(300)
        before = digest(voted.stream), digest(voted.folder.tiles)

        with pytest.raises(NodeTrouble, match="governance:602: the stream and the tiles say different things"):
            await voted.repair()

        assert (digest(voted.stream), digest(voted.folder.tiles)) == before


class TestAgain:
    async def test_twice_is_once(self, voted: Town) -> None:
        """A second repair finds nothing to do and changes nothing."""
        voted.flip(300)
        await voted.repair()
        before = digest(voted.stream)

        assert await voted.repair() == 0

        assert "nothing was changed" in voted.said[-1]
        assert digest(voted.stream) == before

    @pytest.mark.parametrize("step", ["flush_names 1", "flush_names 2", "flush_names 3", "fill", "check", "flush"])
    async def test_after_an_end_at_any_step(self, voted: Town, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        """Ended anywhere, it is begun again and comes to the same; there is always a whole stream."""
        name, _, number = step.partition(" ")
        voted.flip(300)
        end_at(monkeypatch, name, int(number or 1))
        with pytest.raises(Ended):
            await voted.repair()
        monkeypatch.undo()
        streams = [voted.stream, *voted.folder.repair.glob("*/stream")]
        assert any(path.exists() for path in streams)

        assert await voted.repair() == 0

        await check(voted)
        assert not voted.folder.unfinished_repair.exists()

    async def test_between_the_two_renames(self, voted: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        """The old stream is back in its place when that is undone."""
        voted.flip(300)
        before = digest(voted.stream)
        end_at(monkeypatch, "flush_names", 2)
        with pytest.raises(Ended):
            await voted.repair()
        monkeypatch.undo()
        assert not voted.stream.exists()
        assert voted.folder.unfinished_repair.exists()

        settle(voted.folder)

        assert digest(voted.stream) == before


class Ended(Exception):
    """The process was ended here."""


def end_at(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    """Have the repair end at the beginning of its *number*-th step of that name."""
    step: Callable[..., object] = getattr(rebuild, name)
    left = number

    def end(*arguments: object, **more: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise Ended
        return step(*arguments, **more)

    monkeypatch.setattr(rebuild, name, end)


async def test_a_running_node_is_not_repaired(voted: Town) -> None:
    """Services that write meanwhile would be lost behind the rename."""
    with voted.folder.taken(), pytest.raises(NodeTrouble, match="stop it first"):
        await voted.repair()


async def test_an_entry_of_a_newer_version(voted: Town) -> None:
    """Whose subject is not known here cannot be put at its place: the version that wrote it has to do that."""
    fields = json.loads(voted.entries[5].data) | {"name": "SomethingNew"}
    voted.entries[5] = Entry(6, f"log.{LOG}.thing.1", json.dumps(fields).encode())
    voted.seal(600)
    shutil.rmtree(voted.stream)

    with pytest.raises(NodeTrouble, match="governance:6 has no contract here"):
        await voted.repair()

    assert not (voted.folder.nats / FILES).exists()


def test_the_marker_keeps_a_node_from_starting(voted: Town) -> None:
    """A node that started between the two renames would find no stream and make an empty one."""
    voted.folder.repair.mkdir(exist_ok=True)
    Path(voted.folder.unfinished_repair).write_text("20260101T000000Z")

    with pytest.raises(NodeTrouble, match="plaanet log repair"):
        voted.folder.check_can_start()
