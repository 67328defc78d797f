"""A backup of a node at work: whole or not there, and no more than is new."""

from pathlib import Path

import pytest
from nats.aio.client import Client

from libs.eventlog.jetstream import ensure_stream
from libs.node.backup import keeping, logs
from libs.node.backup import manifest as manifests
from libs.node.backup.chest import new_key
from libs.node.backup.logs import framed, unframed
from libs.node.backup.manifest import KEYS, LOGS, MANIFESTS, VAULTS
from libs.node.backup.store import LEFT_BEHIND_S, FolderStore, Found
from libs.node.backup.take import copying_order
from libs.node.log.stream import served
from libs.node.permissions import PROCESSES, SERVICES
from libs.node.trouble import NodeTrouble
from libs.node.whereabouts import in_folder
from tests.libs.node.backup.conftest import Village, ignore

pytestmark = [pytest.mark.nats, pytest.mark.postgres]


class TestOrder:
    def test_a_log_comes_before_those_that_it_speaks_of(self) -> None:
        """Whoever reads a log writes of it in their own: that one is copied first, and so speaks of nothing newer."""
        order = copying_order()

        assert sorted(order) == sorted(SERVICES)
        for process in PROCESSES.values():
            for log in process.reads:
                if process.writes and log != process.writes:
                    assert order.index(process.writes) < order.index(log)


class TestWhole:
    async def test_all_of_it(self, village: Village) -> None:
        """Every entry, every vault and every key is in it, and nothing of them lies open."""
        await village.settle("ana", "zoé")
        made = await village.back_up()
        whole, opener = made.kept.manifest, village.opener

        segments = [opener.open("", each.piece) for each in whole.logs["governance"].segments]
        assert [entry for segment in segments for entry in unframed(segment)] == village.town.entries
        assert {table.table for tables in whole.vaults.values() for table in tables} >= {"vault.person", "desk.reacted"}
        [person] = [table for table in whole.vaults["identity"] if table.table == "vault.person"]
        rows = b"".join(opener.open("", piece) for piece in person.pieces).decode()
        assert ("\tana\t" in rows, "\tzoé\t" in rows) == (True, True)
        assert opener.open("", whole.files["secrets/identity/token-key.pem"]) == b"a secret that nobody guesses"
        for open_words in (b"nobody guesses", b"\tana\t", b"BallotCast"):
            assert open_words not in village.everything()

    async def test_keys_lie_apart(self, village: Village) -> None:
        """What is in the folder of keys is all of the secrets, and no other folder has one."""
        whole = (await village.back_up()).kept.manifest

        for name, piece in whole.files.items():
            assert piece.name.startswith(f"{KEYS}/") == name.startswith("secrets/")

    async def test_rows_follow_those_they_refer_to(self, village: Village) -> None:
        """A session's member is restored before it."""
        order = [table.table for table in (await village.back_up()).kept.manifest.vaults["identity"]]

        assert order.index("vault.person") < order.index("vault.session")


