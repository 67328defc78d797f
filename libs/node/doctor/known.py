"""What is known of the logs besides themselves: roots that were signed, and a backup's that the node came from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from libs.audit.merkle import Frontier, leaf_hash
from libs.node.doctor.finding import Finding, wrong
from libs.node.folder import NodeFolder
from libs.node.seals import Seals
from libs.node.trouble import NodeTrouble

LOG = "governance"


class Root(NamedTuple):
    """That the first *size* entries of a log have this *root*, as *who* says."""

    size: int
    root: bytes
    who: str


def roots(folder: NodeFolder) -> Mapping[str, Sequence[Root]]:
    """Return what is known of each log."""
    known: dict[str, list[Root]] = {}
    with suppress(NodeTrouble):  # the sealer says what ails it
        for checkpoint in Seals.read(folder).checkpoints:
            known.setdefault(LOG, []).append(Root(checkpoint.size, checkpoint.root, "the checkpoint that was signed"))
    if about := restored(folder):
        for log, end in about["logs"].items():
            who = f"the backup {about['backup']} that the node was restored from"
            known.setdefault(log, []).append(Root(end["last"], bytes.fromhex(end["root"]), who))
    return known


def restored(folder: NodeFolder) -> dict[str, Any] | None:
    """Return what was written down at a restore; None where the node did not come from a backup."""
    with suppress(FileNotFoundError):
        about: dict[str, Any] = json.loads(folder.restored.read_text())
        return about
    return None


class Comparison:
    """Compares the entries of *log*, one after another, with the roots that are *known* of it."""

    def __init__(self, log: str, known: Sequence[Root]) -> None:
        self._log = log
        self._known = known
        self._frontier = Frontier()
        self._wrong: list[Root] = []

    def add(self, entry: bytes) -> None:
        """Take the next entry."""
        self._frontier.append(leaf_hash(entry))
        for each in self._known:
            if each.size == self._frontier.size and each.root != self._frontier.root():
                self._wrong.append(each)

    def findings(self) -> Iterator[Finding]:
        """Say what the log lacks of what is known of it, or has otherwise, once all of it was taken."""
        for each in self._wrong:
            yield wrong(
                f"The first {each.size} entries of the log {self._log} are not those of {each.who}: the log was"
                " rewritten, or comes from elsewhere. Stop the node and save its folder."
            )
        for each in self._known:
            if each.size > self._frontier.size:
                yield wrong(
                    f"The log {self._log} ends at {self._frontier.size}, and {each.who} has {each.size} entries: it was"
                    " rolled back. Stop the node before anything takes the places of those that are missing."
                )
