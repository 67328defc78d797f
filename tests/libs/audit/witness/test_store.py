"""What a witness keeps stays, or never was."""

import sqlite3
from pathlib import Path

import pytest

from libs.audit.witness.store import EVIDENCE_MAX, Latest, Store, name_of
from tests.libs.audit.witness.conftest import ORIGIN, Keeper


def keep(store: Store, size: int) -> None:
    """Have the checkpoint of a size be the last."""
    with store.step(ORIGIN) as step:
        step.keep(size, bytes(32), 7, Keeper().note(size))


def test_what_was_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    """The file is all that there is."""
    store = Store(tmp_path / "kept.sqlite")
    keep(store, 3)
    store.close()

    store = Store(tmp_path / "kept.sqlite")

    assert store.latest(name_of(ORIGIN)) == Latest(ORIGIN, 3, bytes(32), 7, Keeper().note(3).encode())
    store.close()


def test_every_step_is_flushed(store: Store) -> None:
    """SQLite flushes its log at every commit; less would be a witness that forgets when the power fails."""
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_step_that_fails_never_was(store: Store) -> None:
    """All of a step stays, or nothing."""
    keep(store, 3)

    def fail() -> None:
        with store.step(ORIGIN) as step:
            step.keep(9, bytes(32), 8, Keeper().note(9))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    latest = store.latest(name_of(ORIGIN))
    assert latest is not None
    assert latest.size == 3


def test_nobody_decides_meanwhile(store: Store, tmp_path: Path) -> None:
    """While one step is under way another process cannot begin one."""
    other = sqlite3.connect(tmp_path / "witness.sqlite", isolation_level=None, timeout=0)

    with store.step(ORIGIN), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")

    other.close()


def test_evidence_is_bounded(store: Store) -> None:
    """Who holds a log's key cannot fill the witness's disk with proofs of its own guilt."""
    keep(store, 3)
    with store.step(ORIGIN) as step:
        latest = step.latest()
        assert latest is not None
        for number in range(EVIDENCE_MAX + 5):
            step.accuse(latest, number.to_bytes(32, "big"), Keeper().note(3))

    assert len(store.evidence()) == EVIDENCE_MAX
