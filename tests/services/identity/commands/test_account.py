"""Changing one's password, and being gone."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.identity import (
    ApproveManifesto,
    ChangePassword,
    EndSessions,
    EraseMember,
    RefreshSession,
)
from libs.eventlog.log import Recorded
from services.identity.commands.sessions import WrongHandleOrPassword
from services.identity.domain.member import MemberIsErased
from services.identity.domain.password import PasswordIsWeak, WrongPassword
from services.identity.domain.session import RefreshTokenNotValid
from tests.services.identity.conftest import PASSWORD, Identity

pytestmark = pytest.mark.postgres

OTHER = "cinq vaches bleues"


async def rows(node: Identity, table: str) -> int:
    """How many rows the vault has."""
    return int(await node.pool.fetchval(f"SELECT count(*) FROM vault.{table}"))


async def refresh(node: Identity, token: str) -> Any:
    """Go on with a session."""
    return await node.do(RefreshSession(refresh_token=token))


class TestChangePassword:
    async def test_ends_the_other_sessions(self, node: Identity) -> None:
        """The new password holds from now on; only the session where it was changed goes on."""
        member = await node.sign_up()
        here, there = await node.log_in(), await node.log_in()
        await node.do(ChangePassword(current=PASSWORD, new=OTHER, session_id=here.session_id), actor=member)

        await refresh(node, here.refresh_token)
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, there.refresh_token)
        with pytest.raises(WrongHandleOrPassword):
            await node.log_in()
        await node.log_in(password=OTHER)

    async def test_needs_the_current_one(self, node: Identity) -> None:
        """A session left open is not enough."""
        member = await node.sign_up()
        with pytest.raises(WrongPassword):
            await node.do(ChangePassword(current="wrong", new=OTHER, session_id=uuid4()), actor=member)
        await node.log_in()

    async def test_twice(self, node: Identity) -> None:
        """The same change sent again is done already."""
        member = await node.sign_up()
        here, _ = await node.log_in(), await node.log_in()
        change = {"current": PASSWORD, "new": OTHER, "session_id": here.session_id}
        first = await node.do(ChangePassword(**change), actor=member)
        assert await node.do(ChangePassword(**change), actor=member) == first

    async def test_two_at_once(self, node: Identity) -> None:
        """Of two changes at once one counts; the other is told."""
        member = await node.sign_up()
        here = await node.log_in()
        new = [f"{OTHER} {number}" for number in range(2)]
        found = await asyncio.gather(
            *(node.do(ChangePassword(current=PASSWORD, new=n, session_id=here.session_id), actor=member) for n in new),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in found) == ["Recorded", "WrongPassword"]
        await node.log_in(password=new[0 if isinstance(found[0], Recorded) else 1])

    async def test_a_weak_one(self, node: Identity) -> None:
        """The new password is as strong as the first had to be."""
        member = await node.sign_up()
        with pytest.raises(PasswordIsWeak):
            await node.do(ChangePassword(current=PASSWORD, new="x", session_id=uuid4()), actor=member)


class TestErase:
    async def test_leaves_nothing_in_the_vault(self, node: Identity) -> None:
        """What names the member goes, with every session; the log stays as it is, one entry longer."""
        member = await node.sign_up()
        tokens = await node.log_in()
        before = await node.recorded()
        await node.do(EraseMember(password=PASSWORD), actor=member)

        assert (await rows(node, "person"), await rows(node, "session")) == (0, 0)
        assert (await node.recorded())[: len(before)] == before
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, tokens.refresh_token)
        with pytest.raises(WrongHandleOrPassword):
            await node.log_in()

    async def test_needs_the_password(self, node: Identity) -> None:
        """A session left open is not enough."""
        member = await node.sign_up()
        with pytest.raises(WrongPassword):
            await node.do(EraseMember(password=OTHER), actor=member)
        await node.log_in()

    async def test_twice(self, node: Identity) -> None:
        """Gone is gone."""
        member = await node.sign_up()
        first = await node.do(EraseMember(password=PASSWORD), actor=member)
        assert await node.do(EraseMember(password=PASSWORD), actor=member) == first

    async def test_nothing_is_done_in_their_name(self, node: Identity) -> None:
        """A token that outlives its member does nothing."""
        member = await node.sign_up()
        sha256 = await node.publish("two")
        await node.do(EraseMember(password=PASSWORD), actor=member)
        for command in (
            ApproveManifesto(sha256=sha256),
            EndSessions(),
            ChangePassword(current=PASSWORD, new=OTHER, session_id=uuid4()),
        ):
            with pytest.raises(MemberIsErased):
                await node.do(command, actor=member)

    async def test_the_handle_is_free(self, node: Identity) -> None:
        """Nothing personal is kept, so the handle is anybody's again; whoever takes it is another member."""
        member = await node.sign_up()
        await node.do(EraseMember(password=PASSWORD), actor=member)
        assert await node.sign_up() != member

    async def test_a_vault_that_lags(self, node: Identity) -> None:
        """Erased in the log, still in the vault (the process died between): no log-in, and the vault follows."""
        member = await node.sign_up()
        tokens = await node.log_in()
        people, sessions = await _vault(node)
        await node.do(EraseMember(password=PASSWORD), actor=member)
        await _put_back(node, people, "person")
        await _put_back(node, sessions)

        with pytest.raises(WrongHandleOrPassword):
            await node.log_in()
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, tokens.refresh_token)
        await node.react()
        assert (await rows(node, "person"), await rows(node, "session")) == (0, 0)

    async def test_logging_in_at_the_same_moment(self, node: Identity) -> None:
        """However log-ins and the erasure fall, no session is left behind."""
        member = await node.sign_up()
        await asyncio.gather(
            *(node.log_in() for _ in range(10)),
            node.do(EraseMember(password=PASSWORD), actor=member),
            return_exceptions=True,
        )
        assert (await rows(node, "person"), await rows(node, "session")) == (0, 0)


async def _vault(node: Identity) -> tuple[Any, Any]:
    return (
        await node.pool.fetchrow("SELECT * FROM vault.person"),
        await node.pool.fetchrow("SELECT * FROM vault.session"),
    )


async def _put_back(node: Identity, row: Any, table: str = "session") -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await node.pool.execute(f"INSERT INTO vault.{table} ({', '.join(row.keys())}) VALUES ({places})", *row.values())
