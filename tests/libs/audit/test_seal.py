"""The seal of a log: what a stranger finds who trusts a key and the files, and what no keeper can hide from them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import rmtree

import pytest

from libs.audit import Replay, Seal, StateUnusable
from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.notes import Note, Signer
from libs.audit.rotation import rotated, rotation_path
from libs.audit.seal import FRESH_S, SealAudit
from libs.audit.sources import FolderSource
from libs.audit.tiles import Tile, tiles_of
from libs.audit.trust import Trust
from libs.node.bench.votes import vote_log
from tests.libs.audit.conftest import place, with_data
from tests.libs.audit.test_policy import LOG as STRANGER
from tests.libs.audit.tiled import LOG, ORIGIN, WITNESSES, publish

POLICY = "\n".join(
    [
        f"log {LOG.verifier.vkey}",
        *(f"witness {signer.name} {signer.verifier.vkey}" for signer in WITNESSES),
        "group both all w1.example w2.example",
        "quorum both",
    ]
).encode()
TRUST = Trust.parse(POLICY)


@cache
def honest() -> tuple[bytes, ...]:
    """A log of 1,121 entries in two polls: four full bundles, one that is not, and a tile above them."""
    return tuple(vote_log(740, polls_count=2))


class Found:
    """What one audit found of a served log."""

    def __init__(
        self, folder: Path, *, state: Path | None = None, trust: Trust | None = TRUST, now_s: float | None = None
    ) -> None:
        replay = Replay(state)
        try:
            self.before = replay.position
            self.seal: Seal | None = SealAudit(FolderSource(folder), replay, trust, now_s=now_s).run()
            report = replay.report()
            self.differences = list(report.differences)
            self.entries_count = report.entries_count
            self.evidence = replay.books.evidence()
        finally:
            replay.close()

    @property
    def rules(self) -> set[str]:
        """Which rules were broken."""
        return {each.rule for each in self.differences}


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """An honest log, as it is served."""
    folder = tmp_path / "served"
    publish(folder, honest())
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the auditor remembers."""
    return tmp_path / "state"


def serve_instead(folder: Path, entries: Sequence[bytes], *signers: Signer) -> None:
    """Serve another log from now on."""
    rmtree(folder)
    folder.mkdir()
    publish(folder, entries, signers=signers or (LOG, *WITNESSES))


class TestAnHonestLog:
    def test_is_found_so(self, served: Path) -> None:
        """Key, witnesses, every tile and the root are checked, and the polls counted again."""
        found = Found(served)

        assert not found.differences
        assert found.entries_count == len(honest())
        assert found.seal
        assert (found.seal.origin, found.seal.size, found.seal.key) == (ORIGIN, len(honest()), LOG.verifier.vkey)
        assert [each.name for each in found.seal.witnesses] == ["w1.example", "w2.example"]
        assert found.seal.tiles_count == len(list(tiles_of(len(honest()))))

    @pytest.mark.parametrize("size", [0, 1, 256, 512, 700])
    def test_of_any_size(self, tmp_path: Path, size: int) -> None:
        """Also where the last bundle is full, or there is none."""
        publish(tmp_path, honest()[:size])
        found = Found(tmp_path)

        assert found.rules <= {"part-alone", "no-result"}
        assert found.seal
        assert found.seal.tiles_count == len(list(tiles_of(size)))

    def test_may_have_filled_its_tiles(self, served: Path) -> None:
        """A partial tile may be gone once the full one is there; the checkpoint is still that of its size."""
        last = len(honest()) % 256
        for level in ("entries", "0"):
            partial = served / f"tile/{level}/004.p/{last}"
            longer = tuple(vote_log(3000, polls_count=2))
            assert partial.exists()
            publish(served.parent / "longer", [*honest(), *longer])
            partial.unlink()
            full = served.parent / f"longer/tile/{level}/004"
            full.rename(served / f"tile/{level}/004")

        assert not Found(served).differences

    def test_at_first_sight(self, served: Path) -> None:
        """Without a policy the log's own word for its key is taken, and said to be that."""
        (served / "key").write_text("".join(f"{signer.verifier.vkey}\n" for signer in (LOG, *WITNESSES)))
        found = Found(served, trust=None)

        assert not found.differences
        assert found.seal
        assert found.seal.is_first_sight
        assert [each.name for each in found.seal.witnesses] == ["w1.example", "w2.example"]

    def test_that_is_not_sealed(self, tmp_path: Path) -> None:
        """Where no checkpoint is there is no seal to audit."""
        assert Found(tmp_path).seal is None


