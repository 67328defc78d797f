"""
`python -m libs.gazetteer`: reads the data packages and writes the gazetteer's rows to standard output.

It is a process of its own because reading takes some 400 MB, which no service should keep. What it writes are blocks:
a line `table bytes places`, then so many bytes in the format of PostgreSQL's COPY. *places* is how many places are
read by then; the first block, of table "-" and empty, says how many there are in all.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO, Final

from libs.earth import cell
from libs.gazetteer.france import France
from libs.gazetteer.keys import key_of
from libs.gazetteer.rows import Place, Region
from libs.gazetteer.world import World

PLACES_PER_BLOCK: Final = 1_000
CELL_SIZE: Final = 4
ALIAS_RANKS_LOWER: Final = 10

Cells = Sequence[object]


def main(out: BinaryIO) -> None:
    """Write everything that the packages hold."""
    world, france = World(), France()
    french, twins = france.places(), world.french()
    for place in french:
        twins.enrich(place)
    regions = chain(france.regions(), world.regions())
    write(out, regions=regions, places=chain(french, world.places()), total=len(french) + len(world))


def write(out: BinaryIO, *, regions: Iterable[Region], places: Iterator[Place], total: int) -> None:
    """Write *total* places and the regions, in blocks."""
    _write(out, "-", [], total)
    _write(out, "region", _regions(regions), 0)
    done = 0
    while block := list(islice(places, PLACES_PER_BLOCK)):
        done += len(block)
        _write(out, "name", (row for place in block for row in _names(place)), done)
        _write(out, "ground", (row for place in block for row in _grounds(place)), done)
        _write(out, "place", map(_place, block), done)


def _place(place: Place) -> Cells:
    return (
        place.place_id,
        place.name,
        place.label,
        place.source,
        place.country,
        place.region,
        place.latitude,
        place.longitude,
        place.population,
        place.time_zone,
        place.insee,
        "{" + ",".join(place.postcodes) + "}",
        cell(place.latitude, place.longitude, CELL_SIZE),
    )


def _names(place: Place) -> Iterator[Cells]:
    size = (place.population or 0).bit_length()
    at = cell(place.latitude, place.longitude, CELL_SIZE)
    known = {""}
    codes = [code for code in (place.insee, *place.postcodes) if code]
    for names, is_alias in (([place.name, *sorted(place.spellings)], False), (sorted(place.aliases) + codes, True)):
        for name in names:
            if (key := key_of(name)) not in known:
                known.add(key)
                rank = max(size - ALIAS_RANKS_LOWER, 0) if is_alias else size
                yield key, place.place_id, rank, at, name if is_alias else None


def _grounds(place: Place) -> Iterator[Cells]:
    for ring in place.grounds:
        yield (
            place.place_id,
            "(" + ",".join(f"({x:.6f},{y:.6f})" for x, y in zip(ring[::2], ring[1::2], strict=True)) + ")",
        )


def _regions(regions: Iterable[Region]) -> Iterator[Cells]:
    for key, country, region in sorted({(key_of(each.name), each.country, each.region or "") for each in regions}):
        yield key, country, region or None


def _write(out: BinaryIO, table: str, rows: Iterable[Cells], places: int) -> None:
    data = "".join("\t".join(map(_text, row)) + "\n" for row in rows).encode()
    out.write(f"{table} {len(data)} {places}\n".encode() + data)
    out.flush()


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")


if __name__ == "__main__":
    main(sys.stdout.buffer)
