"""
The tiles that a log is published as: static files, as C2SP tlog-tiles lays them out (https://c2sp.org/tlog-tiles).

    tile/<level>/<index>             256 hashes: hash i of tile n at level l is the full subtree over the
                                     256^l entries from (n · 256 + i) · 256^l on
    tile/entries/<index>             the 256 entries below tile <index> of level 0, each behind its length (2 bytes)
    tile/<…>/<index>.p/<width>       the same while it has fewer than 256

The index is written in groups of three digits, every group but the last with an x before it: x001/x234/067. A full
tile never changes; a partial one is there for every size that a checkpoint was signed for, until the full one is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

from libs.audit.merkle import HASH_BYTES, Node, ReadHashes, root_over

WIDTH = 256
LEVEL_BITS = 8
LEVEL_MAX = 63
ENTRIES = -1
"""In place of a level: the entries themselves, which lie below level 0."""

ENTRY_BYTES_MAX = 0xFFFF

_PATH = re.compile(
    r"tile/(?P<level>0|[1-9]\d?|entries)/(?P<index>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII
)


class BadTile(ValueError):
    """The path is none of a tile, or the bytes are not those of one."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: at which level (or `ENTRIES`), which, and how many hashes or entries it has."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Whether it has all that it can have, and will never change."""
        return self.width == WIDTH

    @property
    def full(self) -> "Tile":
        """The tile that this one becomes."""
        return replace(self, width=WIDTH)

    @property
    def path(self) -> str:
        """Where it stands below the log's address."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else self.level
        return f"tile/{level}/{'/'.join(groups)}" + ("" if self.is_full else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> Self:
        """
        Return the tile at *path*.

        Raises:
            BadTile: It is not the path of a tile, or not its only form.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise BadTile(f"{path!r} is not the path of a tile.")
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        index = int(found["index"].replace("x", "").replace("/", ""))
        tile = cls(level, index, int(found["width"] or WIDTH))
        if tile.path != path or level > LEVEL_MAX:
            raise BadTile(f"{path!r} is not the path of a tile.")
        return tile

    def check(self, data: bytes) -> None:
        """
        Check that *data* has the form of this tile.

        Raises:
            BadTile: It has another length, or is no bundle of as many entries.
        """
        if self.level == ENTRIES:
            count = len(unpack(data))
            if count != self.width:
                raise BadTile(f"{self.path} has {count} entries instead of {self.width}.")
        elif len(data) != self.width * HASH_BYTES:
            raise BadTile(f"{self.path} has {len(data)} bytes instead of {self.width * HASH_BYTES}.")


def tiles_between(old_size: int, size: int) -> Iterator[Tile]:
    """
    Yield the tiles that the tree of *size* has and the tree of *old_size* has not, in the order of their writing.

    First come the entries, then level 0, then the levels above.
    """
    for level in (ENTRIES, *range(LEVEL_MAX + 1)):
        shift = LEVEL_BITS * max(level, 0)
        first, end = (old_size >> shift) // WIDTH, size >> shift
        if end == 0:
            return
        for index in range(first, -(-end // WIDTH)):
            tile = Tile(level, index, min(WIDTH, end - index * WIDTH))
            if index > first or tile.width > (old_size >> shift) % WIDTH:
                yield tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile of the tree of *size*."""
    return tiles_between(0, size)


def bundles(after: int, size: int) -> Iterator[Tile]:
    """Yield the entry bundles that the entries from index *after* up to *size* stand in."""
    for index in range(after // WIDTH, -(-size // WIDTH)):
        yield Tile(ENTRIES, index, min(WIDTH, size - index * WIDTH))


def pack(entries: Iterable[bytes]) -> bytes:
    """
    Return a bundle: each entry behind its length.

    Raises:
        ValueError: An entry is longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_BYTES_MAX:
            raise ValueError(f"An entry of {len(entry)} bytes does not fit in a bundle ({ENTRY_BYTES_MAX}).")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def unpack(data: bytes) -> list[bytes]:
    """
    Return the entries of a bundle.

    Raises:
        BadTile: It ends within an entry.
    """
    entries, at, end = [], 0, len(data)
    while at < end:
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > end or at > end:
            raise BadTile("The bundle ends within an entry.")
        entries.append(data[begin:at])
    return entries


def hashes_in(data: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def hash_reader(size: int, read: Callable[[Tile], bytes], *, cached_max: int = 64) -> ReadHashes:
    """
    Return what reads the hashes of subtrees from the tiles of the tree of *size*; *read* returns a tile's bytes.

    It believes the tiles. What is made of its hashes must be compared with a root that is trusted: proofs are.
    """
    cached = lru_cache(cached_max)(lambda tile: _checked(tile, read(tile)))

    def read_hashes(nodes: Sequence[Node]) -> list[bytes]:
        return [_subtree(node, size, cached) for node in nodes]

    return read_hashes


def _checked(tile: Tile, data: bytes) -> bytes:
    tile.check(data)
    return data


def _subtree(node: Node, size: int, read: Callable[[Tile], bytes]) -> bytes:
    level, above = divmod(node.level, LEVEL_BITS)
    first, count = node.index << above, 1 << above
    index, offset = divmod(first, WIDTH)
    width = min(WIDTH, (size >> LEVEL_BITS * level) - index * WIDTH)
    if offset + count > width:
        raise ValueError(f"A tree of {size} entries has no full subtree {node.index} of level {node.level}.")
    data = read(Tile(level, index, width))
    return root_over(hashes_in(data[offset * HASH_BYTES : (offset + count) * HASH_BYTES]))


class TileFolder:
    """A log's tiles in a folder, as they are served."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, tile: Tile) -> Path:
        """Return the file of *tile*."""
        return self.path / tile.path

    def read(self, tile: Tile) -> bytes:
        """
        Return the bytes of *tile*; where the full one has taken its place, as many of its hashes or entries.

        Raises:
            FileNotFoundError: It is not there.
            BadTile: It has not the form of a tile.
        """
        try:
            data = self.place(tile).read_bytes()
        except FileNotFoundError:
            if tile.is_full:
                raise
            data = narrowed(tile, self.read(tile.full))
        tile.check(data)
        return data

    def entries(self, after: int, size: int) -> Iterator[bytes]:
        """
        Yield the entries from index *after* up to *size*, bundle by bundle.

        Raises:
            FileNotFoundError: A bundle is not there.
            BadTile: A bundle is not one.
        """
        for bundle in bundles(after, size):
            yield from unpack(self.read(bundle))[max(0, after - bundle.index * WIDTH) :]

    def hashes(self, size: int) -> ReadHashes:
        """Return what reads the hashes of subtrees of the tree of *size*."""
        return hash_reader(size, self.read)


def narrowed(tile: Tile, full: bytes) -> bytes:
    """Return the bytes of the partial *tile*, which the *full* one begins with."""
    if tile.level == ENTRIES:
        return pack(unpack(full)[: tile.width])
    return full[: tile.width * HASH_BYTES]
