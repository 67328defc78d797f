"""A log as its keeper signs it, honest or not, and a witness that watches it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import Frontier, Node, consistency_proof, leaf_hash, root_over
from libs.audit.notes import COSIGNATURE, Note, Signer
from libs.audit.witness import Witness
from libs.audit.witness.requests import AddCheckpoint
from libs.audit.witness.store import Store

ORIGIN = "vote.example/governance"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
W1 = Signer("w1.example", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE, clock=lambda: 1_700_000_000)


@dataclass
class Keeper:
    """Whoever has the log's key; another *world* is another history under the same name."""

    world: str = ""
    signer: Signer = field(default=LOG)

    def note(self, size: int) -> Note:
        """The signed checkpoint of a size."""
        tree = Frontier()
        for leaf in self._leaves(size):
            tree.append(leaf)
        text = Checkpoint(self.signer.name, size, tree.root()).text
        return Note(text, (self.signer.sign(text),))

    def request(self, old_size: int, size: int) -> AddCheckpoint:
        """What an honest sealer sends to a witness that cosigned *old_size* last."""
        leaves = self._leaves(size)

        def read(nodes: Sequence[Node]) -> list[bytes]:
            return [root_over(leaves[node.index << node.level :][: 1 << node.level]) for node in nodes]

        note = self.note(size)
        proof = tuple(consistency_proof(old_size, size, read)) if old_size <= size else ()
        return AddCheckpoint(old_size, proof, note, Checkpoint.parse(note.text))

    def _leaves(self, size: int) -> list[bytes]:
        return [leaf_hash(f"{self.world} {index}".encode()) for index in range(size)]


@pytest.fixture
def keeper() -> Keeper:
    """The log's honest keeper."""
    return Keeper()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """What the witness keeps."""
    store = Store(tmp_path / "witness.sqlite")
    yield store
    store.close()


@pytest.fixture
def witness(store: Store) -> Witness:
    """A witness of the log, new."""
    return Witness([LOG.verifier], W1, store)
