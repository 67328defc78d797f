"""What a witness reads is what https://c2sp.org/tlog-witness says, to the byte; what could be read twice is not."""

import base64

import pytest

from libs.audit.merkle import EMPTY_ROOT
from libs.audit.witness.requests import REQUEST_BYTES_MAX, AddCheckpoint, Malformed, NotConsistent, TooLong
from tests.libs.audit.witness.conftest import LOG, Keeper

NOTE = Keeper().note(5).encode()
HASH = base64.b64encode(bytes(32))


@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (5, 5), (3, 300), (256, 257)])
def test_is_read_as_it_was_written(keeper: Keeper, sizes: tuple[int, int]) -> None:
    """A request has one form."""
    request = keeper.request(*sizes)

    assert AddCheckpoint.parse(request.encode()) == request


def test_as_another_tool_writes_it() -> None:
    """A size, hashes, an empty line, the note."""
    request = AddCheckpoint.parse(b"old 3\n" + HASH + b"\n" + HASH + b"\n\n" + NOTE)

    assert (request.old_size, request.proof, request.checkpoint.size) == (3, (bytes(32),) * 2, 5)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        NOTE,
        b"old 0\n" + NOTE,
        *(b"old " + size + b"\n\n" + NOTE for size in (b"", b"-1", b"+1", b"01", b"1 ", b"x", b"9" * 20, b"1\r")),
        b"OLD 0\n\n" + NOTE,
        b"old 3\n" + HASH[:-1] + b"\n\n" + NOTE,
        b"old 3\n" + base64.b64encode(bytes(31)) + b"\n\n" + NOTE,
        b"old 3\n" + b"\n".join([HASH] * 64) + b"\n\n" + NOTE,
        b"old 0\n\n" + NOTE[:-1],
        b"old 0\n\n" + NOTE.partition(b"\n\n")[0],
        b"old 0\n\n\xff" + NOTE,
        b"old 0\n\n" + NOTE.replace(b"\n5\n", b"\n05\n"),
    ],
)
def test_nothing_else_is_one(body: bytes) -> None:
    """400."""
    with pytest.raises(Malformed):
        AddCheckpoint.parse(body)


def test_nothing_has_one_root() -> None:
    """422: the tree of size 0 has the root of nothing."""
    text = Keeper().note(0).text.replace(base64.b64encode(EMPTY_ROOT).decode(), HASH.decode())
    note = f"{text}\n{LOG.sign(text)}".encode()

    with pytest.raises(NotConsistent):
        AddCheckpoint.parse(b"old 0\n\n" + note)


def test_length_is_bounded() -> None:
    """413: whoever sends without end is not listened to."""
    with pytest.raises(TooLong):
        AddCheckpoint.parse(b"old 0\n\n" + b" " * REQUEST_BYTES_MAX)
