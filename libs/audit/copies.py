"""
The two copies of a log, its stream and its tiles, compared entry by entry.

Of an entry that is sealed the tiles hold a hash beside the bytes, and the root that was signed is over all of these
hashes: so of two copies that differ it can be told which is right, and when both are damaged in different places each
mends the other. Of what is not sealed yet nothing proves anything; where two copies of that differ, nobody can say.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Protocol

from libs.audit.merkle import leaf_hash
from libs.audit.tiles import ENTRIES, WIDTH, BadTile, Tile, TileFolder, hashes_in, unpack


class State(Enum):
    """How one copy holds an entry."""

    RIGHT = "right"
    MISSING = "missing"
    OTHER = "other"
    """It holds something else there than what is right."""


class Held(Protocol):
    """What a stream, or a file of it, has at a position."""

    @property
    def data(self) -> bytes:
        """The entry's bytes."""

    @property
    def subject(self) -> str:
        """Where it was put."""


class Rescued(Held, Protocol):
    """What was found in a stream's files behind the server's back."""

    @property
    def is_whole(self) -> bool:
        """Whether its checksum is right."""


class Place(NamedTuple):
    """
    What the copies hold at a *position*; *entry* is what is right there, as far as they tell.

    It is None where neither holds it, and where the two hold different entries that are not sealed (*is_disputed*).
    """

    position: int
    entry: bytes | None
    stream: State
    tiles: State
    held: Held | None
    is_sealed: bool
    is_disputed: bool = False


class Copies:
    """Tiles in *folder*, whose first *sealed_size* entries are sealed, beside a stream that is shown to `compare`."""

    def __init__(self, folder: TileFolder, sealed_size: int) -> None:
        self._folder = folder
        self.sealed_size = sealed_size

    def last_in_tiles(self) -> int:
        """Return the last position that is sealed, or that the tiles hold although it is not."""
        last = self.sealed_size
        while (held := len(self._bundle(last // WIDTH))) > last % WIDTH:
            last += held - last % WIDTH
        return last

    def compare(
        self, first: int, last: int, stream: Mapping[int, Held], rescued: Mapping[int, Rescued]
    ) -> Iterator[Place]:
        """
        Yield what the copies hold from position *first* to *last*, which stand in one bundle.

        *stream* is what its readers are given, *rescued* what was found in its files besides.
        """
        index = (first - 1) // WIDTH
        bundle, hashes = self._bundle(index), self._hashes(index)
        for position in range(first, last + 1):
            at = position - 1 - index * WIDTH
            yield self._place(
                position,
                stream.get(position),
                rescued.get(position),
                in_tiles=bundle[at] if at < len(bundle) else None,
                leaf=hashes[at] if at < len(hashes) else None,
            )

    def _place(
        self, position: int, held: Held | None, rescued: Rescued | None, *, in_tiles: bytes | None, leaf: bytes | None
    ) -> Place:
        is_sealed, is_disputed = position <= self.sealed_size, False
        if is_sealed:
            entry = _proved(in_tiles, held, rescued, leaf)
        else:
            other = held or (rescued if rescued and rescued.is_whole else None)
            entry = other.data if other else in_tiles
            is_disputed = other is not None and in_tiles is not None and other.data != in_tiles
        return Place(
            position,
            None if is_disputed else entry,
            _state(held.data if held else None, entry),
            _state(in_tiles, entry),
            held or rescued,
            is_sealed,
            is_disputed,
        )

    def _bundle(self, index: int) -> Sequence[bytes]:
        for data in self._widest(Tile(ENTRIES, index)):
            with suppress(BadTile):
                return unpack(data)
        return ()

    def _hashes(self, index: int) -> Sequence[bytes]:
        for data in self._widest(Tile(0, index)):
            return hashes_in(data)
        return ()

    def _widest(self, tile: Tile) -> Iterator[bytes]:
        """Yield the bytes of a tile's files, that with the most entries first."""
        full = self._folder.place(tile)
        partial = full.with_name(f"{full.name}.p")
        widths = sorted((path for path in _files(partial) if path.name.isdecimal()), key=lambda path: -int(path.name))
        for path in (full, *widths):
            with suppress(FileNotFoundError):
                yield path.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from folder.iterdir()


def _proved(in_tiles: bytes | None, held: Held | None, rescued: Rescued | None, leaf: bytes | None) -> bytes | None:
    """Return the bytes that have the *leaf* hash; where that is missing or damaged itself, what is likely right."""
    offers = [in_tiles, held.data if held else None, rescued.data if rescued else None]
    for offer in offers:
        if offer is not None and leaf_hash(offer) == leaf:
            return offer
    whole = [in_tiles, held.data if held else None, rescued.data if rescued and rescued.is_whole else None]
    return next((offer for offer in whole if offer is not None), None)


def _state(found: bytes | None, right: bytes | None) -> State:
    if found is None:
        return State.MISSING
    return State.RIGHT if found == right else State.OTHER
