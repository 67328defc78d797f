"""
Where the metrics of a node on one machine are found: a port for each of its processes, on 127.0.0.1 alone.

The folder's `prometheus.json` names them in the form that Prometheus reads by itself (`file_sd_configs`), so that a
monitor finds the node again whatever ports it has at its next start.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from libs.node.door import Door
from libs.node.passwords import write_private
from libs.node.permissions import GATEWAY, SEALER, SERVICES
from libs.node.trouble import NodeTrouble

METRICS_HOST = "127.0.0.1"

PORTS = 65536

MEASURED = (GATEWAY, *SERVICES, SEALER)
"""The processes that have metrics, in the order of their ports."""


def metrics_ports(first: int | None = None) -> dict[str, int]:
    """
    Return a port for each process: from *first* on, or any that are free.

    Raises:
        NodeTrouble: One of them is taken.
    """
    if first:
        wanted = {name: first + number for number, name in enumerate(MEASURED)}
        try:
            if first + len(MEASURED) <= PORTS:
                return {name: Door(METRICS_HOST, port).port for name, port in wanted.items()}
        except NodeTrouble:
            pass  # another program has one of them
        raise NodeTrouble(
            f"The {len(MEASURED)} ports from {first} on are not all free on {METRICS_HOST};"
            f" choose others with --metrics-port, or leave it out."
        )
    free: dict[str, int] = {}
    while len(free) < len(MEASURED):
        port = Door(METRICS_HOST, 0).port
        if port not in free.values():
            free[MEASURED[len(free)]] = port
    return free


def write_targets(file: Path, ports: Mapping[str, int]) -> None:
    """Write down where the metrics are, as Prometheus reads it."""
    targets = [
        {"targets": [f"{METRICS_HOST}:{port}"], "labels": {"job": "plaanet", "process": name}}
        for name, port in ports.items()
    ]
    write_private(file, json.dumps(targets, indent=1))


def read_targets(file: Path) -> dict[str, str]:
    """Return the address of each process's metrics, by its name; none where nothing was written down."""
    with suppress(FileNotFoundError, ValueError, KeyError, IndexError, TypeError):
        return {each["labels"]["process"]: each["targets"][0] for each in json.loads(file.read_text())}
    return {}
