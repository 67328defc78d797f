"""The file that a voter keeps proves one entry to whoever trusts the keys, and nothing more."""

import base64
from collections.abc import Sequence

import pytest

from libs.audit.merkle import InvalidProof, Node, leaf_hash, root_over
from libs.audit.notes import BadNote, NotSigned, Verifier
from libs.audit.policy import Party, Policy
from libs.audit.proofs import BadProofFile, TlogProof
from tests.libs.audit.test_merkle import BALLOTS
from tests.libs.audit.test_notes import CHECKPOINT, LOG_VKEY, SPECIFIED_VKEY, WITNESS_VKEY

LEAVES = [leaf_hash(ballot) for ballot in BALLOTS]
WITNESS = Party(Verifier.parse(WITNESS_VKEY))
POLICY = Policy((Party(Verifier.parse(LOG_VKEY)),), {"w": WITNESS}, quorum="w")


def read_hashes(nodes: Sequence[Node]) -> list[bytes]:
    """The subtrees over the eight ballots."""
    return [root_over(LEAVES[node.index << node.level : (node.index + 1) << node.level]) for node in nodes]


@pytest.fixture
def proof() -> TlogProof:
    """That of the ballot 5."""
    return TlogProof.make(5, CHECKPOINT, read_hashes)


class TestFile:
    def test_has_the_form_that_others_read(self, proof: TlogProof) -> None:
        """A header, the index, the siblings from the leaf on, and the checkpoint as it was signed."""
        siblings = (LEAVES[4], root_over(LEAVES[6:]), root_over(LEAVES[:4]))
        lines = "".join(base64.b64encode(each).decode() + "\n" for each in siblings)

        assert proof.encode() == f"c2sp.org/tlog-proof@v1\nindex 5\n{lines}\n".encode() + CHECKPOINT
        assert TlogProof.parse(proof.encode()) == proof

    @pytest.mark.parametrize("extra", [b"", b"what nobody vouches for"])
    def test_may_say_more(self, proof: TlogProof, extra: bytes) -> None:
        """Extra bytes come through as they are."""
        with_extra = TlogProof(proof.index, proof.hashes, proof.checkpoint, extra)

        assert TlogProof.parse(with_extra.encode()) == with_extra
        assert with_extra.encode().split(b"\n")[1].startswith(b"extra ")

    @pytest.mark.parametrize(
        "old, new",
        [
            (b"@v1", b"@v2"),
            (b"index 5", b"index 05"),
            (b"index 5", b"index -5"),
            (b"index 5", b"index 9223372036854775808"),
            (b"index 5\n", b""),
            (b"index 5\n", b"index 5\n" + base64.b64encode(bytes(31)) + b"\n"),
            (b"index 5\n", b"index 5\nnot base64\n"),
            (b"index 5\n", b"index 5\n" + 61 * (base64.b64encode(bytes(32)) + b"\n")),
            (b"index 5", b"extra !\nindex 5"),
            (b"index 5", "index ٥".encode()),
            (b"\n\n", b"\n"),
        ],
    )
    def test_nothing_else_is_one(self, proof: TlogProof, old: bytes, new: bytes) -> None:
        """What differs from the form is not read."""
        with pytest.raises(BadProofFile):
            TlogProof.parse(proof.encode().replace(old, new))


class TestVerifying:
    @pytest.mark.parametrize("index", range(8))
    def test_every_entry(self, index: int) -> None:
        """Each entry of the log has a proof that holds under the policy."""
        proof = TlogProof.parse(TlogProof.make(index, CHECKPOINT, read_hashes).encode())

        assert proof.verify(BALLOTS[index], POLICY).checkpoint.size == 8

    @pytest.mark.parametrize("entry", [b"", b"ballot-4", b"ballot-5 ", LEAVES[5]])
    def test_no_other_entry(self, proof: TlogProof, entry: bytes) -> None:
        """Another ballot, or one byte more, is not what was proved."""
        with pytest.raises(InvalidProof):
            proof.verify(entry, POLICY)

    def test_no_other_place(self, proof: TlogProof) -> None:
        """A ballot is at its own index alone."""
        for index in (0, 4, 6, 7, 8):
            with pytest.raises(InvalidProof):
                TlogProof(index, proof.hashes, CHECKPOINT).verify(BALLOTS[5], POLICY)

    def test_no_log_that_is_not_trusted(self, proof: TlogProof) -> None:
        """The proof is worth what the keys are worth."""
        other = Policy((Party(Verifier.parse(SPECIFIED_VKEY)),))
        with pytest.raises(NotSigned):
            proof.verify(BALLOTS[5], other)
        forged = CHECKPOINT.replace(b"\n8\n", b"\n9\n")
        with pytest.raises(BadNote):
            TlogProof(5, proof.hashes, forged).verify(BALLOTS[5], POLICY)

    def test_there_is_none_for_what_is_not_there(self) -> None:
        """The checkpoint of eight entries proves none of a ninth."""
        with pytest.raises(ValueError, match="has no entry 8"):
            TlogProof.make(8, CHECKPOINT, read_hashes)
