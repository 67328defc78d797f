"""
Checkpoints: what a log signs to say how long it is and what is in it (https://c2sp.org/tlog-checkpoint).

    <origin>                 the log's name, crest.example/governance
    <size>                   how many entries it has
    <base64 of the root>     of the Merkle tree over them
    <extension lines>        only where a log changes its key (`libs/audit/rotation.py`)
"""

import base64
import re
from dataclasses import dataclass
from typing import Self

from libs.audit.merkle import EMPTY_ROOT, HASH_BYTES
from libs.audit.notes import BadNote, from_base64

SIZE_MAX = 2**63 - 1

_SIZE = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log *origin* has *size* entries, over which the tree has that *root*."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of the signed note."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the checkpoint that the text of a note is.

        Raises:
            BadNote: It is none.
        """
        if not text.endswith("\n"):
            raise BadNote("A checkpoint ends with a line feed.")
        origin, *rest = text[:-1].split("\n")
        if not origin or len(rest) < 2:
            raise BadNote("A checkpoint has a line each for the log's name, its size and its root.")
        size, root, *extensions = rest
        if not _SIZE.fullmatch(size) or int(size) > SIZE_MAX:
            raise BadNote(f"{size[:50]!r} is not the size of a log.")
        if not all(extensions):
            raise BadNote("A checkpoint has no empty lines.")
        return cls(origin, int(size), _root(root, int(size)), tuple(extensions))


def _root(text: str, size: int) -> bytes:
    root = from_base64(text)
    if root is None or len(root) != HASH_BYTES:
        raise BadNote(f"{text[:100]!r} is not the root of a tree: 32 bytes in base64.")
    if size == 0 and root != EMPTY_ROOT:
        raise BadNote("The root of a log without entries is not that of the empty tree.")
    return root