class TestAKey:
    def test_of_another(self, served: Path) -> None:
        """What another key signed in the log's name is not the log's."""
        serve_instead(served, honest(), Signer(ORIGIN, STRANGER.private_key), *WITNESSES)

        assert Found(served).rules == {"key"}

    def test_is_pinned_at_first_sight(self, served: Path, state: Path) -> None:
        """A key that was believed once is believed from then on: another one is found, whatever the log says."""
        (served / "key").write_text(f"{LOG.verifier.vkey}\n")
        assert not Found(served, state=state, trust=None).differences

        other = Signer(ORIGIN, STRANGER.private_key)
        serve_instead(served, honest(), other)
        (served / "key").write_text(f"{other.verifier.vkey}\n")
        assert Found(served, state=state, trust=None).rules == {"key"}

    def test_that_signed_something_else(self, served: Path) -> None:
        """A signature under another text is forged."""
        note = (served / "checkpoint").read_bytes()
        (served / "checkpoint").write_bytes(note.replace(b"\n1121\n", b"\n1133\n"))

        assert "checkpoint" in Found(served).rules

    @pytest.mark.parametrize("note", [b"", b"no note", b"a\nb\nc\n\n\xe2\x80\x94 a AAAAAAA=\n"])
    def test_under_nothing(self, served: Path, note: bytes) -> None:
        """What is no checkpoint is named."""
        (served / "checkpoint").write_bytes(note)

        assert Found(served).rules == {"checkpoint"}


class TestAKeyThatWasChanged:
    NEW = Signer(ORIGIN, STRANGER.private_key)

    def rotate(self, folder: Path, size: int, *, entries: Sequence[bytes] | None = None) -> None:
        """Have the log give up its key at *size*, and serve all of its entries under the new one."""
        last = Checkpoint(ORIGIN, size, root_over([leaf_hash(each) for each in (entries or honest())[:size]]))
        serve_instead(folder, honest(), self.NEW, *WITNESSES)
        file = folder / rotation_path(LOG.verifier)
        file.parent.mkdir()
        file.write_bytes(rotated(last, LOG, self.NEW).encode())

    def test_is_followed(self, served: Path, state: Path) -> None:
        """The old key named the new one; who trusted the old one trusts the new one, and remembers it."""
        Found(served, state=state)
        self.rotate(served, 700)
        found = Found(served, state=state)

        assert not found.differences
        assert found.seal
        assert found.seal.key == self.NEW.verifier.vkey
        assert found.seal.former_keys == (LOG.verifier.vkey,)
        (served / rotation_path(LOG.verifier)).unlink()
        assert not Found(served, state=state, trust=None).differences
        assert Found(served, state=None).rules == {"key"}

    def test_signs_no_more(self, served: Path) -> None:
        """What the old key signs after it was given up is not the log's."""
        self.rotate(served, 700)
        old = served.parent / "old"
        old.mkdir()
        (served / "checkpoint").write_bytes(publish(old, honest()))

        assert Found(served).rules == {"key"}

    def test_binds_the_log(self, served: Path) -> None:
        """What the old key signed last is the beginning of what the new one signs."""
        self.rotate(served, 700, entries=[b"another", *honest()])
        assert Found(served).rules == {"fork"}

    def test_by_somebody_else(self, served: Path) -> None:
        """A change that the old key did not sign is none."""
        self.rotate(served, 700)
        file = served / rotation_path(LOG.verifier)
        note = Note.parse(file.read_bytes())
        file.write_bytes(Note(note.text, note.lines[1:]).encode())

        assert Found(served).rules == {"key"}


