"""One audit, from the checkpoint to the results that are shown."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from libs.audit import Declared, PollReport, Replay, Report, Seal, StateUnusable, compare
from libs.audit.edge import Edge
from libs.audit.merkle import leaf_hash
from libs.audit.notes import BadNote
from libs.audit.policy import NONE, BadPolicy
from libs.audit.report import Unchecked
from libs.audit.seal import SealAudit
from libs.audit.sources import BadZipFile
from libs.audit.story import Story
from libs.audit.trust import Trust
from libs.node.audit.subject import Entries, Node, Subject, open_subject
from libs.node.trouble import NodeTrouble
from libs.node.visitor import Visitor

AWAIT_RESULT_S = 10.0
KEY_BYTES = 32


class Audit:
    """
    The audit of *source*, an address or a path or what is there; its report can be read until it is closed.

    Raises:
        NodeTrouble: It cannot be begun.
    """

    def __init__(
        self,
        source: str | Subject,
        *,
        policy: Path | None = None,
        state: Path | None = None,
        keys: Path | None = None,
    ) -> None:
        self._trust = _trust(policy) if policy else None
        known = _keys(keys) if keys else {}
        try:
            self._replay = Replay(state, keys=known)
        except StateUnusable as fault:
            raise NodeTrouble(str(fault)) from fault
        self._before = self._replay.position
        try:
            self._subject = open_subject(source) if isinstance(source, str) else source
        except BaseException:
            self._replay.close()
            raise

    def run(self) -> Report:
        """
        Read the log to its end, and return what was found.

        Raises:
            NodeTrouble: It cannot be read to its end.
        """
        subject, replay = self._subject, self._replay
        now_s = time.time() if subject.is_live else None
        try:
            seal = SealAudit(subject.files, replay, self._trust, now_s=now_s).run() if subject.files else None
            last = self._read_on(is_kept=seal is None)
            report = replay.report(last)
            for poll in report.polls:
                self._compare_shown(poll)
            report = replay.report(last)
        except StateUnusable as fault:
            raise NodeTrouble(str(fault)) from fault
        except BadZipFile as fault:
            raise NodeTrouble(f"The bundle was damaged: {fault}.") from fault
        except OSError as fault:
            raise NodeTrouble(f"{fault.filename} cannot be read: {fault.strerror}.") from fault
        return replace(report, seal=seal, unchecked=tuple(self._unchecked(seal)))

    def story(self, poll_id: UUID) -> Story:
        """Return one poll, row by row."""
        poll = self._replay.books.known_poll(poll_id)
        assert poll is not None
        return Story(self._replay.books, poll)

    @property
    def poll_id(self) -> UUID | None:
        """The poll that the source was made for, if for one."""
        return self._subject.poll_id

    def close(self) -> None:
        """Let go of everything; the state is what was kept."""
        self._replay.close()
        self._subject.close()

    # ---- what is not sealed -------------------------------------------------------------------------------------

    def _read_on(self, *, is_kept: bool) -> int | None:
        """Read what nobody has sealed, and return where the log ends by its keeper's word."""
        if isinstance(self._subject, Entries):
            self._read_lines(self._subject)
            return None
        last = self._read_pages()
        if is_kept and last is not None:
            self._replay.keep()
        deadline = time.monotonic() + AWAIT_RESULT_S
        while last is not None and self._replay.awaited and time.monotonic() < deadline:
            time.sleep(0.2)  # right after a close its result is on its way
            last = self._read_pages()
        return last

    def _read_pages(self) -> int | None:
        last = None
        for page in self._subject.pages(self._replay.position):
            if page.origin:
                self._replay.books.belongs_to(page.origin)
            self._replay.read(page.entries)
            last = page.last
        return last

    def _read_lines(self, entries: Entries) -> None:
        """Read kept entries; those that were audited before must be the same."""
        replay, edge = self._replay, Edge()
        is_same = True
        for page in entries.pages(0):
            old = page.entries[: max(0, self._before - edge.size)]
            for entry in old:
                edge.append(leaf_hash(entry))
            if old and edge.size == self._before and edge.root() != replay.root:
                is_same = False
                break
            replay.read(page.entries[len(old) :])
        if edge.size < self._before:
            replay.differ(
                "rollback", f"There are {edge.size} entries, and {self._before} were audited before.", edge.size
            )
        elif not is_same:
            text = f"The first {self._before} entries are not those that were audited before: the log was rewritten."
            replay.differ("fork", text, self._before)
        else:
            replay.keep()

    # ---- what is shown ------------------------------------------------------------------------------------------

    def _compare_shown(self, poll: PollReport) -> None:
        """Note where what is shown as the poll's result is not what the log gives."""
        if poll.declared_position is None or not self._subject.shows(poll.poll_id):
            return
        try:
            result = self._subject.result(poll.poll_id)
            texts = ["No result of this poll is shown."] if result is None else list(compare(poll, _shown(result)))
        except (KeyError, TypeError, ValueError):
            texts = ["What is shown as the result of this poll cannot be read."]
        for text in texts:
            self._replay.differ(
                "shown-result", f"On the node's own pages: {text}", poll.declared_position, poll.poll_id
            )

    def _unchecked(self, seal: Seal | None) -> Iterator[Unchecked]:
        """Yield what could not be checked, in words."""
        if seal is None:
            yield Unchecked("unsealed", "The log is not sealed: no key, no witness and no tile could be checked.")
        else:
            if seal.is_first_sight and seal.key:
                text = f"The log's key was believed at first sight: {seal.key}. Compare it with what others know."
                yield Unchecked("first-sight", text, seal.key)
            if seal.quorum == NONE:
                text = "No witness was asked for: a log that shows others something else would not be noticed."
                yield Unchecked("no-witness", text)
            if unsealed := self._replay.position - seal.size:
                yield Unchecked("tail", f"The last {unsealed} entries are not sealed yet.", unsealed)
            if self._before:
                text = f"Tiles of the first {self._before} entries were compared when these were audited."
                yield Unchecked("before", text, self._before)
        if number := self._replay.books.sealed_polls_count():
            yield Unchecked("sealed-polls", f"{number} polls are for their groups alone and were not counted.", number)
        if not self._subject.shows_results:
            yield Unchecked("not-shown", "What the node shows as results was not there to be compared.")


