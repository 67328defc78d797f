"""
`plaanet top`: a live terminal page of one node: who runs, what is asked, how far each reader is, how the seal goes.

    readings.py  what the processes' metrics say, and what changed since the last time
    page.py      one page of it, for a terminal of 80 by 24 or larger
"""

import argparse
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live

from libs.node.folder import NodeFolder
from libs.node.metrics import read_targets
from libs.node.top.page import page
from libs.node.top.readings import Reading, read
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA

EVERY_S = 2.0
ONCE_S = 1.0
"""Rates are what changed meanwhile: one page alone looks twice, so far apart."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which node, and how often."""
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the node's folder (default: %(default)s)"
    )
    parser.add_argument(
        "--metrics",
        action="append",
        metavar="PROCESS=HOST:PORT",
        help="instead of a folder: where a process's metrics are; once for each",
    )
    parser.add_argument("--every", type=_seconds, default=EVERY_S, metavar="S", help="(default: %(default)s s)")
    parser.add_argument("--once", action="store_true", help="print one page and end, for scripts")


def run(arguments: argparse.Namespace) -> int:
    """Show the page until Ctrl-C, or once."""
    folder = None if arguments.metrics else NodeFolder(arguments.data)
    before = _read(folder, arguments.metrics)
    console = Console(highlight=False)
    if arguments.once:
        time.sleep(ONCE_S)
        console.print(page(before, _read(folder, arguments.metrics), width=max(console.width, 80), height=None))
        return 0
    with Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(arguments.every if before.is_shown else ONCE_S)
                now = _read(folder, arguments.metrics)
                live.update(page(before, now, width=console.width, height=console.height), refresh=True)
                before = now
        except KeyboardInterrupt:
            return 0


def _read(folder: NodeFolder | None, metrics: list[str] | None) -> Reading:
    if folder is None:
        return read(None, dict(_target(each) for each in metrics or ()))
    status = folder.status()
    if status is None:
        raise NodeTrouble(
            f"No node runs in {folder.path}; name its folder with --data, or its processes with --metrics."
        )
    return read(status, read_targets(folder.metrics))


def _target(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=")
    if not name or not address.rpartition(":")[2].isdecimal():
        raise NodeTrouble(f"{text!r} does not say where metrics are; governance=127.0.0.1:9464 would.")
    return name, address


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.5 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.5 to 3600")
    return seconds
