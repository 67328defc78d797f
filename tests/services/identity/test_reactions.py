"""What the clock does: the vault follows the log, even one that was restored from an older copy."""

from datetime import timedelta

import pytest

from libs.contracts.identity import EraseMember
from services.identity.domain.session import IDLE_MAX
from services.identity.reactions import forget_idle_sessions, forget_the_erased, reactions
from tests.services.identity.conftest import PASSWORD, Identity

pytestmark = pytest.mark.postgres


async def people(node: Identity) -> list[str]:
    """Whom the vault names."""
    return [row["handle"] for row in await node.pool.fetch("SELECT handle FROM vault.person ORDER BY handle")]


class TestForgetTheErased:
    async def test_after_a_restore(self, node: Identity) -> None:
        """A vault from before the erasure forgets again whom the log says it must, and nobody else."""
        zoe, _ = await node.sign_up("zoé"), await node.sign_up("ana")
        await node.pool.execute("CREATE TABLE vault.copy AS SELECT * FROM vault.person")
        await node.do(EraseMember(password=PASSWORD), actor=zoe)
        await node.pool.execute("INSERT INTO vault.person SELECT * FROM vault.copy WHERE handle = 'zoé'")
        await node.level()

        assert await forget_the_erased(node.world) == []
        assert await people(node) == ["ana"]

    async def test_while_the_read_models_are_rebuilt(self, node: Identity) -> None:
        """Whom the read models do not know yet is left alone."""
        await node.sign_up("zoé")
        await forget_the_erased(node.world)
        assert await people(node) == ["zoé"]


class TestForgetIdleSessions:
    async def test_after_ninety_days(self, node: Identity) -> None:
        """A session that nobody went on with for ninety days leaves nothing; a younger one stays."""
        await node.sign_up()
        old, new = await node.log_in(), await node.log_in()
        age = IDLE_MAX + timedelta(seconds=1)
        await node.pool.execute(
            "UPDATE vault.session SET used_at = now() - $2::interval WHERE session_id = $1", old.session_id, age
        )

        await forget_idle_sessions(node.world)
        assert await node.pool.fetchval("SELECT session_id FROM vault.session") == new.session_id


async def test_follows_its_own_log_alone() -> None:
    """Identity hears of nothing but itself: no other service can make it do anything."""
    assert reactions.logs == ("identity",)
