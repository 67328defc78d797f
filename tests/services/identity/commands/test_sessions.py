"""Logging in, going on, and logging out."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from pydantic import ValidationError

from libs.contracts.identity import (
    SESSIONS_MAX,
    EndSessions,
    LogIn,
    RefreshSession,
)
from libs.errors import NotFound
from libs.service.vault import Vault
from services.identity.commands.means import Means
from services.identity.commands.sessions import WrongHandleOrPassword
from services.identity.domain.password import Passwords
from services.identity.domain.session import IDLE_MAX, RefreshToken, RefreshTokenNotValid, RefreshTokenUsedTwice
from tests.services.identity.conftest import PASSWORD, Identity

pytestmark = pytest.mark.postgres

OTHER = "cinq vaches bleues"


async def rows(node: Identity, table: str) -> int:
    """How many rows the vault has."""
    return int(await node.pool.fetchval(f"SELECT count(*) FROM vault.{table}"))


async def refresh(node: Identity, token: str) -> Any:
    """Go on with a session."""
    return await node.do(RefreshSession(refresh_token=token))


class TestLogIn:
    @pytest.mark.parametrize("handle", ["zoé", "ZOÉ", "Zoe\u0301"])
    async def test_in_any_case(self, node: Identity, handle: str) -> None:
        """A handle is the same however it is typed."""
        member = await node.sign_up("zoé")
        assert (await node.log_in(handle)).member_id == member

    async def test_not_by_a_look_alike(self, node: Identity) -> None:
        """A handle that only looks like it is not it, even with the right password."""
        await node.sign_up("paypa")
        with pytest.raises(WrongHandleOrPassword):
            await node.log_in("раура")

    @pytest.mark.parametrize(
        "handle,password", [("zoé", OTHER), ("ana", PASSWORD), ("@", PASSWORD), ("<x>" * 33, PASSWORD)]
    )
    async def test_says_not_which_was_wrong(self, node: Identity, handle: str, password: str) -> None:
        """The refusal is the same for a wrong handle and a wrong password, and each costs one hash."""
        await node.sign_up("zoé")
        hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
        node.means = Means(Vault(node.pool), Passwords(hasher), node.means.signer)

        with pytest.raises(WrongHandleOrPassword, match="no member with that handle and password"):
            await node.log_in(handle, password)
        assert hasher.verified_count == 1

    @pytest.mark.parametrize("handle", ["", "a\0b", "\ud800", "x" * 101])
    def test_what_can_be_nobodys_handle(self, handle: str) -> None:
        """What no database could keep is refused at the door."""
        with pytest.raises(ValidationError):
            LogIn(handle=handle, password=PASSWORD)

    async def test_old_hashes_are_made_anew(self, node: Identity) -> None:
        """When a node raises the cost of guessing, members' passwords follow at their next log-in."""
        await node.sign_up()
        raised = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
        node.means = Means(Vault(node.pool), Passwords(raised), node.means.signer)
        await node.log_in()

        assert "t=2" in await node.pool.fetchval("SELECT password_hash FROM vault.person")
        await node.log_in()

    async def test_a_hundred_sessions(self, node: Identity) -> None:
        """A member has a hundred sessions; the one not used for longest makes room for the next."""
        member = await node.sign_up()
        first, second = await node.log_in(), await node.log_in()
        for _ in range(SESSIONS_MAX - 2):
            node.now += timedelta(seconds=1)
            await node.log_in()
        assert await rows(node, "session") == SESSIONS_MAX
        renewed = await refresh(node, first.refresh_token)
        await node.log_in()

        assert await rows(node, "session") == SESSIONS_MAX
        assert (await node.recorded())[-1].event.session_ids == (second.session_id,)  # type: ignore[attr-defined]
        assert (await node.recorded())[-1].aggregate_id == member
        await refresh(node, renewed.refresh_token)

    async def test_the_vault_keeps_no_token(self, node: Identity) -> None:
        """Whoever copies the vault can go on with nobody's session."""
        await node.sign_up()
        tokens = await node.log_in()
        row = await node.pool.fetchrow("SELECT * FROM vault.session")
        raw = RefreshToken.read(tokens.refresh_token).raw
        assert row is not None

        assert not [value for value in row.values() if isinstance(value, bytes) and value in raw]


class Counting(PasswordHasher):
    """Counts how often it was asked."""

    verified_count = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
        self.verified_count += 1
        return super().verify(hash, password)


