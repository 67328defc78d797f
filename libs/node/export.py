"""
`plaanet export`: one file with everything that a stranger needs to audit a poll without any network.

It is a zip archive of the sealed log as it is served (checkpoint, keys, every tile, every entry: a replay needs them
all), the result that the node shows, and a policy made of the keys that the log names. `plaanet audit FILE.zip` reads
it; so can any tool that knows tlog-tiles, once it is unpacked.
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import BadNote, Note, Verifier
from libs.audit.rotation import follow_rotations, rotation_path
from libs.audit.sources import CHECKPOINT, KEY, POLICY, Source, read_ahead
from libs.audit.tiles import ENTRIES, Tile, tiles_of
from libs.audit.trust import Trust
from libs.node.audit.subject import ABOUT, RESULT, Node
from libs.node.election import default_url
from libs.node.trouble import NodeTrouble
from libs.node.visitor import Visitor

SEALED_WAIT_S = 30.0
"""So long is waited until the poll's result is sealed: that takes seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which poll, of which node, and where to."""
    parser.add_argument("poll", type=UUID, metavar="POLL", help="the poll's id")
    parser.add_argument("--url", metavar="URL", help="the node (default: the one that runs on this machine)")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="keys known from earlier: how they led to the present one is put in"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help="(default: POLL.zip)")


def run(arguments: argparse.Namespace) -> int:
    """Export and say where to."""
    out: Path = arguments.out or Path(f"{arguments.poll}.zip")
    with closing(Visitor(arguments.url or default_url())) as visitor:
        known = Trust.parse(arguments.policy.read_bytes()).policy.logs if arguments.policy else ()
        size = export(visitor, arguments.poll, out, known=[log.key for log in known])
    print(f"{out}: the poll and all {size:,} entries of the log that it stands in; check it with: plaanet audit {out}")
    return 0


def export(visitor: Visitor, poll_id: UUID, out: Path, *, known: Iterable[Verifier] = ()) -> int:
    """
    Write the bundle of a poll to *out*, whole or not at all, and return how many entries the log has.

    What led from the *known* keys of the log to the present one is put in.

    Raises:
        NodeTrouble: The node's log is not sealed, or lacks something, or the poll has no result.
    """
    files = Node(visitor).files
    if files is None:
        raise NodeTrouble(f"The vote log of {visitor.url} is not sealed; nothing in it would prove anything.")
    result = visitor.result(poll_id)
    note, checkpoint = _sealed(files, result["declared_position"])
    about = {"poll_id": str(poll_id), "url": visitor.url, "exported_at": datetime.now(UTC)}
    part = out.with_name(f"{out.name}.part")
    try:
        with ZipFile(part, "w", ZIP_DEFLATED) as bundle:
            bundle.writestr(ABOUT, orjson.dumps(about))
            bundle.writestr(RESULT, orjson.dumps(result))
            keys = files.read(KEY) or b""
            bundle.writestr(KEY, keys)
            bundle.writestr(POLICY, Trust.at_first_sight(checkpoint.origin, keys).text)
            bundle.writestr(CHECKPOINT, note)
            for key in known:
                for rotation in follow_rotations(key, files.read):
                    path = rotation_path(rotation.former)
                    bundle.writestr(path, files.read(path) or b"")
            for tile, data in _tiles(files, checkpoint.size):
                # Hashes cannot be made shorter.
                bundle.writestr(tile.path, data, ZIP_DEFLATED if tile.level == ENTRIES else ZIP_STORED)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return checkpoint.size


def _sealed(files: Source, position: int) -> tuple[bytes, Checkpoint]:
    """Return a checkpoint that has the entry at *position*, and what it says."""
    deadline = time.monotonic() + SEALED_WAIT_S
    while True:
        note = files.read(CHECKPOINT) or b""
        try:
            checkpoint = Checkpoint.parse(Note.parse(note).text)
        except BadNote as fault:
            raise NodeTrouble(f"{files.name}{CHECKPOINT} is no checkpoint: {fault}") from fault
        if checkpoint.size >= position:
            return note, checkpoint
        if time.monotonic() > deadline:
            raise NodeTrouble(
                f"The result is entry {position}, and {checkpoint.size} entries are sealed and witnessed;"
                " export it again in a while."
            )
        time.sleep(0.5)


def _tiles(files: Source, size: int) -> Iterator[tuple[Tile, bytes]]:
    """Yield every tile of the log of *size*; where a partial one is gone, the full one that has taken its place."""
    paths = (tile.path for tile in tiles_of(size))
    with closing(read_ahead(files, paths)) as served:
        for tile, data in zip(tiles_of(size), served, strict=True):
            if data is not None:
                yield tile, data
                continue
            full = None if tile.is_full else files.read(tile.full.path)
            if full is None:
                raise NodeTrouble(f"{files.name}{tile.path} is not served; the log has a hole there.")
            yield tile.full, full
