"""
`plaanet bench`: how fast a whole node is on this machine, and how fast the machine would let it be.

It starts a node of its own in a folder that it removes again, and measures through the public API what a member would
feel. The client runs beside the node and takes its share of the same cores. It prints what it finds, and judges
nothing; docs/PERFORMANCE.md says what the project aims at.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from libs.node.bench import figures, footprint, pages, sealing
from libs.node.bench.auditing import audits
from libs.node.bench.counts import counts, election_in, made_election
from libs.node.bench.figures import Figures
from libs.node.bench.town import Town, settle
from libs.node.embedded import EmbeddedNode
from libs.node.trouble import NodeTrouble
from libs.node.unprivileged import throwaway_folder
from libs.node.visitor import Visitor

MANY = 64
AT_REST_S = 10.0
"""So long the processes are watched while nobody asks for anything."""

_WIDE = "1000000"
"""Limits for a client that stands for a crowd; they guard against a single one."""

_DELAY = "p50 {F[p50_s]} s, p95 {F[p95_s]} s, at most {F[most_s]} s, at {F[per_s]:,} ballots/s"

_AUDIT = "{F[duration_s]} s, {F[most_memory_mb]:,} MB at most ({F[entries]:,} new entries)"

SETTINGS = {
    "PLAANET_REQUESTS_PER_MEMBER_S": _WIDE,
    "PLAANET_REQUESTS_PER_ADDRESS_S": _WIDE,
    "PLAANET_ATTEMPTS_PER_ADDRESS_S": _WIDE,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how much is measured and how it is told."""
    parser.add_argument(
        "--ballots", type=_number, default=10_000, metavar="N", help="64 at once (default: %(default)s)"
    )
    parser.add_argument("--one-by-one", type=_number, default=500, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--sealed", type=_number, default=5_000, metavar="N", help="500 a second, until sealed (default: %(default)s)"
    )
    parser.add_argument(
        "--audited", type=_number, default=1_000_000, metavar="N", help="in a made log (default: %(default)s)"
    )
    parser.add_argument("--members", type=_number, default=MANY, metavar="N", help="who vote (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where the node stands meanwhile (default: the system's)"
    )
    parser.add_argument(
        "--election",
        type=Path,
        metavar="FILE.csv[.gz]",
        help="a real election to count by several methods (default: a made one of 80,101 ballots)",
    )
    parser.add_argument(
        "--pages", type=_number, default=500, metavar="N", help="each, 50 a second (default: %(default)s)"
    )
    parser.add_argument("--only", choices=("pages",), help="measure this part alone")
    parser.add_argument("--json", action="store_true", help="print the figures for programs")


def run(arguments: argparse.Namespace) -> int:
    """Measure and tell."""
    with throwaway_folder("plaanet-bench-", arguments.data) as folder:
        found = measure_pages(folder, arguments.pages) if arguments.only else measure(folder, arguments)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        _tell(found)
    return 0


def measure_pages(folder: Path, number: int) -> Figures:
    """Return how fast each page is, asked for *number* times, on a node of its own in *folder*."""
    found: Figures = {"machine": figures.machine(folder)}
    with EmbeddedNode(folder, settings=SETTINGS) as node:
        _progress(f"A town settles; {number:,} times each page")
        found["pages"] = pages.pages(node, number)
    return found


def measure(folder: Path, arguments: argparse.Namespace) -> Figures:
    """Return every figure, measured on a node of its own in *folder*."""
    found: Figures = {"machine": figures.machine(folder)}
    node = EmbeddedNode(folder, settings=SETTINGS)
    try:
        _progress("A first start")
        found["first_start_s"] = figures.ready(node)
        found["idle_memory"] = figures.idle_memory(node)
        found["at_rest"] = footprint.at_rest(node, seconds=AT_REST_S)
        _progress(f"{arguments.members} members sign up")
        town = settle(urlsplit(node.url).port or 0, arguments.members)
        _progress(f"{arguments.one_by_one:,} ballots one by one")
        figures.wait_until_idle(node)
        found["ballots_one_by_one"] = figures.ballots(node, town, arguments.one_by_one, at_once=1)
        _progress(f"{arguments.ballots:,} ballots, {MANY} at once")
        with footprint.watched(node) as at_work:
            found["ballots_many_at_once"] = figures.ballots(node, town, arguments.ballots, at_once=MANY)
        found["at_work"] = at_work
        _progress("Read models from nothing")
        found["rebuild"] = figures.rebuild(node)
        _progress("A recount of the log")
        found["recount"] = figures.recount(node)
        _progress("A start with what is there")
        node.stop()
        found["start_s"] = figures.ready(node)
        _sealing(found, node, town, folder, arguments.sealed)
    except NodeTrouble as trouble:
        raise NodeTrouble(f"{trouble} (The node said last: {node.output.strip().splitlines()[-1:]})") from trouble
    finally:
        node.stop()
    found |= measure_pages(folder / "pages", arguments.pages)
    _progress(f"An audit of a log of {arguments.audited:,} ballots")
    found["audit"] = audits(folder, arguments.audited)
    _progress("Counts of a large election")
    found["counts"] = counts(election_in(arguments.election) if arguments.election else made_election())
    return found


