"""Questions to geo: one statement each, over the gazetteer and over what is located."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from libs import earth
from libs.contracts.geo import (
    Gazetteer,
    GazetteerPlace,
    GazetteerState,
    Located,
    LocatedIn,
    LocatedNear,
    Nearby,
    PlaceAt,
    PlaceFound,
    PlaceHere,
    PlaceOf,
    PlaceOnMap,
    PlacesFound,
    PlacesIn,
    PlacesLike,
    PlacesOnMap,
)
from libs.errors import NotFound, NotYet, Unprocessable
from libs.gazetteer.keys import key_of
from libs.service.database import Connection
from libs.service.desk import QueryHandlers
from libs.service.paging import from_cursor, to_cursor

NEAR_M: Final = 60_000
"""Places within this distance of whoever searches are looked at even if many larger ones fit."""

PLACE_AT_M: Final = 30_000
"""A point further than this from every place is nowhere in particular."""

LOOKED_THROUGH_M: Final = 100_000
"""A box that reaches no further from its middle is looked through place by place; of a wider one only cities are."""

CITY_RANK, METROPOLIS_RANK = 16, 18
"""Binary logarithms of the inhabitants: some 65,000 and 262,000."""

CELL_SIZE: Final = 4  # of the gazetteer's cells

# How like a name must be to what was typed; and no compiling, which takes longer than the search itself.
_SEARCH_SETTINGS: Final = "SET LOCAL pg_trgm.similarity_threshold = 0.35; SET LOCAL jit = off"


class GazetteerIsLoading(NotYet):
    """The gazetteer is being loaded for the first time."""


class HalfAPoint(Unprocessable):
    """A latitude came without a longitude, or the other way round."""


class BoxIsUpsideDown(Unprocessable):
    """The box's south lies north of its north."""


# $1 the key, $2 the point's latitude, $3 its longitude, $4 the cells round it, $5 how many.
#
# Candidates are the names that are the key; those that begin with it, a number of each rank, so that the largest places
# are all among them; those near the point that begin with it; and, if these are few, those that are like it.
# Each is weighed once: how well the name fits (a place's other names a little less) counts most, then the inhabitants
# (on a logarithmic scale), and how near it is.
_PLACES_LIKE = """
WITH asked AS MATERIALIZED (
    SELECT $1::text COLLATE "C" AS key, NULL::text AS country, NULL::text AS region, 0.0 AS loss
  UNION ALL
    SELECT left($1, -length(key) - 1), country, region, 0.05 FROM gazetteer.region
    WHERE right($1, length(key) + 1) = ' ' || key AND length($1) > length(key) + 1
), direct AS MATERIALIZED (
    SELECT name.place_id, name.alias, 1.0 - asked.loss - CASE WHEN alias IS NULL THEN 0 ELSE 0.1 END AS likeness
    FROM asked CROSS JOIN LATERAL (
        SELECT n.place_id, n.alias FROM gazetteer.name n JOIN gazetteer.place p USING (place_id)
        WHERE n.key = asked.key AND p.country = coalesce(asked.country, p.country)
            AND (asked.region IS NULL OR p.region = asked.region)
        ORDER BY n.rank DESC LIMIT 300
    ) name
  UNION ALL
    SELECT name.place_id, name.alias, 0.8 - asked.loss - CASE WHEN alias IS NULL THEN 0 ELSE 0.2 END
    FROM asked CROSS JOIN generate_series(0, 31) AS ranks (rank) CROSS JOIN LATERAL (
        SELECT n.place_id, n.alias FROM gazetteer.name n JOIN gazetteer.place p USING (place_id)
        WHERE n.rank = ranks.rank AND n.key > asked.key AND n.key < asked.key || chr(1114111)
            AND p.country = coalesce(asked.country, p.country)
            AND (asked.region IS NULL OR p.region = asked.region)
        LIMIT 50
    ) name
  UNION ALL
    SELECT name.place_id, name.alias, 0.8 - CASE WHEN alias IS NULL THEN 0 ELSE 0.2 END
    FROM unnest($4::bigint[]) AS near (cell) CROSS JOIN LATERAL (
        SELECT n.place_id, n.alias FROM gazetteer.name n
        WHERE n.cell = near.cell AND n.key > $1 AND n.key < $1 || chr(1114111)
        LIMIT 100
    ) name
), found AS (
    SELECT place_id, alias, likeness FROM direct
  UNION ALL
    SELECT place_id, alias, likeness FROM (
        SELECT n.place_id, n.alias, 0.7 * public.similarity(n.key, $1) AS likeness
        FROM gazetteer.name n
        WHERE n.key OPERATOR(public.%) $1 AND length($1) > 2
            AND (SELECT count(DISTINCT place_id) FROM direct) < $5
            -- A server may know no letters but those of ASCII; without any it would look at every name.
            AND cardinality(public.show_trgm($1)) > 0
        ORDER BY likeness DESC, n.rank DESC LIMIT 100
    ) alike
), weighed AS (
    SELECT DISTINCT ON (place_id) place_id, alias AS matched, likeness, max(likeness) OVER () AS best
    FROM found
    ORDER BY place_id, likeness DESC, matched
)
SELECT p.*, matched, distance_m($2, $3, p.latitude, p.longitude) AS distance_m
FROM weighed JOIN gazetteer.known_place p USING (place_id)
WHERE likeness > 0.4 * best  -- beside a good fit, what is far from it is noise
ORDER BY
    2 * likeness
    + log(1 + coalesce(population, 0)) / 6.0
    + coalesce(1.5 / (1 + distance_m($2, $3, p.latitude, p.longitude) / 30000.0), 0) DESC,
    place_id
LIMIT $5
"""

