"""
The stream and the tiles, each mended from the other, on a stopped node.

Nothing is replaced before what takes its place was made whole, read again and flushed, and nothing is thrown away:
what was there is moved to `data/repair/<time>/`. The stream changes its place in two renames, which a marker stands
for; a repair that was ended between them is begun again, and a node does not start meanwhile.

    copy/        what a server may look at and cut; gone afterwards
    new/         the new stream while it is made
    unfinished   names the folder that the old stream went to, from before the first rename to behind the second
    <time>/      stream/, tiles/, and differing.jsonl: what the stream held instead of what is right
"""

import base64
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from libs.audit.copies import Copies, State
from libs.audit.remade import Remade
from libs.audit.sealer.disk import Disk
from libs.audit.tiles import Tile, TileFolder
from libs.eventlog.log import Entry
from libs.node.folder import NodeFolder
from libs.node.log import rebuild
from libs.node.log.stream import FILES, LOG, Stream, looked_at, served
from libs.node.log.survey import Kind, Show, Survey, compare, is_there, named, places, right_subject, sealed_tiles
from libs.node.passwords import write_private
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble

Say = Callable[[str], None]


async def mend(folder: NodeFolder, *, say: Say, show: Show) -> int:
    """
    Mend both copies and say what was done; return the exit code.

    Raises:
        NodeTrouble: The node runs, or an entry would be lost, or nothing proves which of two copies is right.
    """
    if folder.is_taken():
        raise NodeTrouble(f"A node runs in {folder.path}; stop it first, and save its folder.")
    if folder.path.stat().st_uid != os.geteuid():
        raise NodeTrouble(f"{folder.path} belongs to another user; repair it as that one.")
    with folder.taken():
        folder.repair.mkdir(mode=0o700, exist_ok=True)
        settle(folder)
        seals = Seals.read(folder)
        return await _Repair(folder, seals, say, show).run()


def settle(folder: NodeFolder) -> None:
    """Undo what a repair that was ended had begun; what it had finished stays."""
    shutil.rmtree(folder.repair / "new", ignore_errors=True)
    marker = folder.unfinished_repair
    if not marker.exists():
        return
    files, aside = folder.nats / FILES, folder.repair / marker.read_text() / "stream"
    if not files.exists() and aside.exists():
        aside.rename(files)
        rebuild.flush_names(files.parent, aside.parent)
    marker.unlink()


