"""
What goes into a backup goes in closed: compressed, then encrypted for recipients whose private keys are elsewhere.

The node knows public keys alone, so neither it nor whoever keeps the backup can open it. What did not change since the
last backup is told by a mark, a keyed hash whose key stays with the node's secrets: nobody else can try out what the
content might be.
"""

import gzip
import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyrage

from libs.node.backup.manifest import Piece
from libs.node.backup.store import Found, Store
from libs.node.trouble import NodeTrouble

COMPRESSION_LEVEL = 6


class Chest:
    """Puts content into *store*, closed for *recipients*; *kept* is what lies there already."""

    def __init__(self, store: Store, recipients: Sequence[str], *, mark_key: bytes, kept: Mapping[str, Found]) -> None:
        """
        Raises:
            NodeTrouble: One of the recipients is none.
        """
        self._store = store
        self._recipients = [_recipient(each) for each in recipients]
        self._mark_key = mark_key
        self._kept = kept
        self.put_bytes_count = 0
        """What was copied, as it lies there."""

    def mark(self, content: bytes) -> str:
        """Return what tells *content* from other content, to whoever has the node's key."""
        return hashlib.blake2b(content, key=self._mark_key, digest_size=32).hexdigest()

    def has(self, piece: Piece) -> bool:
        """Return whether a piece of an earlier backup is still there, and as long as it was."""
        found = self._kept.get(piece.name)
        return found is not None and found.bytes_count == piece.bytes_count

    def put(self, kind: str, content: bytes, former: Collection[Piece] = ()) -> Piece:
        """Keep *content*, unless one of the *former* pieces is the same."""
        mark = self.mark(content)
        for piece in former:
            if piece.mark == mark and piece.name.startswith(f"{kind}/") and self.has(piece):
                return piece
        data = pyrage.encrypt(gzip.compress(content, COMPRESSION_LEVEL, mtime=0), self._recipients)
        name = f"{kind}/{hashlib.sha256(data).hexdigest()}"
        self._store.put(name, data)
        self.put_bytes_count += len(data)
        return Piece(name=name, bytes_count=len(data), mark=mark)


class Opener:
    """Opens the pieces in *store* with the private keys in *key_file*."""

    def __init__(self, store: Store, key_file: Path) -> None:
        """
        Raises:
            NodeTrouble: The file has no key.
        """
        self._store = store
        self._key_file = key_file
        self._identities = _identities(key_file)

    def open(self, what: str, piece: Piece) -> bytes:
        """
        Return the content of a piece; *what* says to a person which it is.

        Raises:
            NodeTrouble: It is missing or was changed, or the key does not open it.
        """
        data = checked(self._store, what, piece)
        try:
            return gzip.decompress(pyrage.decrypt(data, self._identities))
        except pyrage.DecryptError as fault:
            raise NodeTrouble(
                f"The key in {self._key_file} does not open {self._store.name}/{piece.name} ({what}): {fault}."
                " Bring the private key of a recipient that the backup was made for."
            ) from fault


def checked(store: Store, what: str, piece: Piece) -> bytes:
    """
    Return the bytes of a piece as they lie in *store*.

    Raises:
        NodeTrouble: They are missing, or not those that were written.
    """
    data = store.get(piece.name)
    place = f"{store.name}/{piece.name} ({what})"
    if data is None:
        raise NodeTrouble(f"{place} is missing: the backup is damaged.")
    if hashlib.sha256(data).hexdigest() != piece.name.rpartition("/")[2]:
        raise NodeTrouble(f"{place} is not what was written: the backup is damaged there.")
    return data


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as fault:
        raise NodeTrouble(f"{text!r} is no public key of age; those begin with age1 ({fault}).") from fault


def check_recipient(text: str) -> str:
    """
    Return a recipient's public key as it is written.

    Raises:
        NodeTrouble: It is none.
    """
    _recipient(text)
    return text


def new_key() -> tuple[str, str]:
    """Return a new key: the text of a file as age-keygen writes it, and its public half."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    return f"# public key: {public}\n{identity}\n", public


def _identities(key_file: Path) -> list[pyrage.x25519.Identity]:
    try:
        lines = key_file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise NodeTrouble(f"{key_file} cannot be read as a file of age keys.") from fault
    found = []
    for line in (each.strip() for each in lines):
        if line and not line.startswith("#"):
            try:
                found.append(pyrage.x25519.Identity.from_str(line))
            except pyrage.IdentityError as fault:
                raise NodeTrouble(f"{key_file} holds a line that is no private key of age.") from fault
    if not found:
        raise NodeTrouble(f"{key_file} holds no private key of age; those begin with AGE-SECRET-KEY-1.")
    return found
