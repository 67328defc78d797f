"""
The Merkle tree over the entries of a log, as RFC 6962 (section 2.1) defines it.

A tree is named by its size: the tree of size n is over the first n entries of the log, and only ever grows. Whoever
knows its root can check, with a few hashes, that an entry is in it (inclusion) and that it begins with an older tree
(consistency).

    leaf   SHA-256(0x00 || entry)
    node   SHA-256(0x01 || left || right)
    root   of n > 1 leaves: the node over the root of the first k and the root of the rest,
           where k is the largest power of two below n; of none: SHA-256 of nothing

All of it can be made of full subtrees: `Node(level, index)` is the one over the 2^level leaves from index · 2^level on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of the tree without leaves."""


class InvalidProof(ValueError):
    """The hashes do not prove what they are said to prove."""


@dataclass(frozen=True, slots=True)
class Node:
    """A full subtree: *level* 0 is a leaf, *index* counts the subtrees of that level from the left."""

    level: int
    index: int


ReadHashes = Callable[[Sequence[Node]], Sequence[bytes]]
"""Returns the hashes of the full subtrees asked for, in their order; all that is needed is asked for at once."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry's exact bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_over(hashes: Sequence[bytes]) -> bytes:
    """Return the root over neighbouring subtrees of one size, leaves for example: level by level from below."""
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        pairs = zip(islice(hashes, 0, None, 2), islice(hashes, 1, None, 2), strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        # One without a neighbour goes up as it is.
        hashes = [*above, hashes[-1]] if len(hashes) % 2 else above
    return hashes[0]


class Frontier:
    """
    What has to be remembered of a tree to let it grow: the roots of the full subtrees it is made of, largest first.

    There are as many as *size* has one-bits, so it fits in a row of a database: keep `size` and `hashes`.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """
        Go on from a tree of *size* leaves.

        Raises:
            ValueError: *hashes* are not as many as a tree of that size has, or not of 32 bytes.
        """
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count() or any(len(each) != HASH_BYTES for each in self._hashes):
            raise ValueError(f"{len(self._hashes)} hashes cannot be the frontier of a tree of {size} leaves.")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        at = self.size
        while at & 1:  # it completes a subtree
            leaf = node_hash(self._hashes.pop(), leaf)
            at >>= 1
        self._hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the tree's root."""
        return _fold(self._hashes) if self._hashes else EMPTY_ROOT

    def copy(self) -> "Frontier":
        """Return one that can grow by itself."""
        return Frontier(self.size, self._hashes)


def frontier_nodes(size: int) -> list[Node]:
    """Return the full subtrees that a tree of *size* leaves is made of, largest first."""
    return list(_cover(0, size))


def root(size: int, read_hashes: ReadHashes) -> bytes:
    """Return the root of the tree of *size* leaves."""
    return Frontier(size, read_hashes(frontier_nodes(size))).root()


def inclusion_proof(index: int, size: int, read_hashes: ReadHashes) -> list[bytes]:
    """
    Return what proves that the entry *index*, is in the tree of *size*: its siblings, leaf first (RFC 6962, 2.1.1).

    Raises:
        ValueError: The tree has no such entry.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} entries has no entry {index}.")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return _read_ranges(ranges[::-1], read_hashes)


def consistency_proof(old_size: int, size: int, read_hashes: ReadHashes) -> list[bytes]:
    """
    Return what proves that the tree of *size* begins with the tree of *old_size* (RFC 6962, 2.1.2).

    Raises:
        ValueError: The older tree is the larger one.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"A tree of {size} entries cannot begin with one of {old_size}.")
    if old_size in (0, size):
        return []
    ranges = []
    start, end, is_left_edge = 0, size, True
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, is_left_edge = middle, False
    if not is_left_edge:  # else it is the old tree itself, whose root is known
        ranges.append((start, end))
    return _read_ranges(ranges[::-1], read_hashes)


def verify_inclusion(proof: Sequence[bytes], *, leaf: bytes, index: int, size: int, root: bytes) -> None:
    """
    Check that the entry whose leaf hash is *leaf* stands at *index*, from 0, in the tree of *size* with that *root*.

    Raises:
        InvalidProof: The proof does not show it.
    """
    if not 0 <= index < size:
        raise InvalidProof(f"A tree of {size} entries has no entry {index}.")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InvalidProof(f"The proof for entry {index} of {size} is longer than the tree is high.")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _up_to_a_left_neighbour(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise InvalidProof(f"The proof does not lead from the entry {index} to the root of the tree of {size}.")


def verify_consistency(proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes) -> None:
    """
    Check that the tree of *size* with that *root* begins with the tree of *old_size* with *old_root*.

    Raises:
        InvalidProof: The proof does not show it.
    """
    if not 0 <= old_size <= size:
        raise InvalidProof(f"A tree of {size} entries cannot begin with one of {old_size}.")
    if old_size in (0, size):
        _verify_without_hashes(proof, old_size, old_root, root if old_size else EMPTY_ROOT)
        return
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise InvalidProof(f"The proof from {old_size} to {size} entries is empty.")
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidProof(f"The proof from {old_size} to {size} entries is longer than the tree is high.")
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            place, last = _up_to_a_left_neighbour(place, last)
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or older != old_root or newer != root:
        raise InvalidProof(f"The proof does not show that the tree of {size} begins with the tree of {old_size}.")


def _verify_without_hashes(proof: Sequence[bytes], size: int, one: bytes, other: bytes) -> None:
    if proof:
        raise InvalidProof(f"From the tree of {size} entries on there is nothing to prove, and the proof has hashes.")
    if one != other:
        raise InvalidProof(f"Two trees of {size} entries have different roots.")


def _up_to_a_left_neighbour(place: int, last: int) -> tuple[int, int]:
    """Go up from a last node that has no neighbour on its right, as long as it is a left one."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(count: int) -> int:
    """Return the largest power of two below *count*."""
    return 1 << (count - 1).bit_length() - 1


def _cover(start: int, end: int) -> Iterator[Node]:
    """Yield the full subtrees that make up the leaves from *start* to *end*, a range that a tree is split into."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the full subtrees of a range, largest first."""
    found = hashes[-1]
    for left in hashes[-2::-1]:
        found = node_hash(left, found)
    return found


def _read_ranges(ranges: Sequence[tuple[int, int]], read_hashes: ReadHashes) -> list[bytes]:
    """Return the root over each range of leaves."""
    covers = [list(_cover(*each)) for each in ranges]
    hashes = iter(read_hashes([node for cover in covers for node in cover]))
    return [_fold(list(islice(hashes, len(cover)))) for cover in covers]