_PLACE_OF = "SELECT * FROM gazetteer.known_place WHERE place_id = $1"

# $1 latitude, $2 longitude, $3 the cells round it, $4 how far at most.
_PLACE_AT = """
SELECT p.*, here.is_on_its_ground, distance_m($1, $2, p.latitude, p.longitude) AS distance_m
FROM (
    -- Of two that claim the point, one lies inside the other: the smaller.
    (SELECT place_id, true AS is_on_its_ground FROM gazetteer.ground
     WHERE box(border) && box(point($2, $1), point($2, $1)) AND border @> point($2, $1)
     ORDER BY area(box(border)) LIMIT 1)
  UNION ALL
    (SELECT place_id, false FROM gazetteer.place
     WHERE cell = ANY ($3::bigint[]) AND distance_m($1, $2, latitude, longitude) <= $4
     ORDER BY distance_m($1, $2, latitude, longitude), place_id LIMIT 1)
) here
JOIN gazetteer.known_place p USING (place_id)
ORDER BY here.is_on_its_ground DESC LIMIT 1
"""

# $1 south, $2 west, $3 east, $4 north, $5 and $6 west and east again, $7 how many, $8 with borders, $9 the cells that
# the box lies in or, of one that is wide, the least rank of a name.
_PLACES_IN = """
WITH found AS (
    SELECT place_id, name, latitude, longitude, population FROM {places} AS place
    WHERE latitude BETWEEN $1 AND $4 AND (longitude BETWEEN $2 AND $3 OR longitude BETWEEN $5 AND $6)
    ORDER BY population DESC NULLS LAST, place_id LIMIT $7
)
SELECT found.*, CASE WHEN $8 THEN ARRAY(
    SELECT border FROM gazetteer.ground  -- the index is by where grounds lie
    WHERE place_id = found.place_id AND box(border) && box(point(longitude, latitude), point(longitude, latitude))
) ELSE ARRAY[]::polygon[] END AS borders
FROM found ORDER BY population DESC NULLS LAST, place_id
"""
_PLACES_HERE = _PLACES_IN.format(places="(SELECT * FROM gazetteer.place WHERE cell = ANY ($9::bigint[]))")
# Few names are so high in rank; each place is looked up once, instead of looking through all.
_CITIES_IN = _PLACES_IN.format(
    places="(SELECT city.* FROM gazetteer.name CROSS JOIN LATERAL ("
    "SELECT * FROM gazetteer.place WHERE place.place_id = name.place_id OFFSET 0) AS city"
    " WHERE rank >= $9 AND alias IS NULL)"
)

