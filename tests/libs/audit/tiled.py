"""Logs as static files, whole, for tests of whoever reads them."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.notes import COSIGNATURE, Note, Signer
from libs.audit.tiles import ENTRIES, LEVEL_BITS, TileFolder, pack, tiles_of

ORIGIN = "node.example/governance"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
WITNESSES = tuple(
    Signer(f"{name}.example", Ed25519PrivateKey.from_private_bytes(name.encode() * 16), COSIGNATURE)
    for name in ("w1", "w2")
)


def some_entries(count: int) -> list[bytes]:
    """Entries of many lengths; none of them says anything."""
    return [f"entry {index} ".encode() * (index % 7) for index in range(count)]


def publish(folder: Path, entries: Sequence[bytes], *, signers: Sequence[Signer] = (LOG, *WITNESSES)) -> bytes:
    """Write the tiles of the log of *entries* and its checkpoint, signed by *signers*, and return the checkpoint."""
    leaves = [leaf_hash(entry) for entry in entries]
    tiles = TileFolder(folder)
    for tile in tiles_of(len(entries)):
        place = tiles.place(tile)
        place.parent.mkdir(parents=True, exist_ok=True)
        below = 1 << LEVEL_BITS * max(tile.level, 0)  # so many entries are below one hash
        first = tile.index * 256
        if tile.level == ENTRIES:
            place.write_bytes(pack(entries[first : first + tile.width]))
        else:
            starts = range(first * below, (first + tile.width) * below, below)
            place.write_bytes(b"".join(root_over(leaves[start : start + below]) for start in starts))
    text = Checkpoint(signers[0].name, len(entries), root_over(leaves)).text
    checkpoint = Note(text, tuple(signer.sign(text) for signer in signers)).encode()
    (folder / "checkpoint").write_bytes(checkpoint)
    return checkpoint
