"""
What a node keeps in files and cannot make again, wherever they stand: in the folder of `plaanet up`, or mounted.

A file is called in a backup as it is in a node's folder, so what was backed up of the one kind is restored as the
other.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libs.node.folder import NodeFolder

NAME = "name"
POLICY = "witnesses.policy"
SECRETS = "secrets"
TILES = "tiles"
SEALER = "sealer"
SIGNED = f"{SEALER}/signed"


@dataclass(frozen=True)
class Belongings:
    """Where the node *name* has its files; its *secrets* are laid out as `plaanet secrets` makes them."""

    name: str
    secrets: Path
    tiles: Path
    sealer: Path
    witnesses_policy: Path | None

    @classmethod
    def of(cls, folder: NodeFolder, *, name: str | None = None) -> "Belongings":
        """Return those in *folder*; *name* says whose they are before the folder does."""
        return cls(name or folder.name(None), folder.secrets, folder.tiles, folder.sealer, folder.witnesses_policy)

    @property
    def origin(self) -> str:
        """What the vote log is called."""
        return f"{self.name}/governance"

    @property
    def log_key(self) -> Path:
        """The private key that the vote log is signed with."""
        return self.secrets / "sealer" / "log.pem"

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file by its name in a backup: each is small, and replaced as a whole when it changes."""
        yield NAME, self.name.encode()
        single = {
            POLICY: self.witnesses_policy,
            f"{TILES}/checkpoint": self.tiles / "checkpoint",
            f"{TILES}/key": self.tiles / "key",
            SIGNED: self.sealer / "signed",
        }
        yield from ((name, path.read_bytes()) for name, path in single.items() if path and path.exists())
        yield from _below(self.tiles / "rotation", f"{TILES}/rotation")
        yield from _below(self.secrets, SECRETS)


def _below(root: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files below *root*, which is called *name*; what a cluster mounts is links into folders with a dot."""
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(each for each in folders if each[0] != ".")
        for path in (Path(folder, each) for each in sorted(names) if each[0] != "."):
            yield f"{name}/{path.relative_to(root).as_posix()}", path.read_bytes()
