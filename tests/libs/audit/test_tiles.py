"""Tiles stand where other tools look for them, and hold what the tree is made of."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.merkle import Frontier, inclusion_proof, leaf_hash, root, root_over, verify_inclusion
from libs.audit.tiles import (
    ENTRIES,
    BadTile,
    Tile,
    TileFolder,
    bundles,
    hash_reader,
    hashes_in,
    narrowed,
    pack,
    tiles_between,
    tiles_of,
    unpack,
)

SIZE = 70_000
LEAVES = [leaf_hash(number.to_bytes(3, "big")) for number in range(SIZE)]


def tile_bytes(tile: Tile) -> bytes:
    """A tile of the tree over `LEAVES`, from its definition."""
    first = tile.index * 256
    if tile.level == ENTRIES:
        return pack(number.to_bytes(3, "big") for number in range(first, first + tile.width))
    span = 256**tile.level
    return b"".join(root_over(LEAVES[i * span : (i + 1) * span]) for i in range(first, first + tile.width))


class TestPath:
    @pytest.mark.parametrize(
        "tile, path",
        [
            (Tile(0, 0), "tile/0/000"),
            (Tile(0, 999), "tile/0/999"),
            (Tile(0, 1000), "tile/0/x001/000"),
            (Tile(0, 255_999), "tile/0/x255/999"),
            (Tile(1, 1_234_067), "tile/1/x001/x234/067"),
            (Tile(2, 0, 1), "tile/2/000.p/1"),
            (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
            (Tile(63, 5, 255), "tile/63/005.p/255"),
        ],
    )
    def test_is_the_one_of_the_format(self, tile: Tile, path: str) -> None:
        """A tile has one path, and a path is of one tile."""
        assert tile.path == path
        assert Tile.parse(path) == tile

    @given(st.integers(-1, 63), st.integers(0, 2**60), st.integers(1, 256))
    def test_leads_there_and_back(self, level: int, index: int, width: int) -> None:
        """Every tile is found again by its path."""
        tile = Tile(level, index, width)

        assert Tile.parse(tile.path) == tile

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p",
            "tile/0/000/",
            "tile/data/000",
            "tile/0/..",
            "tile/0/../../key",
            "/tile/0/000",
            "tile/0/000\n",
            "tile/0/٠٠٠",
            "checkpoint",
        ],
    )
    def test_there_is_no_other(self, path: str) -> None:
        """What is not exactly the path of a tile leads nowhere."""
        with pytest.raises(BadTile):
            Tile.parse(path)


class TestOfATree:
    def test_of_seventy_thousand(self) -> None:
        """The tree of 70,000 has the tiles that the format says."""
        found = {level: [t for t in tiles_of(SIZE) if t.level == level] for level in (ENTRIES, 0, 1, 2, 3)}

        assert [(t.index, t.width) for t in found[1]] == [(0, 256), (1, 17)]
        assert found[2] == [Tile(2, 0, 1)]
        assert not found[3]
        for level in (ENTRIES, 0):
            assert len(found[level]) == 274
            assert found[level][-1].path == f"tile/{'entries' if level == ENTRIES else 0}/273.p/112"

    @pytest.mark.parametrize("size, last", [(0, []), (1, ["tile/entries/000.p/1", "tile/0/000.p/1"])])
    def test_of_a_small_one(self, size: int, last: list[str]) -> None:
        """Nothing has no tiles, and one entry has two."""
        assert [tile.path for tile in tiles_of(size)] == last

    def test_at_the_edge(self) -> None:
        """256 entries fill the first tile and begin the next level; none of width 0 is there."""
        assert [t.path for t in tiles_of(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]

    @given(st.lists(st.integers(0, 200_000), min_size=1, max_size=4))
    def test_what_is_new(self, sizes: list[int]) -> None:
        """Whatever steps a log grows in, in the end it has the tiles of its size; what it has it is not given again."""
        steps = sorted({0, *sizes})
        written = [tile for old, size in pairwise(steps) for tile in tiles_between(old, size)]

        assert len(written) == len(set(written))
        assert set(tiles_of(steps[-1])) <= set(written)
        assert {tile.full for tile in written} == {tile.full for tile in tiles_of(steps[-1])}

    @given(st.integers(0, 5000), st.integers(0, 5000))
    def test_bundles_hold_the_entries_asked_for(self, one: int, other: int) -> None:
        """Each entry stands in one bundle."""
        after, size = sorted((one, other))
        held = [i for b in bundles(after, size) for i in range(b.index * 256, b.index * 256 + b.width)]

        assert [i for i in held if i >= after] == list(range(after, size))


class TestBundle:
    @given(st.lists(st.binary(max_size=400), max_size=256))
    def test_gives_back_what_was_put_in(self, entries: list[bytes]) -> None:
        """Entries come out as they went in, empty ones too."""
        assert unpack(pack(entries)) == entries

    def test_has_each_entry_behind_its_length(self) -> None:
        """Lengths are two bytes, the greater one first."""
        assert pack([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258

    def test_takes_what_fits(self) -> None:
        """65,535 bytes fit, one more does not."""
        assert len(pack([bytes(65_535)])) == 65_537
        with pytest.raises(ValueError, match="65536 bytes does not fit"):
            pack([bytes(65_536)])

    @pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x00\x05"])
    def test_that_is_cut_is_refused(self, data: bytes) -> None:
        """A bundle that ends within an entry is none."""
        with pytest.raises(BadTile, match="ends within an entry"):
            unpack(data)


class TestReading:
    @pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE])
    def test_roots_come_from_tiles(self, size: int) -> None:
        """The root and proofs are made of tiles alone."""
        read = hash_reader(size, tile_bytes)
        frontier = Frontier()
        for leaf in LEAVES[:size]:
            frontier.append(leaf)

        assert root(size, read) == frontier.root()
        for index in {0, size // 2, size - 1}:
            proof = inclusion_proof(index, size, read)
            verify_inclusion(proof, leaf=LEAVES[index], index=index, size=size, root=frontier.root())

    def test_only_tiles_of_that_size_are_asked_for(self) -> None:
        """A reader asks for no tile that the tree has not: others may not be there."""
        asked: set[Tile] = set()

        def read(tile: Tile) -> bytes:
            asked.add(tile)
            return tile_bytes(tile)

        root(SIZE, hash_reader(SIZE, read))

        assert asked <= set(tiles_of(SIZE))

    def test_a_cut_tile_is_noticed(self) -> None:
        """A tile of another length is none."""
        with pytest.raises(BadTile, match="has 8159 bytes instead of 8160"):
            root(255, hash_reader(255, lambda tile: tile_bytes(tile)[:-1]))


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> TileFolder:
        """The tiles of the first 600 entries, written at 300 and 600; partial ones that were filled are gone."""
        folder = TileFolder(tmp_path)
        for tile in (*tiles_of(600), Tile(1, 0, 1)):
            folder.place(tile).parent.mkdir(parents=True, exist_ok=True)
            folder.place(tile).write_bytes(tile_bytes(tile))
        return folder

    def test_gives_entries_and_hashes(self, folder: TileFolder) -> None:
        """Entries from any place on, and the root."""
        assert list(folder.entries(250, 600)) == [number.to_bytes(3, "big") for number in range(250, 600)]
        assert root(600, folder.hashes(600)) == root_over(LEAVES[:600])

    def test_finds_a_partial_tile_in_the_full_one(self, folder: TileFolder) -> None:
        """Partial tiles may go when the full one is there."""
        assert root(300, folder.hashes(300)) == root_over(LEAVES[:300])
        for level in (ENTRIES, 0):
            assert folder.read(Tile(level, 0, 7)) == narrowed(Tile(level, 0, 7), tile_bytes(Tile(level, 0)))

    def test_says_what_is_missing_or_cut(self, folder: TileFolder) -> None:
        """What is not there, and what has not the form of a tile, is not passed over."""
        with pytest.raises(FileNotFoundError):
            folder.read(Tile(0, 9))
        folder.place(Tile(ENTRIES, 0)).write_bytes(pack([b"one"]))
        with pytest.raises(BadTile, match="has 1 entries instead of 256"):
            folder.read(Tile(ENTRIES, 0))


def test_a_tile_is_its_hashes() -> None:
    """A tile is cut into hashes of 32 bytes."""
    assert hashes_in(tile_bytes(Tile(0, 0, 3))) == LEAVES[:3]
