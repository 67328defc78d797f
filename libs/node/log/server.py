"""
One server of a NATS cluster: whether its own copies of the logs are whole, and how it gets others.

Every server of a cluster keeps every log, and any of them may answer a reader, so one damaged copy makes some readers
meet a gap and others not. Its files are read without it (it may run), and compared with the tiles. The mending is
NATS's own work: a server that comes back without its data fetches all of it from the others. Its data is put aside in
one rename, behind everything that could speak against it; a repair that is ended before has changed nothing.

`repair/server` in the node's folder names the server that was put aside, until its copy was seen to be whole: no other
one is put aside meanwhile.
"""

import asyncio
import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from libs.audit.copies import Copies
from libs.audit.tiles import TileFolder
from libs.eventlog.blocks import Record, in_order, read_blocks
from libs.eventlog.log import Entry
from libs.node.folder import NodeFolder
from libs.node.log.others import Others, connected
from libs.node.log.rebuild import flush_names
from libs.node.log.stream import FILES, LOG, Rescue, Stream
from libs.node.log.survey import GOOD, Kind, Range, Show, Survey, compare, named
from libs.node.log.untiled import LOGS, gaps_below
from libs.node.passwords import write_private
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble

DATA = "jetstream"
"""What a server keeps below its folder."""

_APPLIED_S = 1.0
"""What a server has taken is in its files, and shown to its readers, within less."""


class Files(Stream):
    """The log as the files of one server have it: what is whole in them."""

    def __init__(self, files: Path) -> None:
        self._folder = files
        self._whole = Rescue(self._records())
        self._last: int | None = None

    async def last(self) -> int:
        """Return the last position that is there, as it was when it was first asked for: the server may run."""
        if self._last is None:
            self._last = 0
            for record in in_order(read_blocks(self._folder, LOG)):
                self._last = record.position
        return self._last

    async def readable(self, first: int, last: int) -> list[Entry]:
        """Return what is whole up to *last*; call it for ranges that follow each other."""
        found = self._whole.take(last)
        return [Entry(each.position, each.subject, each.data) for each in found.values() if each.position >= first]

    async def fault(self) -> str | None:
        """Return nothing: how the stream is kept, the servers say."""
        return None

    def rescue(self) -> Rescue:
        """Return nothing: all that is whole was shown."""
        return Rescue(iter(()))

    def _records(self) -> Iterator[Record]:
        return (record for record in read_blocks(self._folder, LOG) if record.is_whole)


class _AtThisMoment(Copies):
    """Tiles that grow: no more of them is asked of a server than what they held at first."""

    def __init__(self, folder: TileFolder, sealed_size: int) -> None:
        super().__init__(folder, sealed_size)
        self._end = super().last_in_tiles()

    def last_in_tiles(self) -> int:
        """Return the last position that they held."""
        return self._end


@dataclass(frozen=True)
class ServersCopy:
    """What one server has: of the vote log, beside the tiles, and what it lacks of the logs that have none."""

    vote_log: Survey
    gaps: Mapping[str, Sequence[Range]]

    @property
    def is_right(self) -> bool:
        """Whether it has every entry at its place; the tiles may be damaged all the same."""
        return self.vote_log.stream_is_right and not any(self.gaps.values())

    def words(self) -> Iterator[str]:
        """Say all of it to a person."""
        yield from self.vote_log.words()
        for log, gaps in self.gaps.items():
            for each in gaps:
                yield f"{named(each, log)}: {each.kind.value}"


async def verified(folder: NodeFolder, server: Path, *, show: Show) -> ServersCopy:
    """
    Compare what the files below *server* hold with the tiles in *folder*, and change nothing in either.

    Raises:
        NodeTrouble: No server keeps anything there.
    """
    if not (server / DATA).exists():
        raise NodeTrouble(
            f"{server} has no {DATA}/ in it: it is not the folder of a NATS server, or its data was put aside"
            f" or lost; start the server, and it fetches all from the others."
        )
    survey = await _compared(folder, lambda: Files(server / FILES), show=show)
    found = ServersCopy(survey, gaps_below(server, show=show))
    if found.is_right:
        _forget(folder, server)
    return found


async def _compared(folder: NodeFolder, opened: Callable[[], Stream], *, show: Show) -> Survey:
    """Compare, and once more where the end is missing: what a server has taken it may not have applied yet."""
    seals, tiles = Seals.read(folder), TileFolder(folder.tiles)
    copies = _AtThisMoment(tiles, seals.size)
    found = await compare(opened(), copies, seals, tiles=tiles, show=show)
    if found.of(Kind.CUT, Kind.LOST):
        await asyncio.sleep(_APPLIED_S)
        found = await compare(opened(), copies, seals, tiles=tiles, show=show)
    return found


async def put_aside(folder: NodeFolder, server: Path, name: str, url: str, *, show: Show) -> Path:
    """
    Have the stopped *server*, called *name*, begin without data at its next start; return where the old is.

    *url* is where one of the others listens.

    Raises:
        NodeTrouble: The server runs, or the others are not well, or another one is being repaired.
    """
    with _held(folder, server) as marker:
        client = await connected(folder, url)
        try:
            others = Others(client, name)
            await others.check_level(show=show)
            await others.wait_until_answering(show=show)
            await _check_whole(folder, others, show=show)
            await others.check_level(show=show)  # the reading may have taken long
        finally:
            await client.close()
        return _rename(server, marker)


async def _check_whole(folder: NodeFolder, others: Others, *, show: Show) -> None:
    held = others.held()
    found = await _compared(folder, lambda: held, show=show)
    bad = [named(each) for each in found.ranges if each.kind not in (*GOOD, Kind.UNTILED)]
    if found.fault:
        bad.append(found.fault.rstrip("."))
    for log in LOGS:
        bad += [named(each, log) for each in await others.held(log).gaps(show=show)]
    if bad:
        raise NodeTrouble(f"The other servers do not hold the whole log either: {', '.join(bad)}. Nothing was changed.")


def _rename(server: Path, marker: Path) -> Path:
    write_private(marker, str(server.resolve()))
    flush_names(marker.parent)
    aside = server / f"{DATA}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    (server / DATA).rename(aside)
    flush_names(server)
    return aside


@contextmanager
def _held(folder: NodeFolder, server: Path) -> Iterator[Path]:
    """
    Hold the right to repair a server, and give the file that names the one that was put aside last.

    Raises:
        NodeTrouble: Another repair runs, or another server was put aside and is not known to be whole again.
    """
    folder.repair.mkdir(mode=0o700, exist_ok=True)
    with (folder.repair / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise NodeTrouble("Another repair of a server runs; nothing was changed.") from fault
        marker = _marker(folder)
        if marker.exists() and (other := marker.read_text()) != str(server.resolve()):
            raise NodeTrouble(
                f"The data of {other} was put aside, and its new copy was not seen to be right yet: start it, and run"
                f" `plaanet log verify --server {other}` first. Nothing was changed."
            )
        yield marker


def _forget(folder: NodeFolder, server: Path) -> None:
    """Let other servers be repaired, where it was this one that was put aside."""
    marker = _marker(folder)
    if marker.exists() and marker.read_text() == str(server.resolve()):
        marker.unlink(missing_ok=True)


def _marker(folder: NodeFolder) -> Path:
    return folder.repair / "server"
