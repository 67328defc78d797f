"""
`plaanet nats-config`: the configuration of a NATS server that others start: a container, a cluster, another machine.

It is the embedded server's, made by the same code from the same table of permissions. It holds the passwords in the
clear, so it is written for its owner's eyes alone. After an upgrade write it again: a release may give a process
another right.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from libs.node.nats import configuration
from libs.node.passwords import write_private
from libs.node.permissions import USERS
from libs.node.trouble import NodeTrouble

PORT = 4222
MONITORING = "127.0.0.1:8222"
"""For health checks from inside; what it shows is for nobody else."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the passwords are, where the configuration goes, and what varies in it."""
    parser.add_argument("--secrets", type=Path, required=True, metavar="DIR", help="what `plaanet secrets` made")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where it is written (default: standard output)")
    parser.add_argument(
        "--accounts", action="store_true", help="only the accounts, for a configuration of your own to include"
    )
    parser.add_argument("--host", default="0.0.0.0", metavar="H", help="where it listens (default: %(default)s)")  # noqa: S104
    parser.add_argument("--store", type=Path, default=Path("/data"), metavar="DIR", help="its data (%(default)s)")
    parser.add_argument("--name", default="plaanet", metavar="NAME", help="the server's name (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Write the configuration."""
    found = made(arguments.secrets, host=arguments.host, store=arguments.store, name=arguments.name)
    if arguments.accounts:
        found = {"accounts": found["accounts"]}
    text = json.dumps(found, indent=1) + "\n"
    if arguments.out is None:
        print(text, end="")
    else:
        write_private(arguments.out, text)
    return 0


def made(secrets: Path, *, host: str, store: Path, name: str) -> dict[str, Any]:
    """
    Return the configuration with the passwords that are in *secrets*.

    Raises:
        NodeTrouble: One of them is missing.
    """
    passwords = {user: _password(secrets / f"nats-{user}.txt") for user in USERS}
    found = configuration(passwords.__getitem__, server_name=name, host=host, port=PORT, store=store)
    return found | {"http": MONITORING}


def _password(file: Path) -> str:
    try:
        found = file.read_text().strip()
    except OSError as fault:
        raise NodeTrouble(
            f"The password {file} cannot be read ({fault.strerror}); `plaanet secrets --add` makes what is missing."
        ) from fault
    if not found:
        raise NodeTrouble(f"The password {file} is empty.")
    return found
