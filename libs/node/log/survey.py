"""All places of the two copies, compared one after another, and what that comes to in words."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import orjson

from libs.audit.copies import Copies, Place, State
from libs.audit.remade import Remade
from libs.audit.tiles import WIDTH, BadTile, Tile, TileFolder
from libs.contracts import catalogue
from libs.eventlog.log import subject_of
from libs.node.log.stream import LOG, Stream
from libs.node.seals import Seals

TILES_NAMED_MAX = 10

Show = Callable[[str], None]


class Kind(Enum):
    """How a range of positions stands; the value says it to a person."""

    SAME = "the same in the stream and in the tiles."
    UNSEALED = "in the stream, and not sealed yet."
    LOST = "in neither copy."
    DISPUTED = "not sealed yet, and the stream and the tiles say different things; nothing proves which is right."
    TRIMMED = "missing at the front of the stream: it was trimmed, or is damaged there."
    GAP = "missing in the stream: a gap."
    CUT = "missing at the end of the stream: it was cut off, or comes from an older copy."
    HIDDEN = "not shown by the stream any more, and still in its files."
    DIFFERENT = "different: the stream does not say what was sealed."
    MISPLACED = "under another subject than its own, where its aggregate's history would miss it."
    UNTILED = "sealed, and missing or damaged in the tiles."


GOOD = (Kind.SAME, Kind.UNSEALED)


@dataclass
class Range:
    """Positions from *first* to *last* that stand alike."""

    first: int
    last: int
    kind: Kind


@dataclass
class Survey:
    """What was found; *last* is the last position that has an entry."""

    seals: Seals
    last: int = 0
    ranges: list[Range] = field(default_factory=list)
    bad_tiles: list[Tile] = field(default_factory=list)
    wrong_roots: list[int] = field(default_factory=list)
    """The sizes that were signed with another root than the entries give."""

    fault: str | None = None
    """In what the stream is not kept as a log must be."""

    @property
    def stream_is_right(self) -> bool:
        """Whether the stream holds every entry at its place, and is kept as it must be."""
        return self.fault is None and all(each.kind in (*GOOD, Kind.UNTILED) for each in self.ranges)

    @property
    def is_right(self) -> bool:
        """Whether there is nothing to repair."""
        tiles_are_right = not self.bad_tiles and not self.wrong_roots and not self.seals.unreadable
        return tiles_are_right and self.fault is None and all(each.kind in GOOD for each in self.ranges)

    def of(self, *kinds: Kind) -> list[Range]:
        """Return the ranges of these kinds."""
        return [each for each in self.ranges if each.kind in kinds]

    def words(self) -> Iterator[str]:
        """Say all of it to a person."""
        for each in self.ranges:
            yield f"{named(each)}: {each.kind.value}"
        if not self.ranges:
            yield "The vote log is empty."
        if self.fault:
            yield self.fault
        for path in self.seals.unreadable:
            yield f"{path} cannot be read, or bears no signature of the log's key."
        for size in self.wrong_roots:
            yield f"The entries do not give the root that was signed for {size}: what is sealed is not what is here."
        for tile in self.bad_tiles[:TILES_NAMED_MAX]:
            yield f"{tile.path} is missing, or is not what the entries give."
        if (more := len(self.bad_tiles) - TILES_NAMED_MAX) > 0:
            yield f"{more} more tiles are missing or are not what the entries give."
        if self.seals.size and not self.bad_tiles and not self.wrong_roots:
            yield f"The tiles give the root that was signed for {self.seals.size} entries."


def named(each: Range, log: str = LOG) -> str:
    """Return the positions of a range for a person."""
    positions = str(each.first) if each.first == each.last else f"{each.first} to {each.last}"
    return f"{log}:{positions}"


async def places(stream: Stream, copies: Copies, *, show: Show) -> AsyncIterator[Place]:
    """Yield every place of the log, in order; behind the last there is nothing in any copy."""
    rescue = stream.rescue()
    # The tiles first: both may grow meanwhile, and what is in the tiles was in the stream before.
    end = max(copies.last_in_tiles(), await stream.last())
    first = 1
    while first <= end or rescue.has_more:
        last = first + WIDTH - 1
        rescued = rescue.take(last)
        held = {entry.position: entry for entry in await stream.readable(first, min(last, end))} if first <= end else {}
        end = max(end, *(position for position, record in rescued.items() if position <= end or record.is_whole), 0)
        for place in copies.compare(first, min(last, end), held, rescued):
            yield place
        show(f"comparing {LOG}: {min(last, end)} of {end}")
        first = last + 1
    show("")


async def compare(stream: Stream, copies: Copies, seals: Seals, *, tiles: TileFolder, show: Show) -> Survey:
    """Compare all, and change nothing."""
    found = Survey(seals, fault=await stream.fault())
    remade = Remade()
    held_last = 0
    async for place in places(stream, copies, show=show):
        if place.stream is not State.MISSING:
            held_last = place.position
        if place.entry is not None:
            found.last = place.position
        add(found.ranges, place.position, _kind(place))
        if place.is_sealed and remade.size == place.position - 1 and place.entry is not None:
            made = sealed_tiles(remade, place.entry, seals)
            found.bad_tiles += (tile for tile, data in made if not is_there(tiles, tile, data))
            _check_root(found, remade)
    if remade.size < seals.size:
        found.wrong_roots = sorted({each.size for each in seals.checkpoints if each.size > remade.size})
    for each in found.of(Kind.GAP, Kind.HIDDEN):
        if each.first == 1 and held_last:
            each.kind = Kind.TRIMMED
        elif each.kind is Kind.GAP and each.first > held_last:
            each.kind = Kind.CUT
    return found


def sealed_tiles(remade: Remade, entry: bytes, seals: Seals) -> Iterator[tuple[Tile, bytes]]:
    """Take the next entry, and yield the tiles that it fills, and those that are not full where a size was signed."""
    yield from remade.add(entry)
    if remade.size in {checkpoint.size for checkpoint in seals.checkpoints}:
        yield from remade.rest()


def is_there(tiles: TileFolder, tile: Tile, data: bytes) -> bool:
    """Return whether the file of *tile* has that *data*."""
    try:
        return tiles.read(tile) == data
    except (FileNotFoundError, BadTile):
        return False


def right_subject(entry: bytes) -> str | None:
    """Return the subject of an entry's aggregate; None where it has no contract here."""
    try:
        fields = orjson.loads(entry)
        contract = catalogue.events().get(fields["name"])
        return subject_of(LOG, contract.aggregate, fields["aggregate_id"]) if contract else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _check_root(found: Survey, remade: Remade) -> None:
    for checkpoint in found.seals.checkpoints:
        if checkpoint.size == remade.size and checkpoint.root != remade.root():
            found.wrong_roots.append(checkpoint.size)


def add(ranges: list[Range], position: int, kind: Kind) -> None:
    """Add the next *position* to *ranges*, which are in order."""
    if ranges and ranges[-1].kind is kind and ranges[-1].last == position - 1:
        ranges[-1].last = position
    else:
        ranges.append(Range(position, position, kind))


def _kind(place: Place) -> Kind:
    if place.is_disputed:
        return Kind.DISPUTED
    if place.entry is None:
        return Kind.LOST
    if place.stream is State.MISSING:
        return Kind.HIDDEN if place.held else Kind.GAP
    if place.stream is State.OTHER:
        return Kind.DIFFERENT
    if place.held and place.held.subject != right_subject(place.entry):
        return Kind.MISPLACED
    if not place.is_sealed:
        return Kind.UNSEALED
    return Kind.SAME if place.tiles is State.RIGHT else Kind.UNTILED