def _sealing(found: Figures, node: EmbeddedNode, town: Town, folder: Path, number: int) -> None:
    """Measure on the running *node*, which is started again for its witnesses."""
    _progress("The log to tiles")
    visitor = Visitor(node.url)
    entries = [entry for page in visitor.pages() for entry in page.entries]
    visitor.close()
    found["sealing"] = sealing.entries_sealed(entries, folder / "tiles-again")
    _progress(f"{number:,} ballots, {sealing.BALLOTS_PER_S} a second, until they are sealed")
    figures.wait_until_idle(node)
    found["sealed"] = sealing.delay(node, _moved(town, node), number)
    with sealing.witnesses(node, folder / "witnesses"):
        _progress(f"The same with {sealing.WITNESSES_COUNT} witnesses")
        node.stop()
        node.start()
        figures.wait_until_idle(node)
        found["witnessed"] = sealing.delay(node, _moved(town, node), number)
        node.stop()


def _moved(town: Town, node: EmbeddedNode) -> Town:
    """Return the town as the node, which has another port after each start, has it now."""
    return replace(town, port=urlsplit(node.url).port or 0)


def _tell(found: Figures) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    if "ballots_one_by_one" in found:
        _tell_votes(console, found)
    console.print(pages.table(found["pages"]))
    about = found["machine"]
    console.print(
        f"{about['cores']} cores, shared by node and client; {about['memory_gb']} GB; {about['file_system']};"
        f" {about['kernel']}; load before: {about['load_before']}.",
        highlight=False,
        soft_wrap=True,
    )


def _tell_votes(console: Console, found: Figures) -> None:
    table = Table(
        "measured", "a second", "p50 ms", "p99 ms", "bare appends a second", "of that", title="Ballots of members"
    )
    for name in ("ballots_one_by_one", "ballots_many_at_once"):
        row = found[name]
        table.add_row(
            f"{row['number']:,}, {row['at_once']} at once",
            f"{row['per_s']:,}",
            f"{row['p50_ms']}",
            f"{row['p99_ms']}",
            f"{row['ceiling']['per_s']:,}",
            f"{row['of_the_ceiling']:.0%}",
        )
    console.print(table)
    console.print(_footprints(found))
    rest = Table("measured", "figure")
    for name, text in (
        ("rebuild of governance's read models", "{rebuild[per_s]:,} entries/s ({rebuild[entries]:,} entries)"),
        ("recount by the auditor", "{recount[per_s]:,} entries/s ({recount[entries]:,} entries)"),
        ("sealing, written and flushed", "{sealing[per_s]:,} entries/s ({sealing[entries]:,} entries)"),
        ("from received to sealed", _DELAY.replace("F", "sealed")),
        ("from received to witnessed by two", _DELAY.replace("F", "witnessed")),
        ("audit of a sealed log of {audit[ballots]:,} ballots", _AUDIT.replace("F", "audit[whole]")),
        ("the same again, once more was sealed", _AUDIT.replace("F", "audit[again]")),
        ("memory of an idle node", "{idle_memory[all_mb]:,} MB"),
        ("ready, first start", "{first_start_s} s"),
        ("ready, with data", "{start_s} s"),
    ):
        rest.add_row(name.format(**found), text.format(**found))
    many = found["ballots_many_at_once"]["cpu_ms_per_ballot"]
    for name, used_ms in sorted(many.items(), key=lambda each: -each[1]):
        if used_ms >= 0.05:
            rest.add_row(f"processor time of {name} for a ballot", f"{used_ms:.2f} ms")
    for method, way in found["counts"]["by"].items():
        rest.add_row(f"count of {found['counts']['ballots']:,} ballots, {method}", f"{way['duration_s']} s")
    console.print(rest)


def _footprints(found: Figures) -> Table:
    table = Table("process", "MB at rest", "cores at rest", "MB at work", "cores at work", title="What processes take")
    for name, rest in found["at_rest"].items():
        work = found["at_work"][name]
        table.add_row(name, *(f"{taken[key]:,}" for taken in (rest, work) for key in ("rss_mb", "cores")))
    return table


def _progress(line: str) -> None:
    print(f"{line} ...", file=sys.stderr, flush=True)


def _number(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 10_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
