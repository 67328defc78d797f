"""
`plaanet capacity`: what a node and a cluster carry, simulated from what `plaanet bench --json` measured here.

It first simulates what was measured, so that one sees how far the rest can be trusted; docs/CAPACITY.md reads it.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from libs.node.capacity.costs import Costs, measured
from libs.node.capacity.model import Layout, Load, simulate
from libs.node.capacity.scales import BUSY_MAX, Scale, at_scales
from libs.node.trouble import NodeTrouble

ROWS = ("ballots_one_by_one", "ballots_many_at_once")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the figures are and what a cluster adds."""
    parser.add_argument("figures", type=Path, metavar="BENCH.json", help="what `plaanet bench --json` printed")
    parser.add_argument(
        "--replicated-ms",
        type=float,
        default=1.0,
        metavar="MS",
        help="what an append waits for its copies on other servers (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Simulate and tell."""
    found = _figures(arguments.figures)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(_reproduced(found))
    console.print(_scales(Costs.of(found), arguments.replicated_ms))
    return 0


def _figures(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError) as fault:
        raise NodeTrouble(f"{file} cannot be read as the bench's figures: {fault}.") from fault
    return found


def _reproduced(found: dict[str, Any]) -> Table:
    table = Table("one node", "ballots a second", "p50 ms", "p99 ms", title="Measured, and simulated from its costs")
    for row in ROWS:
        seen = measured(found, row)
        came = simulate(Costs.of(found, row), Layout(one_machine=True), Load(seen.number, at_once=seen.at_once))
        table.add_row(f"{seen.at_once} at once: measured", f"{seen.per_s:,.0f}", f"{seen.p50_ms}", f"{seen.p99_ms}")
        simulated = (f"{came.per_s:,.0f}", *(f"{came.percentile_ms(percent):.1f}" for percent in (50, 99)))
        table.add_row("simulated", *simulated, end_section=True)
    return table


def _scales(costs: Costs, replicated_ms: float) -> Table:
    table = Table(
        "towns",
        "ballots",
        "busiest second",
        "one node: first wall",
        f"enough (nothing over {BUSY_MAX:.0%})",
        "p50, p99 ms",
        "busiest there",
        title="A vote of so many towns, 12 hours",
    )
    for each in at_scales(costs, replicated_ms=replicated_ms):
        table.add_row(*_told(each))
    return table


def _told(each: Scale) -> tuple[str, ...]:
    one, carried, layout = each.one_node, each.carried, each.layout
    wall = f"{one.busiest} {one.busy[one.busiest]:.0%}"
    if one.per_s < 0.9 * each.peak_per_s:
        wall += f"; {one.per_s:,.0f} a second"
    parts = f"{layout.gateways} gateways, {layout.governances} governances, {layout.logs} log{'s'[: layout.logs - 1]}"
    return (
        f"{each.towns:,}",
        f"{each.ballots:,}",
        f"{each.peak_per_s:,.0f}",
        wall,
        parts,
        f"{carried.percentile_ms(50):.0f}, {carried.percentile_ms(99):.0f}",
        f"{carried.busiest} {carried.busy[carried.busiest]:.0%}",
    )
