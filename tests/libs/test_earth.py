"""Distances on the earth, and circles covered with cells."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from libs import earth

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)


def beyond(latitude: float, longitude: float, bearing: float, distance_m: float) -> tuple[float, float]:
    """The point that is reached on a great circle."""
    angle, phi, at = distance_m / earth.RADIUS_M, math.radians(latitude), math.radians(bearing)
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(at)
    there = math.asin(max(-1.0, min(1.0, sine)))
    east = math.atan2(math.sin(at) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * math.sin(there))
    return math.degrees(there), (longitude + math.degrees(east) + 540) % 360 - 180


class TestBearing:
    def test_of_the_four_directions(self) -> None:
        """North is 0, east 90; across the 180th meridian one goes on."""
        assert round(earth.bearing_deg(44, 5, 45, 5)) == 0
        assert round(earth.bearing_deg(0, 179.5, 0, -179.5)) == 90
        assert round(earth.bearing_deg(45, 5, 44, 5)) == 180
        assert round(earth.bearing_deg(0, 6, 0, 5)) == 270

    @given(st.floats(-89, 89), LONGITUDES, st.floats(0, 360, exclude_max=True))
    def test_leads_there(self, latitude: float, longitude: float, bearing: float) -> None:
        """Who sets out in that direction arrives."""
        there = beyond(latitude, longitude, bearing, 10_000)
        apart = abs(earth.bearing_deg(latitude, longitude, *there) - bearing)

        assert min(apart, 360 - apart) < 0.01


class TestDistance:
    def test_of_two_known_cities(self) -> None:
        """Paris and London are 344 km apart."""
        assert round(earth.distance_m(48.8566, 2.3522, 51.5074, -0.1278), -3) == 344_000

    def test_is_none_from_a_point_to_itself(self) -> None:
        """Nothing is nearer."""
        assert earth.distance_m(44.728, 5.022, 44.728, 5.022) == 0

    def test_to_the_other_side(self) -> None:
        """From pole to pole it is half the circumference; no rounding takes it out of the sine's range."""
        assert math.isclose(earth.distance_m(90, 0, -90, 77), math.pi * earth.RADIUS_M)
        assert math.isclose(earth.distance_m(12.5, 40, -12.5, -140), math.pi * earth.RADIUS_M)

    def test_across_the_180th_meridian(self) -> None:
        """Two sides of the line in Fiji are neighbours."""
        assert earth.distance_m(-16.8, 179.999, -16.8, -179.999) < 220

    def test_at_a_pole_every_longitude_is_the_same_point(self) -> None:
        """All meridians meet there."""
        assert earth.distance_m(90, 0, 90, 123) < 1

    @given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
    def test_is_the_same_both_ways(self, lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> None:
        """There and back are one distance."""
        there, back = earth.distance_m(lat_a, lon_a, lat_b, lon_b), earth.distance_m(lat_b, lon_b, lat_a, lon_a)

        assert math.isclose(there, back, abs_tol=1e-3)


class TestCover:
    @settings(max_examples=500)
    @given(LATITUDES, LONGITUDES, st.floats(1, 500_001), st.floats(0, 360), st.floats(0, 1))
    def test_holds_every_point_within_the_radius(
        self, latitude: float, longitude: float, radius_m: float, bearing: float, share: float
    ) -> None:
        """Near or far, at the poles and anywhere else: what is within the radius lies in a cell of the cover."""
        point = beyond(latitude, longitude, bearing, radius_m * share)

        assert set(earth.cells(*point)) & set(earth.cover(latitude, longitude, radius_m))

    def test_holds_what_is_near_a_pentagon(self) -> None:
        """Twelve cells of each size have five sides; round them the cover is right, too."""
        for latitude, longitude in ((64.7, 10.536), (58.4, -178.44), (50.1032, -143.478), (-39.1, 122.3)):
            for radius_m in (500, 5_000, 40_000, 250_000, 500_000):
                cover = set(earth.cover(latitude, longitude, radius_m))
                edge = [beyond(latitude, longitude, bearing, radius_m) for bearing in range(0, 360, 5)]
                assert all(cover & set(earth.cells(*point)) for point in edge)

    @given(LATITUDES, LONGITUDES, st.floats(1, 500_001))
    def test_needs_few_cells(self, latitude: float, longitude: float, radius_m: float) -> None:
        """A question never becomes a thousand look-ups."""
        assert len(earth.cover(latitude, longitude, radius_m)) <= 127
