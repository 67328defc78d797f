"""How fast the vote log is sealed, and how long after its receipt a ballot is: without witnesses and with two."""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import Note
from libs.audit.sealer.disk import Disk
from libs.audit.sealer.tree import Tree
from libs.audit.tiles import TileFolder
from libs.node.bench.load import send
from libs.node.bench.town import Town
from libs.node.embedded import EmbeddedNode, EmbeddedWitness, witnessed_by
from libs.node.trouble import NodeTrouble

BALLOTS_PER_S = 500
AT_ONCE = 64
WITNESSES_COUNT = 2
ENTRIES_AT_ONCE = 16_384
SEALED_S_MAX = 60.0
LOOK_EVERY_S = 0.005


def entries_sealed(entries: Sequence[bytes], folder: Path) -> dict[str, Any]:
    """Return how fast *entries* become tiles in *folder*, written and flushed as the sealer does it."""
    started = time.perf_counter()
    tree = Tree(TileFolder(folder), Disk(folder))
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        tree.extend(entries[start : start + ENTRIES_AT_ONCE])
    duration_s = time.perf_counter() - started
    return {"entries": len(entries), "per_s": round(len(entries) / duration_s), "duration_s": round(duration_s, 2)}


def delay(node: EmbeddedNode, town: Town, number: int) -> dict[str, Any]:
    """
    Have members cast *number* ballots, 500 a second, and return how long after its receipt each was sealed.

    Sealed is what the published checkpoint covers, with all cosignatures that the node's policy asks for.
    """
    ballots = town.ballots(town.open_polls(-(-number // len(town.tokens))))[:number]
    with _watched(node.folder.tiles / "checkpoint") as seen:
        timing, receipts = send(town.port, ballots, at_once=AT_ONCE, per_s=BALLOTS_PER_S)
        last = max(receipt["position"] for receipt in receipts)
        deadline = time.monotonic() + SEALED_S_MAX
        while not seen or seen[-1][0] < last:
            if time.monotonic() > deadline:
                raise NodeTrouble(f"The ballot at {last} was not sealed within {SEALED_S_MAX:.0f} s.")
            time.sleep(LOOK_EVERY_S)
    delays_s = sorted(
        seen[bisect_left(seen, receipt["position"], key=itemgetter(0))][1] - acked_at_s
        for receipt, acked_at_s in zip(receipts, timing.ended_at_s, strict=True)
    )
    return {
        "ballots": number,
        "per_s": round(timing.rate),
        "p50_s": round(delays_s[number // 2], 2),
        "p95_s": round(delays_s[number * 95 // 100], 2),
        "most_s": round(delays_s[-1], 2),
    }


@contextmanager
def _watched(checkpoint: Path) -> Iterator[list[tuple[int, float]]]:
    """Note, until the context ends, each size that is published, and when, by the wall clock."""
    seen: list[tuple[int, float]] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(LOOK_EVERY_S):
            try:
                size = Checkpoint.parse(Note.parse(checkpoint.read_bytes()).text).size
            except FileNotFoundError:
                continue
            if not seen or size > seen[-1][0]:
                seen.append((size, time.time()))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


@contextmanager
def witnesses(node: EmbeddedNode, folder: Path) -> Iterator[None]:
    """Run two witnesses that *node* asks, from its next start on."""
    vkey = (node.folder.tiles / "key").read_text().splitlines()[0]
    running = [EmbeddedWitness(folder / f"w{n}", f"witness-{n}.example", vkey) for n in range(WITNESSES_COUNT)]
    try:
        node.folder.witnesses_policy.write_text(witnessed_by([each.start() for each in running]))
        yield
    finally:
        for each in running:
            each.stop()
