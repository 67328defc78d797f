"""
How long an audit takes, and how much memory: of a whole sealed log, and of what was added to one that is known.

The log is made, sealed into a folder, and audited by `plaanet audit` as a process of its own, as a stranger runs it:
the whole log first, then the same command with what it remembers, once the last entries were sealed as well.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note, Signer
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.tree import Tree
from libs.audit.sources import CHECKPOINT, KEY
from libs.audit.tiles import TileFolder
from libs.node.bench.votes import vote_log
from libs.node.process import ROOT
from libs.node.trouble import NodeTrouble

ENTRIES_AT_ONCE = 16_384
ADDED_COUNT = 10_000
"""So many entries are new to the second audit."""


def audits(folder: Path, ballots_count: int) -> dict[str, Any]:
    """Return how an audit of a log of *ballots_count* named ballots went, and one of its last entries, in *folder*."""
    log = SealedLog(folder / "log")
    entries = vote_log(ballots_count)
    total = sum(1 for _ in vote_log(ballots_count))
    log.seal(islice(entries, total - min(ADDED_COUNT, total // 2)))
    whole = _audit(folder, log)
    log.seal(entries)
    return {"ballots": ballots_count, "whole": whole, "again": _audit(folder, log, before=whole["entries"])}


class SealedLog:
    """A sealed log in *folder*, whose keeper has a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._disk = Disk(folder)
        self._tree = Tree(TileFolder(folder), self._disk)
        self._signer = Signer("bench.example/governance", Ed25519PrivateKey.generate())

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self._tree.size

    def seal(self, entries: Iterator[bytes]) -> None:
        """Add *entries*, and publish a checkpoint that covers them."""
        while some := list(islice(entries, ENTRIES_AT_ONCE)):
            self._tree.extend(some)
        text = Checkpoint(self._signer.name, self._tree.size, self._tree.root()).text
        self._disk.put_now(self.folder / KEY, f"{self._signer.verifier.vkey}\n".encode())
        self._disk.put_now(self.folder / CHECKPOINT, Note(text, (self._signer.sign(text),)).encode())


def _audit(folder: Path, log: SealedLog, *, before: int = 0) -> dict[str, Any]:
    command: list[str | Path] = [sys.executable, "-m", "libs.node", "audit", log.folder, "--state", folder / "state"]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)  # which says what this one process used, and no other
        duration_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise NodeTrouble(f"The audit found differences in a log without any: {told[-500:]}")
    read = log.size - before
    return {
        "entries": read,
        "per_s": round(read / duration_s),
        "duration_s": round(duration_s, 1),
        "most_memory_mb": round(used.ru_maxrss / 1000),
        "processor_s": round(used.ru_utime + used.ru_stime, 1),
    }
