"""
`plaanet audit`: read a node's vote log, count every poll again, and name every difference.

The node is believed in nothing. Its log is read as anyone can read it, or from files that somebody kept; its database
and its tallies are never asked, but for one thing: what it shows as results is compared with the recount, too.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from libs.audit import Declared, Difference, PollReport, Replay, Report, compare
from libs.node.trouble import NodeTrouble
from libs.node.visitor import RefusedByNode, Visitor

CLEAN, DIFFERS, UNREAD = 0, 1, 2
"""The exit codes."""

AWAIT_RESULT_S = 10.0
SHOWN_MAX = 20
"""Of differences of one kind in one poll; `--json` has them all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is audited and how it is told."""
    parser.add_argument("source", metavar="URL", help="a node's address, or a file or folder of its entries (.jsonl)")
    parser.add_argument("--poll", type=UUID, metavar="ID", help="tell of this poll alone (the whole log is read)")
    parser.add_argument("--json", action="store_true", help="print everything that was found, for programs")
    parser.epilog = "Exit codes: 0 everything agrees, 1 there are differences, 2 the log could not be read."


def run(arguments: argparse.Namespace) -> int:
    """Audit and tell."""
    try:
        started = time.perf_counter()
        report = audit(arguments.source)
        duration_s = time.perf_counter() - started
        if arguments.poll:
            report = report.about(arguments.poll)
            if not report.polls:
                raise NodeTrouble(f"The log knows no poll {arguments.poll}.")
    except NodeTrouble as trouble:
        print(f"plaanet audit: {trouble}", file=sys.stderr)
        return UNREAD
    if arguments.json:
        print(json.dumps(report.as_plain(), ensure_ascii=False, indent=1))
    else:
        tell(report, Console(), duration_s=duration_s)
    return CLEAN if report.is_clean else DIFFERS


def audit(source: str) -> Report:
    """
    Return what an audit of *source*, an address or a path, finds.

    Raises:
        NodeTrouble: It cannot be read to its end.
    """
    if "://" not in source:
        return _audit_files(Path(source))
    visitor = Visitor(source)
    try:
        return audit_node(visitor)
    finally:
        visitor.close()


def audit_node(visitor: Visitor) -> Report:
    """
    Return what an audit of the node finds: of its log, and of the results that it shows.

    Raises:
        NodeTrouble: It cannot be read to its end.
    """
    replay = Replay()
    last = _read_on(replay, visitor)
    deadline = time.monotonic() + AWAIT_RESULT_S
    while replay.awaited and time.monotonic() < deadline:
        time.sleep(0.2)  # right after a close its result is on its way
        last = _read_on(replay, visitor)
    report = replay.report(last)
    shown = [difference for poll in report.polls for difference in _compare_shown(poll, visitor)]
    return replace(report, differences=(*report.differences, *shown))


def _read_on(replay: Replay, visitor: Visitor) -> int:
    last = 0
    for page in visitor.pages(replay.position):
        replay.read(page.entries)
        last = page.last
    return last


def _audit_files(path: Path) -> Report:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise NodeTrouble(f"There are no .jsonl files in {path}.")
    replay = Replay()
    try:
        for file in files:
            with file.open("rb") as lines:
                replay.read(line.removesuffix(b"\n") for line in lines)
    except OSError as fault:
        raise NodeTrouble(f"{fault.filename} cannot be read: {fault.strerror}.") from fault
    return replay.report()


def _compare_shown(poll: PollReport, visitor: Visitor) -> Iterator[Difference]:
    """Yield where what the node shows as the poll's result is not what the log gives."""
    if poll.declared_position is None:
        return
    try:
        texts = list(compare(poll, _shown(poll.poll_id, visitor)))
    except RefusedByNode as refusal:
        if refusal.status != 404:
            raise
        texts = ["The node shows no result of this poll."]
    except (KeyError, TypeError, ValueError):
        texts = ["What the node shows as the result of this poll cannot be read."]
    for text in texts:
        yield Difference(poll.declared_position, poll.poll_id, "shown-result", f"On the node's own pages: {text}")


