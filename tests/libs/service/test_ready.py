"""A service is ready when its read models are level with the logs, and not before."""

from uuid import UUID, uuid4

import pytest

from libs.eventlog.jetstream import JetStreamLog
from libs.eventlog.log import New
from libs.eventlog.memory import MemoryLog
from libs.node.embedded import EmbeddedNats
from libs.service.projection import Progress
from libs.service.ready import readiness
from tests.libs.service.conftest import NOON, JarOpened

JAR = UUID("1a400000-0000-4000-8000-000000000002")


@pytest.mark.nats
class TestReadiness:
    async def test_behind_by_no_more_than_the_bound(self, nats_server: EmbeddedNats) -> None:
        """At the bound it is ready, one entry beyond it is not; once the reader has come closer, it is again."""
        client = await nats_server.connect("groups")
        log, progress = JetStreamLog(client, "groups"), Progress()
        for _ in range(3):
            await log.append(New(JarOpened(label="honey"), uuid4(), 1, 0, "ana", uuid4(), NOON, None))
        check = readiness(client, [log], progress, behind_max=2)

        assert (await check()).facts == {"behind": {"groups": 3}}
        assert not (await check()).is_ready
        await progress.moved("groups", 1)
        assert (await check()).is_ready
        await client.close()

    async def test_not_without_nats(self, nats_server: EmbeddedNats) -> None:
        """Without NATS nobody reaches the desk, however level the rows are."""
        client = await nats_server.connect("groups")
        check = readiness(client, [MemoryLog("groups")], Progress(), behind_max=0)
        assert (await check()).is_ready
        await client.close()

        assert not (await check()).is_ready

    async def test_not_when_a_log_does_not_answer(self, nats_server: EmbeddedNats) -> None:
        """A log that is missing is named."""
        client = await nats_server.connect("groups")
        admin = await nats_server.connect("admin")
        await admin.request("read.STREAM.DELETE.groups", b"", timeout=5)
        found = await readiness(client, [JetStreamLog(client, "groups")], Progress(), behind_max=0)()

        assert not found.is_ready
        assert "groups" in str(found.facts["reason"])
        for each in (client, admin):
            await each.close()
