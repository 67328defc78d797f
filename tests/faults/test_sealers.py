"""Two sealers of one log, of which one is killed, or paused and woken too late: the tree is one, and goes on."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from libs.audit.checkpoints import Checkpoint
from libs.audit.merkle import leaf_hash, root_over
from libs.audit.notes import Note, Verifier, open_note
from libs.node.embedded import EmbeddedNode
from libs.node.replicas import EmbeddedReplica
from tests.conftest import GENEROUS
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.faults]

PATIENCE_S = 60
"""On a busy machine; on an idle one the other sealer takes over in less than ten seconds."""

ROUNDS_COUNT = 4


class Watcher:
    """Somebody who keeps every checkpoint that is published."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=30)
        self.notes: list[Note] = []

    async def run(self) -> None:
        """Look again and again."""
        async with self._http:
            while True:
                answer = await self._http.get("/log/governance/checkpoint")
                if answer.status_code == 200:
                    note = Note.parse(answer.content)
                    if not self.notes or note.text != self.notes[-1].text:
                        self.notes.append(note)
                await asyncio.sleep(0.02)

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """What was published, in that order."""
        return [Checkpoint.parse(note.text) for note in self.notes]

    async def sees(self, size: int) -> None:
        """Wait until at least *size* entries are published."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.notes or self.checkpoints[-1].size < size:
                await asyncio.sleep(0.02)


@pytest.fixture
async def watcher(two: EmbeddedNode) -> AsyncIterator[Watcher]:
    """A watcher of the node."""
    watcher = Watcher(two.url)
    watching = asyncio.create_task(watcher.run())
    yield watcher
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


@pytest.fixture
def two(node_folder: Path) -> Iterator[EmbeddedNode]:
    """A node that gets another sealer."""
    with EmbeddedNode(node_folder / "two-sealers", settings=GENEROUS) as node:
        yield node


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what a sealer says."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await asyncio.sleep(0.02)


async def test_one_is_killed_and_one_sleeps_too_long(two: EmbeddedNode, watcher: Watcher) -> None:
    """Whichever seals is killed or paused, the other goes on; who wakes too late signs nothing, and stands by."""
    other = EmbeddedReplica(two, "sealer")
    async with Person(two.url) as ana:
        await ana.sign_up()
        poll_id = await open_poll(ana, await found_group(ana))

        async def vote() -> int:
            position = 0
            for number in range(5):
                receipt = await ana.put(f"/polls/{poll_id}/ballot", {"choices": [OPTIONS[number % len(OPTIONS)]]})
                position = receipt["position"]
            return position

        await watcher.sees(await vote())
        other.start()
        await until(lambda: other.said("standing by"))

        os.kill(two.pids["sealer"], signal.SIGSTOP)
        await watcher.sees(await vote())
        assert other.said("sealing")

        os.kill(two.pids["sealer"], signal.SIGCONT)
        await until(lambda: '"event":"lease lost"' in (two.folder.logs / "sealer.log").read_text())
        await watcher.sees(await vote())

        other.kill()
        await watcher.sees(await vote())

        other.start()
        await until(lambda: other.said("standing by"))
        two.kill("sealer")  # and its supervisor starts it again: either of them may go on
        await watcher.sees(last := await vote())
        other.stop()
        await watcher.sees(last := await vote())

    await check_one_tree(two, watcher, last)
    assert await asyncio.to_thread(audit, two.url) == 0


async def check_one_tree(node: EmbeddedNode, watcher: Watcher, last: int) -> None:
    """Check that every checkpoint that anybody saw is of one growing tree, which is the log's."""
    checkpoints = watcher.checkpoints
    sizes = [checkpoint.size for checkpoint in checkpoints]
    assert sizes == sorted(sizes)
    assert sizes[-1] >= last
    async with httpx.AsyncClient(base_url=node.url, timeout=30) as http:
        entries = (await http.get("/log/governance/entries", params={"after": 0})).content.splitlines()
        key = Verifier.parse((await http.get("/log/governance/key")).text.splitlines()[0])
    leaves = [leaf_hash(entry) for entry in entries]
    for note, checkpoint in zip(watcher.notes, checkpoints, strict=True):
        open_note(note, [key])
        assert checkpoint.root == root_over(leaves[: checkpoint.size])


async def test_how_long_nothing_is_sealed(two: EmbeddedNode, watcher: Watcher) -> None:
    """Each time the sealer that holds the lease is killed, the other publishes the next checkpoint; -s shows when."""
    holder, standby = (EmbeddedReplica(two, "sealer", number=number) for number in (2, 3))
    took_s: list[float] = []
    choices = cycle(OPTIONS)
    async with Person(two.url) as ana:
        await ana.sign_up()
        poll_id = await open_poll(ana, await found_group(ana))

        async def vote() -> int:
            # The same choice again would be no entry.
            receipt = await ana.put(f"/polls/{poll_id}/ballot", {"choices": [next(choices)]})
            return int(receipt["position"])

        os.kill(two.pids["sealer"], signal.SIGSTOP)  # its supervisor would start it again at once
        holder.start()
        await until(lambda: holder.said("sealing"))
        for _ in range(ROUNDS_COUNT):
            standby.start()
            await until(partial(standby.said, "standing by"))
            await watcher.sees(await vote())

            holder.kill()
            killed = time.monotonic()
            await watcher.sees(await vote())
            took_s.append(time.monotonic() - killed)
            assert standby.said("sealing")
            holder, standby = standby, holder
        holder.stop()
        os.kill(two.pids["sealer"], signal.SIGCONT)
        await watcher.sees(last := await vote())

    print("seconds without a seal:", ", ".join(f"{each:.1f}" for each in took_s))
    await check_one_tree(two, watcher, last)
