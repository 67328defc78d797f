"""Whoever pinned an old key is led to the new one by the old key's own word, and by nobody else's."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash
from libs.audit.notes import Note, Signer
from libs.audit.rotation import BadRotation, follow_rotations, read_rotation, rotated, rotation_path

FIRST, SECOND, THIRD, STRANGER = (
    Signer("vote.example/governance", Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)) for number in range(4)
)
LAST = Checkpoint(FIRST.name, 5, leaf_hash(b"-"))


def published(*rotations: tuple[Signer, Signer]) -> dict[str, bytes]:
    """A log's folder, with these changes of the key."""
    return {rotation_path(old.verifier): rotated(LAST, old, new).encode() for old, new in rotations}


def test_a_key_that_stands_leads_nowhere() -> None:
    """A log that never changed its key has no rotations."""
    assert follow_rotations(FIRST.verifier, published().get) == []


def test_from_each_key_to_the_newest() -> None:
    """An auditor who pinned any of the keys comes to the one that signs now, over all between."""
    folder = published((FIRST, SECOND), (SECOND, THIRD))

    assert [each.key for each in follow_rotations(FIRST.verifier, folder.get)] == [SECOND.verifier, THIRD.verifier]
    assert [each.key for each in follow_rotations(SECOND.verifier, folder.get)] == [THIRD.verifier]
    assert follow_rotations(FIRST.verifier, folder.get)[0].checkpoint.size == 5


def test_it_is_a_checkpoint_like_any_other() -> None:
    """The last word says how long the log was and what was in it, and the new key in one line."""
    assert rotated(LAST, FIRST, SECOND).text == f"{LAST.text}rotated-to {SECOND.verifier.vkey}\n"


@pytest.mark.parametrize(
    "note",
    [
        Note("text\n", (FIRST.sign("text\n"),)),
        Note(LAST.text, (FIRST.sign(LAST.text),)),
        rotated(LAST, STRANGER, SECOND),
        Note(rotated(LAST, FIRST, SECOND).text, (FIRST.sign(rotated(LAST, FIRST, SECOND).text),)),
        Note(rotated(LAST, FIRST, SECOND).text, (SECOND.sign(rotated(LAST, FIRST, SECOND).text),)),
        Note(rotated(LAST, FIRST, SECOND).text, rotated(LAST, FIRST, STRANGER).lines),
        rotated(Checkpoint("other.example/governance", 5, LAST.root), FIRST, SECOND),
        rotated(LAST, FIRST, Signer("other.example/governance", SECOND.private_key)),
        rotated(LAST, FIRST, FIRST),
    ],
)
def test_nothing_else_is_one(note: Note) -> None:
    """A stranger's word, one of only one key, one about another log, or about no key: none is followed."""
    with pytest.raises(BadRotation):
        read_rotation(FIRST.verifier, note.encode())


def test_a_circle_is_refused() -> None:
    """Rotations that lead back to a key that was left are no way."""
    with pytest.raises(BadRotation, match="in a circle"):
        follow_rotations(FIRST.verifier, published((FIRST, SECOND), (SECOND, FIRST)).get)
