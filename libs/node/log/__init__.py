"""
`plaanet log`: whether the vote log and its tiles say the same, and how one is mended from the other.

A log is kept twice: as a stream, which the services read and write, and as tiles, which everybody reads. `verify`
compares them entry by entry and says what it found; `repair` makes of both again what either holds, without losing an
entry that one of them has. Where they differ, what was signed decides.

    stream.py   the stream, as a running node gives it, or as a stopped one would
    survey.py   all places compared, and what that comes to
    rebuild.py  a new stream of the right entries, at the same positions
    repair.py   the new stream in the place of the old; the tiles that are missing
    server.py   the copies of one server of a cluster, which are fetched anew
    untiled.py  what it lacks of the logs that have no tiles
    others.py   whether the other servers have all that it would fetch
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.audit.copies import Copies
from libs.audit.tiles import TileFolder
from libs.node.folder import NodeFolder
from libs.node.log.repair import mend
from libs.node.log.server import put_aside, verified
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
    parser.add_argument(
        "--server",
        type=Path,
        action="append",
        metavar="DIR",
        help="the data folder of one server of a NATS cluster: look at its own copy (may be given for each),"
        " or have it fetch another (stop it first)",
    )
    parser.add_argument("--name", help="for repair --server: what that server is called, where its folder is not so")
    parser.add_argument("--nats", metavar="URL", help="for repair --server: where one of the other servers listens")
    parser.epilog = "Exit codes: 0 both copies are right, 1 they are not, or could not be repaired."


def run(arguments: argparse.Namespace) -> int:
    """Compare, or repair, and say what came of it."""
    folder = NodeFolder(arguments.data)
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    if arguments.server and arguments.action == "repair":
        return asyncio.run(_repair_one(folder, arguments))
    if arguments.server:
        return asyncio.run(_verify_each(folder, arguments.server))
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


async def _verify_each(folder: NodeFolder, servers: Sequence[Path]) -> int:
    are_right = [await _is_right(folder, server) for server in servers]
    return 0 if all(are_right) else 1


async def _is_right(folder: NodeFolder, server: Path) -> bool:
    """Compare one server's copy, and say how it stands."""
    found = await verified(folder, server, show=_show)
    print(f"The server in {server}:")
    for line in found.words():
        print(f"  {line}")
    if is_right := found.is_right and found.vote_log.is_right:
        print("  Its copy is right.")
    elif found.is_right:
        print("  Its copy is right; the tiles are not: `plaanet log verify` without --server says more.")
    else:
        print(
            "  Its copy is not right. Stop this server alone, and run"
            f" `plaanet log repair --server {server} --nats URL` with the address of another."
        )
    return is_right


async def _repair_one(folder: NodeFolder, arguments: argparse.Namespace) -> int:
    [server, *more] = arguments.server
    if more:
        raise NodeTrouble("Repair one server, and wait until its copy is right, before the next; nothing was changed.")
    if (found := await verified(folder, server, show=_show)).is_right:
        print(f"The copy in {server} is right; nothing was changed.")
        return 0
    for line in found.words():
        print(line)
    if arguments.nats is None:
        raise NodeTrouble("Say with --nats where one of the other servers listens; nothing was changed.")
    aside = await put_aside(folder, server, arguments.name or server.resolve().name, arguments.nats, show=_show)
    print(f"\nThe others hold every log. What this server had is in {aside}.")
    print("Start it: it fetches all from them. When `plaanet log verify --server` finds it right, remove that folder.")
    return 0


async def _verify(folder: NodeFolder) -> Survey:
    seals = Seals.read(folder)
    async with opened(folder) as stream:
        tiles = TileFolder(folder.tiles)
        return await compare(stream, Copies(tiles, seals.size), seals, tiles=tiles, show=_show)


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress}", end="", file=sys.stderr, flush=True)
