"""
`plaanet election`: hold a real election again, on a running node and through its public API alone.

The file is read and checked whole before the node hears of it. Its ballots are entered as paper ballots of a poll in
a group founded for it; each batch bears a key of its own, so that one sent again is entered once.
"""

import argparse
import csv
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from libs.contracts.governance import PAPER_BALLOTS_MAX, CountedOutcome
from libs.node.audit import audit_node, tell
from libs.node.ballot_file import MARKS, BallotFile, Choices, How, read_ballots
from libs.node.folder import NodeFolder
from libs.node.member import Member
from libs.node.rounds import tell_rounds
from libs.node.trouble import NodeTrouble
from libs.node.up import DEFAULT_DATA, DEFAULT_PORT
from libs.node.visitor import RefusedByNode, Visitor
from libs.tally import InvalidPoll, Settings, check_poll, count

BATCH_BYTES_MAX = 800_000
"""Of one request; the gateway takes a million."""

METHODS = ("approval", "single", "ranked", "schulze", "borda", "stv")
"""By which a line of choices is a ballot."""

AT_ONCE = 3
OPEN_FOR = timedelta(days=7)
RESULT_TIMEOUT_S = 600.0
PLAIN_WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file, how it is read, and the node."""
    parser.add_argument("file", type=Path, metavar="FILE.csv[.gz]", help="one ballot a line; UTF-8; a header line")
    parser.add_argument("--method", choices=METHODS, required=True, help="how the ballots are counted")
    parser.add_argument("--seats", type=int, default=1, metavar="N", help="so many are elected (stv alone; default: 1)")
    parser.add_argument("--url", help="the node (default: the one that runs on this machine)")
    parser.add_argument("--name", help="of the group and its question (default: the file's)")
    parser.add_argument(
        "--marks",
        type=_words,
        default=MARKS,
        metavar="A,B",
        help=f"words that name nobody (default: {','.join(MARKS)})",
    )
    parser.add_argument(
        "--rank-columns", type=_words, metavar="A,B", help="the columns of choices, best first (default: found)"
    )
    parser.add_argument("--count-column", metavar="A", help="says how often a ballot was cast ('': none does)")
    parser.add_argument("--no-header", action="store_true", help="the first line is a ballot; columns are 1, 2, 3 ...")
    parser.add_argument("--merge-alike", action="store_true", help="take names that look alike as one")
    parser.add_argument("--handle", help="of a member (default: a new one); who is not yet a member becomes one")
    parser.add_argument("--password", help="the member's")
    parser.epilog = "Exit codes: 0 entered, counted, and the audit is clean; 1 not."


def run(arguments: argparse.Namespace) -> int:
    """Read the file, enter it, count, audit."""
    console = Console()
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    how = How(
        method=arguments.method,
        marks=arguments.marks,
        rank_columns=arguments.rank_columns,
        count_column=arguments.count_column,
        has_header=not arguments.no_header,
        merges_alike=arguments.merge_alike,
    )
    if bool(arguments.handle) != bool(arguments.password):
        raise NodeTrouble("--handle and --password go together.")
    file = read_ballots(arguments.file, how)
    _check_poll(how.method, file, arguments.seats)
    _tell_file(file, console)
    visitor = Visitor(arguments.url or default_url())
    try:
        member = Member(visitor, arguments.handle, arguments.password)
        election = Election(member, file, how.method, console, seats=arguments.seats)
        result = election.hold(arguments.name or _name_of(arguments.file), _explanation(arguments.file))
        tell_rounds(result, console)
        is_the_files = election.is_count_of(result)
        started = time.perf_counter()
        report = audit_node(visitor).about(election.poll_id)
        tell(report, console, duration_s=time.perf_counter() - started)
    finally:
        visitor.close()
    return 0 if report.is_clean and is_the_files else 1


def _check_poll(method: str, file: BallotFile, seats: int) -> None:
    try:
        check_poll(method, file.options, Settings(seats=seats))
    except InvalidPoll as fault:
        raise NodeTrouble(str(fault)) from fault


def default_url() -> str:
    """Return where the node of this machine's default folder listens, or would."""
    status = NodeFolder(DEFAULT_DATA).status()
    return str(status["url"]) if status and status.get("url") else f"http://127.0.0.1:{DEFAULT_PORT}"


