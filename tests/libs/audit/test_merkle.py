"""The tree is RFC 6962's, and its proofs prove what is so and nothing else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    InvalidProof,
    Node,
    ReadHashes,
    consistency_proof,
    frontier_nodes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_over,
    verify_consistency,
    verify_inclusion,
)

BALLOTS = [f"ballot-{number}".encode() for number in range(8)]

ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "cb56681cdca7527267909b05b19a824f90e8fc409b3a5eaeb6d0960c5370df44",
    2: "468b72cd2cff9947995d76e92d5c0fde8f45c3716298f967b7dd2e3fe08abab8",
    3: "e2ecce54bccb1c6982763668d50ea896f91bb01446b31c53ec2329d49df0db0d",
    7: "9df7c7973de29817e112a2035d45449347c3a3a3b290ccfe9ea6414c5fcd75cc",
    8: "3ec833e50ef7637b44a307224f473addad8d79abf756ac7c7fa44453554c6b1f",
}
"""Of trees over the ballots, made by another program."""

LEAVES_MAX = 600


def leaves(count: int) -> list[bytes]:
    """The leaf hashes of a log of small entries."""
    return [leaf_hash(number.to_bytes(2, "big")) for number in range(count)]


LEAVES = leaves(LEAVES_MAX)


def mth(hashes: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY_ROOT
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return node_hash(mth(hashes[:k]), mth(hashes[k:]))


def reading(hashes: list[bytes]) -> ReadHashes:
    """What reads subtrees of a tree that is at hand."""
    return lambda nodes: [mth(hashes[n.index << n.level : (n.index + 1) << n.level]) for n in nodes]


def altered(hashes: list[bytes], place: int) -> list[bytes]:
    """*hashes* with one bit changed."""
    changed = bytes([hashes[place][0] ^ 1]) + hashes[place][1:]
    return [*hashes[:place], changed, *hashes[place + 1 :]]


sizes = st.integers(1, LEAVES_MAX)


class TestRoot:
    @pytest.mark.parametrize("size, root_", ROOTS.items())
    def test_is_what_other_programs_find(self, size: int, root_: str) -> None:
        """Entry by entry, and from below, the roots are the known ones."""
        hashes = [leaf_hash(ballot) for ballot in BALLOTS[:size]]
        frontier = Frontier()
        for each in hashes:
            frontier.append(each)

        assert frontier.root().hex() == root_over(hashes).hex() == root_

    @given(sizes)
    def test_is_that_of_the_definition(self, size: int) -> None:
        """All ways to a root are the recursive one of RFC 6962."""
        hashes = LEAVES[:size]
        frontier = Frontier()
        for each in hashes:
            frontier.append(each)

        assert frontier.root() == root_over(hashes) == root(size, reading(hashes)) == mth(hashes)

    def test_a_leaf_is_no_node(self) -> None:
        """An entry that looks like two hashes has another hash than the node over them."""
        left, right = LEAVES[:2]

        assert leaf_hash(left + right) != node_hash(left, right)


class TestFrontier:
    @given(sizes, sizes)
    def test_goes_on_from_what_was_kept_of_it(self, first: int, size: int) -> None:
        """Size and hashes are all that has to be kept; there are as many hashes as the size has one-bits."""
        frontier = Frontier()
        for each in LEAVES[: min(first, size)]:
            frontier.append(each)
        kept = Frontier(frontier.size, frontier.hashes)
        for each in LEAVES[min(first, size) : size]:
            kept.append(each)

        assert (kept.size, kept.root()) == (size, mth(LEAVES[:size]))
        assert list(kept.hashes) == reading(LEAVES[:size])(frontier_nodes(size))
        assert len(kept.hashes) == size.bit_count()

    def test_a_copy_grows_by_itself(self) -> None:
        """What is added to a copy is not in the tree that it was made of."""
        frontier = Frontier(1, LEAVES[:1])
        frontier.copy().append(LEAVES[1])

        assert frontier.root() == LEAVES[0]

    @pytest.mark.parametrize(
        "size, hashes", [(1, []), (0, LEAVES[:1]), (2, LEAVES[:2]), (1, [b"short"]), (-1, LEAVES[:1])]
    )
    def test_what_cannot_be_one_is_refused(self, size: int, hashes: list[bytes]) -> None:
        """A row that was damaged does not make a tree."""
        with pytest.raises(ValueError, match="cannot be the frontier"):
            Frontier(size, hashes)


class TestInclusion:
    @given(st.data(), sizes)
    def test_every_entry_has_its_proof(self, data: st.DataObject, size: int) -> None:
        """A proof shows its entry at its index in its tree, and neither another entry, index nor tree."""
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, reading(LEAVES[:size]))
        whole = {"leaf": LEAVES[index], "index": index, "size": size, "root": mth(LEAVES[:size])}

        verify_inclusion(proof, **whole)  # type: ignore[arg-type]
        for differing in ({"leaf": leaf_hash(b"-")}, {"root": LEAVES[0][::-1]}, {"index": size}, {"index": -1}):
            with pytest.raises(InvalidProof):
                verify_inclusion(proof, **(whole | differing))  # type: ignore[arg-type]
        other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else 1
        with pytest.raises(InvalidProof):
            verify_inclusion(proof, **(whole | {"index": other}))  # type: ignore[arg-type]

    @given(st.data(), sizes)
    def test_an_altered_proof_proves_nothing(self, data: st.DataObject, size: int) -> None:
        """One bit changed, a hash less, a hash more: each is refused."""
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, reading(LEAVES[:size]))
        wrong = [altered(proof, place) for place in range(len(proof))]
        wrong += [[*proof, LEAVES[0]], [LEAVES[0], *proof], *([proof[1:], proof[:-1]] if proof else [])]

        for each in wrong:
            with pytest.raises(InvalidProof):
                verify_inclusion(each, leaf=LEAVES[index], index=index, size=size, root=mth(LEAVES[:size]))

    @pytest.mark.parametrize("index, size", [(0, 0), (3, 3), (-1, 3)])
    def test_what_is_not_there_has_no_proof(self, index: int, size: int) -> None:
        """There is no proof for an entry that the tree has not."""
        with pytest.raises(ValueError, match="has no entry"):
            inclusion_proof(index, size, reading(LEAVES[:size]))


class TestConsistency:
    @given(st.integers(0, LEAVES_MAX), st.integers(0, LEAVES_MAX))
    def test_every_tree_begins_with_the_older_ones(self, one: int, other: int) -> None:
        """A proof shows that a log only grew."""
        old, size = sorted((one, other))
        proof = consistency_proof(old, size, reading(LEAVES[:size]))

        verify_consistency(proof, old_size=old, old_root=mth(LEAVES[:old]), size=size, root=mth(LEAVES[:size]))

    @given(st.data(), sizes)
    def test_a_rewritten_beginning_is_found(self, data: st.DataObject, size: int) -> None:
        """Where an older tree had another entry there is no proof, whatever is made of the new tree."""
        old = data.draw(st.integers(1, size))
        place = data.draw(st.integers(0, old - 1))
        older = mth(altered(LEAVES[:old], place))
        proof = consistency_proof(old, size, reading(LEAVES[:size]))

        with pytest.raises(InvalidProof):
            verify_consistency(proof, old_size=old, old_root=older, size=size, root=mth(LEAVES[:size]))

    @given(st.data(), sizes)
    def test_an_altered_proof_proves_nothing(self, data: st.DataObject, size: int) -> None:
        """One bit changed, a hash less, a hash more, another root: each is refused."""
        old = data.draw(st.integers(0, size))
        proof = consistency_proof(old, size, reading(LEAVES[:size]))
        roots = {"old_root": mth(LEAVES[:old]), "root": mth(LEAVES[:size])}
        wrong = [altered(proof, place) for place in range(len(proof))]
        wrong += [[*proof, LEAVES[0]], [LEAVES[0], *proof], *([proof[1:], proof[:-1]] if proof else [])]

        for each in wrong:
            with pytest.raises(InvalidProof):
                verify_consistency(each, old_size=old, size=size, **roots)
        with pytest.raises(InvalidProof):
            verify_consistency(proof, old_size=old, size=size, **(roots | {"old_root": roots["old_root"][::-1]}))
        if old:
            with pytest.raises(InvalidProof):
                verify_consistency(proof, old_size=old, size=size, **(roots | {"root": roots["root"][::-1]}))

    def test_a_log_does_not_shrink(self) -> None:
        """The larger tree is never the older one."""
        with pytest.raises(ValueError, match="cannot begin with"):
            consistency_proof(3, 2, reading(LEAVES[:3]))
        with pytest.raises(InvalidProof, match="cannot begin with"):
            verify_consistency([], old_size=3, old_root=EMPTY_ROOT, size=2, root=EMPTY_ROOT)


def test_all_hashes_are_asked_for_at_once() -> None:
    """A reader far away is asked one time for a whole proof."""
    asked: list[list[Node]] = []

    def read(nodes: Sequence[Node]) -> Sequence[bytes]:
        asked.append(list(nodes))
        return reading(LEAVES[:599])(asked[-1])

    inclusion_proof(300, 599, read)

    assert len(asked) == 1
