"""A stream with a hole: every reader stops and says so."""

import asyncio
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from libs.node.embedded import EmbeddedNode
from libs.node.trouble import NodeTrouble
from tests.conftest import GENEROUS
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll, plaanet, until

pytestmark = [pytest.mark.node, pytest.mark.slow]


def flip_a_bit_in_the_middle(node: EmbeddedNode) -> None:
    """Damage the vote log's file, as a bad disk would."""
    blocks = sorted((node.folder.path / "nats").rglob("streams/governance/msgs/*.blk"))
    block = blocks[0]
    data = bytearray(block.read_bytes())
    middle = data.index(b"BallotCast", len(data) // 2)
    data[middle] ^= 1
    block.write_bytes(data)


async def test_a_damaged_log_is_not_read_over(node_folder: Path) -> None:
    """One flipped bit: the stream is not served, its sealed copy still is, and the doctor names what is wrong."""
    with EmbeddedNode(node_folder / "damaged", settings=GENEROUS) as node:
        async with Person(node.url) as ana:
            await ana.sign_up()
            group_id = await found_group(ana)
            for _ in range(8):
                poll_id = await open_poll(ana, group_id)
                cast = await ana.put(f"/polls/{poll_id}/ballot", {"choices": [OPTIONS[0]]})
            await until(lambda: is_sealed(node.url, cast["position"]), True, timeout_s=30)
        connection = await asyncpg.connect(node.database_url("governance"))
        await connection.execute("DELETE FROM read.built_from")  # the next start reads from the beginning
        await connection.close()
        node.stop()
        flip_a_bit_in_the_middle(node)

        with suppress(NodeTrouble):  # governance may already be down when its turn comes to be ready
            node.start(timeout_s=30)

        async with httpx.AsyncClient(base_url=node.url, timeout=60) as stranger:
            refused = await stranger.get("/log/governance/entries")
        assert refused.json()["type"] == "/problems/LogHasGap"
        assert await asyncio.to_thread(audit, node.url) == 0
        examined = await asyncio.to_thread(doctor, node)
        assert examined.returncode == 1
        assert "governance" in examined.stdout
        assert "gap" in examined.stdout
        # A batch that the server breaks off at the damaged entry is asked for again after a while.
        async with asyncio.timeout(60):
            while "The log governance has a gap" not in (node.folder.logs / "governance.log").read_text():
                await asyncio.sleep(0.1)


async def is_sealed(url: str, position: int) -> bool:
    """Whether the newest checkpoint is over this entry, too."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as stranger:
        checkpoint = await stranger.get("/log/governance/checkpoint")
    return checkpoint.is_success and int(checkpoint.text.splitlines()[1]) >= position


def doctor(node: EmbeddedNode) -> subprocess.CompletedProcess[str]:
    """What the doctor says of the node."""
    return plaanet("doctor", "--data", node.folder.path)
