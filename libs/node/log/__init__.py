"""
`plaanet log`: whether the vote log and its tiles say the same, and how one is mended from the other.

A log is kept twice: as a stream, which the services read and write, and as tiles, which everybody reads. `verify`
compares them entry by entry and says what it found; `repair` makes of both again what either holds, without losing an
entry that one of them has. Where they differ, what was signed decides.

    stream.py   the stream, as a running node gives it, or as a stopped one would
    survey.py   all places compared, and what that comes to
    rebuild.py  a new stream of the right entries, at the same positions
    repair.py   the new stream in the place of the old; the tiles that are missing
"""

import argparse
import asyncio
import sys
from pathlib import Path

from libs.audit.copies import Copies
from libs.audit.tiles import TileFolder
from libs.node.folder import NodeFolder
from libs.node.log.repair import mend
from libs.node.log.stream import opened
from libs.node.log.survey import Survey, compare
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be done, and where the node stands."""
    parser.add_argument(
        "action",
        choices=("verify", "repair"),
        help="verify: compare the vote log with its tiles; repair: mend each from the other (stop the node first)",
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the node's folder (default: %(default)s)"
    )
    parser.epilog = "Exit codes: 0 both copies are right, 1 they are not, or could not be repaired."


def run(arguments: argparse.Namespace) -> int:
    """Compare, or repair, and say what came of it."""
    folder = NodeFolder(arguments.data)
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    if arguments.action == "repair":
        return asyncio.run(mend(folder, say=print, show=_show))
    found = asyncio.run(_verify(folder))
    for line in found.words():
        print(line)
    if found.is_right:
        print("\nBoth copies are right.")
        return 0
    print("\nThe copies are not right. Stop the node, save its folder, and run `plaanet log repair`.")
    return 1


async def _verify(folder: NodeFolder) -> Survey:
    seals = Seals.read(folder)
    async with opened(folder) as stream:
        tiles = TileFolder(folder.tiles)
        return await compare(stream, Copies(tiles, seals.size), seals, tiles=tiles, show=_show)


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)
