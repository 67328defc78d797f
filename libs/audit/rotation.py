"""
How a log changes its key: the last checkpoint of the old key names the new one.

It is a checkpoint with one extension line, `rotated-to <verifier key>`, signed with both keys, and is published in the
log's folder as `rotation/<key id of the old key>`. The name of the log stays. Whoever pinned an old key follows from
each to the next; whoever has the old private key could lead them elsewhere, so a key that was stolen is no way to a new
one: then the new key has to be pinned anew.
"""

from collections.abc import Callable
from typing import NamedTuple

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadKey, BadNote, Note, Signer, Verifier, open_note

EXTENSION = "rotated-to "
ROTATIONS_MAX = 1000


class BadRotation(BadNote):
    """What is published as a change of the key is none."""


class Rotation(NamedTuple):
    """That *former* signed nothing after *checkpoint*, and *key* signs from there on."""

    former: Verifier
    key: Verifier
    checkpoint: Checkpoint


def rotation_path(key: Verifier) -> str:
    """Return where in the log's folder the rotation of *key* is published, if it was rotated."""
    return f"rotation/{key.key_id.hex()}"


def rotated(last: Checkpoint, former: Signer, new: Signer) -> Note:
    """Return the last checkpoint of *former*, which names *new*, as both sign it."""
    text = Checkpoint(last.origin, last.size, last.root, (f"{EXTENSION}{new.verifier.vkey}",)).text
    return Note(text, (former.sign(text), new.sign(text)))


def read_rotation(former: Verifier, data: bytes) -> Rotation:
    """
    Return the rotation that *data* is, a signed note.

    Raises:
        BadRotation: It is none of *former*, or not both keys have signed it.
    """
    try:
        note = Note.parse(data)
        checkpoint = Checkpoint.parse(note.text)
        [extension] = checkpoint.extensions
        key = Verifier.parse(extension.removeprefix(EXTENSION))
        signers = {signed.by for signed in open_note(note, [former, key])}
    except (BadNote, BadKey, ValueError) as fault:
        raise BadRotation(f"What is published as the rotation of {former.vkey} is none: {fault}") from fault
    if not extension.startswith(EXTENSION) or signers != {former, key} or key == former:
        raise BadRotation(f"The rotation of {former.vkey} is not signed with this key and with the next one.")
    if not checkpoint.origin == former.name == key.name:
        raise BadRotation(f"The rotation of {former.vkey} is that of another log: {checkpoint.origin}.")
    return Rotation(former, key, checkpoint)


def follow_rotations(pinned: Verifier, read: Callable[[str], bytes | None]) -> list[Rotation]:
    """
    Return how the log's key changed since it was *pinned*, oldest first; the last one's key is the log's key now.

    *read* returns a file of the log's folder, or None where there is none. The checkpoints of the rotations bind the
    log like any other: its tree begins with each of theirs.

    Raises:
        BadRotation: A file of a rotation is none, or they lead in a circle.
    """
    found: list[Rotation] = []
    key = pinned
    while (data := read(rotation_path(key))) is not None:
        found.append(read_rotation(key, data))
        key = found[-1].key
        if key in [pinned, *(each.former for each in found)] or len(found) > ROTATIONS_MAX:
            raise BadRotation(f"The rotations of {pinned.vkey} lead in a circle.")
    return found