_GAZETTEER = """
SELECT version, places AS places_count, loaded_at, coalesce(done, places) AS done, coalesce(total, places) AS total
FROM gazetteer.version LEFT JOIN loading ON true
"""
_LOADING = "SELECT NULL AS version, 0 AS places_count, NULL AS loaded_at, done, total FROM loading"

_WANTED = """
(cardinality($1::text[]) = 0 OR kind = ANY ($1)) AND (ends_at IS NULL OR ends_at > coalesce($2, now()))
"""
_PAGE = """
SELECT id, kind, name, place_name, latitude, longitude, distance_m, starts_at, ends_at
FROM (SELECT *, distance_m($5, $6, latitude, longitude) AS distance_m FROM located WHERE {where} AND {wanted}) near
WHERE ($3::integer IS NULL OR (distance_m, id) > ($3, $4::uuid)) {within}
ORDER BY distance_m, id LIMIT $7
"""
_LOCATED_NEAR = _PAGE.format(wanted=_WANTED, where="cells && $8::bigint[]", within="AND distance_m <= $9")
_LOCATED_IN = _PAGE.format(
    wanted=_WANTED,
    where="(point(longitude, latitude) <@ box(point($9, $8), point($10, $11))"
    " OR point(longitude, latitude) <@ box(point($12, $8), point($13, $11)))",
    within="",
)


async def places_like(query: PlacesLike, db: Connection) -> PlacesFound:
    """
    Raises:
        HalfAPoint: One coordinate is missing.
        GazetteerIsLoading: Before the first loading is done.
    """
    if (query.latitude is None) != (query.longitude is None):
        raise HalfAPoint("A point has both a latitude and a longitude.")
    if not (key := key_of(query.words)):
        return PlacesFound(items=())
    cells = _cover(query.latitude, query.longitude, NEAR_M)
    async with db.transaction(readonly=True):
        await db.execute(_SEARCH_SETTINGS)
        rows = await _fetch(db, _PLACES_LIKE, key, query.latitude, query.longitude, cells, query.limit)
    return PlacesFound(items=tuple(PlaceFound(**row) for row in rows))


async def place_of(query: PlaceOf, db: Connection) -> GazetteerPlace:
    """
    Raises:
        NotFound: The gazetteer has no such place.
        GazetteerIsLoading: Before the first loading is done.
    """
    for row in await _fetch(db, _PLACE_OF, query.place_id):
        return GazetteerPlace(**row)
    raise NotFound(f"The gazetteer has no place {query.place_id}.")


async def place_at(query: PlaceAt, db: Connection) -> PlaceHere:
    """
    Raises:
        NotFound: No place is within 30 km.
        GazetteerIsLoading: Before the first loading is done.
    """
    cells = _cover(query.latitude, query.longitude, PLACE_AT_M)
    for row in await _fetch(db, _PLACE_AT, query.latitude, query.longitude, cells, PLACE_AT_M):
        return PlaceHere(**row)
    raise NotFound(f"No place is within {PLACE_AT_M // 1000} km of {query.latitude}, {query.longitude}.")


async def places_in(query: PlacesIn, db: Connection) -> PlacesOnMap:
    """
    Raises:
        BoxIsUpsideDown: Its south lies north of its north.
        GazetteerIsLoading: Before the first loading is done.
    """
    box, middle = _box(query), _middle(query)
    corners = [
        (latitude, longitude) for latitude in (query.south, query.north) for longitude in (query.west, query.east)
    ]
    reach_m = max(earth.distance_m(*middle, *corner) for corner in corners)
    where: list[int] | int
    if reach_m <= LOOKED_THROUGH_M:
        statement, where = _PLACES_HERE, earth.cover(*middle, reach_m, size=CELL_SIZE)
    else:
        statement, where = _CITIES_IN, CITY_RANK if reach_m < 5 * LOOKED_THROUGH_M else METROPOLIS_RANK
    async with db.transaction(readonly=True):
        await db.execute(_SEARCH_SETTINGS)
        rows = await _fetch(db, statement, *box, query.limit, query.with_borders, where)
    return PlacesOnMap(items=tuple(PlaceOnMap(**_with_borders(row)) for row in rows))


