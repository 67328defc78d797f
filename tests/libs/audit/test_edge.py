"""The edge of a tree says of it what the whole tree would."""

import pytest

from libs.audit.edge import Edge
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.tiles import Tile, tiles_of

LEAVES = [leaf_hash(number.to_bytes(3, "big")) for number in range(66_000)]


def grown(size: int) -> tuple[Edge, dict[Tile, bytes]]:
    """The edge of the tree of *size*, and the full tiles that it told of."""
    edge = Edge()
    tiles: dict[Tile, bytes] = {}
    edge.on_full = tiles.__setitem__
    for leaf in LEAVES[:size]:
        edge.append(leaf)
    return edge, tiles


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 66_000])
class TestAnEdge:
    def test_knows_the_root(self, size: int) -> None:
        """Whatever the size, the root is that of all leaves."""
        assert grown(size)[0].root() == root_over(LEAVES[:size])

    def test_knows_every_tile(self, size: int) -> None:
        """Full tiles are told of when they are full, once; the partial ones are at hand."""
        edge, tiles = grown(size)
        tiles.update(edge.partial_tiles())

        assert set(tiles) == {tile for tile in tiles_of(size) if tile.level >= 0}
        for tile, data in tiles.items():
            tile.check(data)
            span = 256**tile.level
            first = tile.index * 256 * span
            hashes = [root_over(LEAVES[at : at + span]) for at in range(first, first + tile.width * span, span)]
            assert data == b"".join(hashes)

    def test_goes_on_from_what_was_kept(self, size: int) -> None:
        """What was written down of it is enough to go on."""
        edge, _ = grown(size)
        again = Edge.of(size, edge.levels)
        for tree in (edge, again):
            for leaf in LEAVES[:300]:
                tree.append(leaf)

        assert again.root() == edge.root()
        assert again.levels == edge.levels


@pytest.mark.parametrize("size, levels", [(1, []), (1, [b""]), (256, [b""]), (2, [bytes(32)]), (256, [bytes(32)] * 2)])
def test_of_another_size_it_is_refused(size: int, levels: list[bytes]) -> None:
    """What cannot be the edge of that tree is none."""
    with pytest.raises(ValueError, match="not the partial tiles"):
        Edge.of(size, levels)
