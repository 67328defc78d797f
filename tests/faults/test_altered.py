"""An operator who rewrites the stored vote log: the audit finds what was altered."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nats
import orjson
import pytest

from libs.eventlog.jetstream import JetStreamLog, ensure_stream
from libs.node.embedded import EmbeddedNode
from tests.conftest import GENEROUS
from tests.journeys.people import OPTIONS, ROOT, Person, audit, found_group, open_poll, outcome_of

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


def report(node: EmbeddedNode) -> str:
    """What the audit prints."""
    command = [sys.executable, "-m", "libs.node", "audit", node.url]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True).stdout


async def test_one_altered_ballot_is_named(node_folder: Path) -> None:
    """A stored ballot says something else than what was counted: the audit refuses, and says of which poll."""
    with EmbeddedNode(node_folder / "altered", settings=GENEROUS) as node:
        async with Person(node.url) as ana, Person(node.url) as bo:
            await ana.sign_up()
            await bo.sign_up()
            group_id = await found_group(ana)
            await bo.put(f"/groups/{group_id}/members/me")
            poll_id = await open_poll(ana, group_id)
            await ana.put(f"/polls/{poll_id}/ballot", {"choices": [OPTIONS[0]]})
            await bo.put(f"/polls/{poll_id}/ballot", {"choices": ["Chêne"]})
            await ana.put(f"/polls/{poll_id}/closing")
            await outcome_of(ana, poll_id)
        assert await asyncio.to_thread(audit, node.url) == 0

        await rewrite(node, with_another_choice)

        assert await asyncio.to_thread(audit, node.url) == 1
        assert "The ballots are not those that were counted" in await asyncio.to_thread(report, node)
