"""The drawn plan: where things lie on it, anywhere on the earth."""

import pytest

from gateway.web.nearby import Thing
from gateway.web.plan import HEIGHT, REACH, WIDTH, Plan
from gateway.web.whereabouts import cell_of
from libs.contracts.geo import PlaceOnMap
from tests.gateway.web.things import number


def thing(name: str, latitude: float, longitude: float) -> Thing:
    """A group somewhere."""
    return Thing("group", number(name), name, "x", latitude, longitude, 0, 0)


def test_what_is_at_the_edge_of_the_circle_is_seen() -> None:
    """North is up, east is right, and a metre is as long in each."""
    plan = Plan(45.0, 5.0, 1000)
    north, east = plan.xy(45.0 + 1000 / 111_195, 5.0), plan.xy(45.0, 5.0 + 1000 / 78_627)

    assert north == pytest.approx((WIDTH / 2, HEIGHT / 2 - REACH), abs=1)
    assert east == pytest.approx((WIDTH / 2 + REACH, HEIGHT / 2), abs=1)


def test_the_180th_meridian_is_no_border() -> None:
    """Fiji's two halves lie side by side."""
    plan = Plan(-17, 179.9, 50_000)
    south, west, north, east = plan.box()

    assert plan.xy(-17, -179.9)[0] > WIDTH / 2
    assert west > east
    assert south < -17 < north


@pytest.mark.parametrize("latitude", [-90, -89.99, 89.99, 90])
def test_the_poles_have_a_plan(latitude: float) -> None:
    """Its box is one that may be asked about."""
    south, west, north, east = Plan(latitude, 0, 100_000).box(wider=1.5)

    assert -90 <= south <= north <= 90
    assert -180 <= west <= 180
    assert -180 <= east <= 180


def test_what_lies_on_each_other_is_one_pin() -> None:
    """In the order of the list; what lies apart has its own."""
    plan = Plan(45, 5, 1000)
    pins = plan.pins([thing("a", 45, 5), thing("b", 45.008, 5), thing("c", 45, 5.0001)])

    assert [[each.name for each in pin.things] for pin in pins] == [["a", "c"], ["b"]]


def test_names_leave_each_other_room_and_are_no_markup() -> None:
    """The larger place, which comes first, is named."""
    plan = Plan(45, 5, 1000)
    big, small, evil = (
        PlaceOnMap(place_id=count, name=name, latitude=latitude, longitude=5, population=9)
        for count, name, latitude in ((1, "Big", 45.004), (2, "Small", 45.0041), (3, "<b>", 44.99))
    )
    plan.draw((big, small, evil))

    assert ">Big<" in plan.svg()
    assert ">Small<" not in plan.svg()
    assert "<b>" not in plan.svg()


@pytest.mark.parametrize("point", [(44.728611, 5.022333), (-90, -180), (90, 180), (0, 0), (-17.7, 179.99)])
def test_a_cell_is_about_five_kilometres_and_stays_what_it_is(point: tuple[float, float]) -> None:
    """Its middle lies in it: rounding what was rounded on the device changes nothing."""
    middle = cell_of(*point)

    assert cell_of(*middle) == middle
    assert abs(middle[0] - point[0]) <= 0.0251
