"""
The command line, `plaanet`.

A subcommand is a module with two functions, named in `COMMANDS`: `add_arguments(parser)` and `run(arguments) -> int`,
which returns the exit code. It is imported when it is called, so that one command does not wait for the imports of
the others. What goes wrong is raised as `NodeTrouble` (or any `Problem`) with one sentence for the person who typed the
command. Exit codes: 0 done, 1 not done, 2 not understood.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, Protocol, cast

from libs.errors import Problem
from libs.node.trouble import NodeTrouble
from libs.node.version import VERSION


class Subcommand(NamedTuple):
    """Where a subcommand stands, and the line that the help has for it."""

    module: str
    summary: str


class SubcommandModule(Protocol):
    """What a subcommand's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the subcommand's own options to *parser*."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Carry the subcommand out and return the exit code; `arguments.rest` is what the parser did not know."""


COMMANDS: dict[str, Subcommand] = {
    "up": Subcommand("libs.node.up", "start a whole node on this machine, until Ctrl-C"),
    "secrets": Subcommand("libs.node.secret_files", "make the secrets of a node whose parts are started one by one"),
    "prepare": Subcommand("libs.node.prepare", "make the logs and databases of a node on servers that others run"),
    "nats-config": Subcommand("libs.node.nats_config", "write the configuration of a NATS server for a node"),
    "settings": Subcommand("libs.node.settings", "show every setting, or check those of a process"),
    "top": Subcommand("libs.node.top", "show what a node does, on a live page, until Ctrl-C"),
    "doctor": Subcommand("libs.node.doctor", "say in plain words what is wrong with a node"),
    "key": Subcommand("libs.node.key", "show the key that the vote log is sealed with, or give it a new one"),
    "backup": Subcommand("libs.node.backup", "copy what a node cannot make again, while it runs"),
    "restore": Subcommand("libs.node.restore", "make a node of a backup, in an empty folder or on empty servers"),
    "audit": Subcommand("libs.node.audit", "read a vote log, count every poll again and name every difference"),
    "export": Subcommand("libs.node.export", "write all that a stranger needs to audit a poll into one file"),
    "election": Subcommand("libs.node.election", "hold a real election again, from a file of its ballots"),
    "bench": Subcommand("libs.node.bench", "measure how fast a node is on this machine"),
    "capacity": Subcommand("libs.node.capacity", "simulate what a node and a cluster carry, from the bench's figures"),
    "rebuild": Subcommand("libs.node.rebuild", "build a service's read models anew while the old ones answer"),
    "log": Subcommand("libs.node.log", "compare the vote log with its tiles, or mend each from the other"),
    "witness": Subcommand("libs.node.witness", "cosign the checkpoints of other nodes' logs, until Ctrl-C"),
    "manifesto": Subcommand("libs.node.manifesto", "show the node's manifesto, or publish the next one"),
    "test": Subcommand("libs.node.checks", "run every check and test"),
}


def main(argv: Sequence[str]) -> int:
    """Run the subcommand that *argv* names and return the exit code."""
    arguments, rest = _parser(argv).parse_known_args(argv)
    if rest and not hasattr(arguments, "takes_rest"):
        print(f"plaanet {arguments.command}: there is no such option: {' '.join(rest)}", file=sys.stderr)
        print(f"`plaanet {arguments.command} --help` shows those that there are.", file=sys.stderr)
        return 2
    arguments.rest = rest
    try:
        return _module(arguments.command).run(arguments)
    except (NodeTrouble, Problem) as trouble:
        print(f"plaanet {arguments.command}: {trouble}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read what we print has heard enough (`… | head`); what is left goes nowhere, in silence.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as fault:
        if fault.filename is None:
            raise
        print(f"plaanet {arguments.command}: {fault.strerror}: {fault.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plaanet",
        description="A node of Plaanet: groups meet, decide together, and anyone can check the count.",
        epilog="`plaanet COMMAND --help` says more about one command.",
    )
    parser.add_argument("--version", action="version", version=f"plaanet {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, subcommand in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=subcommand.summary, description=_sentence(subcommand.summary), allow_abbrev=False
        )
        if argv and argv[0] == name:
            _module(name).add_arguments(subparser)
    return parser


def _module(name: str) -> SubcommandModule:
    return cast("SubcommandModule", importlib.import_module(COMMANDS[name].module))


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."