class TestRefresh:
    async def test_each_is_good_once(self, node: Identity) -> None:
        """A refresh token brings the next one, in the same session."""
        await node.sign_up()
        tokens = await node.log_in()
        for _ in range(3):
            node.now += timedelta(minutes=10)
            renewed = await refresh(node, tokens.refresh_token)
            assert renewed.session_id == tokens.session_id
            assert renewed.refresh_token != tokens.refresh_token
            tokens = renewed

    @pytest.mark.parametrize("used_count", [1, 2, 5])
    async def test_a_copy_ends_the_session(self, node: Identity, used_count: int) -> None:
        """A token used before, however long ago, ends the session for both who hold it; the log says so."""
        await node.sign_up()
        stolen = newest = await node.log_in()
        for _ in range(used_count):
            newest = await refresh(node, newest.refresh_token)
        node.now += timedelta(minutes=1)

        with pytest.raises(RefreshTokenUsedTwice):
            await refresh(node, stolen.refresh_token)
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, newest.refresh_token)
        assert (await node.recorded())[-1].event.session_ids == (stolen.session_id,)  # type: ignore[attr-defined]

    async def test_a_lost_answer(self, node: Identity) -> None:
        """Within ten seconds the token used last is taken again; the one from the lost answer is void then."""
        await node.sign_up()
        tokens = await node.log_in()
        lost = await refresh(node, tokens.refresh_token)
        node.now += timedelta(seconds=5)
        found = await refresh(node, tokens.refresh_token)
        found = await refresh(node, found.refresh_token)

        with pytest.raises(RefreshTokenUsedTwice):
            await refresh(node, lost.refresh_token)

    async def test_the_grace_is_not_lengthened(self, node: Identity) -> None:
        """Asking again and again does not keep an old token alive."""
        await node.sign_up()
        tokens = await node.log_in()
        for _ in range(3):
            await refresh(node, tokens.refresh_token)
            node.now += timedelta(seconds=5)
        with pytest.raises(RefreshTokenUsedTwice):
            await refresh(node, tokens.refresh_token)

    async def test_two_at_once(self, node: Identity) -> None:
        """The same token sent twice at once is a lost answer, not a theft."""
        await node.sign_up()
        tokens = await node.log_in()
        await asyncio.gather(*(refresh(node, tokens.refresh_token) for _ in range(2)))
        assert await rows(node, "session") == 1

    async def test_a_forged_one_ends_nothing(self, node: Identity) -> None:
        """Whoever knows a session's id cannot end it with a token made up."""
        await node.sign_up()
        tokens = await node.log_in()
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, str(RefreshToken.first(tokens.session_id)))
        await refresh(node, tokens.refresh_token)

    async def test_after_ninety_idle_days(self, node: Identity) -> None:
        """A session that nobody used for ninety days is over."""
        await node.sign_up()
        tokens = await node.log_in()
        node.now += IDLE_MAX
        tokens = await refresh(node, tokens.refresh_token)
        node.now += IDLE_MAX + timedelta(microseconds=1)
        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, tokens.refresh_token)

    async def test_the_log_decides(self, node: Identity) -> None:
        """A session that the log ended goes on for nobody, though its row outlived it (the process died between)."""
        member = await node.sign_up()
        tokens = await node.log_in()
        row = await node.pool.fetchrow("SELECT * FROM vault.session")
        await node.do(EndSessions(), actor=member)
        await _put_back(node, row)

        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, tokens.refresh_token)
        await node.react()
        assert await rows(node, "session") == 0


class TestLogOut:
    async def test_here(self, node: Identity) -> None:
        """One session ends, the others go on."""
        member = await node.sign_up()
        here, there = await node.log_in(), await node.log_in()
        await node.do(EndSessions(session_ids=(here.session_id,)), actor=member)

        with pytest.raises(RefreshTokenNotValid):
            await refresh(node, here.refresh_token)
        await refresh(node, there.refresh_token)

    async def test_everywhere(self, node: Identity) -> None:
        """All sessions end, in one entry."""
        member = await node.sign_up()
        sessions = [await node.log_in() for _ in range(3)]
        recorded = await node.do(EndSessions(), actor=member)

        assert set(recorded.event.session_ids) == {session.session_id for session in sessions}
        assert await rows(node, "session") == 0

    async def test_twice(self, node: Identity) -> None:
        """Logging out of what is over, or of nothing, changes nothing."""
        member = await node.sign_up()
        here = await node.log_in()
        command = EndSessions(session_ids=(here.session_id,))
        first = await node.do(command, actor=member)

        assert await node.do(command, actor=member) == first
        assert await node.do(EndSessions(), actor=member) == first

    async def test_not_somebody_elses(self, node: Identity) -> None:
        """Nobody ends another's session; that it exists is not said either."""
        await node.sign_up("zoé")
        ana, zoes = await node.sign_up("ana"), await node.log_in("zoé")
        with pytest.raises(NotFound):
            await node.do(EndSessions(session_ids=(zoes.session_id,)), actor=ana)
        await refresh(node, zoes.refresh_token)


async def _put_back(node: Identity, row: Any, table: str = "session") -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await node.pool.execute(f"INSERT INTO vault.{table} ({', '.join(row.keys())}) VALUES ({places})", *row.values())