class Election:
    """One file's election, held by *member*. Where several are level the tie stands, if the method lets it."""

    def __init__(self, member: Member, file: BallotFile, method: str, console: Console, *, seats: int = 1) -> None:
        self._member = member
        self._visitor = member.visitor
        self._file = file
        self._method = method
        self._settings = Settings(seats=seats)
        self._console = console
        self.poll_id: UUID

    def hold(self, name: str, explanation: str) -> dict[str, Any]:
        """Found a group, open the poll, enter every ballot, close it, and return the declared result."""
        group = self._visitor.post("/groups", {"name": name, "purpose": explanation}, key=secrets.token_hex(16))
        poll = {
            "question": name,
            "explanation": explanation,
            "method": self._method,
            "options": self._file.options,
            "settings": {"seats": self._settings.seats, "draws_ties": self._settings.draws_ties},
            "closes_at": (datetime.now(UTC) + OPEN_FOR).isoformat(),
            "may_close_early": True,
            "allows_paper": True,
        }
        receipt = self._visitor.post(f"/groups/{group['id']}/polls", poll, key=secrets.token_hex(16))
        self.poll_id = UUID(receipt["id"])
        try:
            self._enter()
        except (NodeTrouble, KeyboardInterrupt):
            self._say(f"The poll {self.poll_id} stays open with what was entered; nothing is decided.")
            raise
        self._member.does(lambda: self._visitor.put(f"/polls/{self.poll_id}/closing"))
        return self._result()

    def is_count_of(self, result: dict[str, Any]) -> bool:
        """Return whether *result* is what the file's own ballots give, counted here."""
        seed, file = bytes.fromhex(result["seed"]), self._file
        here = count(self._method, file.options, file.ballots, seed=seed, settings=self._settings)
        declared = {name: result[name] for name in CountedOutcome.model_fields}
        is_same = CountedOutcome.model_validate(declared) == CountedOutcome.model_validate(here.as_plain())
        if not is_same:
            self._say("The node's result is not what the file's ballots give when they are counted here.")
        return is_same

    def _enter(self) -> None:
        progress = Progress(
            TextColumn("Entering ballots"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        with progress, ThreadPoolExecutor(AT_ONCE) as pool:
            task = progress.add_task("", total=len(self._file.ballots))
            entering = {
                pool.submit(self._enter_batch, number, batch): len(batch)
                for number, batch in enumerate(batches(self._file.ballots), 1)
            }
            try:
                for entered in as_completed(entering):
                    entered.result()
                    progress.advance(task, entering[entered])
            finally:
                pool.shutdown(cancel_futures=True)

    def _enter_batch(self, number: int, batch: Sequence[Choices]) -> None:
        path, key = f"/polls/{self.poll_id}/paper-ballots", f"{self.poll_id}-{number}"
        self._member.does(lambda: self._visitor.post(path, {"ballots": batch}, key=key))

    def _result(self) -> dict[str, Any]:
        deadline = time.monotonic() + RESULT_TIMEOUT_S
        self._say(f"The poll {self.poll_id} is closed. Counting ...")
        while True:
            try:
                return self._visitor.result(self.poll_id)
            except RefusedByNode as refusal:
                if refusal.status not in (404, 409) or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def batches(ballots: Sequence[Choices]) -> Iterator[list[Choices]]:
    """Yield the ballots in batches, each of them no more than one request takes."""
    batch: list[Choices] = []
    size = 0
    for ballot in ballots:
        ballot_size = len(orjson.dumps(ballot)) + 1
        if len(batch) == PAPER_BALLOTS_MAX or (batch and size + ballot_size > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(ballot)
        size += ballot_size
    yield batch


def _tell_file(file: BallotFile, console: Console) -> None:
    lines = [f"{len(file.ballots):,} ballots, {file.blank_count:,} of them blank; {len(file.options)} names."]
    lines.append(f"Choices stand in {', '.join(map(repr, file.columns))}, the best first.")
    if file.count_column is not None:
        lines.append(f"{file.count_column!r} says how often each ballot was cast.")
    if file.columns_left:
        lines.append(f"Not read: {', '.join(map(repr, file.columns_left))}.")
    for line in (*lines, *(f"Note: {note}" for note in file.notes)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _name_of(path: Path) -> str:
    name = path.name.removesuffix(".gz").removesuffix(".csv")
    return "".join(c if c.isprintable() else "-" for c in name)[:200].strip() or "election"


def _explanation(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"The ballots of {_name_of(path)} as paper ballots. SHA-256 of the file: {digest}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(next(csv.reader([text], skipinitialspace=True), ())) if text.strip() else ()
