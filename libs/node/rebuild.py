"""
`plaanet rebuild SERVICE`: builds a service's read models anew from the logs while the old ones answer.

It is one more process of the service, which serves nobody (`libs/service/rebuild.py`). Beside a node of `plaanet up` it
is told where everything is by the node's folder; in a container, or a job of a cluster, by the environment that the
service's own processes have.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from libs.node.folder import NodeFolder
from libs.node.parts import Surroundings, command_of
from libs.node.permissions import SERVICES
from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA

_PORTS = ("PLAANET_HEALTH_PORT", "PLAANET_METRICS_PORT")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which service of which node."""
    parser.add_argument("service", choices=SERVICES, help="whose read models")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"the node's folder (default: {DEFAULT_DATA}, unless PLAANET_DATABASE_URL is set)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Rebuild, say how far it is, and return whether it was done."""
    command = [*command_of(arguments.service), "rebuild"]
    environment = _environment(arguments.service, arguments.data)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in _told(arguments.service, process.stdout):
            print(line, flush=True)
    return 0 if process.returncode == 0 else 1


def _environment(service: str, data: Path | None) -> Mapping[str, str]:
    if data is None and "PLAANET_DATABASE_URL" in os.environ:
        return _alone(os.environ)
    folder = NodeFolder(data or DEFAULT_DATA)
    if folder.is_new:
        raise NodeTrouble(f"No node has ever run in {folder.path}; name its folder with --data.")
    return _alone(Surroundings.of(folder).environment(service))


def _alone(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the same, without the ports that the service's own process has on this machine."""
    without_ports = {key: value for key, value in environment.items() if key not in _PORTS}
    return {**without_ports, "PLAANET_LOG_LEVEL": "info"}


def _told(service: str, lines: Iterator[str]) -> Iterator[str]:
    """Return what the process says, line by line, in words for a person."""
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            yield line.rstrip("\n")
            continue
        match said.get("event"):
            case "rebuilding":
                places = ", ".join(f"{log}:{position}" for log, position in sorted(said["positions"].items()))
                yield f"The new read models of {service} are at {places}."
            case "rebuilt":
                yield f"The read models of {service} are new, and answer."
            case "stopped":
                yield said["reason"]
