"""
A plan of what is near, drawn on the server as plain SVG: seen without a script, before any touch, in a few kilobytes.

It shows what the gazetteer knows (communes with their ground, names) and how far things are: rings round the middle.
Its colours are the style sheet's. The part that nobody's things change is kept for whoever asks next.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from gateway.web.nearby import Thing
from gateway.web.page import Page
from gateway.web.whereabouts import Spot
from libs.contracts.geo import PlaceOnMap, PlacesIn
from libs.errors import Problem

WIDTH, HEIGHT = 1000, 1250
REACH = 300
"""So many units from the middle the furthest thing lies; a window on the plan of any shape shows at least these."""

TOUCHING = 58
"""Pins nearer to each other than so many units are one."""

_STEPS_M = (600, 1_000, 1_500, 2_500, 4_000, 6_000, 10_000, 15_000, 25_000, 50_000, 100_000)
_METRES_A_DEGREE = 111_195.0
_BORDERS_TO_M = 10_000
_KEPT_MAX = 256
_NAMES_MAX = 24
_LETTER, _LINE = 9.5, 20


@dataclass(frozen=True, slots=True)
class Pin:
    """A pin on the plan: the things that lie there, and where it is in per cent of the plan's width and height."""

    things: Sequence[Thing]
    x: float
    y: float

    @property
    def style(self) -> str:
        """The place, as a style sheet's lengths."""
        return f"--x:{self.x:.2f}%;--y:{self.y:.2f}%"

    @property
    def first(self) -> Thing:
        """The thing that is first in the list."""
        return self.things[0]


