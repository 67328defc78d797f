"""
The proof that an entry is in a log, whole in one file that anyone can keep and check (https://c2sp.org/tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64>                   may be missing; nothing vouches for it
    index <the entry's, from 0>
    <base64 of a hash>               the entry's siblings up to the root, leaf first
                                     (an empty line)
    <the checkpoint, a signed note with its witnesses' lines>

Such a file is called `<something>.tlog-proof`.
"""

import base64
import re
from dataclasses import dataclass
from typing import Self

from libs.audit.checkpoints import SIZE_MAX, Checkpoint
from libs.audit.merkle import HASH_BYTES, ReadHashes, inclusion_proof, leaf_hash, verify_inclusion
from libs.audit.notes import Note, from_base64
from libs.audit.policy import Endorsed, Policy

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
HASHES_MAX = 63
PROOF_BYTES_MAX = 2_000_000

_INDEX = re.compile(r"index (0|[1-9]\d{0,18})", re.ASCII)


class BadProofFile(ValueError):
    """The bytes are not a proof; whether one that is proves anything is another question."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That some entry stands at *index*, from 0, in the tree of the *checkpoint*, the bytes of a signed note."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def make(cls, index: int, checkpoint: bytes, read_hashes: ReadHashes) -> Self:
        """
        Return the proof for the entry *index*, from 0, of the tree that *checkpoint* tells of.

        Raises:
            ValueError: That tree has no such entry.
        """
        size = Checkpoint.parse(Note.parse(checkpoint).text).size
        return cls(index, tuple(inclusion_proof(index, size, read_hashes)), checkpoint)

    def encode(self) -> bytes:
        """Return the file's bytes."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += (base64.b64encode(each).decode() for each in self.hashes)
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """
        Return the proof that *data* is; nothing is checked but its form.

        Raises:
            BadProofFile: It is none.
        """
        head, gap, checkpoint = data.partition(b"\n\n")
        try:
            header, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as fault:
            raise BadProofFile("The head of the proof is not ASCII.") from fault
        if header != HEADER or not gap or not lines or len(data) > PROOF_BYTES_MAX:
            raise BadProofFile(f"The file is not a proof: it does not begin with {HEADER}, or is not whole.")
        extra = _decoded(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if index is None or int(index[1]) > SIZE_MAX or len(lines) > HASHES_MAX:
            raise BadProofFile(f"The proof does not name an index, or has more than {HASHES_MAX} hashes.")
        hashes = tuple(map(_decoded, lines))
        if any(len(each) != HASH_BYTES for each in hashes):
            raise BadProofFile(f"A hash of the proof has not {HASH_BYTES} bytes.")
        return cls(int(index[1]), hashes, checkpoint, extra)

    def verify(self, entry: bytes, policy: Policy) -> Endorsed:
        """
        Check that *entry*, its exact bytes, is in a log that *policy* trusts, and return the checkpoint that says so.

        Raises:
            BadNote: The policy does not accept the checkpoint.
            InvalidProof: The hashes do not lead from the entry to the checkpoint's root.
        """
        endorsed = policy.open(self.checkpoint)
        tree = endorsed.checkpoint
        verify_inclusion(self.hashes, leaf=leaf_hash(entry), index=self.index, size=tree.size, root=tree.root)
        return endorsed


def _decoded(text: str) -> bytes:
    data = from_base64(text)
    if data is None:
        raise BadProofFile(f"{text[:100]!r} is not base64.")
    return data
