"""An operator who rewrites the stored vote log: the audit finds what was altered."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import nats
import orjson
import pytest

from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.eventlog.register import STREAM as RECORDS
from libs.node.embedded import EmbeddedNode
from tests.conftest import GENEROUS
from tests.journeys.people import OPTIONS, Person, audit, found_group, open_poll, outcome_of, plaanet

pytestmark = [pytest.mark.node, pytest.mark.slow]


async def rewrite(node: EmbeddedNode, change: Callable[[bytes], bytes]) -> None:
    """Put a log of changed entries in the place of governance's, as only an administrator can."""
    client = await nats.connect(node.status["nats_url"], user="admin", password=node.nats_password("admin"))
    try:
        entries = await JetStreamLog(client, "governance").entries(0)
        await client.request("$JS.API.STREAM.DELETE.governance", b"")
        await ensure_stream(client, "governance")
        for entry in entries:
            await client.request(entry.subject, change(entry.data))
    finally:
        await client.close()


def with_another_choice(entry: bytes) -> bytes:
    """The entry, or, if it is the ballot for the oak, one for the fig in its place."""
    fields = orjson.loads(entry)
    if fields["name"] != "BallotCast" or fields["data"]["choices"] != ["Chêne"]:
        return entry
    fields["data"]["choices"] = ["Figuier"]
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


async def seal_anew(node: EmbeddedNode) -> None:
    """Have the node forget what it sealed, its sealers' record too, and seal what its log says now, with its key."""
    client = await nats.connect(node.status["nats_url"], user="admin", password=node.nats_password("admin"))
    await client.request(f"$JS.API.STREAM.DELETE.{RECORDS}", b"")
    await client.close()
    node.stop()
    shutil.rmtree(node.folder.tiles)
    shutil.rmtree(node.folder.sealer)
    node.start()


async def all_is_sealed(node: EmbeddedNode) -> None:
    """Wait until everybody can read the whole log as tiles."""
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=node.url) as http:
        last = (await http.get("/log/governance/entries")).headers["Plaanet-Log-Last"]
        while f"\n{last}\n" not in (await http.get("/log/governance/checkpoint")).text:
            await asyncio.sleep(0.1)


async def test_one_altered_ballot_is_named(node_folder: Path) -> None:
    """
    A stored ballot says something else than what was counted.

    In the stream alone: what is sealed stands, and whoever compares the two is told the position. In the stream and in
    a seal that was made anew: the audit refuses, and says of which poll.
    """
    with EmbeddedNode(node_folder / "altered", settings=GENEROUS) as node:
        async with Person(node.url) as ana, Person(node.url) as bo:
            await ana.sign_up()
            await bo.sign_up()
            group_id = await found_group(ana)
            await bo.put(f"/groups/{group_id}/members/me")
            poll_id = await open_poll(ana, group_id)
            await ana.put(f"/polls/{poll_id}/ballot", {"choices": [OPTIONS[0]]})
            receipt = await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})
            await ana.put(f"/polls/{poll_id}/closing")
            await outcome_of(ana, poll_id)
        await all_is_sealed(node)
        assert await asyncio.to_thread(audit, node.url) == 0

        await rewrite(node, with_another_choice)

        verified = await asyncio.to_thread(plaanet, "log", "verify", "--data", node.folder.path)
        assert verified.returncode == 1
        assert (
            f"governance:{receipt['position']}: different: the stream does not say what was sealed" in verified.stdout
        )
        assert await asyncio.to_thread(audit, node.url) == 0

        await seal_anew(node)
        await all_is_sealed(node)

        refused = await asyncio.to_thread(plaanet, "audit", node.url)
        assert refused.returncode == 1
        assert "The ballots are not those that were counted" in refused.stdout
