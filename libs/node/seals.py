"""
What the log's key has signed, as the node keeps it: the sealer's last checkpoint, and the one that everybody sees.

The larger of the two says how many entries are sealed. What it has signed was shown to witnesses, so entries that do
not give its root are not this log's, whatever else is in the folder.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadKey, BadNote, Note, Signer, Verifier, open_note
from libs.audit.sealer.state import State
from libs.node.belongings import Belongings
from libs.node.folder import NodeFolder
from libs.node.trouble import NodeTrouble


@dataclass(frozen=True)
class Seals:
    """The checkpoints that are signed, and the files that should be one and cannot be read."""

    checkpoints: tuple[Checkpoint, ...]
    unreadable: tuple[Path, ...] = ()
    witnessed_size: int = 0
    """How many entries a witness is known to have cosigned, where that is more than the node itself remembers."""

    @property
    def size(self) -> int:
        """How many entries are sealed, as far as the node has it signed."""
        return max((checkpoint.size for checkpoint in self.checkpoints), default=0)

    @property
    def binding_size(self) -> int:
        """How many entries the log must have."""
        return max(self.size, self.witnessed_size)

    @classmethod
    def read(cls, folder: NodeFolder) -> "Seals":
        """
        Return what is signed in *folder*.

        Raises:
            NodeTrouble: There are checkpoints, and none that the log's key has signed.
        """
        return cls.among(Belongings.of(folder))

    @classmethod
    def among(cls, belongings: Belongings) -> "Seals":
        """
        Return what is signed among a node's files.

        Raises:
            NodeTrouble: There are checkpoints, and none that the log's key has signed.
        """
        return cls.of(belongings.origin, tiles=belongings.tiles, sealer=belongings.sealer, pem=belongings.log_key)

    @classmethod
    def of(cls, origin: str, *, tiles: Path, sealer: Path, pem: Path) -> "Seals":
        """
        Return what is signed of the log *origin*, wherever its parts stand; *pem* need not be there.

        Raises:
            NodeTrouble: There are checkpoints, and none that the log's key has signed.
        """
        files = [path for path in (sealer / "signed", tiles / "checkpoint") if path.exists()]
        keys, found, unreadable = _keys(origin, tiles, pem), [], []
        for path in files:
            try:
                found.append(_read(path.read_bytes(), keys)[1])
            except BadNote:
                unreadable.append(path)
        if unreadable and not found:
            raise NodeTrouble(
                f"{' and '.join(map(str, unreadable))} cannot be read, or bears no signature of the log's key: what is"
                f" sealed is not known. Restore one of them, or the key, from a backup."
            )
        return cls(tuple(found), tuple(unreadable), State(sealer).witnessed_size)


def sealed_size(folder: NodeFolder) -> int:
    """Return how many entries of the vote log are sealed, 0 where that cannot be told; the sealer will say why."""
    try:
        return Seals.read(folder).binding_size
    except NodeTrouble:
        return 0


def read_seal(belongings: Belongings, data: bytes) -> tuple[Note, Checkpoint]:
    """
    Return the checkpoint that *data* is, a note that the log of the node with these *belongings* has signed.

    Raises:
        BadNote: It is none, or another's.
    """
    return _read(data, _keys(belongings.origin, belongings.tiles, belongings.log_key))


def _read(data: bytes, keys: set[Verifier]) -> tuple[Note, Checkpoint]:
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    open_note(note, [key for key in keys if key.name == checkpoint.origin])
    return note, checkpoint


def _keys(origin: str, tiles: Path, pem: Path) -> set[Verifier]:
    """Return the public keys of the log that the node has: of its private key, and those that it shows."""
    keys = set()
    with suppress(BadKey, FileNotFoundError):
        keys.add(Signer.load(origin, pem).verifier)
    with suppress(FileNotFoundError, UnicodeDecodeError):
        for line in (tiles / "key").read_text().splitlines():
            with suppress(BadKey):
                keys.add(Verifier.parse(line))
    return {key for key in keys if key.name == origin}
