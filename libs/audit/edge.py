"""
The right edge of a growing tree, as its tiles have it: of each level the hashes that do not fill a tile yet.

It is all that has to be remembered of a tree to let it grow, to know its root and to know each of its tiles when it is
full: no more than 8 kB for each level.
"""

from collections.abc import Callable, Iterable

from libs.audit.merkle import Frontier, root_over
from libs.audit.tiles import LEVEL_BITS, WIDTH, Tile, hashes_in

Full = Callable[[Tile, bytes], None]
"""Is told of a tile that is full, and of its bytes."""


class Edge:
    """The edge of a tree of *size* leaves."""

    def __init__(self) -> None:
        self.size = 0
        self.on_full: Full | None = None
        self._levels: list[list[bytes]] = [[]]

    @classmethod
    def of(cls, size: int, levels: Iterable[bytes]) -> "Edge":
        """
        Return the edge whose partial tiles have these bytes, from level 0 on.

        Raises:
            ValueError: A tree of *size* has other partial tiles.
        """
        edge = cls()
        edge.size, edge._levels = size, [hashes_in(data) for data in levels] or [[]]
        widths = [(size >> LEVEL_BITS * level) % WIDTH for level in range(len(edge._levels))]
        if [len(level) for level in edge._levels] != widths or size >> LEVEL_BITS * len(widths):
            raise ValueError(f"These are not the partial tiles of a tree of {size} entries.")
        return edge

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        self._levels[0].append(leaf)
        self.size += 1
        if self.size % WIDTH == 0:
            self._fill()

    def _fill(self) -> None:
        """Let each full tile become a hash of the one above it."""
        for level, hashes in enumerate(self._levels):
            if len(hashes) < WIDTH:
                return
            if self.on_full:
                self.on_full(Tile(level, (self.size >> LEVEL_BITS * (level + 1)) - 1), b"".join(hashes))
            if level + 1 == len(self._levels):
                self._levels.append([])
            self._levels[level + 1].append(root_over(hashes))
            hashes.clear()

    @property
    def levels(self) -> list[bytes]:
        """The bytes of each level's partial tile, none where its last tile is full."""
        return [b"".join(hashes) for hashes in self._levels]

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """Return the tree's partial tiles and their bytes."""
        return [
            (Tile(level, self.size >> LEVEL_BITS * (level + 1), len(hashes)), b"".join(hashes))
            for level, hashes in enumerate(self._levels)
            if hashes
        ]

    def root(self) -> bytes:
        """Return the tree's root."""
        subtrees: list[bytes] = []
        for hashes in reversed(self._levels):
            at = 0
            for bit in reversed(range(LEVEL_BITS)):
                if len(hashes) >> bit & 1:
                    subtrees.append(root_over(hashes[at : at + (1 << bit)]))
                    at += 1 << bit
        return Frontier(self.size, subtrees).root()