def audit(source: str) -> Report:
    """
    Return what an audit of *source*, an address or a path, finds.

    Raises:
        NodeTrouble: It cannot be read to its end.
    """
    return Audit(source).run()


def audit_node(visitor: Visitor) -> Report:
    """
    Return what an audit of the visited node finds.

    Raises:
        NodeTrouble: It cannot be read to its end.
    """
    return Audit(Node(visitor)).run()


def _trust(policy: Path) -> Trust:
    try:
        return Trust.parse(policy.read_bytes())
    except OSError as fault:
        raise NodeTrouble(f"{policy} cannot be read: {fault.strerror}.") from fault
    except (BadPolicy, BadNote) as fault:
        raise NodeTrouble(f"{policy}: {fault}") from fault


def _keys(file: Path) -> dict[UUID, bytes]:
    try:
        lines = [line.split() for line in file.read_text().splitlines() if line.strip()]
        keys = {UUID(key_id): bytes.fromhex(key) for key_id, key in lines}
    except OSError as fault:
        raise NodeTrouble(f"{file} cannot be read: {fault.strerror}.") from fault
    except ValueError as fault:
        raise NodeTrouble(f"{file} holds no keys: a line each, the key's id, a blank and 64 digits.") from fault
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise NodeTrouble(f"{file} holds a key that has not {KEY_BYTES} bytes.")
    return keys


def _shown(result: dict[str, Any]) -> Declared:
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
        unit=result.get("unit", 1),
        quota=result.get("quota"),
        ranking=tuple(map(tuple, result.get("ranking", ()))),
        verdict=result.get("verdict"),
    )
