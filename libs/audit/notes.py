"""
Signed notes (https://c2sp.org/signed-note): a text, an empty line, and one line for each signature.

    <text, ended by a line feed>

    — <key name> <base64 of the key id, 4 bytes, and the signature>

A log signs the text itself (kind 0x01, Ed25519). A witness cosigns it (kind 0x04, https://c2sp.org/tlog-cosignature):
before the text it signs `cosignature/v1` and the time at which it had seen no larger tree of that log.

A public key is handed on as a *verifier key*, `<name>+<key id, 8 hex digits>+<base64 of the kind and the 32 bytes>`.
Its key id is the first four bytes of SHA-256 over the name, a line feed, the kind and the key.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

ED25519 = 0x01
COSIGNATURE = 0x04
_KINDS = (ED25519, COSIGNATURE)

NOTE_BYTES_MAX = 1_000_000
LINES_MAX = 100

_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_DASH = "\u2014"


class BadNote(ValueError):
    """The bytes are not a signed note, or a signature of a known key is not right."""


class NotSigned(BadNote):
    """None of the keys that are trusted has signed the note."""


class BadKey(ValueError):
    """The text is not a verifier key, or the file holds no key of ours."""


class Line(NamedTuple):
    """One signature line. What *signature* is depends on the kind of the key, which only the key's owner tells."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line, ended by a line feed."""
        return f"{_DASH} {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text and the lines below it; who has signed it is not known before it is opened."""

    text: str
    lines: tuple[Line, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """
        Return the note that *data* is.

        Raises:
            BadNote: It is none.
        """
        if len(data) > NOTE_BYTES_MAX:
            raise BadNote(f"A note of {len(data)} bytes is longer than any that is taken ({NOTE_BYTES_MAX}).")
        try:
            whole = data.decode()
        except UnicodeDecodeError as fault:
            raise BadNote("The note is not UTF-8.") from fault
        if any(character < " " and character != "\n" for character in whole):
            raise BadNote("The note has control characters.")
        text, gap, below = whole.rpartition("\n\n")
        if not gap or not below.endswith("\n"):
            raise BadNote("The note has no signatures behind an empty line.")
        return cls(text + "\n", parse_lines(below))

    def encode(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(map(str, self.lines))}".encode()

    def with_lines(self, lines: Iterable[Line]) -> "Note":
        """Return the note with *lines* as well; of a key's lines the newest takes the place of the older."""
        found = {(line.name, line.key_id): line for line in (*self.lines, *lines)}
        return Note(self.text, tuple(found.values()))


def parse_lines(text: str) -> tuple[Line, ...]:
    """
    Return the signature lines that *text* is, at least one.

    Raises:
        BadNote: It is something else.
    """
    lines = text.split("\n")
    if lines.pop() or not lines:
        raise BadNote("Signature lines end with a line feed.")
    if len(lines) > LINES_MAX:
        raise BadNote(f"The note has {len(lines)} signatures, more than are taken ({LINES_MAX}).")
    return tuple(map(_parse_line, lines))


def _parse_line(line: str) -> Line:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    signature = from_base64(encoded)
    if dash != _DASH or not _is_name(name) or signature is None or len(signature) < 5:
        raise BadNote(f"This is not a signature line: {line[:100]!r}.")
    return Line(name, signature[:4], signature[4:])


@dataclass(frozen=True)
class Verifier:
    """A public key that somebody trusts: of a log (`ED25519`) or of a witness (`COSIGNATURE`)."""

    name: str
    public_key: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        """
        Raises:
            BadKey: The name has white space or a plus sign or is empty, or the key is none of the two kinds.
        """
        if not _is_name(self.name):
            raise BadKey(f"{self.name!r} cannot name a key: it is empty, or has white space or a plus sign.")
        if self.kind not in _KINDS:
            raise BadKey(f"The key {self.name} is of the kind {self.kind:#04x}, which is not known here.")
        if len(self.public_key) != _KEY_BYTES:
            raise BadKey(f"An Ed25519 public key has {_KEY_BYTES} bytes, not {len(self.public_key)}.")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """
        Return the key that a verifier key tells of.

        Raises:
            BadKey: It is no verifier key, or its key id is not that of the key.
        """
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        key = from_base64(encoded)
        if not key:
            raise BadKey(f"{vkey[:200]!r} is not a verifier key (name+key id+key).")
        verifier = cls(name, key[1:], key[0])
        if verifier.key_id.hex() != key_id:
            raise BadKey(f"The key id of {vkey[:200]!r} is not that of the key: it should be {verifier.key_id.hex()}.")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        """The four bytes by which signature lines name the key; not enough to know it by."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public_key).decode()}"

    def verify(self, text: str, line: Line) -> int | None:
        """
        Check *line* below *text*, and return the time of a cosignature, in seconds since 1970.

        Raises:
            BadNote: This key did not sign that.
        """
        signature, time_s = line.signature, None
        signed = text.encode()
        if self.kind == COSIGNATURE:
            time_s = int.from_bytes(signature[:_TIME_BYTES], "big")
            signature, signed = signature[_TIME_BYTES:], _cosigned(text, time_s)
        try:
            if len(signature) != _SIGNATURE_BYTES:
                raise InvalidSignature
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, signed)
        except InvalidSignature as fault:
            raise BadNote(f"The signature of {self.name} ({self.key_id.hex()}) is not right.") from fault
        return time_s


class Signed(NamedTuple):
    """That a trusted key has signed a note, and for a cosignature when."""

    by: Verifier
    line: Line
    time_s: int | None


def open_note(note: Note, trusted: Iterable[Verifier]) -> tuple[Signed, ...]:
    """
    Return which of the keys in *trusted* have signed the note. Lines of other keys are passed over.

    Raises:
        NotSigned: None of them has.
        BadNote: A line names one of them, and that key did not sign the note.
        BadKey: Two of the keys have the same name and key id, so that lines would not tell them apart.
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in trusted:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise BadKey(f"Two keys are called {verifier.name} and have the key id {verifier.key_id.hex()}.")
    named = [(known[line.name, line.key_id], line) for line in note.lines if (line.name, line.key_id) in known]
    found = tuple(Signed(verifier, line, verifier.verify(note.text, line)) for verifier, line in named)
    if not found:
        raise NotSigned("No key that is trusted here has signed the note.")
    return found


@dataclass(frozen=True)
class Signer:
    """A private key, and whom it signs for."""

    name: str
    private_key: Ed25519PrivateKey
    kind: int = ED25519
    clock: Callable[[], float] = time.time

    @classmethod
    def load(cls, name: str, pem: Path, kind: int = ED25519) -> Self:
        """
        Return what signs with the key in the file *pem*.

        Raises:
            BadKey: It holds no Ed25519 key.
            OSError: It cannot be read.
        """
        try:
            key = load_pem_private_key(pem.read_bytes(), password=None)
        except (ValueError, TypeError) as fault:
            raise BadKey(f"{pem} does not hold a key; restore it from a backup.") from fault
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(f"{pem} does not hold an Ed25519 key; restore it from a backup.")
        return cls(name, key, kind)

    @cached_property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.private_key.public_key().public_bytes_raw(), self.kind)

    def sign(self, text: str) -> Line:
        """Return the signature line to *text*; a witness's says that it is of this moment."""
        time_s = int(self.clock())
        if self.kind == COSIGNATURE:
            signature = time_s.to_bytes(_TIME_BYTES, "big") + self.private_key.sign(_cosigned(text, time_s))
        else:
            signature = self.private_key.sign(text.encode())
        return Line(self.name, self.verifier.key_id, signature)


def new_pem() -> bytes:
    """Return a new Ed25519 key, as the file that `Signer.load` reads."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _cosigned(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def _is_name(name: str) -> bool:
    return bool(name) and not any(character == "+" or character.isspace() or character < " " for character in name)


def from_base64(text: str) -> bytes | None:
    """Return what *text* says, or None where it is not base64 in the one form that the same bytes have."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
