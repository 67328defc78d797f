"""Where things are: the gazetteer of places, and what lies near."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi import Query as Parameter
from pydantic import AwareDatetime

from gateway.services import ServicesDep
from libs.contracts.geo import (
    Gazetteer,
    GazetteerPlace,
    GazetteerState,
    Kind,
    LocatedIn,
    LocatedNear,
    Nearby,
    PlaceAt,
    PlaceHere,
    PlaceId,
    PlaceOf,
    PlacesFound,
    PlacesIn,
    PlacesLike,
    PlacesLimit,
    PlacesOnMap,
    RadiusM,
    Words,
)
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Latitude, Longitude

router = APIRouter(tags=["geo"])

Lat = Annotated[Latitude, Parameter(description="Degrees north (WGS 84).", examples=[44.728])]
Lon = Annotated[Longitude, Parameter(description="Degrees east (WGS 84).", examples=[5.022])]
NearLat = Annotated[
    Latitude | None, Parameter(description="Of the point to prefer what is near to.", examples=[44.728])
]
NearLon = Annotated[Longitude | None, Parameter(description="Of the same point.", examples=[5.022])]
Kinds = Annotated[tuple[Kind, ...], Parameter(max_length=3, description="Only these; may be repeated. All, if none.")]
Since = Annotated[
    AwareDatetime | None, Parameter(description="Leave out gatherings that were over by then; now, if not given.")
]
Behind = Annotated[Cursor | None, Parameter(description="The `next` of the page before.")]


@router.get("/places")
async def find_places(
    q: Annotated[Words, Parameter(description="What was typed so far.", examples=["st etienne"])],
    services: ServicesDep,
    latitude: NearLat = None,
    longitude: NearLon = None,
    limit: PlacesLimit = 10,
) -> PlacesFound:
    """
    Return the places that may be meant, the likeliest first, for a search as one types.

    Accents, capitals, hyphens and small mistakes do not matter; other names (`Londres`), French postcodes and INSEE
    codes are known, and a département, state or country may follow (`crest drome`). Large places come first, and near
    ones if a point is given.
    """
    return await services.ask(PlacesLike(words=q, latitude=latitude, longitude=longitude, limit=limit))


@router.get("/places/at")
async def get_place_at(latitude: Lat, longitude: Lon, services: ServicesDep) -> PlaceHere:
    """Return the place of a point: the French commune whose ground it is, else the nearest place within 30 km."""
    return await services.ask(PlaceAt(latitude=latitude, longitude=longitude))


@router.get("/places/box")
async def list_places_in_box(
    *,
    south: Lat,
    west: Lon,
    north: Lat,
    east: Lon,
    services: ServicesDep,
    with_borders: Annotated[bool, Parameter(description="Tell the ground of French communes, too.")] = False,
    limit: Limit = 50,
) -> PlacesOnMap:
    """
    Return the largest places in a box, for a map that names them; in a wide box only cities are looked at.

    A box whose west is greater than its east crosses the 180th meridian.
    """
    return await services.ask(
        PlacesIn(south=south, west=west, north=north, east=east, with_borders=with_borders, limit=limit)
    )


@router.get("/places/{place_id}")
async def get_place(
    place_id: Annotated[PlaceId, Path(description="A place's number in the gazetteer.", examples=[1003638488])],
    services: ServicesDep,
) -> GazetteerPlace:
    """Return one place of the gazetteer."""
    return await services.ask(PlaceOf(place_id=place_id))


@router.get("/gazetteer")
async def get_gazetteer(services: ServicesDep) -> Gazetteer:
    """Return which gazetteer this node has, whom it is from, and how far it is loaded."""
    return await services.ask(GazetteerState())


@router.get("/nearby")
async def list_nearby(
    *,
    latitude: Lat,
    longitude: Lon,
    radius_m: Annotated[RadiusM, Parameter(description="Metres.", examples=[20_000])],
    services: ServicesDep,
    kind: Kinds = (),
    since: Since = None,
    cursor: Behind = None,
    limit: Limit = 50,
) -> Nearby:
    """
    Return the groups, pages and gatherings within a distance of a point, the nearest first.

    Distances are whole metres along the great circle of a sphere of the earth's mean radius (haversine).
    """
    return await services.ask(
        LocatedNear(
            latitude=latitude,
            longitude=longitude,
            radius_m=radius_m,
            kinds=kind,
            since=since,
            cursor=cursor,
            limit=limit,
        )
    )


@router.get("/nearby/box")
async def list_in_box(
    *,
    south: Lat,
    west: Lon,
    north: Lat,
    east: Lon,
    services: ServicesDep,
    kind: Kinds = (),
    since: Since = None,
    cursor: Behind = None,
    limit: Limit = 50,
) -> Nearby:
    """
    Return the groups, pages and gatherings in a box, as on a map, those nearest its middle first.

    A box whose west is greater than its east crosses the 180th meridian.
    """
    return await services.ask(
        LocatedIn(
            south=south,
            west=west,
            north=north,
            east=east,
            kinds=kind,
            since=since,
            cursor=cursor,
            limit=limit,
        )
    )
