"""`plaanet up`: a whole node on this machine, until Ctrl-C."""

import argparse
import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from libs.node.door import Door
from libs.node.folder import DEFAULT_NAME, NodeFolder
from libs.node.metrics import metrics_ports, write_targets
from libs.node.parts import Parts
from libs.node.process import ROOT
from libs.node.supervisor import Supervisor
from libs.node.trouble import NodeTrouble
from libs.node.web import build

DEFAULT_DATA = ROOT / "data"
DEFAULT_PORT = 8080


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the node stands and where it is reached."""
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="its folder (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, metavar="N", help="0: any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="the address to listen on; 0.0.0.0: every one of this machine (default: %(default)s)",
    )
    parser.add_argument(
        "--metrics-port",
        type=_port,
        metavar="N",
        help="where Prometheus finds the first process's metrics on 127.0.0.1, the others on the ports behind it"
        " (default: any free ones; prometheus.json in the node's folder names them)",
    )
    parser.add_argument(
        "--name",
        metavar="NODE",
        help=f"what the node is called in every receipt, usually its host's name; for ever (default: {DEFAULT_NAME})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the node until it is told to stop."""
    build(_say)
    folder = NodeFolder(arguments.data)
    folder.make()
    with folder.taken():
        folder.check_can_start()
        door = Door(arguments.host, arguments.port)
        name = folder.name(arguments.name)
        metrics = metrics_ports(arguments.metrics_port)
        parts = Parts(folder, node_name=name, host=door.host, port=door.port, metrics=metrics)
        if mistakes := parts.mistakes():
            raise NodeTrouble("\n".join(["Some settings are wrong (docs/SETTINGS.md has them all).", *mistakes]))
        write_targets(folder.metrics, metrics)
        _say(f"Node {name}, data in {folder.path}")
        asyncio.run(_run(folder, parts, door, name))
    return 0


async def _run(folder: NodeFolder, parts: Parts, door: Door, name: str) -> None:
    await Supervisor(folder, parts, door, name=name, say=_say).run()


def _say(line: str) -> None:
    with suppress(OSError):  # nobody may be reading any more; the node goes on
        print(f"{datetime.now().astimezone():%H:%M:%S}  {line}", flush=True)


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; ports are numbers from 0 to 65535")
    return int(text)
