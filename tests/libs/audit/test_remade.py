"""Tiles that are made again are those that were published, to the byte, whatever the size."""

from pathlib import Path

import pytest

from libs.audit.merkle import leaf_hash, root_over
from libs.audit.remade import Remade
from libs.audit.tiles import TileFolder, tiles_of
from tests.libs.audit.tiled import publish, some_entries


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 1000, 65_536, 65_537])
def test_every_tile_of_a_size(tmp_path: Path, size: int) -> None:
    """Full ones as they fill, the others when they are asked for."""
    entries = some_entries(size)
    publish(tmp_path, entries)
    folder, remade = TileFolder(tmp_path), Remade()

    made = [pair for entry in entries for pair in remade.add(entry)]
    made += remade.rest()

    assert {tile for tile, _ in made} == set(tiles_of(size))
    assert all(folder.read(tile) == data for tile, data in made)
    assert remade.root() == root_over([leaf_hash(entry) for entry in entries])


def test_asking_for_the_rest_changes_nothing() -> None:
    """Several checkpoints may have been signed on the way."""
    asked, not_asked = Remade(), Remade()
    for entry in some_entries(300):
        list(asked.rest())
        assert list(asked.add(entry)) == list(not_asked.add(entry))
    assert list(asked.rest()) == list(not_asked.rest())
