"""
What a backup consists of, in a file of its own that is written last: without it there is no backup.

    backups/<when>-<number>.<hash>.json   one whole backup: which files it is made of, and their hashes
    logs/<hash>                           segments of the logs
    vaults/<hash>                         tables that are in no log
    keys/<hash>                           passwords and keys of the node
    parts/                                what is being written (in a folder)

Every file but the manifests is compressed and then encrypted with age (https://age-encryption.org) for the recipients
that the node was told; it bears the SHA-256 of its bytes as a name, and a manifest bears the hash of its own. A second
backup names the files that it has in common with the first and copies only the others.
"""

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from libs.audit.merkle import Frontier
from libs.node.backup.store import Store
from libs.node.trouble import NodeTrouble

FORMAT = 1
"""What this version writes, and the only one that it reads."""

LOGS = "logs"
VAULTS = "vaults"
KEYS = "keys"
MANIFESTS = "backups"

_NAME = re.compile(r"backups/(?P<id>\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8})\.(?P<hash>[0-9a-f]{64})\.json")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Piece(_Model):
    """One file of the backup: *name* is where it lies; *mark* tells its content from another, with the node's key."""

    name: str
    bytes_count: int
    mark: str


class Segment(_Model):
    """The entries *first* to *last* of a log; *frontier* is that of the Merkle tree up to *last*, in hex."""

    first: int
    last: int
    is_full: bool
    frontier: tuple[str, ...]
    piece: Piece


class LogCopy(_Model):
    """One log, from its first entry on."""

    segments: tuple[Segment, ...] = ()

    @property
    def last(self) -> int:
        """The position of the last entry that is in the backup."""
        return self.segments[-1].last if self.segments else 0

    @property
    def frontier(self) -> Frontier:
        """The frontier of the Merkle tree over all of it."""
        if not self.segments:
            return Frontier()
        return Frontier(self.last, (bytes.fromhex(each) for each in self.segments[-1].frontier))


class TableCopy(_Model):
    """The rows of one table, as PostgreSQL's COPY writes them, cut into *pieces* wherever it came."""

    table: str
    """With its schema."""

    columns: tuple[str, ...]
    pieces: tuple[Piece, ...]


class Manifest(_Model):
    """One whole backup."""

    format: int
    node: str
    version: str
    recipients: tuple[str, ...]
    started_at: datetime
    vaults_at: datetime
    """When the first vault was copied: what was erased or written later is in the logs alone."""

    finished_at: datetime
    signed: str | None
    """The newest checkpoint of the vote log that the node had signed, a signed note."""

    logs: dict[str, LogCopy]
    vaults: dict[str, tuple[TableCopy, ...]]
    """By service, in an order in which no row needs one that comes later."""

    files: dict[str, Piece]
    """By their path in the node's folder."""

    @property
    def pieces(self) -> list[tuple[str, Piece]]:
        """Every file, and what it holds in a person's words."""
        return [
            *(
                (f"log {log}, entries {segment.first} to {segment.last}", segment.piece)
                for log, copy in self.logs.items()
                for segment in copy.segments
            ),
            *(
                (f"table {copy.table} of {service}", piece)
                for service, copies in self.vaults.items()
                for copy in copies
                for piece in copy.pieces
            ),
            *self.files.items(),
        ]


class Kept(NamedTuple):
    """A backup that is whole: its *id* begins with when it was begun."""

    id: str
    name: str
    manifest: Manifest


def manifest_name(id_: str, data: bytes) -> str:
    """Return where the manifest *data* of the backup *id_* is kept."""
    return f"{MANIFESTS}/{id_}.{hashlib.sha256(data).hexdigest()}.json"


def ids(store: Store) -> dict[str, str]:
    """Return the ids of all whole backups in *store*, oldest first, and where their manifests lie."""
    matches = (_NAME.fullmatch(name) for name in sorted(store.found(MANIFESTS)))
    return {match["id"]: match[0] for match in matches if match}


def read(store: Store, name: str) -> Kept:
    """
    Return the backup whose manifest is called *name*.

    Raises:
        NodeTrouble: It is gone or damaged, or of a format that this version does not read.
    """
    match, data = _NAME.fullmatch(name), store.get(name)
    if match is None or data is None or hashlib.sha256(data).hexdigest() != match["hash"]:
        raise NodeTrouble(f"{store.name}/{name} is not what was written: the backup is damaged there.")
    try:
        found = _Format.model_validate_json(data).format
        if found != FORMAT:
            raise NodeTrouble(
                f"{store.name}/{name} has the format {found}, and this version of Plaanet reads {FORMAT};"
                " use the version that wrote it."
            )
        return Kept(match["id"], name, Manifest.model_validate_json(data))
    except ValidationError as fault:
        raise NodeTrouble(f"{store.name}/{name} is no manifest of a backup.") from fault


class _Format(BaseModel):
    format: int
