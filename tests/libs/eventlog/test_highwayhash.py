"""HighwayHash-64 gives what its authors' own code gives."""

import pytest

from libs.eventlog.highwayhash import highwayhash64

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "length, expected",
    [(0, 0x907A56DE22C26E53), (1, 0x7EAB43AAC7CDDD78), (2, 0xB8D0569AB0B53D62), (3, 0x5C6BEFAB8A463D80)],
)
def test_the_authors_vectors(length: int, expected: int) -> None:
    """The first in `highwayhash_test.cc` of their own; `test_blocks.py` checks longer ones, which a server made."""
    assert highwayhash64(KEY, bytes(range(length))) == expected.to_bytes(8, "little")