class TestOnlyWhatIsNew:
    async def test_nothing(self, village: Village) -> None:
        """A second backup of the same copies nothing but its own manifest."""
        first, second = await village.back_up(), await village.back_up()

        assert second.put_bytes_count == 0
        assert second.kept.manifest.logs == first.kept.manifest.logs
        assert len(village.kept) == 2

    async def test_new_entries(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        """Full segments are copied once; the last one again while it grows."""
        monkeypatch.setattr(logs, "SEGMENT_ENTRIES_MAX", 200)
        first = await village.back_up()
        await village.town.vote(150)
        second = await village.back_up()

        before, after = (each.kept.manifest.logs["governance"] for each in (first, second))
        assert [(each.first, each.last, each.is_full) for each in before.segments] == [
            (1, 200, True),
            (201, 400, True),
            (401, 600, True),
            (601, 700, False),
        ]
        assert after.segments[:3] == before.segments[:3]
        assert [(each.first, each.last) for each in after.segments[3:]] == [(601, 800), (801, 850)]
        assert second.put_bytes_count < first.put_bytes_count

    async def test_a_segment_that_is_gone(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a file of the backup before was lost, the log is copied again from there on."""
        monkeypatch.setattr(logs, "SEGMENT_ENTRIES_MAX", 200)
        first = (await village.back_up()).kept.manifest.logs["governance"]
        village.store.remove(first.segments[1].piece.name)
        second = (await village.back_up()).kept.manifest.logs["governance"]

        assert second.frontier.root() == first.frontier.root()
        assert second.segments[0] == first.segments[0]
        assert second.segments[1].piece.name != first.segments[1].piece.name
        assert keeping.prune(village.store, keep_count=1) == 1
        assert keeping.check(village.store, say=ignore, show=ignore) == 0

    async def test_for_somebody_else(self, village: Village) -> None:
        """For other recipients everything is copied again: what is there is closed for the former ones."""
        await village.back_up()
        text, village.recipient = new_key()
        village.key_file.write_text(text)
        whole = (await village.back_up()).kept.manifest

        for what, piece in whole.pieces:
            village.opener.open(what, piece)


class TestNotWhole:
    async def test_without_a_manifest(self, village: Village) -> None:
        """A backup that was ended before its end is none: nobody is offered it."""

        class Killed(Exception):
            pass

        async def die(_: Client) -> None:
            raise Killed

        with pytest.raises(Killed):
            await village.back_up(between=die)

        assert village.store.found(VAULTS)
        assert manifests.ids(village.store) == {}
        with pytest.raises(NodeTrouble, match="holds no whole backup"):
            keeping.check(village.store, say=ignore, show=ignore)
        await village.back_up()
        assert len(village.kept) == 1

    async def test_a_store_that_is_full(self, village: Village) -> None:
        """The backup that does not fit is refused, and the one before stays as it was."""
        await village.back_up()

        class Full(FolderStore):
            def put(self, name: str, data: bytes) -> None:
                raise NodeTrouble(f"{self.name} is full")

        await village.town.vote(1)
        with pytest.raises(NodeTrouble, match="is full"):
            await village.back_up(store=Full(Path(village.store.name)))
        assert len(village.kept) == 1
        assert keeping.check(village.store, say=ignore, show=ignore) == 0

    async def test_what_vanishes_meanwhile(self, village: Village) -> None:
        """A file that somebody removes while the backup is made is missed before the manifest is written."""
        first = await village.back_up()

        async def lose(_: Client) -> None:
            village.store.remove(first.kept.manifest.files["name"].name)
            village.store.remove(first.kept.manifest.vaults["identity"][0].pieces[0].name)

        with pytest.raises(NodeTrouble, match=r"\(table .* of identity\) is gone; no backup was made"):
            await village.back_up(between=lose)
        assert len(village.kept) == 1

    async def test_a_manifest_that_was_changed(self, village: Village) -> None:
        """One changed byte in a manifest is found; the next backup does not build on it."""
        name = (await village.back_up()).kept.name
        village.alter(name)

        with pytest.raises(NodeTrouble, match=f"{name} is not what was written"):
            manifests.read(village.store, name)
        assert keeping.check(village.store, say=ignore, show=ignore) == 1
        assert (await village.back_up()).put_bytes_count > 0

    async def test_another_format(self, village: Village) -> None:
        """A backup of another format is named as one, with what reads it."""
        made = await village.back_up()
        data = made.kept.manifest.model_copy(update={"format": 0}).model_dump_json().encode()
        name = manifests.manifest_name(made.kept.id, data)
        village.store.put(name, data)

        with pytest.raises(NodeTrouble, match="has the format 0, and this version of Plaanet reads 1"):
            manifests.read(village.store, name)


class TestAnotherLog:
    async def test_one_that_was_rewritten(self, village: Village) -> None:
        """A log that says something else than it said is not copied over what it said."""
        await village.back_up()
        async with served(village.folder, village.folder.nats) as client:
            await client.request("read.STREAM.DELETE.governance", b"")
            await ensure_stream(client, "governance")
        village.town.entries.clear()
        await village.town.vote(701)

        with pytest.raises(NodeTrouble, match="The log governance says something else before position 700"):
            await village.back_up()

    async def test_one_that_was_rolled_back(self, village: Village) -> None:
        """A log that is shorter than in an earlier backup is not copied, and the two lengths are named."""
        await village.back_up()
        async with served(village.folder, village.folder.nats) as client:
            await client.request("read.STREAM.DELETE.governance", b"")
            await ensure_stream(client, "governance")
        village.town.entries.clear()
        await village.town.vote(5)

        with pytest.raises(NodeTrouble, match=r"ends at 5, and an earlier backup here has it up to 700"):
            await village.back_up()

    async def test_one_with_a_gap(self, village: Village) -> None:
        """A log from which something is missing is not copied; the gap is named."""
        village.town.flip(350)
        with pytest.raises(NodeTrouble, match="The log governance was not copied, and no backup was made"):
            await village.back_up()
        assert manifests.ids(village.store) == {}

    async def test_another_nodes_backups(self, village: Village) -> None:
        """Two nodes never share a place: each would undo what the other kept."""
        await village.back_up()
        (village.folder.path / "name").write_text("other.example")
        with pytest.raises(
            NodeTrouble, match=r"holds backups of the node node\.example, and this one is other\.example"
        ):
            await village.back_up()


class TestAtOnce:
    async def test_two_in_one_place(self, village: Village) -> None:
        """Of two that interleave each is whole: no file of one stands in the other's way."""

        async def another(client: Client) -> None:
            await village.settle("zoé")
            await village.back_up_by(client)

        await village.settle("ana")
        await village.back_up(between=another)

        assert keeping.check(village.store, say=ignore, show=ignore) == 0
        [inner, outer] = village.made
        assert {each.id for each in village.kept} == {inner.kept.id, outer.kept.id}
        assert inner.kept.manifest.vaults["identity"] != outer.kept.manifest.vaults["identity"]

    def test_a_node_that_does_not_run(self, village: Village) -> None:
        """A backup is made of a running node; of another one is told to copy the folder."""
        with pytest.raises(NodeTrouble, match=r"No node runs in .* of a stopped one copy the folder"):
            in_folder(village.folder)


class TestPrune:
    async def test_old_ones_go(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        """The newest stay whole; what belongs to none of them is removed when it is old enough to be nobody's work."""
        await village.settle("ana")
        first = await village.back_up()
        await village.settle("zoé")
        await village.back_up()
        [person] = [each for each in first.kept.manifest.vaults["identity"] if each.table == "vault.person"]

        assert keeping.prune(village.store, keep_count=1) == 1
        assert village.store.get(person.pieces[0].name) is not None
        found = FolderStore.found

        def long_ago(store: FolderStore, prefix: str) -> dict[str, Found]:
            return {name: each._replace(age_s=LEFT_BEHIND_S + 1) for name, each in found(store, prefix).items()}

        monkeypatch.setattr(FolderStore, "found", long_ago)
        assert keeping.prune(village.store, keep_count=1) == 0
        assert village.store.get(person.pieces[0].name) is None
        assert keeping.check(village.store, say=ignore, show=ignore) == 0
        assert list(manifests.ids(village.store)) == [village.made[-1].kept.id]

    async def test_one_that_cannot_be_read(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        """While one of the backups that are kept cannot be read, nothing is removed that might be its own."""
        first = await village.back_up()
        village.alter(first.kept.name)
        monkeypatch.setattr(keeping, "LEFT_BEHIND_S", -1)
        await village.back_up()

        keeping.prune(village.store, keep_count=2)
        for _, piece in first.kept.manifest.pieces:
            assert village.store.get(piece.name) is not None


class TestSegments:
    def test_any_bytes_come_back(self, village: Village) -> None:
        """An entry comes back to the byte, whatever is in it."""
        entries = [
            each._replace(data=data)
            for each, data in zip(village.town.entries[:3], (b"", b"\n1 a 3\n", b"\0\xff"), strict=True)
        ]
        assert list(unframed(b"".join(map(framed, entries)))) == entries

    @pytest.mark.parametrize("segment", [b"1 log.a 5\nabc\n", b"1 log.a\nabc\n", b"x", b"1 log.a 3\nabcd"])
    def test_what_is_none(self, segment: bytes) -> None:
        """Bytes that are no segment are refused."""
        with pytest.raises(NodeTrouble, match="The backup holds"):
            list(unframed(segment))


def test_where_things_lie() -> None:
    """The folders of a backup are those that the documents name."""
    assert (LOGS, VAULTS, KEYS, MANIFESTS) == ("logs", "vaults", "keys", "backups")
