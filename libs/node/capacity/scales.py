"""Votes of ten, a hundred and a thousand towns: what is full first, and what would carry them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from libs.node.capacity.costs import Costs
from libs.node.capacity.model import Layout, Load, Outcome, simulate

EVENING_H = 12
TOWN_BALLOTS = 20_000
PEAK = 10.8
"""The busiest second has so many times the ballots of an average one: a country's 20 million in 12 hours, 5,000/s."""

BUSY_MAX = 0.7
"""What is busier than that has no room for a worse second, or for the failure of one of its kind."""

SIMULATED_S = 5.0
BALLOTS_MAX = 10_000
PARTS_MAX = 64

_MORE = {"gateway": "gateways", "governance": "governances", "log": "logs", "nats": "logs", "postgres": "logs"}
"""What there must be more of when a part is full: a log more has servers and a database of its own."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A vote of *towns* towns: what one node makes of its busiest second, and a *layout* that carries it."""

    towns: int
    ballots: int
    peak_per_s: float
    one_node: Outcome
    layout: Layout
    carried: Outcome


def at_scales(costs: Costs, *, replicated_ms: float, towns: tuple[int, ...] = (1, 10, 100, 1000)) -> Iterator[Scale]:
    """Yield each scale; *replicated_ms* is what an append waits for its copies in a cluster."""
    for number in towns:
        peak_per_s = TOWN_BALLOTS * number * PEAK / (EVENING_H * 3600)
        one_node = simulate(costs, Layout(one_machine=True), _busiest_seconds(peak_per_s))
        layout, carried = enough(costs, peak_per_s, replicated_ms=replicated_ms)
        yield Scale(number, TOWN_BALLOTS * number, peak_per_s, one_node, layout, carried)


def enough(costs: Costs, peak_per_s: float, *, replicated_ms: float) -> tuple[Layout, Outcome]:
    """
    Return a layout that has room for *peak_per_s*, and what came of it.

    It starts with two gateways and two governances, so that one may fail, and adds to what is busiest.

    Raises:
        ValueError: No layout of at most `PARTS_MAX` of each carries so many.
    """
    layout = Layout(gateways=2, governances=2, replicated_ms=replicated_ms)
    while True:
        carried = simulate(costs, layout, _busiest_seconds(peak_per_s))
        part = carried.busiest
        if carried.busy[part] <= BUSY_MAX:
            return layout, carried
        there = getattr(layout, _MORE[part])
        grown = max(there + 1, math.ceil(there * carried.busy[part] / BUSY_MAX))
        if grown > PARTS_MAX:
            raise ValueError(f"{PARTS_MAX} times of {part} do not carry {peak_per_s:,.0f} ballots a second.")
        layout = replace(layout, **{_MORE[part]: grown})


def _busiest_seconds(per_s: float) -> Load:
    return Load(number=max(500, min(BALLOTS_MAX, int(per_s * SIMULATED_S))), per_s=per_s)
