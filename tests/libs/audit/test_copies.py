"""Of two copies of an entry the one that was signed is right; of what nobody signed nothing is guessed."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from libs.audit.copies import Copies, Place, State
from libs.audit.tiles import ENTRIES, Tile, TileFolder, pack
from tests.libs.audit.tiled import publish, some_entries

ENTRY = [entry or b"-" for entry in some_entries(11)]
SEALED = 8


@dataclass
class In:
    """What a stream, or its files, hold at a place."""

    data: bytes
    is_whole: bool = True
    subject: str = "log.governance.poll.1"


@pytest.fixture
def folder(tmp_path: Path) -> TileFolder:
    """The tiles of eight sealed entries."""
    publish(tmp_path, ENTRY[:SEALED])
    return TileFolder(tmp_path)


def at(folder: TileFolder, position: int, stream: In | None = None, rescued: In | None = None) -> Place:
    """What comes of what is held at one position."""
    held, found = {position: stream} if stream else {}, {position: rescued} if rescued else {}
    [place] = Copies(folder, SEALED).compare(position, position, held, found)
    return place


def overwrite(folder: TileFolder, tile: Tile, data: bytes | None) -> None:
    """Damage or remove a tile."""
    path = folder.place(tile)
    path.unlink() if data is None else path.write_bytes(data)


BUNDLE, HASHES = Tile(ENTRIES, 0, SEALED), Tile(0, 0, SEALED)


class TestSealed:
    def test_both_are_right(self, folder: TileFolder) -> None:
        """The same bytes in both."""
        place = at(folder, 3, In(ENTRY[2]))

        assert (place.entry, place.stream, place.tiles) == (ENTRY[2], State.RIGHT, State.RIGHT)

    @pytest.mark.parametrize("stream, state", [(None, State.MISSING), (In(b"other"), State.OTHER)])
    def test_the_tiles_have_it(self, folder: TileFolder, stream: In | None, state: State) -> None:
        """What was signed stands; the stream's bytes are named."""
        place = at(folder, 3, stream)

        assert (place.entry, place.stream, place.tiles) == (ENTRY[2], state, State.RIGHT)
        assert place.held == stream

    @pytest.mark.parametrize("data", [None, b"no bundle", pack([b"other"] * SEALED)])
    def test_the_stream_has_it(self, folder: TileFolder, data: bytes | None) -> None:
        """The hash in the tiles vouches for it."""
        overwrite(folder, BUNDLE, data)

        place = at(folder, 3, In(ENTRY[2]))

        assert (place.entry, place.stream) == (ENTRY[2], State.RIGHT)
        assert place.tiles is not State.RIGHT

    def test_a_file_has_it(self, folder: TileFolder) -> None:
        """A damaged checksum does not matter where the hash is right."""
        overwrite(folder, BUNDLE, None)

        assert at(folder, 3, None, In(ENTRY[2], is_whole=False)).entry == ENTRY[2]

    def test_without_its_hash(self, folder: TileFolder) -> None:
        """What is there is taken, and the root decides in the end; what has no right checksum is not taken."""
        overwrite(folder, HASHES, None)
        assert at(folder, 3, In(b"other")).entry == ENTRY[2]

        overwrite(folder, BUNDLE, None)
        assert at(folder, 3, In(ENTRY[2])).entry == ENTRY[2]
        assert at(folder, 3, None, In(ENTRY[2])).entry == ENTRY[2]
        assert at(folder, 3, None, In(ENTRY[2], is_whole=False)).entry is None

    def test_nobody_has_it(self, folder: TileFolder) -> None:
        """Then it is lost, and not replaced by anything."""
        overwrite(folder, BUNDLE, None)

        place = at(folder, 3)

        assert (place.entry, place.stream, place.tiles) == (None, State.MISSING, State.MISSING)


class TestNotSealed:
    def left(self, folder: TileFolder, *entries: bytes) -> None:
        """A bundle that a sealer wrote and did not sign."""
        folder.place(Tile(ENTRIES, 0, SEALED + len(entries))).write_bytes(pack([*ENTRY[:SEALED], *entries]))

    def test_the_stream_has_it(self, folder: TileFolder) -> None:
        """It is not in the tiles yet."""
        place = at(folder, 9, In(ENTRY[8]))

        assert (place.entry, place.stream, place.tiles) == (ENTRY[8], State.RIGHT, State.MISSING)
        assert not place.is_sealed

    def test_a_file_has_it(self, folder: TileFolder) -> None:
        """It is believed if its checksum is right."""
        assert at(folder, 9, None, In(ENTRY[8])).entry == ENTRY[8]
        assert at(folder, 9, None, In(ENTRY[8], is_whole=False)).entry is None

    def test_only_the_tiles_have_it(self, folder: TileFolder) -> None:
        """Written before the sealer was ended: a copy all the same."""
        self.left(folder, ENTRY[8], ENTRY[9])

        assert Copies(folder, SEALED).last_in_tiles() == 10
        assert at(folder, 10).entry == ENTRY[9]

    def test_they_differ(self, folder: TileFolder) -> None:
        """Nobody can say which is right."""
        self.left(folder, b"other")

        place = at(folder, 9, In(ENTRY[8]))

        assert place.is_disputed
        assert place.entry is None


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_the_end_of_the_tiles(tmp_path: Path, size: int) -> None:
    """It is known also where nothing is sealed, or a bundle is just full."""
    publish(tmp_path, some_entries(size))

    assert Copies(TileFolder(tmp_path), 0).last_in_tiles() == size
    assert Copies(TileFolder(tmp_path), size).last_in_tiles() == size
