"""Publishing the manifesto, and approving it."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from libs.contracts.identity import (
    ApproveManifesto,
    PublishManifesto,
)
from libs.errors import NotAllowed, NotSignedIn
from libs.eventlog.memory import MemoryLog
from services.identity.commands.means import Means
from services.identity.domain.manifesto import ManifestoNotCurrent, ManifestoStandsAlready
from services.identity.reactions import publish_first_manifesto
from tests.services.identity.conftest import TEXT, Identity

pytestmark = pytest.mark.postgres


class TestPublish:
    async def test_by_the_operator(self, node: Identity) -> None:
        """The operator publishes the next version, and it stands."""
        recorded = await node.do(PublishManifesto(text="Nouveau.\n"), actor="operator")
        assert recorded.event.manifesto_version == 2

    @pytest.mark.parametrize("actor", [uuid4(), "", "Operator", "gateway"])
    async def test_by_nobody_else(self, node: Identity, actor: object) -> None:
        """A member may not, nor a stranger, nor another process."""
        with pytest.raises(NotAllowed):
            await node.do(PublishManifesto(text="Nouveau.\n"), actor=actor)

    async def test_the_same_text(self, node: Identity) -> None:
        """What stands is not published again."""
        with pytest.raises(ManifestoStandsAlready):
            await node.publish(TEXT)

    async def test_two_at_once(self, node: Identity) -> None:
        """Two texts published at once are two versions, one after the other."""
        await asyncio.gather(node.publish("one"), node.publish("two"))

        versions = [recorded.event.manifesto_version for recorded in await node.recorded()]  # type: ignore[attr-defined]
        assert versions == [1, 2, 3]

    @pytest.mark.parametrize("text", ["", " \n", "a\r\nb", "\ufeffa", "a\u202eb", "x" * 50_001, "é" * 25_001])
    def test_a_text_whose_bytes_are_doubtful(self, text: str) -> None:
        """The hash is over the exact bytes, so nothing that hides is let in: no BOM, CR or turn of direction."""
        with pytest.raises(ValidationError):
            PublishManifesto(text=text)

    async def test_a_new_node_publishes_its_own(self, pool: Any, means: Means) -> None:
        """A node has a manifesto from its first moment, once, whatever the clock does."""
        node = Identity(MemoryLog("identity"), pool, means)
        for _ in range(2):
            for command_id, command in await publish_first_manifesto(node.world):
                await node.do(command, actor="identity", command_id=command_id)
        await node.level()

        assert await node.names() == ["ManifestoPublished"]
        assert await publish_first_manifesto(node.world) == []

    async def test_a_node_whose_read_models_are_rebuilt_does_not(self, node: Identity) -> None:
        """Where one stands, the built-in text is refused: the operator's stays."""
        ((command_id, command),) = await publish_first_manifesto(node.world)
        with pytest.raises(ManifestoStandsAlready):
            await node.do(command, actor="identity", command_id=command_id)


class TestApprove:
    async def test_an_old_hash(self, node: Identity) -> None:
        """Only the version that stands can be approved."""
        member, old = await node.sign_up(), await node.publish("old")
        await node.publish("new")
        with pytest.raises(ManifestoNotCurrent):
            await node.do(ApproveManifesto(sha256=old), actor=member)

    async def test_twice(self, node: Identity) -> None:
        """Approving twice is approving once, with the same receipt."""
        member, new = await node.sign_up(), await node.publish("new")
        first = await node.do(ApproveManifesto(sha256=new), actor=member)
        again = await node.do(ApproveManifesto(sha256=new), actor=member)

        assert first == again
        assert (await node.names()).count("ManifestoApproved") == 1

    async def test_the_next_token_says_so(self, node: Identity) -> None:
        """A token made after an approval names what was approved."""
        member, new = await node.sign_up(), await node.publish("new")
        await node.do(ApproveManifesto(sha256=new), actor=member)
        tokens = await node.log_in()
        assert new in _claims(tokens.access_token)

    @pytest.mark.parametrize("actor", ["", "operator", "identity"])
    async def test_by_a_stranger(self, node: Identity, actor: str) -> None:
        """Who is no member approves nothing."""
        with pytest.raises(NotSignedIn):
            await node.do(ApproveManifesto(sha256="0" * 64), actor=actor)


def _claims(token: str) -> str:

    body = token.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
