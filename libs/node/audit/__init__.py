"""
`plaanet audit`: read a node's vote log, count every poll again, and name every difference.

The node is believed in nothing. Its sealed log is read as anyone can read it, from its address or from files that
somebody kept: the key, the witnesses, every tile. Its database and its tallies are never asked, but for one thing: what
it shows as results is compared with the recount, too.
"""

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

from rich.console import Console

from libs.audit import Report
from libs.node.audit.audit import Audit, audit, audit_node
from libs.node.audit.page import json_parts, write_html, write_json
from libs.node.audit.tell import tell
from libs.node.trouble import NodeTrouble

__all__ = ["Audit", "add_arguments", "audit", "audit_node", "run", "tell"]

CLEAN, DIFFERS, UNREAD = 0, 1, 2
"""The exit codes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is audited and how it is told."""
    parser.add_argument(
        "source",
        metavar="URL|FOLDER|FILE",
        help="a node's address, a served log as it lies, a bundle of plaanet export (.zip), or entries (.jsonl)",
    )
    parser.add_argument("--poll", type=UUID, metavar="ID", help="tell of this poll alone (the whole log is read)")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="whom you trust: the log's key, witnesses, how many of them"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember what was read, and read only what is new the next time"
    )
    parser.add_argument(
        "--keys", type=Path, metavar="FILE", help="keys of polls that are for a group alone: a line each, id and key"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write everything, each ballot too: .html, .json, or a folder for both",
    )
    parser.add_argument("--json", action="store_true", help="print everything that was found, for programs")
    parser.epilog = "Exit codes: 0 everything agrees, 1 there are differences, 2 the log could not be read."


def run(arguments: argparse.Namespace) -> int:
    """Audit and tell."""
    started = time.perf_counter()
    try:
        with closing(_begun(arguments)) as found:
            report = found.run()
            duration_s = time.perf_counter() - started
            if poll_id := arguments.poll or found.poll_id:
                report = report.about(poll_id)
                if not report.polls:
                    raise NodeTrouble(f"The log knows no poll {poll_id}.")
            if arguments.report:
                _write(arguments.report, report, found)
            return _told(report, arguments, duration_s=duration_s)
    except NodeTrouble as trouble:
        print(f"plaanet audit: {trouble}", file=sys.stderr)
        return UNREAD


def _write(place: Path, report: Report, found: Audit) -> None:
    """
    Raises:
        NodeTrouble: It cannot be written there.
    """
    try:
        match place.suffix:
            case ".html":
                write_html(place, report, found.story)
            case ".json":
                write_json(place, report, found.story)
            case _:
                place.mkdir(parents=True, exist_ok=True)
                write_html(place / "audit.html", report, found.story)
                write_json(place / "audit.json", report, found.story)
    except OSError as fault:
        raise NodeTrouble(f"The report cannot be written to {place}: {fault.strerror}.") from fault


def _begun(arguments: argparse.Namespace) -> Audit:
    return Audit(arguments.source, policy=arguments.policy, state=arguments.state, keys=arguments.keys)


def _told(report: Report, arguments: argparse.Namespace, *, duration_s: float) -> int:
    if arguments.json:
        sys.stdout.writelines(json_parts(report))
        print()
    else:
        tell(report, Console(), duration_s=duration_s)
    return CLEAN if report.is_clean else DIFFERS
