"""An audit's report, for a person at a terminal."""

import base64
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console
from rich.table import Table

from libs.audit import PollReport, Report, Seal

SHOWN_MAX = 20
"""Of differences of one kind in one poll; `--json` has them all."""


def tell(report: Report, console: Console, *, duration_s: float) -> None:
    """Tell a person what was found."""
    rate = report.entries_count / duration_s if duration_s else 0
    _say(console, f"{report.entries_count:,} entries read in {duration_s:.1f} s ({rate:,.0f} a second).")
    if report.seal:
        _tell_seal(report.seal, console)
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
            _say(console, f"Of {poll.poll_id}: {note.text}")
    for unchecked in report.unchecked:
        _say(console, unchecked.text)
    _tell_differences(report, console)


def _tell_seal(seal: Seal, console: Console) -> None:
    root = base64.b64encode(bytes.fromhex(seal.root)).decode()
    _say(console, f"{seal.origin}: {_number(seal.size, 'entry')} sealed, root {root}.")
    if seal.key:
        _say(console, f"Signed with {seal.key}; {_number(seal.tiles_count, 'tile')} compared.")
    for former in seal.former_keys:
        _say(console, f"It was signed with {former} before; that key named the next one.")
    for name, time_s in seal.witnesses:
        _say(console, f"Witnessed by {name}, {datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC.")


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
    many = f"{of[:-1]}ies" if of.endswith("y") else f"{of}s"
    return f"{number:,} {of if number == 1 else many}"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
