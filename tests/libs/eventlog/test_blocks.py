"""What a server wrote is read from its files, also from damaged ones; only what a checksum vouches for is whole."""

import asyncio
import json
import random
import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from libs.eventlog.blocks import Record, in_order, read_blocks
from libs.node.embedded import EmbeddedNats

pytestmark = pytest.mark.nats

LOG = "governance"
COUNT = 120


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Entries of every length modulo 32, which is what the checksum works in."""
    chance = random.Random(5)
    return [json.dumps({"entry": number, "x": "x" * chance.randrange(100)}).encode() for number in range(COUNT)]


@pytest.fixture(scope="module")
def stream_once(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> Path:
    """The folder of a stream that holds them; every other one has headers."""
    folder = tmp_path_factory.mktemp("blocks")

    async def fill() -> None:
        async with EmbeddedNats(folder) as server:
            client = await server.connect("admin")
            for number, body in enumerate(bodies):
                headers = {"Nats-Msg-Id": str(uuid4())} if number % 2 else None
                await client.request(f"log.{LOG}.poll.{number}", body, headers=headers)
            await client.close()

    asyncio.run(fill())
    [stream] = folder.rglob(f"streams/{LOG}")
    return stream


@pytest.fixture
def stream(tmp_path: Path, stream_once: Path) -> Path:
    """A copy of it, to be damaged."""
    return shutil.copytree(stream_once, tmp_path / "stream")


def change(stream: Path, at_text: bytes, by: int) -> None:
    """Flip a bit of the byte that is *by* bytes away from a text in the stream's file."""
    [block] = stream.glob("msgs/*.blk")
    content = bytearray(block.read_bytes())
    content[content.index(at_text) + by] ^= 0x10
    block.write_bytes(content)


def read(stream: Path) -> list[Record]:
    """All records."""
    return list(read_blocks(stream, LOG))


def test_all_is_read(stream: Path, bodies: list[bytes]) -> None:
    """Positions, subjects, bytes and checksums are those of the server."""
    found = read(stream)

    assert [(each.position, each.subject, each.data) for each in found] == [
        (number + 1, f"log.{LOG}.poll.{number}", body) for number, body in enumerate(bodies)
    ]
    assert all(each.is_whole for each in found)


@pytest.mark.parametrize("by", [-3, 0, 5])
def test_a_damaged_entry_is_not_whole(stream: Path, bodies: list[bytes], by: int) -> None:
    """A bit of its bytes, or of what stands before them; the others are as they were."""
    change(stream, bodies[61], by)

    found = read(stream)

    assert [each.position for each in found if each.is_whole] == [n for n in range(1, COUNT + 1) if n != 62]


@pytest.mark.parametrize("number", [0, 61, COUNT - 1])
@pytest.mark.parametrize("byte", range(22))
def test_a_damaged_head_costs_one_entry(stream: Path, number: int, byte: int) -> None:
    """Length, position, time: whichever byte of a record's beginning is another, all other entries are found."""
    change(stream, f"log.{LOG}.poll.{number}".encode(), byte - 22)

    found = read(stream)

    whole = [each.position for each in found if each.is_whole]
    assert whole == [n for n in range(1, COUNT + 1) if n != number + 1]


def test_a_torn_end(stream: Path) -> None:
    """What was being written when the power failed is no entry; those before it are."""
    [block] = stream.glob("msgs/*.blk")
    block.write_bytes(block.read_bytes()[:-10])

    assert [each.position for each in read(stream) if each.is_whole] == list(range(1, COUNT))


def test_nothing(tmp_path: Path) -> None:
    """A folder that is not there has no entries."""
    assert not read(tmp_path / "none")


def test_one_that_bears_a_damaged_position_is_left_out(stream: Path, bodies: list[bytes]) -> None:
    """It would say that much is missing behind it; a damaged entry at its own position is there, and not whole."""
    change(stream, f"log.{LOG}.poll.40".encode(), by=-22 + 4)  # the lowest byte of 41, which becomes 57
    change(stream, bodies[60], by=3)

    found = [*in_order(read_blocks(stream, LOG))]

    assert [each.position for each in found] == [*range(1, 41), *range(42, COUNT + 1)]
    assert [each.position for each in found if not each.is_whole] == [61]
