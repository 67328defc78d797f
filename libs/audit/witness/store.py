"""
What a witness keeps, in SQLite: of each log the last checkpoint that it cosigned, and evidence against those that lied.

A step reads the last checkpoint, decides, and writes the next one within one transaction that no other can enter, and
that is on the disk when it is done (write-ahead log, flushed at every commit). So of two requests at once the second
decides on what the first has made, and a witness that was killed has either cosigned nothing or remembers it.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from libs.audit.notes import Note

EVIDENCE_MAX = 100
"""Of one log; who holds a log's key could sign ever more."""

_LOCKED_TIMEOUT_S = 30.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS latest (
    origin  TEXT PRIMARY KEY,
    sha256  TEXT NOT NULL UNIQUE,          -- of the origin, in hex: where monitors ask for it
    size    INTEGER NOT NULL,
    root    BLOB NOT NULL,
    time_s  INTEGER NOT NULL,              -- of the cosignature
    note    BLOB NOT NULL                  -- the checkpoint with the log's line and ours
) STRICT;
CREATE TABLE IF NOT EXISTS evidence (
    origin   TEXT NOT NULL,
    size     INTEGER NOT NULL,
    root     BLOB NOT NULL,
    seen_s   INTEGER NOT NULL,
    cosigned BLOB NOT NULL,
    other    BLOB NOT NULL,
    PRIMARY KEY (origin, size, root)
) STRICT;
"""


class Latest(NamedTuple):
    """The last checkpoint of a log that was cosigned; *note* bears the log's line and the witness's."""

    origin: str
    size: int
    root: bytes
    time_s: int
    note: bytes


class Evidence(NamedTuple):
    """Two checkpoints of one size that a log has signed, and that cannot both be true."""

    origin: str
    size: int
    seen_s: int
    cosigned: bytes
    other: bytes


class Step:
    """One log's turn; nothing of it stays if it ends with an exception."""

    def __init__(self, connection: sqlite3.Connection, origin: str) -> None:
        self._connection = connection
        self._origin = origin

    def latest(self) -> Latest | None:
        """Return what was cosigned last."""
        return _latest(self._connection, "origin", self._origin)

    def keep(self, size: int, root: bytes, time_s: int, note: Note) -> None:
        """Put a checkpoint in the place of the last."""
        self._connection.execute(
            "INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE"
            " SET size = excluded.size, root = excluded.root, time_s = excluded.time_s, note = excluded.note",
            (self._origin, name_of(self._origin), size, root, time_s, note.encode()),
        )

    def accuse(self, latest: Latest, root: bytes, other: Note) -> None:
        """Keep *other*, a checkpoint of the same size as the *latest* and of another root."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM evidence WHERE origin = ?", (self._origin,)
        ).fetchone()
        if count < EVIDENCE_MAX:
            self._connection.execute(
                "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?)",
                (self._origin, latest.size, root, int(time.time()), latest.note, other.encode()),
            )


class Store:
    """What a witness keeps in the file *path*, which is made if it is missing."""

    def __init__(self, path: Path) -> None:
        # Autocommit is on, so that transactions begin and end where it is said below.
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=_LOCKED_TIMEOUT_S
        )
        self._lock = threading.Lock()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def step(self, origin: str) -> Iterator[Step]:
        """Give the log *origin* its turn; when this has ended without an exception, what was kept stays."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Step(self._connection, origin)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def latest(self, origin_sha256: str) -> Latest | None:
        """Return what was cosigned last of the log whose origin has that SHA-256, in hex."""
        with self._lock:
            return _latest(self._connection, "sha256", origin_sha256)

    def all(self) -> list[Latest]:
        """Return what was cosigned last, of every log."""
        with self._lock:
            rows = self._connection.execute("SELECT origin, size, root, time_s, note FROM latest ORDER BY origin")
            return [Latest(*row) for row in rows]

    def evidence(self) -> list[Evidence]:
        """Return all evidence, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT origin, size, seen_s, cosigned, other FROM evidence ORDER BY seen_s, origin, size"
            )
            return [Evidence(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def name_of(origin: str) -> str:
    """Return under which name monitors ask for a log: the SHA-256 of its origin, in hex."""
    return sha256(origin.encode()).hexdigest()


def _latest(connection: sqlite3.Connection, column: str, value: str) -> Latest | None:
    row = connection.execute(
        f"SELECT origin, size, root, time_s, note FROM latest WHERE {column} = ?",  # noqa: S608  # our own words
        (value,),
    ).fetchone()
    return Latest(*row) if row else None
