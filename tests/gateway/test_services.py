"""The gateway and the services may be of two versions that follow each other."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.actor import ActorInfo
from gateway.services import Services
from libs.contracts.groups import FoundGroup, GroupsOf, RoleIn
from libs.node.embedded import EmbeddedNats

pytestmark = pytest.mark.nats

ANA = ActorInfo(UUID(int=1), UUID(int=2), "", time.time() + 60)


class Everybody:
    """Has approved."""

    async def is_given(self, actor: ActorInfo) -> bool:
        """Yes."""
        return True


@pytest.fixture
async def gateway(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """The gateway's connection."""
    client = await nats_server.connect("gateway")
    yield client
    await client.close()


@pytest.fixture
async def groups(nats_server: EmbeddedNats) -> AsyncIterator[Client]:
    """The connection of a service of another version."""
    client = await nats_server.connect("groups")
    yield client
    await client.close()


async def sit(service: Client, subject: str, answer: Callable[[Msg], Awaitable[None]]) -> None:
    """Answer what comes on *subject*, from now on."""
    await service.subscribe(subject, queue="groups", cb=answer)
    for _ in range(2):  # the client sends its first ping ahead of what it has still to send
        await service.flush()


async def test_what_a_newer_service_says_besides(gateway: Client, groups: Client) -> None:
    """A field that a newer service added to its answer, at any depth, is passed over by an older gateway."""

    group_id = uuid4()

    async def answer(message: Msg) -> None:
        role = {"group_id": str(group_id), "role": "member", "since": "2030"}
        await message.respond(orjson.dumps({"items": [role], "next": None}))

    await sit(groups, "ask.groups.>", answer)
    services = Services(gateway, Everybody(), timeout_s=5)

    assert (await services.ask(GroupsOf(member_id=ANA.id))).items == (RoleIn(group_id=group_id, role="member"),)


async def test_what_an_older_service_does_not_know(gateway: Client, groups: Client) -> None:
    """What a command leaves as it usually is is not sent: an older service hears of a new field where it is used."""
    heard: list[dict[str, Any]] = []

    async def answer(message: Msg) -> None:
        heard.append(orjson.loads(message.data))
        receipt = {"log": "groups", "position": 1, "id": str(uuid4()), "origin": "node.example/groups"}
        await message.respond(orjson.dumps(receipt))

    await sit(groups, "do.groups.>", answer)
    services = Services(gateway, Everybody(), timeout_s=5)
    await services.do(FoundGroup(name="Jardin", purpose="Cultiver"), actor=ANA)
    await services.do(FoundGroup(name="Jardin", purpose="Cultiver", admission="approval"), actor=ANA)

    assert [sorted(each) for each in heard] == [["name", "purpose"], ["admission", "name", "purpose"]]
