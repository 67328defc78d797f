"""Secrets are made once, whole, and for their owner's eyes alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from libs.service.keys import kept_key


def new() -> bytes:
    """Another secret each time."""
    return uuid4().bytes


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """The second start finds the key of the first, which nobody else may read."""
    path = tmp_path / "secrets" / "a.key"

    first = kept_key(path, new)

    assert kept_key(path, new) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["a.key"]


def test_replicas_that_start_at_once_agree(tmp_path: Path) -> None:
    """Of many that make the key in the same moment, all get the one that was first."""
    path = tmp_path / "a.key"
    with ThreadPoolExecutor(16) as replicas:
        keys = set(replicas.map(lambda _: kept_key(path, new), range(64)))

    assert keys == {path.read_bytes()}


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    """A key that cannot be made is no half-written file."""

    def fail() -> bytes:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        kept_key(tmp_path / "a.key", fail)

    assert list(tmp_path.iterdir()) == []
