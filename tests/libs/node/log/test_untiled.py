"""A log that has no tiles, in one server's files."""

import pytest

from libs.node.log.stream import LOG
from libs.node.log.untiled import gaps
from tests.libs.node.log.conftest import Town

pytestmark = pytest.mark.nats


def found(town: Town) -> list[tuple[int, int]]:
    """What is missing; the vote log stands for another here, and its tiles are not looked at."""
    return [(each.first, each.last) for each in gaps(town.stream, LOG)]


def test_a_whole_one(voted: Town) -> None:
    """All 700 positions are there."""
    assert found(voted) == []


def test_flipped_bits(voted: Town) -> None:
    """Each position is named, those beside each other together, the first and the last as well."""
    for position in (1, 299, 300, 700):
        voted.flip(position)

    assert found(voted) == [(1, 1), (299, 300), (700, 700)]


def test_a_position_that_was_changed(voted: Town) -> None:
    """A record that says it stands elsewhere is damaged, and hides none behind it."""
    for block in voted.stream.glob("msgs/*.blk"):
        content = block.read_bytes()
        start = content.find(b"log.governance.", content.find(voted.entries[299].data)) - 22
        assert int.from_bytes(content[start + 4 : start + 12], "little") == 301
        block.write_bytes(content[: start + 4] + (999).to_bytes(8, "little") + content[start + 12 :])

    assert found(voted) == [(301, 301)]


def test_a_block_that_is_gone(voted: Town) -> None:
    """Without a file there is nothing, and no position that could be missing before another."""
    for block in voted.stream.glob("msgs/*.blk"):
        block.unlink()

    assert found(voted) == []
