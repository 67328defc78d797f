"""
`plaanet doctor`: says in plain words what is wrong with a node.

It only looks. Each finding is one sentence; what is wrong comes with what to do. It looks at a running node's
processes, reads every log from its first entry to its last, and compares the read models with them; of a node that
is stopped it says what the disk shows, and of one elsewhere (`--url`) what its door shows.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from libs.node.doctor import data, known, machine, processes, seal, upgrade
from libs.node.doctor.backups import last_backup
from libs.node.doctor.finding import Finding, Verdict, note
from libs.node.folder import NodeFolder
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA, DEFAULT_PORT
from libs.node.version import VERSION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which node to look at."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="its folder (default: %(default)s)"
    )
    which.add_argument("--url", help="a node elsewhere: only what its door shows")
    parser.add_argument(
        "--before-upgrade",
        action="store_true",
        help="run by the new version: what has to be known before it starts on this node, which runs the old one",
    )
    parser.epilog = "Exit codes: 0 nothing is wrong, 1 something is."


def run(arguments: argparse.Namespace) -> int:
    """Look, say what was found, and return whether something is wrong."""
    return asyncio.run(_examine(arguments))


async def _examine(arguments: argparse.Namespace) -> int:
    if arguments.url and arguments.before_upgrade:
        raise NodeTrouble("Before an upgrade a node is looked at on its own machine: --data and not --url.")
    findings = (
        processes.reachable(arguments.url)
        if arguments.url
        else _look_at(NodeFolder(arguments.data), before_upgrade=arguments.before_upgrade)
    )
    wrong_count = 0
    async for verdict, sentence in findings:
        _clear_line()
        print(f"{verdict.value:>5}  {sentence}")
        wrong_count += verdict is Verdict.WRONG
    _clear_line()
    if wrong_count:
        print(f"\n{wrong_count} {'thing is' if wrong_count == 1 else 'things are'} wrong.")
        return 1
    print("\nNothing is wrong.")
    return 0


async def _look_at(folder: NodeFolder, *, before_upgrade: bool) -> AsyncIterator[Finding]:
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    status = folder.status()
    at_rest = (*machine.disk(folder), machine.clock(folder), *machine.secrets(folder))
    for finding in (*at_rest, *_beforehand(folder, status, before_upgrade=before_upgrade)):
        yield finding
    if status is None:
        for finding in processes.stopped(folder, port=DEFAULT_PORT):
            yield finding
        return
    async for finding in _at_work(folder, status, before_upgrade=before_upgrade):
        yield finding


async def _at_work(folder: NodeFolder, status: dict[str, Any], *, before_upgrade: bool) -> AsyncIterator[Finding]:
    """Say what is wrong with a node that runs."""
    for finding in processes.alive(folder, status):
        yield finding
    async for finding in processes.reachable(status["url"]):
        yield finding
    async for found in data.logs(folder, status, _show):
        if not isinstance(found, data.Ends):
            yield found
            continue
        async for finding in _beside_the_logs(folder, status, found):
            yield finding
        if before_upgrade:
            async for finding in upgrade.rebuilds(folder, status, found.positions):
                yield finding


def _beforehand(folder: NodeFolder, status: dict[str, Any] | None, *, before_upgrade: bool) -> list[Finding]:
    if before_upgrade:
        return upgrade.before_anything(folder, status, version=VERSION)
    about = known.restored(folder)
    if about and about["rollback"]:
        return [
            last_backup(folder),
            note(f"The node came from a backup that was older than the log: {about['rollback']}"),
        ]
    return [last_backup(folder)]


async def _beside_the_logs(folder: NodeFolder, status: dict[str, Any], ends: data.Ends) -> AsyncIterator[Finding]:
    """Say what is wrong with that which is made of the logs."""
    async for finding in data.read_models(folder, status, ends):
        yield finding
    async for finding in seal.sealed(folder, ends.positions.get("governance")):
        yield finding


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)


def _clear_line() -> None:
    _show("")