class TestWitnesses:
    def test_too_few(self, served: Path) -> None:
        """A checkpoint that the quorum did not cosign is named; the rest is audited all the same."""
        serve_instead(served, honest(), LOG, WITNESSES[0])
        found = Found(served)

        assert found.rules == {"witness"}
        assert found.entries_count == len(honest())

    def test_forged(self, served: Path) -> None:
        """A line that bears a witness's name and key id, made with another key, is forged."""
        forger = Signer(WITNESSES[1].name, STRANGER.private_key, WITNESSES[1].kind)
        note = Note.parse((served / "checkpoint").read_bytes())
        line = forger.sign(note.text)._replace(key_id=WITNESSES[1].verifier.key_id)
        (served / "checkpoint").write_bytes(note.with_lines([line]).encode())

        assert Found(served).rules == {"checkpoint"}

    def test_that_have_not_looked_of_late(self, served: Path) -> None:
        """The word of a witness is of its time: a day later it says nothing of today."""
        [first, *_] = Found(served).seal.witnesses  # type: ignore[union-attr]

        assert not Found(served, now_s=first.time_s + FRESH_S - 10).differences
        assert Found(served, now_s=first.time_s + FRESH_S + 10).rules == {"stale"}


class TestTiles:
    def test_of_which_any_byte_is_another(self, served: Path) -> None:
        """Every single tile is compared, also where no proof looks; the difference says which."""
        for tile in tiles_of(len(honest())):
            if tile.level < 0:
                continue
            file = served / tile.path
            data = file.read_bytes()
            for at in (0, len(data) // 2, len(data) - 1):
                file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
                [difference] = Found(served).differences

                assert difference.rule == "tile"
                assert tile.path in difference.text
                assert difference.position == (((tile.index * 256 + at // 32) << 8 * tile.level) + 1)
            file.write_bytes(data)

    @pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + bytes(32), lambda _: b""])
    def test_of_another_length(self, served: Path, change: object) -> None:
        """A tile that was cut, or has more than it should, is another."""
        file = served / Tile(0, 1).path
        file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]

        assert Found(served).rules == {"tile"}

    @pytest.mark.parametrize("path", ["tile/0/002", "tile/entries/002", "tile/1/000.p/4", "tile/entries/004.p/97"])
    def test_that_are_not_there(self, served: Path, path: str) -> None:
        """A hole is named; behind missing entries nothing can be read."""
        (served / path).unlink()
        found = Found(served)

        assert "tile" in found.rules
        assert path in next(each.text for each in found.differences if each.rule == "tile")
        if "entries" in path:
            assert found.entries_count == int(path.split("/")[2][:3]) * 256

    def test_below_which_another_entry_lies(self, served: Path) -> None:
        """One byte of one ballot: its tile, the root and the count all say so."""
        file = served / "tile/entries/002"
        file.write_bytes(file.read_bytes().replace(b'"An orchard"', b'"An orcharp"', 1))
        found = Found(served)

        assert {"tile", "root", "ballot", "result"} <= found.rules

    @pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\x00", lambda data: data[9:]])
    def test_of_entries_that_cannot_be_told_apart(self, served: Path, change: object) -> None:
        """A bundle that is none ends the reading."""
        file = served / "tile/entries/001"
        file.write_bytes(change(file.read_bytes()))  # type: ignore[operator]
        found = Found(served)

        assert "tile" in found.rules
        assert found.entries_count == 256


class TestARoot:
    def test_that_the_entries_do_not_give(self, served: Path) -> None:
        """The log signed one tree and serves another, whose tiles fit together."""
        signed = (served / "checkpoint").read_bytes()
        entries = [*honest()]
        cast = place(entries, "BallotCast")
        entries[cast] = with_data(entries[cast], choices=["A pond"])
        serve_instead(served, entries)
        (served / "checkpoint").write_bytes(signed)

        assert {"root", "result"} == Found(served).rules


class TestWhatWasSeenBefore:
    @pytest.mark.parametrize("first, second", [(0, 1121), (1, 255), (255, 256), (256, 1000), (300, 1121), (1121, 1121)])
    def test_is_gone_on_from(self, tmp_path: Path, state: Path, first: int, second: int) -> None:
        """Only what is new is read; every new tile is compared; found is what one audit of all would find."""
        folder = tmp_path / "served"
        folder.mkdir()
        publish(folder, honest()[:first])
        Found(folder, state=state)
        serve_instead(folder, honest()[:second])
        found, whole = Found(folder, state=state), Found(folder)

        assert found.before == first
        assert found.differences == whole.differences
        assert found.entries_count == second

    def test_is_not_read_again(self, served: Path, state: Path) -> None:
        """The bundles of what was audited before need not even be there."""
        Found(served, state=state)
        for index in range(4):
            (served / f"tile/entries/00{index}").unlink()

        assert not Found(served, state=state).differences

    def test_cannot_be_taken_back(self, served: Path, state: Path) -> None:
        """A log that goes back to an older copy is found, and both checkpoints are kept."""
        Found(served, state=state)
        kept = (served / "checkpoint").read_bytes()
        serve_instead(served, honest()[:1000])
        shown = (served / "checkpoint").read_bytes()
        found = Found(served, state=state)

        assert found.rules == {"rollback"}
        assert [each[1:] for each in found.evidence] == [("rollback", kept, shown)]

    def test_cannot_be_two(self, served: Path, state: Path) -> None:
        """Two trees of one size are a split view, and evidence of it stays."""
        Found(served, state=state)
        entries = [*honest()]
        entries[-3] = with_data(entries[-3], is_early=True)
        serve_instead(served, entries)

        assert Found(served, state=state).rules == {"fork"}
        serve_instead(served, honest())
        found = Found(served, state=state)
        assert not found.differences
        assert [each[1] for each in found.evidence] == ["fork"]

    def test_cannot_be_written_anew(self, tmp_path: Path, state: Path) -> None:
        """A longer log that does not begin with what was audited is found, however well its own tiles fit."""
        folder = tmp_path / "served"
        publish(folder, honest()[:700])
        Found(folder, state=state)
        entries = [*honest()]
        cast = place(entries, "BallotCast")
        entries[cast] = with_data(entries[cast], choices=["A pond"])
        serve_instead(folder, entries)
        found = Found(folder, state=state)

        assert "fork" in found.rules
        assert [each[1] for each in found.evidence] == ["fork"]

    def test_stays_where_something_is_wrong(self, served: Path, state: Path) -> None:
        """What is not as it was signed is not remembered; once it is mended the audit goes on."""
        file = served / "tile/0/001"
        data = file.read_bytes()
        file.write_bytes(bytes(len(data)))
        assert Found(served, state=state).rules == {"tile"}

        file.write_bytes(data)
        found = Found(served, state=state)
        assert found.before == 0
        assert not found.differences

    def test_does_not_go_away(self, served: Path, state: Path) -> None:
        """A log that was sealed and shows no checkpoint any more has gone back to nothing."""
        Found(served, state=state)
        (served / "checkpoint").unlink()

        assert Found(served, state=state).rules == {"rollback"}

    def test_is_of_one_log(self, served: Path, state: Path, tmp_path: Path) -> None:
        """A state is not gone on with for another log."""
        Found(served, state=state)
        publish(tmp_path / "other", honest(), signers=(STRANGER,))

        with pytest.raises(StateUnusable, match="each log needs its own"):
            Found(tmp_path / "other", state=state)
