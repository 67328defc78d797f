"""
What an auditor has to remember of the log while reading on: a database, `books.sql`.

It is a file that nobody sees and that is gone with the audit, or the state that an audit leaves for the next one. So
memory does not grow with the log, and what was read once need not be read again. All that one audit changes in a state
is one transaction: an audit that breaks off leaves the state as it was.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from libs.audit.edge import Edge
from libs.audit.polls import Poll, ballot
from libs.audit.report import Difference, PollReport
from libs.contracts.base import Event
from libs.eventlog.log import Recorded
from libs.tally import Ballot

_SCHEMA = Path(__file__).with_suffix(".sql")
_REVISION = 5
"""Of the schema. A state of another one is not read: an audit from the beginning makes a new one."""

CACHE_MB = 48
POLLS_AT_HAND_MAX = 200

_TEMPORARY = (
    "CREATE TEMP TABLE finding (position INTEGER NOT NULL, poll_id BLOB, rule TEXT NOT NULL, text TEXT NOT NULL)"
)
"""What is wrong only if nothing more comes, or was seen outside the log: it is told, and not kept."""


class Keyring:
    """The keys that an auditor was given, and those that closes have published since."""

    def __init__(self, books: "Books", given: Mapping[UUID, bytes]) -> None:
        self._books = books
        self._given = given

    @property
    def ids(self) -> Iterable[UUID]:
        """Of the keys that were given."""
        return self._given.keys()

    def key(self, key_id: UUID) -> bytes | None:
        """Return the key of that id, or None where it is not known."""
        if key_id in self._given:
            return self._given[key_id]
        row = self._books.db.execute("SELECT key FROM published_key WHERE key_id = ?", (key_id.bytes,)).fetchone()
        return row[0] if row else None


class StateUnusable(Exception):
    """The state cannot be gone on with; *args[0]* says why."""


class Books:
    """All of it; *state* is the file that is gone on with, or None for books that nobody keeps."""

    def __init__(
        self, state: Path | None = None, *, cache_mb: int = CACHE_MB, keys: Mapping[UUID, bytes] = MappingProxyType({})
    ) -> None:
        self.keys = Keyring(self, keys)
        self._at_hand: dict[UUID, Poll] = {}
        self._evidence: list[tuple[str, str, bytes, bytes | None]] = []
        self.edge = Edge()
        """Of the Merkle tree over the entries up to the one that is read."""

        try:
            self.db = sqlite3.connect(state or "", isolation_level=None, timeout=0)
            self._prepare(is_kept=state is not None, cache_mb=cache_mb)
        except sqlite3.Error as fault:
            if state is None:
                raise
            raise StateUnusable(_why(state, fault)) from fault

    def _prepare(self, *, is_kept: bool, cache_mb: int) -> None:
        # What nobody keeps need not survive anything, and what is kept changes at once or not at all.
        self.db.execute(f"PRAGMA journal_mode = {'DELETE' if is_kept else 'OFF'}").fetchall()
        self.db.execute(f"PRAGMA synchronous = {'FULL' if is_kept else 'OFF'}")
        self.db.execute(f"PRAGMA cache_size = -{cache_mb * 1000}")
        self.db.execute("PRAGMA temp_store = FILE")
        [[revision]] = self.db.execute("PRAGMA user_version").fetchall()
        self.db.execute(_TEMPORARY)
        self.db.execute("BEGIN IMMEDIATE")
        if revision == 0:
            for statement in _SCHEMA.read_text().split(";\n"):
                self.db.execute(statement)
            self.db.execute(f"PRAGMA user_version = {_REVISION}")
        elif revision != _REVISION:
            raise sqlite3.DatabaseError("it was made by another version of plaanet audit")
        self._stand()
        given = sha256(b"".join(sorted(key_id.bytes for key_id in self.keys.ids))).hexdigest()
        if self.edge.size and self.about("keys") != given:
            raise StateUnusable(
                "The state was made with other keys (--keys); what it has read would be read otherwise."
            )
        self.note("keys", given)

    def _stand(self) -> None:
        """Stand where the state does."""
        levels = self.db.execute("SELECT hashes FROM edge ORDER BY level")
        self.edge = Edge.of(self.about("position") or 0, [hashes for (hashes,) in levels])
        self._at_hand.clear()

    def keep(self) -> None:
        """Keep all that was written since the last time; a state is as it is now until it is kept again."""
        self.note("position", self.edge.size)
        self.db.executemany("INSERT OR REPLACE INTO edge VALUES (?, ?)", enumerate(self.edge.levels))
        self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Let go of the file; what was not kept is undone, but for evidence."""
        if self._evidence:
            self.db.execute("ROLLBACK")
            self.db.executemany("INSERT INTO evidence VALUES (?, ?, ?, ?)", self._evidence)
        self.db.close()

    def keep_evidence(self, rule: str, shown: bytes | None) -> None:
        """Keep the checkpoint that was *shown* beside the one that was kept, whatever else of this audit is kept."""
        seen_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._evidence.append((seen_at, rule, self.about("checkpoint"), shown))

    def evidence(self) -> list[tuple[str, str, bytes, bytes | None]]:
        """Return what was kept as evidence: when, of which rule, the older note and what was shown later."""
        return self.db.execute("SELECT * FROM evidence ORDER BY seen_at").fetchall() + self._evidence

    def belongs_to(self, origin: str) -> None:
        """
        Note the log's name.

        Raises:
            StateUnusable: The state is of another log.
        """
        known = self.about("origin")
        if known not in (None, origin):
            raise StateUnusable(f"The state is of the log {known}, and this is {origin}; each log needs its own.")
        self.note("origin", origin)

    def about(self, name: str) -> Any:
        """Return what was noted under *name*, or None."""
        row = self.db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return row and row[0]

    def note(self, name: str, value: int | str | bytes | None) -> None:
        """Note *value* under *name*."""
        self.db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def differ(self, position: int, rule: str, text: str, poll_id: UUID | None = None) -> None:
        """Note a difference."""
        self.db.execute("INSERT INTO difference VALUES (?, ?, ?, ?)", _row(Difference(position, poll_id, rule, text)))

    def find(self, difference: Difference) -> None:
        """Note what is wrong at this moment, and may not be later."""
        self.db.execute("INSERT INTO finding VALUES (?, ?, ?, ?)", _row(difference))

    def forget_findings(self) -> None:
        """Let go of what was wrong at an earlier moment."""
        self.db.execute("DELETE FROM finding")

    def differences(self) -> Iterator[Difference]:
        """Yield all that was found, in the order of the log."""
        for position, poll_id, rule, text in self.db.execute(
            "SELECT * FROM difference UNION ALL SELECT * FROM finding ORDER BY position"
        ):
            yield Difference(position, UUID(bytes=poll_id) if poll_id else None, rule, text)

    def differences_count(self) -> int:
        """Return how many `differences` there are."""
        return self._number("SELECT (SELECT count(*) FROM difference) + (SELECT count(*) FROM finding)")

    def number_of(self, poll_id: UUID) -> int:
        """Return the number of a poll, a new one where it was not heard of before."""
        self.db.execute("INSERT OR IGNORE INTO poll (poll_id) VALUES (?)", (poll_id.bytes,))
        return self._number("SELECT poll FROM poll WHERE poll_id = ?", poll_id.bytes)

    def known_poll(self, poll_id: UUID) -> Poll | None:
        """Return the poll, if it was opened."""
        poll = self._at_hand.get(poll_id)
        if poll is None:
            row = self.db.execute(
                "SELECT * FROM poll WHERE poll_id = ? AND opened_position IS NOT NULL", (poll_id.bytes,)
            ).fetchone()
            if row is None:
                return None
            poll = Poll.from_row(row, self.keys)
            if len(self._at_hand) >= POLLS_AT_HAND_MAX:
                del self._at_hand[next(iter(self._at_hand))]
            self._at_hand[poll_id] = poll
        return poll

    def poll_numbered(self, number: int) -> Poll:
        """Return an opened poll by its number."""
        [[poll_id]] = self.db.execute("SELECT poll_id FROM poll WHERE poll = ?", (number,))
        poll = self.known_poll(UUID(bytes=poll_id))
        assert poll is not None
        return poll

    def save(self, poll: Poll) -> None:
        """Write down what has become of a poll."""
        self.db.execute(
            "UPDATE poll SET opened_position = ?, opening = ?, closed_position = ?, declared_position = ?, seed = ?,"
            " ballots_count = ?, paper_ballots_count = ?, ballots_sha256 = ?, outcome = ?, notes = ?,"
            " cancelled_position = ? WHERE poll = ?",
            poll.as_row(),
        )

    def poll(self, recorded: Recorded, poll_id: UUID) -> Poll | None:
        """Return the poll that an entry is about, or note that there is none."""
        poll = self.known_poll(poll_id)
        name = type(recorded.event).__name__
        if poll is None and self.is_sealed(poll_id):
            pass  # for its group alone
        elif poll is None:
            self.differ(recorded.position, "no-poll", f"{name} is about a poll that was not opened before it.", poll_id)
        elif recorded.group_id != poll.opened.group_id:
            text = f"{name} names the group {recorded.group_id}, and the poll is one of {poll.opened.group_id}."
            self.differ(recorded.position, "group", text, poll_id)
        return poll

    def open_poll(self, recorded: Recorded, poll_id: UUID) -> Poll | None:
        """Return the same if it is open; what comes behind the close is noted as late."""
        poll = self.poll(recorded, poll_id)
        if poll is not None and not poll.is_open:
            self.add_late(poll, recorded)
            return None
        return poll

    def is_sealed(self, poll_id: UUID) -> bool:
        """Return whether the poll was opened for its group alone, and cannot be read."""
        row = self.db.execute("SELECT is_sealed FROM poll WHERE poll_id = ?", (poll_id.bytes,)).fetchone()
        return bool(row and row[0])

    def _is_sealed_number(self, number: int) -> bool:
        return bool(self._number("SELECT is_sealed FROM poll WHERE poll = ?", number))

    def hide(self, contract: type[Event], aggregate_id: UUID, key_id: UUID) -> None:
        """Note that what an entry is about cannot be read without that key."""
        row = aggregate_id.bytes, contract.aggregate, key_id.bytes
        self.db.execute("INSERT OR IGNORE INTO hidden_aggregate VALUES (?, ?, ?)", row)

    def hidden_by(self, contract: type[Event], aggregate_id: UUID) -> UUID | None:
        """Return the key without which it cannot be read what such an entry is about, None where it can."""
        row = self.db.execute(
            "SELECT key_id FROM hidden_aggregate WHERE aggregate_id = ? AND aggregate = ?",
            (aggregate_id.bytes, contract.aggregate),
        ).fetchone()
        return UUID(bytes=row[0]) if row else None

    def sealed_polls_count(self) -> int:
        """Return how many polls cannot be read."""
        return self._number("SELECT count(*) FROM poll WHERE is_sealed")

    def is_on_roll(self, poll: Poll, voter: UUID) -> bool:
        """Return whether the poll's roll bears the voter."""
        row = self.db.execute("SELECT 1 FROM roll WHERE voter = ? AND poll = ?", (voter.bytes, poll.number)).fetchone()
        return row is not None

    def polls_of_voter(self, voter: str) -> list[Poll]:
        """Return the polls whose roll bears that pseudonym, in text; it is made for one alone."""
        try:
            found = self.db.execute("SELECT poll FROM roll WHERE voter = ?", (UUID(voter).bytes,)).fetchall()
        except ValueError:
            return []
        numbers = [number for (number,) in found if not self._is_sealed_number(number)]
        return [self.poll_numbered(number) for number in numbers]

    def add_late(self, poll: Poll, recorded: Recorded) -> None:
        """Note an entry that came behind its poll's close."""
        self.db.execute("INSERT INTO late VALUES (?, ?)", (poll.number, recorded.position))

    def awaited(self) -> list[tuple[UUID, int]]:
        """Return the polls that are closed and have no result yet, with the positions of their closes."""
        found = self.db.execute(
            "SELECT poll_id, closed_position FROM poll WHERE closed_position IS NOT NULL AND declared_position IS NULL"
        )
        return [(UUID(bytes=poll_id), position) for poll_id, position in found]

    def counted(self, poll: Poll) -> Counter[Ballot]:
        """Return the ballots that count at this moment, each distinct one with its number."""
        found = self.db.execute(
            "SELECT choices, marks, count(*) FROM"
            " (SELECT choices, marks FROM ballot WHERE poll = ?1 AND standing = 'counts'"
            " UNION ALL SELECT choices, marks FROM paper_ballot JOIN batch USING (poll, batch_id)"
            " WHERE poll = ?1 AND struck_position IS NULL) GROUP BY choices, marks",
            (poll.number,),
        )
        return Counter({ballot(choices, marks): number for choices, marks, number in found})

    def ballots_count(self, poll: Poll) -> int:
        """Return how many members' ballots count at this moment."""
        return self._number("SELECT count(*) FROM ballot WHERE poll = ? AND standing = 'counts'", poll.number)

    def paper_ballots_count(self, poll: Poll) -> int:
        """Return how many paper ballots count at this moment."""
        return self._number(
            "SELECT total(ballots_count) FROM batch WHERE poll = ? AND struck_position IS NULL", poll.number
        )

    def after_time_count(self, poll: Poll) -> int:
        """Return how many ballots were recorded after the poll's time, so far."""
        return self._number(
            "SELECT (SELECT count(*) FROM ballot WHERE poll = ?1 AND is_after_time)"
            " + (SELECT total(ballots_count) FROM batch WHERE poll = ?1 AND is_after_time)",
            poll.number,
        )

    def reports(self) -> Iterator[PollReport]:
        """Yield every poll as an auditor tells it, in the order of their openings."""
        for row in self.db.execute("SELECT * FROM poll WHERE opened_position IS NOT NULL ORDER BY opened_position"):
            yield self.report(Poll.from_row(row, self.keys))

    def reports_count(self) -> int:
        """Return how many polls were opened."""
        return self._number("SELECT count(*) FROM poll WHERE opened_position IS NOT NULL")

    def report(self, poll: Poll) -> PollReport:
        """Return one poll as an auditor tells it."""
        if poll.closed_position is None:
            poll.paper_ballots_count = self.paper_ballots_count(poll)
            poll.ballots_count = self.ballots_count(poll) + poll.paper_ballots_count
        late = self.db.execute("SELECT position FROM late WHERE poll = ? ORDER BY position", (poll.number,))
        return poll.report(tuple(position for (position,) in late))

    def _number(self, statement: str, *parameters: Any) -> int:
        return int(self.db.execute(statement, parameters).fetchone()[0])


def _row(each: Difference) -> tuple[int, bytes | None, str, str]:
    return each.position, each.poll_id.bytes if each.poll_id else None, each.rule, each.text


def _why(state: Path, fault: sqlite3.Error) -> str:
    match getattr(fault, "sqlite_errorname", None):
        case "SQLITE_BUSY":
            return f"{state} is in use by another audit; wait until that one is done."
        case "SQLITE_NOTADB" | "SQLITE_CORRUPT":
            return f"{state} is no state of an audit, or was damaged; name another file, and a new one is made."
    return f"{state} cannot be used as the state of an audit: {fault}."