async def gazetteer_state(_: GazetteerState, db: Connection) -> Gazetteer:
    """Before the first loading there is no version, and how far it is."""
    try:
        row = await db.fetchrow(_GAZETTEER)
    except asyncpg.UndefinedTableError:
        row = await db.fetchrow(_LOADING)
    return Gazetteer(**row) if row else Gazetteer(version=None, places_count=0, loaded_at=None, done=0, total=0)


async def located_near(query: LocatedNear, db: Connection) -> Nearby:
    """
    Raises:
        BadCursor: The cursor is not one that this list gave.
    """
    point = (query.latitude, query.longitude)
    # Distances are whole metres, so half a metre more may count.
    cells = earth.cover(*point, query.radius_m + 1)
    rows = await db.fetch(_LOCATED_NEAR, *_page(query), *point, query.limit + 1, cells, query.radius_m)
    return _nearby(rows, query.limit)


async def located_in(query: LocatedIn, db: Connection) -> Nearby:
    """
    Raises:
        BoxIsUpsideDown: Its south lies north of its north.
        BadCursor: The cursor is not one that this list gave.
    """
    rows = await db.fetch(_LOCATED_IN, *_page(query), *_middle(query), query.limit + 1, *_box(query))
    return _nearby(rows, query.limit)


def _cover(latitude: float | None, longitude: float | None, radius_m: int) -> list[int]:
    if latitude is None or longitude is None:
        return []
    return earth.cover(latitude, longitude, radius_m, size=CELL_SIZE)


def _box(query: LocatedIn | PlacesIn) -> tuple[float, ...]:
    """
    Return south, west, east, north, and west and east again: across the 180th meridian a box is two.

    Raises:
        BoxIsUpsideDown: Its south lies north of its north.
    """
    if query.south > query.north:
        raise BoxIsUpsideDown("The south of a box lies south of its north.")
    crosses = query.west > query.east
    (west, east), (other_west, other_east) = (
        ((query.west, 180.0), (-180.0, query.east)) if crosses else ((query.west, query.east),) * 2
    )
    return (query.south, west, east, query.north, other_west, other_east)


def _with_borders(row: asyncpg.Record) -> dict[str, Any]:
    borders = (tuple(degrees for corner in border for degrees in corner) for border in row["borders"])
    return {**row, "borders": tuple(borders)}


def _middle(query: LocatedIn | PlacesIn) -> tuple[float, float]:
    width = (query.east - query.west) % 360 if query.west > query.east else query.east - query.west
    longitude = query.west + width / 2
    return (query.south + query.north) / 2, longitude - 360 if longitude > 180 else longitude


def _page(query: LocatedNear | LocatedIn) -> tuple[Any, ...]:
    distance_m, number = from_cursor(query.cursor, (int, UUID)) or (None, None)
    return list(query.kinds), query.since, distance_m, number


def _nearby(rows: Sequence[asyncpg.Record], limit: int) -> Nearby:
    items = tuple(Located(**row) for row in rows[:limit])
    last = items[-1] if len(rows) > limit else None
    return Nearby(items=items, next=to_cursor(last.distance_m, last.id) if last else None)


async def _fetch(db: Connection, statement: str, *parameters: Any) -> list[asyncpg.Record]:
    try:
        return await db.fetch(statement, *parameters)
    except asyncpg.UndefinedTableError as fault:
        raise GazetteerIsLoading("The gazetteer is being loaded for the first time; try again in a minute.") from fault


QUERIES: QueryHandlers = {
    PlacesLike: places_like,
    PlaceOf: place_of,
    PlaceAt: place_at,
    PlacesIn: places_in,
    GazetteerState: gazetteer_state,
    LocatedNear: located_near,
    LocatedIn: located_in,
}
