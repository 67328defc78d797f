"""
Distances and neighbourhoods on the earth.

A distance is the great circle's on a sphere of the earth's mean radius (haversine): exact to half a percent, right at
the poles and across the 180th meridian. To find what is near, points are kept with the H3 cells that they lie in
(hexagons of three sizes); a circle is covered with cells of one size, and what lies in those is measured exactly.
"""

import math
from typing import Final

import h3.api.basic_int as h3

RADIUS_M: Final = 6_371_008.8
"""The earth's mean radius (IUGG)."""

SIZES: Final = (2, 4, 6)
"""The H3 resolutions in which points are kept: edges of about 183, 26 and 3.7 km."""

_RINGS_MAX: Final = 6
# The edges of H3's cells differ over the globe; none that matters here is shorter than this share of the average.
_SHORTEST_EDGE: Final = 0.6


def distance_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Return the metres between two points given in degrees."""
    half_chord = (
        math.sin(math.radians(latitude_b - latitude_a) / 2) ** 2
        + math.cos(math.radians(latitude_a))
        * math.cos(math.radians(latitude_b))
        * math.sin(math.radians(longitude_b - longitude_a) / 2) ** 2
    )
    return 2 * RADIUS_M * math.asin(min(1.0, math.sqrt(half_chord)))


def bearing_deg(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Return in which direction one sets out from *a* to go to *b*: degrees from the north by way of the east."""
    north_a, north_b = math.radians(latitude_a), math.radians(latitude_b)
    east = math.radians(longitude_b - longitude_a)
    ahead = math.cos(north_a) * math.sin(north_b) - math.sin(north_a) * math.cos(north_b) * math.cos(east)
    return math.degrees(math.atan2(math.sin(east) * math.cos(north_b), ahead)) % 360


def cell(latitude: float, longitude: float, size: int) -> int:
    """Return the number of the H3 cell of *size* that the point lies in."""
    return int(h3.latlng_to_cell(latitude, longitude, size))


def cells(latitude: float, longitude: float) -> list[int]:
    """Return the numbers of the cells that a point is kept with, one of each size; numbers of two sizes differ."""
    return [cell(latitude, longitude, size) for size in SIZES]


def cover(latitude: float, longitude: float, radius_m: float, *, size: int | None = None) -> list[int]:
    """
    Return the cells, all of one size, that together hold every point within *radius_m* metres (at most 800 km).

    Without a *size* it is the smallest that needs few cells: at most 127.
    """
    if size is None:
        size = next((each for each in reversed(SIZES) if _rings(radius_m, each) <= _RINGS_MAX), SIZES[0])
    middle = h3.latlng_to_cell(latitude, longitude, size)
    return list(h3.grid_disk(middle, _rings(radius_m, size)))


def _rings(radius_m: float, size: int) -> int:
    """
    Return how many rings of cells round a point's own are enough.

    *k* rings reach (1.5 k + 0.5) edges from the middle of the cell, and the point is at most an edge from that.
    """
    edge_m = _SHORTEST_EDGE * h3.average_hexagon_edge_length(size, unit="m")
    return math.ceil((radius_m / float(edge_m) + 0.5) / 1.5)
