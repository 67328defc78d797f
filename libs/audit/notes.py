"""
The public key of a log as auditors pin it: a verifier key in the form of C2SP signed-note (https://c2sp.org/signed-note).

`<name>+<key id, 8 hex digits>+<base64 of 0x01 and the 32 bytes of the Ed25519 key>`; the key id is the first four bytes
of SHA-256 over the name, a line feed, 0x01 and the key. The name is the log's origin, `crest.example/governance`.
"""

import base64
import hashlib

_ED25519 = b"\x01"


def verifier_key(name: str, public_key: bytes) -> str:
    """
    Return the verifier key of the log *name*, whose Ed25519 *public_key* has 32 bytes.

    Raises:
        ValueError: The name has white space or a plus sign or is empty, or the key is no such key.
    """
    if not name or "+" in name or any(character.isspace() for character in name):
        raise ValueError(f"{name!r} cannot name a key: it is empty, or has white space or a plus sign.")
    if len(public_key) != 32:
        raise ValueError(f"An Ed25519 public key has 32 bytes, not {len(public_key)}.")
    key_id = hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(_ED25519 + public_key).decode()}"
