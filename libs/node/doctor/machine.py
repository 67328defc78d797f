"""What can be seen without the node's help: the disk, the clock, and who may read the secrets."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from libs.node.doctor.finding import Finding, well, wrong
from libs.node.folder import NodeFolder

FREE_BYTES_MIN = 1_000_000_000
FREE_SHARE_MIN = 0.03

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
IMPLAUSIBLE = datetime(2100, 1, 1, tzinfo=UTC)

CLOCK_SLACK_S = 5.0


def disk(folder: NodeFolder) -> Iterator[Finding]:
    """Say whether there is room for the logs and the databases; they may stand on two disks."""
    places = {folder.path.stat().st_dev: folder.path}
    if folder.postgres.exists():
        places.setdefault(folder.postgres.stat().st_dev, folder.postgres.resolve())
    for place in places.values():
        usage = shutil.disk_usage(place)
        free = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} GB are free where {place} stands"
        if usage.free < FREE_BYTES_MIN or usage.free < usage.total * FREE_SHARE_MIN:
            yield wrong(f"The disk is nearly full: {free}. A full disk refuses every ballot; make room.")
        else:
            yield well(f"Disk: {free}.")


def clock(folder: NodeFolder) -> Finding:
    """Say whether this machine's clock can be right."""
    now = datetime.now(UTC)
    if not BUILT <= now < IMPLAUSIBLE:
        return wrong(f"The clock says {now:%Y-%m-%d %H:%M} UTC, which cannot be; set it, or let NTP set it.")
    newest = max((path.stat().st_mtime for path in _files(folder.nats)), default=0.0)
    if newest > time.time() + CLOCK_SLACK_S:
        return wrong(
            f"The clock went back: it says {now:%Y-%m-%d %H:%M:%S} UTC, and the logs were written to at"
            f" {datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M:%S} UTC. Set it right before polls close by it."
        )
    return well(f"Clock: {now:%Y-%m-%d %H:%M:%S} UTC, later than anything in the logs' files.")


def secrets(folder: NodeFolder) -> Iterator[Finding]:
    """Say who but the owner may read passwords and keys."""
    exposed = [path for path in (folder.secrets, *_files(folder.secrets)) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in exposed:
        yield wrong(f"{path} can be read by other users of this machine; take that from them: chmod go= '{path}'")
    foreign = [path for path in _files(folder.secrets) if path.stat().st_uid != folder.path.stat().st_uid]
    for path in foreign:
        yield wrong(f"{path} belongs to another user than the node's folder; the node may not be able to read it.")
    if not exposed and not foreign:
        yield well("Secrets: only their owner can read them.")


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.exists():  # a running node makes and removes files meanwhile
                yield path
