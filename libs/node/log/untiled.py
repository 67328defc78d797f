"""
The logs that have no tiles, in the files of one server of a cluster: whether each position up to the last is there.

Only the vote log is published, so nothing says what an entry of another log was. Its checksum says whether it is whole,
and a log has no position that is empty. What may be missing at the very end only the other servers know.
"""

from collections.abc import Mapping
from pathlib import Path

from libs.eventlog.blocks import in_order, read_blocks
from libs.node.log.stream import LOG, files_of
from libs.node.log.survey import Kind, Range, Show, add
from libs.node.permissions import SERVICES

LOGS = tuple(service for service in SERVICES if service != LOG)


def gaps_below(server: Path, *, show: Show) -> Mapping[str, list[Range]]:
    """Return what the files of *server* lack or have damaged of each log that has no tiles."""
    found = {}
    for log in LOGS:
        show(f"reading {log}")
        found[log] = gaps(server / files_of(log), log)
    show("")
    return found


def gaps(files: Path, log: str) -> list[Range]:
    """Return the positions of *log* that are damaged, or missing before another, in its stream's folder *files*."""
    found: list[Range] = []
    last = 0
    for record in in_order(read_blocks(files, log)):
        for position in range(last + 1, record.position if record.is_whole else record.position + 1):
            add(found, position, Kind.GAP)
        last = record.position
    return found
