"""
The tiles of a log in a folder, and how they grow with it.

Entries are written first, then the tiles above them, level by level. A tile that is there already must be the same to
the byte: a sealer that was ended goes on over what it had written, and finds out if the log says something else now.
"""

from collections.abc import Sequence

from libs.audit.merkle import Frontier, frontier_nodes, leaf_hash, root_over
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import TilesDiffer
from libs.audit.tiles import (
    ENTRIES,
    LEVEL_BITS,
    WIDTH,
    BadTile,
    Tile,
    TileFolder,
    hashes_in,
    pack,
    tiles_between,
    unpack,
)

REPAIR = "Nothing was signed; `plaanet log verify` compares the log with its tiles."
"""What to do where they differ."""


class Tree:
    """The tree over the first *size* entries, whose tiles are in *folder*."""

    def __init__(self, folder: TileFolder, disk: Disk) -> None:
        """Begin with the tree without entries."""
        self.folder = folder
        self._disk = disk
        self._frontier = Frontier()
        self._tails: dict[int, list[bytes]] = {}
        """By level: what stands in its last tile while that is not full."""

    @classmethod
    def load(cls, folder: TileFolder, disk: Disk, size: int) -> "Tree":
        """
        Go on with the tree of *size*; every tile of hashes is made again from those below it, and compared.

        Raises:
            TilesDiffer: A tile is missing, or is not what those below it give.
        """
        tree = cls(folder, disk)
        try:
            _check(folder, size)
            tree._frontier = Frontier(size, folder.hashes(size)(frontier_nodes(size)))
            for level in (ENTRIES, *range(-(-size.bit_length() // LEVEL_BITS) + 1)):
                index, width = divmod(size >> LEVEL_BITS * max(level, 0), WIDTH)
                data = folder.read(Tile(level, index, width)) if width else b""
                tree._tails[level] = unpack(data) if level == ENTRIES else hashes_in(data)
        except FileNotFoundError as fault:
            raise TilesDiffer(f"The tile {fault.filename} is missing. {REPAIR}") from fault
        except BadTile as fault:
            raise TilesDiffer(f"{fault} {REPAIR}") from fault
        return tree

    def newest(self) -> tuple[int, list[bytes]]:
        """
        Return the entries of the last bundle and those behind it, as they lie in the folder, and the first one's index.

        A sealer that was ended may have written more than the tree has: entries that nothing was signed for yet.

        Raises:
            TilesDiffer: A bundle is none.
        """
        index = max(0, self.size - 1) // WIDTH
        after, found = index * WIDTH, list[bytes]()
        try:
            while width := _widest(self.folder, index):
                found += unpack(self.folder.read(Tile(ENTRIES, index, width)))
                index += 1
        except BadTile as fault:
            raise TilesDiffer(f"{fault} {REPAIR}") from fault
        return after, found

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self._frontier.size

    def root(self) -> bytes:
        """Return its root."""
        return self._frontier.root()

    def extend(self, entries: Sequence[bytes]) -> None:
        """
        Write the tiles of the tree that has *entries* as well; when this returns they stay, come what may.

        Raises:
            TilesDiffer: A tile that it would write is there and says something else.
        """
        leaves = [leaf_hash(entry) for entry in entries]
        rows = self._grown(entries, leaves)
        size = self.size + len(entries)
        for tile in tiles_between(self.size, size):
            first = (self.size >> LEVEL_BITS * max(tile.level, 0)) // WIDTH
            items = rows[tile.level][(tile.index - first) * WIDTH :][: tile.width]
            self._put(tile, pack(items) if tile.level == ENTRIES else b"".join(items))
        self._disk.settle()
        for tile in tiles_between(self.size, size):
            if tile.is_full:  # in which its partial ones are found from now on
                path = self.folder.place(tile)
                self._disk.drop(path.with_name(f"{path.name}.p"))
        for leaf in leaves:
            self._frontier.append(leaf)
        self._tails = {level: row[len(row) // WIDTH * WIDTH :] for level, row in rows.items()}

    def _grown(self, entries: Sequence[bytes], leaves: list[bytes]) -> dict[int, list[bytes]]:
        """Return, by level, what stands in its last tile and behind that when *entries* are added."""
        rows = {level: list(tail) for level, tail in self._tails.items()}
        rows[ENTRIES] = [*rows.get(ENTRIES, ()), *entries]
        level, new = 0, leaves
        while new:
            row = rows[level] = [*rows.get(level, ()), *new]
            new = [root_over(row[at : at + WIDTH]) for at in range(0, len(row) // WIDTH * WIDTH, WIDTH)]
            level += 1
        return rows

    def _put(self, tile: Tile, data: bytes) -> None:
        try:
            found = self.folder.read(tile)
        except FileNotFoundError:
            self._disk.put(self.folder.place(tile), data)
            return
        if found != data:
            raise TilesDiffer(f"{self.folder.place(tile)} is there already, and is not what the log gives. {REPAIR}")
        for each in {tile, tile.full}:
            if self.folder.place(each).exists():
                self._disk.found(self.folder.place(each))


def _widest(folder: TileFolder, index: int) -> int:
    """Return how many entries of the bundle *index* the folder has."""
    place = folder.place(Tile(ENTRIES, index))
    if place.exists():
        return WIDTH
    partial = place.with_name(f"{place.name}.p")
    return max((int(file.name) for file in partial.iterdir()), default=0) if partial.exists() else 0


def _check(folder: TileFolder, size: int) -> None:
    """
    Check the tiles of hashes of the tree of *size*, level by level.

    Raises:
        TilesDiffer: One is not what those below it give, or the newest entries are not those of their hashes.
    """
    level, below = 0, None
    while (count := size >> LEVEL_BITS * level) > 0:
        roots = []
        for index in range(-(-count // WIDTH)):
            tile = Tile(level, index, min(WIDTH, count - index * WIDTH))
            hashes = hashes_in(folder.read(tile))
            if below is not None and hashes != below[index * WIDTH :][: tile.width]:
                raise TilesDiffer(f"{folder.place(tile)} is not what the tiles below it give. {REPAIR}")
            if tile.is_full:
                roots.append(root_over(hashes))
        level, below = level + 1, roots
    if size:
        index, width = (size - 1) // WIDTH, (size - 1) % WIDTH + 1
        bundle = Tile(ENTRIES, index, width)
        leaves = [leaf_hash(entry) for entry in unpack(folder.read(bundle))]
        if leaves != hashes_in(folder.read(Tile(0, index, width))):
            raise TilesDiffer(f"The entries in {folder.place(bundle)} are not those of their hashes. {REPAIR}")