def _shown(poll_id: UUID, visitor: Visitor) -> Declared:
    result = visitor.result(poll_id)
    return Declared(
        method=result["method"],
        closed_position=result["closed_position"],
        seed=result["seed"],
        voters_count=result["voters_count"],
        ballots_count=result["ballots_count"],
        paper_ballots_count=result["paper_ballots_count"],
        blank_count=result["blank_count"],
        winners=tuple(result["winners"]),
        rounds=tuple(result["rounds"]),
        outcome_sha256=result["outcome_sha256"],
        ballots_sha256=None,
    )


def tell(report: Report, console: Console, *, duration_s: float) -> None:
    """Tell a person what was found."""
    rate = report.entries_count / duration_s if duration_s else 0
    _say(console, f"{report.entries_count:,} entries read in {duration_s:.1f} s ({rate:,.0f} a second).")
    if console.is_terminal and report.polls:
        console.print(_table(report))
    else:
        for poll in report.polls:
            _say(console, _line(poll))
    for poll in report.polls:
        if poll.late_positions:
            positions = ", ".join(map(str, poll.late_positions[:SHOWN_MAX]))
            more = len(poll.late_positions) - SHOWN_MAX
            rest = f" and {more} more" if more > 0 else ""
            _say(console, f"Not counted in {poll.poll_id}, recorded behind its close: {positions}{rest}.")
        for note in poll.notes:
            _say(console, f"Of {poll.poll_id}: {note}")
    _tell_differences(report, console)


def _tell_differences(report: Report, console: Console) -> None:
    if report.is_clean:
        counted = sum(poll.outcome is not None for poll in report.polls)
        _say(console, f"Everything agrees. {counted} of {len(report.polls)} polls are closed and were counted again.")
        return
    shown: dict[tuple[UUID | None, str], int] = {}
    for each in report.differences:
        kind = (each.poll_id, each.rule)
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] <= SHOWN_MAX:
            poll = f" in poll {each.poll_id}" if each.poll_id else ""
            _say(console, f"governance:{each.position}{poll} [{each.rule}] {each.text}")
    hidden = sum(max(0, number - SHOWN_MAX) for number in shown.values())
    _say(console, f"{_number(len(report.differences), 'difference')}; docs/AUDIT.md describes each kind.")
    if hidden:
        _say(console, f"{hidden:,} more of the same kinds are not shown; --json has them all.")


def _table(report: Report) -> Table:
    table = Table("poll", "method", "voters", "ballots", "of them on paper", "late", "result")
    for poll in report.polls:
        table.add_row(*(cell.replace("[", r"\[") for cell in _row(poll)))
    return table


def _row(poll: PollReport) -> tuple[str, ...]:
    return (
        poll.question,
        poll.method,
        f"{poll.voters_count:,}",
        f"{poll.ballots_count:,}",
        f"{poll.paper_ballots_count:,}",
        f"{len(poll.late_positions):,}",
        _result(poll),
    )


def _result(poll: PollReport) -> str:
    if poll.closed_position is None:
        return "open"
    if poll.outcome is None:
        return "cannot be counted"
    return " and ".join(poll.outcome.winners) or "nobody"


def _line(poll: PollReport) -> str:
    voters, ballots = _number(poll.voters_count, "voter"), _number(poll.ballots_count, "ballot")
    return (
        f"{poll.poll_id}  {poll.question}: {poll.method}, {voters}, {ballots}"
        f" ({poll.paper_ballots_count:,} on paper), {len(poll.late_positions):,} late; {_result(poll)}"
    )


def _number(number: int, of: str) -> str:
    return f"{number:,} {of}" if number == 1 else f"{number:,} {of}s"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