class Plan:
    """A window round a point, *radius_m* metres to each side and some more."""

    def __init__(self, latitude: float, longitude: float, radius_m: float) -> None:
        self.latitude, self.longitude, self.radius_m = latitude, longitude, radius_m
        self._units_a_metre = REACH / radius_m
        self._east_m = _METRES_A_DEGREE * max(0.05, math.cos(math.radians(latitude)))
        self._base = Markup()

    @property
    def style(self) -> str:
        """The plan's shape, for the style sheet."""
        return f"--ar:{WIDTH / HEIGHT}"

    def xy(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return where a point lies, in units from the upper left corner."""
        turn = (longitude - self.longitude + 180) % 360 - 180
        x = WIDTH / 2 + turn * self._east_m * self._units_a_metre
        return x, HEIGHT / 2 - (latitude - self.latitude) * _METRES_A_DEGREE * self._units_a_metre

    def box(self, *, wider: float = 1.0) -> tuple[float, float, float, float]:
        """Return the south, west, north and east, in degrees, of a window so many times as wide."""
        high = min(85.0, HEIGHT / 2 / self._units_a_metre / _METRES_A_DEGREE * wider)
        wide = min(179.0, WIDTH / 2 / self._units_a_metre / self._east_m * wider)
        west, east = ((degrees + 180) % 360 - 180 for degrees in (self.longitude - wide, self.longitude + wide))
        return max(-90.0, self.latitude - high), west, min(90.0, self.latitude + high), east

    def pins(self, things: Iterable[Thing], *, touching: int = TOUCHING) -> list[Pin]:
        """Return a pin for each thing, and one for those together that lie nearer than *touching* units."""
        found: list[tuple[float, float, list[Thing]]] = []
        for thing in things:
            x, y = self.xy(thing.latitude, thing.longitude)
            for other_x, other_y, there in found:
                if math.hypot(x - other_x, y - other_y) < touching:
                    there.append(thing)
                    break
            else:
                found.append((x, y, [thing]))
        return [Pin(there, x / WIDTH * 100, y / HEIGHT * 100) for x, y, there in found]

    def at(self, latitude: float, longitude: float) -> str:
        """Return where a point lies, as a style sheet's lengths."""
        x, y = self.xy(latitude, longitude)
        return f"--x:{x / WIDTH * 100:.2f}%;--y:{y / HEIGHT * 100:.2f}%"

    def svg(self) -> Markup:
        """Return the drawing, without pins."""
        return self._base

    def draw(self, places: Sequence[PlaceOnMap]) -> None:
        """Draw the ground of *places*, rings, and as many of their names as have room; the largest go first."""
        borders = "".join(self._border(border) for place in places for border in place.borders)
        parts = [f'<path class="m-ground" d="{borders}"/>' if borders else "", *self._rings(), *self._names(places)]
        self._base = Markup(
            f'<svg class="plan" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true"'
            f' preserveAspectRatio="xMidYMid slice">{"".join(parts)}</svg>'
        )

    def _border(self, border: Sequence[float]) -> str:
        corners = [self.xy(latitude, longitude) for longitude, latitude in zip(border[::2], border[1::2], strict=True)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        if max(xs) < 0 or min(xs) > WIDTH or max(ys) < 0 or min(ys) > HEIGHT:
            return ""
        return _path([(round(x), round(y)) for x, y in corners])

    def _rings(self) -> Iterable[str]:
        step = _ring_m(self.radius_m)
        for count in (1, 2):
            radius = step * count * self._units_a_metre
            label = f"{step * count / 1000:g} km" if step * count >= 1000 else f"{step * count} m"
            yield f'<circle class="m-ring" cx="{WIDTH // 2}" cy="{HEIGHT // 2}" r="{radius:.0f}"/>'
            y = HEIGHT / 2 + radius + 5
            yield f'<text class="m-t m-far" x="{WIDTH // 2}" y="{y:.0f}">{label.replace(" ", chr(160))}</text>'

    def _names(self, places: Sequence[PlaceOnMap]) -> Iterable[str]:
        taken: list[tuple[float, float, float]] = []
        for place in places:
            x, y = self.xy(place.latitude, place.longitude)
            if math.hypot(x - WIDTH / 2, y - HEIGHT / 2) < TOUCHING:
                y -= TOUCHING  # the pins in the middle leave the name to be read
            half = len(place.name) * _LETTER / 2
            is_free = all(abs(y - v) > _LINE or abs(x - u) > half + other + 8 for u, v, other in taken)
            if is_free and half < x < WIDTH - half and _LINE < y < HEIGHT - _LINE and len(taken) < _NAMES_MAX:
                taken.append((x, y, half))
                yield f'<text class="m-t" x="{x:.0f}" y="{y:.0f}">{escape(place.name)}</text>'


class Drawer:
    """Draws plans, and keeps the last ones; a spot is the same for everybody who looks from it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[float, float, float], Plan] = OrderedDict()

    async def plan(self, page: Page, spot: Spot, things: Sequence[Thing]) -> Plan:
        """Return the plan round *spot* that holds *things*; without names while the gazetteer does not answer."""
        reach_m = max([thing.distance_m for thing in things], default=_STEPS_M[3])
        radius_m = next((step for step in _STEPS_M if step >= reach_m), _STEPS_M[-1])
        key = (round(spot.latitude, 4), round(spot.longitude, 4), radius_m)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        plan = Plan(*key)
        south, west, north, east = plan.box(wider=1.5)  # whose town hall lies beyond may have its ground within
        box = PlacesIn(
            south=south, west=west, north=north, east=east, limit=150, with_borders=radius_m <= _BORDERS_TO_M
        )
        try:
            plan.draw((await page.ask(box)).items)
        except Problem:
            plan.draw(())
            return plan
        self._kept[key] = plan
        if len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return plan


def drawer_of(page: Page) -> Drawer:
    """Return the node's drawer of plans."""
    state = page.request.app.state
    if not hasattr(state, "drawer"):
        state.drawer = Drawer()
    return state.drawer  # type: ignore[no-any-return]


def _ring_m(radius_m: float) -> int:
    """Return a round distance, about half of *radius_m*."""
    return next(step for step in (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 250) if step <= radius_m / 1.9)


def _path(corners: Sequence[tuple[int, int]]) -> str:
    """Return a closed path of the corners that differ, each told from the one before."""
    x, y = corners[0]
    said = [f"M{x} {y}"]
    for u, v in corners[1:]:
        if (u, v) != (x, y):
            said.append(f"l{u - x} {v - y}")
            x, y = u, v
    return "".join(said).replace(" -", "-") + "z" if len(said) > 2 else ""
