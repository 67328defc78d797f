"""Whatever happened to a copy is said in plain words, with its positions; and the copies are not touched by looking."""

import hashlib
import shutil
from pathlib import Path

import pytest

from libs.node.log.survey import Kind, Range
from tests.libs.node.log.conftest import Town

pytestmark = pytest.mark.nats


def digest(folder: Path) -> str:
    """The digest of all files below a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
    return found.hexdigest()


async def test_nothing_is_wrong(voted: Town) -> None:
    """What is sealed is the same in both; what is not is not sealed yet."""
    found = await voted.survey()

    assert found.is_right
    assert found.ranges == [Range(1, 600, Kind.SAME), Range(601, 700, Kind.UNSEALED)]
    assert list(found.words()) == [
        "governance:1 to 600: the same in the stream and in the tiles.",
        "governance:601 to 700: in the stream, and not sealed yet.",
        "The tiles give the root that was signed for 600 entries.",
    ]


async def test_of_nothing(town: Town) -> None:
    """A node whose vote log was never written to says so."""
    await town.vote(0)

    found = await town.survey()

    assert found.is_right
    assert list(found.words()) == ["The vote log is empty."]


async def test_one_flipped_bit(voted: Town) -> None:
    """The server does not show the entry any more; the tiles do."""
    voted.flip(300)

    found = await voted.survey()

    assert not found.is_right
    assert Range(300, 300, Kind.HIDDEN) in found.ranges


async def test_looking_changes_nothing(voted: Town) -> None:
    """A server that starts after a crash would cut the stream off behind the flipped bit; here it cuts a copy."""
    voted.flip(300)
    voted.crash()
    before = digest(voted.stream)

    found = await voted.survey()

    assert [each for each in found.ranges if each.kind is Kind.HIDDEN] == [Range(300, 700, Kind.HIDDEN)]
    assert digest(voted.stream) == before


async def test_a_lost_stream(voted: Town) -> None:
    """Everything that was not sealed is lost with it, and the rest is missing."""
    shutil.rmtree(voted.stream)

    found = await voted.survey()

    assert found.ranges == [Range(1, 600, Kind.CUT)]
    assert found.fault is not None
    assert "is not there" in found.fault


@pytest.mark.parametrize(
    "file, kinds",
    [
        ("tile/entries/001", [Range(257, 512, Kind.UNTILED)]),
        ("tile/0/001", []),
        ("tile/1/000.p/2", []),
    ],
)
async def test_a_damaged_or_missing_tile(voted: Town, file: str, kinds: list[Range]) -> None:
    """Bundles of entries and tiles of hashes are compared to the byte."""
    path = voted.folder.tiles / file
    data = bytearray(path.read_bytes())
    for damaged in (data[:-1] + bytes([data[-1] ^ 1]), None):
        path.unlink() if damaged is None else path.write_bytes(damaged)

        found = await voted.survey()

        assert not found.is_right
        assert not found.wrong_roots
        assert file in [tile.path for tile in found.bad_tiles]
        assert found.stream_is_right
        untiled = [each for each in found.ranges if each.kind is Kind.UNTILED]
        assert untiled == kinds if damaged is None else all(each.last <= 512 for each in untiled)


async def test_a_checkpoint_that_nobody_signed(voted: Town) -> None:
    """One of the two that are kept is enough, and the other is named."""
    path = voted.folder.tiles / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n600\n", b"\n601\n"))

    found = await voted.survey()

    assert not found.is_right
    assert found.seals.unreadable == (path,)


async def test_a_signed_root_that_is_not_theirs(voted: Town) -> None:
    """The tiles and the stream agree with each other, and not with what was signed: both were altered."""
    kept = (voted.folder.sealer / "signed").read_bytes()
    voted.entries[100] = voted.entries[100]._replace(data=voted.entries[101].data)
    voted.seal(600)
    (voted.folder.sealer / "signed").write_bytes(kept)

    found = await voted.survey()

    assert Range(101, 101, Kind.DIFFERENT) in found.ranges or found.wrong_roots
    assert not found.is_right
