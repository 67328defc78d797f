"""How the seal stands, from the files that the sealer publishes."""

import base64
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.web.seals import SealIsBroken, read_seal
from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import EMPTY_ROOT
from libs.audit.notes import COSIGNATURE, Note, Signer

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
ROOT = bytes(32)
LOG = Signer("node.example/governance", Ed25519PrivateKey.generate())
DIE = Signer("die.example", Ed25519PrivateKey.generate(), COSIGNATURE, clock=NOON.timestamp)
VALENCE = Signer("valence.example", Ed25519PrivateKey.generate(), COSIGNATURE, clock=NOON.timestamp)


def publish(folder: Path, *signers: Signer, size: int = 12, at: datetime = NOON) -> None:
    """A checkpoint that *signers* have signed, as the sealer lays it down."""
    text = Checkpoint("node.example/governance", size, ROOT if size else EMPTY_ROOT).text
    (folder / "checkpoint").write_bytes(Note(text, tuple(each.sign(text) for each in signers)).encode())
    (folder / "key").write_text("".join(f"{each.verifier.vkey}\n" for each in (LOG, DIE, VALENCE)))
    os.utime(folder / "checkpoint", (at.timestamp(), at.timestamp()))


def test_says_who_signed_what_and_when(tmp_path: Path) -> None:
    """The log's length, its key, and each witness who is asked."""
    publish(tmp_path, LOG, DIE)
    seal = read_seal(tmp_path)

    assert seal is not None
    assert (seal.size, seal.published_at, seal.key) == (12, NOON, LOG.verifier.vkey)
    assert [(each.name, each.signed_at) for each in seal.witnesses] == [
        ("die.example", NOON),
        ("valence.example", None),
    ]


def test_a_witness_has_a_minute(tmp_path: Path) -> None:
    """Until then one who has not signed is not late; and neither is the seal."""
    publish(tmp_path, LOG, DIE)
    seal = read_seal(tmp_path)
    assert seal is not None
    in_time, late = NOON + timedelta(seconds=60), NOON + timedelta(seconds=61)

    assert seal.late_witnesses(now=in_time) == ()
    assert [each.name for each in seal.late_witnesses(now=late)] == ["valence.example"]
    assert not seal.is_late(13, now=in_time)
    assert seal.is_late(13, now=late)
    assert not seal.is_late(12, now=late), "all is sealed, however long ago"


def test_before_the_first_seal_there_is_none(tmp_path: Path) -> None:
    """Which is no fault."""
    assert read_seal(tmp_path) is None


@pytest.mark.parametrize("breaking", ["torn", "forged", "unsigned", "keyless", "binary"])
def test_a_broken_seal_is_told(tmp_path: Path, breaking: str) -> None:
    """Whatever was done to the files, it is not taken for a seal."""
    publish(tmp_path, *((DIE,) if breaking == "unsigned" else (LOG, DIE)))
    path = tmp_path / "checkpoint"
    data = path.read_bytes()
    match breaking:
        case "torn":
            path.write_bytes(data[:40])
        case "forged":
            path.write_bytes(data.replace(b"\n12\n", b"\n13\n"))
        case "keyless":
            (tmp_path / "key").write_text("no key\n")
        case "binary":
            path.write_bytes(base64.b64decode("/w==") * 100)

    with pytest.raises(SealIsBroken):
        read_seal(tmp_path)
