"""The logs' streams are made once, and a stream that is not kept as a log must be stops the node."""

import json
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from libs.eventlog.jetstream import stream_config
from libs.node.embedded import EmbeddedNats
from libs.node.permissions import ADMIN
from libs.node.streams import check_reaches, prepare_streams
from libs.node.trouble import NodeTrouble

pytestmark = pytest.mark.nats


@pytest.fixture
async def admin(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """An administrator's connection."""
    client = await nats_server.connect(ADMIN)
    yield client
    await client.close()


async def test_are_left_as_they_are(nats_server: EmbeddedNats, admin: Client) -> None:
    """To prepare them at the next start changes nothing."""
    before = (await admin.request("$JS.API.STREAM.INFO.geo")).data
    await prepare_streams(nats_server.url, nats_server.password_file(ADMIN).read_text())
    after = (await admin.request("$JS.API.STREAM.INFO.geo")).data

    assert json.loads(before)["created"] == json.loads(after)["created"]


@pytest.mark.parametrize(
    "change", [{"max_msgs": 10}, {"max_age": 3_600_000_000_000}, {"discard": "old"}, {"allow_direct": False}]
)
async def test_refuse_another_keeping(nats_server: EmbeddedNats, admin: Client, change: dict[str, object]) -> None:
    """A stream that an administrator made forgetful is not served as a log, and the sentence names what differs."""
    changed = stream_config("governance") | change
    answer = await admin.request("$JS.API.STREAM.UPDATE.governance", json.dumps(changed).encode())
    assert "error" not in json.loads(answer.data)

    with pytest.raises(NodeTrouble, match=f"governance is not kept as a log must be.*{next(iter(change))}"):
        await prepare_streams(nats_server.url, nats_server.password_file(ADMIN).read_text())


@pytest.mark.parametrize("sealed_size", [0, 1, 2])
async def test_a_vote_log_shorter_than_its_seal_is_not_served(
    nats_server: EmbeddedNats, admin: Client, sealed_size: int
) -> None:
    """What would be written to it would take positions that others have receipts for."""
    await admin.request("log.governance.poll.1", b"{}")
    password = nats_server.password_file(ADMIN).read_text()

    if sealed_size <= 1:
        await check_reaches(nats_server.url, password, sealed_size)
    else:
        with pytest.raises(NodeTrouble, match=r"ends at 1, and 2 entries of it are sealed.*plaanet log repair"):
            await check_reaches(nats_server.url, password, sealed_size)
