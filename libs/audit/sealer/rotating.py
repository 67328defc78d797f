"""
Giving a log a new key, so that a cut-off at any step leaves the old key or the new one, and never both at work.

The new key waits in a file of its own until the rotation is published; from then on the old one signs nothing. The two
checkpoints that bind the sealer are signed with the new key as well, and then the new key takes the place of the old
one, which is gone for good. A rotation that was published and cut off is finished at the next start.
"""

from pathlib import Path

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note, Signer, Verifier, new_pem
from libs.audit.rotation import read_rotation, rotated, rotation_path
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import CannotSeal
from libs.audit.sealer.state import CHECKPOINT, KEY, PEM, State

NEXT_PEM = "next.pem"


def rotate(
    last: Checkpoint, former: Signer, *, tiles: Path, secrets: Path, state: State, disk: Disk, keys: Disk
) -> Verifier:
    """
    Give the log another key than *former*, which signs *last* as its last word, and return the new one.

    *disk* writes the tiles, *keys* the secrets. Hold the state (`State.taken`) meanwhile.
    """
    next_pem = secrets / NEXT_PEM
    if not next_pem.exists():
        keys.put_now(next_pem, new_pem())
    new = Signer.load(former.name, next_pem)
    disk.put_now(tiles / rotation_path(former.verifier), rotated(last, former, new).encode())
    finish_rotation(former, tiles=tiles, secrets=secrets, state=state, disk=disk, keys=keys)
    return new.verifier


def finish_rotation(former: Signer, *, tiles: Path, secrets: Path, state: State, disk: Disk, keys: Disk) -> bool:
    """
    Put the new key in the place of *former* if the rotation is published, and return whether it is.

    Raises:
        CannotSeal: It is published, and the new key is missing.
        BadRotation: What is published is no rotation of this key.
    """
    path = tiles / rotation_path(former.verifier)
    if not path.exists():
        return False
    announced = read_rotation(former.verifier, path.read_bytes()).key
    next_pem = secrets / NEXT_PEM
    new = Signer.load(former.name, next_pem) if next_pem.exists() else None
    if new is None or new.verifier != announced:
        raise CannotSeal(f"The log's key was rotated to {announced.vkey}, which is missing; restore it from a backup.")
    if state.signed.exists():
        state.keep_signed(_also_signed(state.signed, new))
    if (tiles / CHECKPOINT).exists():
        disk.put_now(tiles / CHECKPOINT, _also_signed(tiles / CHECKPOINT, new).encode())
    if (tiles / KEY).exists():
        vkeys = (tiles / KEY).read_bytes().replace(former.verifier.vkey.encode(), announced.vkey.encode())
        disk.put_now(tiles / KEY, vkeys)
    keys.move(next_pem, secrets / PEM)
    keys.sync(secrets)
    return True


def _also_signed(path: Path, signer: Signer) -> Note:
    note = Note.parse(path.read_bytes())
    return note.with_lines([signer.sign(note.text)])
