"""
Entries that not everybody may read: their data is sealed, what they are about stays in the open.

Sealed data is `{"key_id": …, "sealed": …}`: AES-256-GCM over the canonical JSON of the data, with spaces behind it up
to the next power of two (512 bytes at least; beyond 8,192 to the next multiple of that), so that its length does not
tell a short answer from a long one. In front of the ciphertext stands its nonce, 12 random bytes; all of it is in
base64. The associated data is the event's name, the aggregate's id and the version, so a sealed entry says nothing in
any other place (NIST SP 800-38D).

Plaanet's web pages open the same entries by WebCrypto, which knows this cipher.
"""

import base64
import os
from typing import Protocol
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
PADDED_BYTES_MIN = 512
PADDED_BYTES_STEP = 8_192

DATA_BYTES_MAX = 40_960
"""What is longer would, sealed, be longer than an entry of the log may be."""


class Keys(Protocol):
    """Knows the keys of sealed entries."""

    def key(self, key_id: UUID) -> bytes | None:
        """Return the key of that id, 32 bytes, or None where it is not known."""


class CannotBeOpened(ValueError):
    """The key does not open it: it is another's, or the entry was altered or stands where it was not written for."""


def seal(data: bytes, key: bytes, *, name: str, aggregate_id: UUID, version: int) -> str:
    """Return *data*, canonical JSON, sealed with *key* (32 bytes) for the one place that the rest names."""
    nonce = os.urandom(NONCE_BYTES)
    padded = data.ljust(_padded_bytes(len(data)), b" ")
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, padded, _place(name, aggregate_id, version))).decode()


def open_sealed(sealed: str, key: bytes, *, name: str, aggregate_id: UUID, version: int) -> dict[str, object]:
    """
    Return the data that was sealed with *key* for that place.

    Raises:
        CannotBeOpened: It was not.
    """
    try:
        raw = base64.b64decode(sealed, validate=True)
        padded = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(name, aggregate_id, version))
        data: dict[str, object] = orjson.loads(padded)
    except (InvalidTag, ValueError) as fault:
        raise CannotBeOpened(f"{name} of {aggregate_id} is not sealed with this key for this place") from fault
    return data


def _padded_bytes(size: int) -> int:
    if size > PADDED_BYTES_STEP:
        return -(-size // PADDED_BYTES_STEP) * PADDED_BYTES_STEP
    return max(PADDED_BYTES_MIN, 1 << (size - 1).bit_length())


def _place(name: str, aggregate_id: UUID, version: int) -> bytes:
    return f"{name}|{aggregate_id}|{version}".encode()
