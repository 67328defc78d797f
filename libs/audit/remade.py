"""The tiles that a log's entries give, made one after another: to compare with those that are there, or to write."""

from collections.abc import Iterator

from libs.audit.merkle import Frontier, leaf_hash, root_over
from libs.audit.tiles import ENTRIES, WIDTH, Tile, pack


class Remade:
    """Makes the tiles of the log whose entries it is given; it keeps no more of them than the last of each level."""

    def __init__(self) -> None:
        self._frontier = Frontier()
        self._rows: dict[int, list[bytes]] = {}
        self._counts: dict[int, int] = {}
        """By level: how many full tiles it has had."""

    @property
    def size(self) -> int:
        """How many entries it was given."""
        return self._frontier.size

    def root(self) -> bytes:
        """Return the root over them."""
        return self._frontier.root()

    def add(self, entry: bytes) -> Iterator[tuple[Tile, bytes]]:
        """Take the next entry, and yield the tiles that it fills, with their bytes."""
        leaf = leaf_hash(entry)
        self._frontier.append(leaf)
        yield from self._put(ENTRIES, entry)
        yield from self._put(0, leaf)

    def rest(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the tiles that are not full, as they are for the present size."""
        for level, row in self._rows.items():
            if row:
                yield Tile(level, self._counts.get(level, 0), len(row)), _bytes(level, row)

    def _put(self, level: int, item: bytes) -> Iterator[tuple[Tile, bytes]]:
        row = self._rows.setdefault(level, [])
        row.append(item)
        if len(row) == WIDTH:
            index = self._counts.get(level, 0)
            self._counts[level] = index + 1
            self._rows[level] = []
            yield Tile(level, index), _bytes(level, row)
            if level != ENTRIES:
                yield from self._put(level + 1, root_over(row))


def _bytes(level: int, row: list[bytes]) -> bytes:
    return pack(row) if level == ENTRIES else b"".join(row)
