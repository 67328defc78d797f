"""
What a log sends to a witness, and how a witness refuses.

    old <the size that the witness cosigned last, or 0>
    <base64 of a hash>               of the consistency proof from there
                                     (an empty line)
    <the checkpoint, a signed note>

    Refused
    ├── Malformed          400   the request is not one, or goes backwards
    ├── NotFromTheLog      403   the log's key has not signed the checkpoint
    ├── UnknownLog         404   no log of that name is witnessed here
    ├── NotTheLatest       409   the witness has cosigned another size than the log believes
    ├── TooLong            413   longer than any that is taken
    └── NotConsistent      422   the checkpoint does not extend what was cosigned
"""

import base64
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from libs.audit.checkpoints import SIZE_MAX, Checkpoint
from libs.audit.merkle import EMPTY_ROOT, HASH_BYTES
from libs.audit.notes import BadNote, Note, from_base64

REQUEST_BYTES_MAX = 256 * 1024
HASHES_MAX = 63

_OLD = re.compile(r"old (0|[1-9]\d{0,18})", re.ASCII)


class Refused(Exception):
    """The checkpoint is not cosigned; *args[0]* says why in one sentence."""

    status: ClassVar[int] = 400


class Malformed(Refused):
    """The request cannot be read, or asks to go back to a smaller tree."""


class NotFromTheLog(Refused):
    """No key of the log has signed the checkpoint, or the line of one is forged."""

    status = 403


class UnknownLog(Refused):
    """No log of that name is witnessed here."""

    status = 404


class NotTheLatest(Refused):
    """The witness has cosigned another size last; *size* is that one."""

    status = 409

    def __init__(self, size: int) -> None:
        super().__init__(f"The last checkpoint that was cosigned here has the size {size}.")
        self.size = size


class TooLong(Refused):
    """The request is longer than any that is taken."""

    status = 413


class NotConsistent(Refused):
    """The proof does not show that the tree extends the one that was cosigned last."""

    status = 422


@dataclass(frozen=True)
class AddCheckpoint:
    """That a log asks for a cosignature; whether it may is not known yet."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """
        Return the request that *body* is.

        Raises:
            Malformed: It is none.
            TooLong: It has more than `REQUEST_BYTES_MAX` bytes.
        """
        if len(body) > REQUEST_BYTES_MAX:
            raise TooLong(f"A request has at most {REQUEST_BYTES_MAX} bytes.")
        head, gap, rest = body.partition(b"\n\n")
        first, *lines = head.decode("ascii", errors="replace").split("\n")
        old = _OLD.fullmatch(first)
        if old is None or int(old[1]) > SIZE_MAX or not gap:
            raise Malformed("A request begins with `old` and a size, and has an empty line before the checkpoint.")
        hashes = tuple(from_base64(line) or b"" for line in lines)
        if len(hashes) > HASHES_MAX or any(len(each) != HASH_BYTES for each in hashes):
            raise Malformed(f"A proof is at most {HASHES_MAX} lines, each 32 bytes in base64.")
        try:
            note = Note.parse(rest)
            _check_nothing_is_nothing(note.text)
            return cls(int(old[1]), hashes, note, Checkpoint.parse(note.text))
        except BadNote as fault:
            raise Malformed(str(fault)) from fault

    def encode(self) -> bytes:
        """Return the request's bytes, as a log sends them."""
        lines = [f"old {self.old_size}", *(base64.b64encode(each).decode() for each in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.note.encode()


def _check_nothing_is_nothing(text: str) -> None:
    """
    Raises:
        NotConsistent: A log without entries is said to have another root than that of the empty tree.
    """
    _, size, root, *_ = [*text.split("\n"), "", ""]
    if size == "0" and len(from_base64(root) or b"") == HASH_BYTES and from_base64(root) != EMPTY_ROOT:
        raise NotConsistent("The root of a log without entries is not that of the empty tree.")
