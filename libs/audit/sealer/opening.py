"""
What must hold before a sealer signs anything: its key is the log's, and the tiles are those that it signed.

A state folder that was lost, or that comes from an older backup, does not make it forget what was published: of the
two checkpoints, the one in the state and the one that everybody sees, the larger binds.
"""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadKey, BadNote, Note, Signer, new_pem, open_note
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.faults import KeyIsAnother, TreeIsAnother
from libs.audit.sealer.lease import Committed
from libs.audit.sealer.rotating import finish_rotation
from libs.audit.sealer.state import CHECKPOINT, PEM, State
from libs.audit.sealer.tree import REPAIR, Tree
from libs.audit.tiles import TileFolder


class Opened(NamedTuple):
    """What a sealer goes on from."""

    tree: Tree
    signer: Signer
    signed: Note | None
    """The last checkpoint that was signed."""

    published: Note | None
    """The one that everybody sees."""


def open_log(
    origin: str,
    *,
    tiles: Path,
    secrets: Path,
    state: State,
    disk: Disk,
    keys: Disk | None = None,
    committed: Committed | None = None,
) -> Opened:
    """
    Return the log *origin* as it was left, its key and its tree; the key is made where nothing was ever signed.

    *disk* writes the tiles, *keys* the secrets; *committed* is what the lease says may have been signed. Hold the lease
    or the state (`State.taken`) meanwhile.

    Raises:
        CannotSeal: What was signed, the tiles and the key do not agree.
    """
    keys = keys or Disk(secrets, mode=0o600)
    for each in (disk, keys, state):
        each.tidy()
    was_signed = bool(committed) or state.signed.exists() or (tiles / CHECKPOINT).exists()
    signer = _load_signer(origin, secrets, keys, may_make=not was_signed)
    if finish_rotation(signer, tiles=tiles, secrets=secrets, state=state, disk=disk, keys=keys):
        signer = _load_signer(origin, secrets, keys, may_make=False)
    signed, published = _read(state.signed), _read(tiles / CHECKPOINT)
    binding = [_checked(note, signer) for note in (signed, published) if note is not None]
    if committed and committed.size <= max((checkpoint.size for checkpoint in binding), default=0):
        binding.append(Checkpoint(origin, committed.size, committed.root))
    tree = _load_tree(TileFolder(tiles), disk, binding)
    return Opened(tree, signer, signed, published)


def _load_signer(origin: str, secrets: Path, keys: Disk, *, may_make: bool) -> Signer:
    pem = secrets / PEM
    if not pem.exists():
        if not may_make:
            raise KeyIsAnother(f"The key that {origin} is sealed with, {pem}, is missing; restore it from a backup.")
        secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys.put_once(pem, new_pem())
    try:
        return Signer.load(origin, pem)
    except BadKey as fault:
        raise KeyIsAnother(str(fault)) from fault


def _read(path: Path) -> Note | None:
    with suppress(FileNotFoundError):
        try:
            return Note.parse(path.read_bytes())
        except BadNote as fault:
            raise TreeIsAnother(f"{path} is damaged ({fault}) Nothing was signed; restore it from a backup.") from fault
    return None


def _checked(note: Note, signer: Signer) -> Checkpoint:
    try:
        open_note(note, [signer.verifier])
        checkpoint = Checkpoint.parse(note.text)
    except BadNote as fault:
        raise KeyIsAnother(
            f"The last checkpoint of {signer.name} was not signed with the key in {PEM} ({signer.verifier.vkey});"
            f" restore that key from a backup."
        ) from fault
    if checkpoint.origin != signer.name:
        raise TreeIsAnother(f"The tiles are those of the log {checkpoint.origin}, and this one is {signer.name}.")
    return checkpoint


def _load_tree(folder: TileFolder, disk: Disk, binding: list[Checkpoint]) -> Tree:
    if not binding:
        return Tree(folder, disk)
    last = max(binding, key=lambda checkpoint: checkpoint.size)
    tree = Tree.load(folder, disk, last.size)
    for checkpoint in binding:
        found = tree.root() if checkpoint.size == last.size else Tree.load(folder, disk, checkpoint.size).root()
        if found != checkpoint.root:
            raise TreeIsAnother(
                f"The tiles in {folder.path} give another root for {checkpoint.size} entries than was signed. {REPAIR}"
            )
    return tree