class _Repair:
    def __init__(self, folder: NodeFolder, seals: Seals, say: Say, show: Show) -> None:
        self._folder = folder
        self._seals = seals
        self._say = say
        self._show = show
        self._tiles = TileFolder(folder.tiles)
        self._copies = Copies(self._tiles, seals.size)
        self._aside = folder.repair / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")

    async def run(self) -> int:
        async with looked_at(self._folder) as stream:
            found = await compare(stream, self._copies, self._seals, tiles=self._tiles, show=self._show)
            for line in found.words():
                self._say(line)
            if found.is_right:
                self._say("\nBoth copies are right; nothing was changed.")
                return 0
            _check_nothing_is_lost(found, self._say)
            self._aside.mkdir(mode=0o700)
            if not found.stream_is_right:
                await self._new_stream(stream, found)
            if found.bad_tiles or found.of(Kind.UNTILED):
                await self._new_tiles(stream)
        if not found.stream_is_right:
            self._replace_stream()
        self._put_aside(self._seals.unreadable)
        self._say(f"\nWhat was there before is in {self._aside}. Start the node, then `plaanet doctor` and an audit.")
        return 0

    async def _new_stream(self, stream: Stream, found: Survey) -> None:
        await self._keep_differing(stream)
        new = self._folder.repair / "new"
        async with served(self._folder, new) as client:
            filled = await rebuild.fill(client, LOG, self._right_entries(stream, found.last), last=found.last)
            await rebuild.check(client, LOG, filled, show=self._show)
        rebuild.flush(new)
        self._say(f"A new stream has the entries 1 to {filled.last}, and was read again.")

    async def _right_entries(self, stream: Stream, last: int) -> AsyncIterator[Entry]:
        """Yield what is right at each place up to *last*, at the subject that follows from it."""
        async for place in places(stream, self._copies, show=self._show):
            if place.position > last:
                break
            assert place.entry is not None
            if (subject := right_subject(place.entry)) is None:
                raise NodeTrouble(f"{LOG}:{place.position} has no contract here; use the version that wrote it.")
            yield Entry(place.position, subject, place.entry)

    async def _keep_differing(self, stream: Stream) -> None:
        """Write down what the stream holds where it is not what is right."""
        count, path = 0, self._aside / "differing.jsonl"
        with path.open("w") as file:
            async for place in places(stream, self._copies, show=self._show):
                if place.stream is State.OTHER and place.held:
                    count += 1
                    held = base64.b64encode(place.held.data).decode()
                    line = {"position": place.position, "subject": place.held.subject, "base64": held}
                    file.write(json.dumps(line) + "\n")
        if count:
            self._say(f"{count} entries that the stream held in place of those that were sealed are in {path}.")
        else:
            path.unlink()

    def _replace_stream(self) -> None:
        files, new = self._folder.nats / FILES, self._folder.repair / "new" / FILES
        files.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._folder.unfinished_repair, self._aside.name)
        rebuild.flush_names(self._folder.repair)
        if files.exists():
            files.rename(self._aside / "stream")
            rebuild.flush_names(self._aside, files.parent)
        new.rename(files)
        rebuild.flush_names(files.parent)
        self._folder.unfinished_repair.unlink()
        shutil.rmtree(self._folder.repair / "new")
        self._say("It took the place of the old one.")

    async def _new_tiles(self, stream: Stream) -> None:
        """Write the tiles of what is sealed that are missing or damaged."""
        disk, remade, count = Disk(self._folder.tiles), Remade(), 0
        async for place in places(stream, self._copies, show=self._show):
            if place.position > self._seals.size:
                break
            assert place.entry is not None
            for tile, data in sealed_tiles(remade, place.entry, self._seals):
                count += self._mend(disk, tile, data)
        disk.settle()
        self._say(f"{count} tiles were written again.")

    def _mend(self, disk: Disk, tile: Tile, data: bytes) -> bool:
        if is_there(self._tiles, tile, data):
            return False
        self._put_aside([self._tiles.place(tile)])
        disk.put(self._tiles.place(tile), data)
        return True

    def _put_aside(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if path.exists():
                to = self._aside / path.relative_to(self._folder.path)
                to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.rename(to)


def _check_nothing_is_lost(found: Survey, say: Say) -> None:
    """
    Raises:
        NodeTrouble: It cannot be repaired without losing an entry that a copy holds, or without proof.
    """
    lost = [each for each in found.of(Kind.LOST) if each.first <= max(found.last, found.seals.size)]
    if lost:
        raise NodeTrouble(
            f"{', '.join(map(named, lost))}: neither copy holds what was there, and there are entries behind it or it"
            f" was sealed. Nothing was changed. Restore the tiles or the stream from a backup, or tiles from whoever"
            f" keeps a copy of them, beside what is here, and try again."
        )
    if disputed := found.of(Kind.DISPUTED):
        raise NodeTrouble(
            f"{', '.join(map(named, disputed))}: the stream and the tiles say different things, and no signature says"
            f" which is right. Nothing was changed. Find out which was altered, and put the other in its place."
        )
    if found.wrong_roots:
        raise NodeTrouble(
            "The entries that are here do not give the root that was signed; nothing was changed. Restore the tiles or"
            " the stream from a backup, and try again."
        )
    for each in found.of(Kind.LOST):
        say(f"{named(each)} was the log's end, and cannot be read in any copy: the log will end before it.")
