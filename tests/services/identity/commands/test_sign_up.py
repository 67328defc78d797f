"""Signing up: one handle, one member, and nothing half done."""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from libs.contracts.identity import (
    ResolveSignUp,
    SignUp,
)
from libs.errors import NotAllowed
from libs.eventlog.log import LogUnreachable, New, Recorded
from libs.eventlog.memory import MemoryLog
from libs.service.vault import Vault
from services.identity.commands.means import HASHES_AT_ONCE, HASHES_WAITING_MAX, Means, TooBusy
from services.identity.commands.sessions import WrongHandleOrPassword
from services.identity.commands.sign_up import RESERVED_FOR, HandleIsTaken
from services.identity.domain.handle import HandleNotAllowed
from services.identity.domain.manifesto import ManifestoNotCurrent
from services.identity.domain.password import PasswordIsWeak, Passwords
from services.identity.reactions import resolve_sign_ups
from tests.services.identity.conftest import PASSWORD, Identity

pytestmark = pytest.mark.postgres

OTHER = "cinq vaches bleues"


def sign_up(sha256: str, handle: str = "zoé", password: str = PASSWORD) -> SignUp:
    """Somebody signs up."""
    return SignUp(handle=handle, password=password, manifesto_sha256=sha256)


async def rows(node: Identity, table: str) -> int:
    """How many rows the vault has."""
    return int(await node.pool.fetchval(f"SELECT count(*) FROM vault.{table}"))


class TestSignUp:
    async def test_the_log_knows_no_name(self, node: Identity) -> None:
        """The log learns that somebody came, under which manifesto; the vault alone knows how they are called."""
        member = await node.sign_up("Zoé")

        *_, entry = await node.recorded()
        assert entry.aggregate_id == member
        assert "zo" not in entry.entry.decode().lower().replace(str(member), "")
        assert await node.pool.fetchval("SELECT handle FROM vault.person") == "zoé"
        assert "quatre" not in await node.pool.fetchval("SELECT password_hash FROM vault.person")

    async def test_needs_the_manifesto_that_stands(self, node: Identity) -> None:
        """Whoever read an older version must read the new one first."""
        old = await node.publish("old")
        await node.publish("new")

        with pytest.raises(ManifestoNotCurrent):
            await node.do(sign_up(old))
        assert await rows(node, "person") == 0

    @pytest.mark.parametrize("handle", ["zoé", "ZOÉ", "Zoe\u0301", "zоé", "zoё"])
    async def test_a_handle_once(self, node: Identity, handle: str) -> None:
        """A handle is one member's, in whatever case, form or look-alike letters."""
        await node.sign_up("zoé")
        with pytest.raises((HandleIsTaken, HandleNotAllowed)):
            await node.sign_up(handle)

    async def test_cyrillic_paypal(self, node: Identity) -> None:
        """раура in Cyrillic letters looks like paypa."""
        await node.sign_up("paypa")
        with pytest.raises(HandleIsTaken):
            await node.sign_up("раура")

    async def test_fifty_at_once(self, node: Identity) -> None:
        """Of many who want one handle at the same moment, one gets it; the log has one more member."""
        found = await asyncio.gather(
            *(node.sign_up("zoé", f"{PASSWORD} {number}") for number in range(50)), return_exceptions=True
        )

        winners = [number for number, outcome in enumerate(found) if isinstance(outcome, UUID)]
        assert len(winners) == 1
        assert all(isinstance(outcome, HandleIsTaken | UUID) for outcome in found)
        assert (await node.names()).count("MemberSignedUp") == 1
        assert (await node.log_in("zoé", f"{PASSWORD} {winners[0]}")).member_id == found[winners[0]]

    async def test_the_same_request_again(self, node: Identity) -> None:
        """A client that lost the answer sends the same again, with its Idempotency-Key, and gets it."""
        sha256, key = await node.publish("two"), uuid4()
        first = await node.do(sign_up(sha256), command_id=key)
        again = await node.do(sign_up(sha256), command_id=key)

        assert first == again

    async def test_another_with_the_same_key(self, node: Identity) -> None:
        """Strangers may choose the same key: who has another password, or handle, is somebody else."""
        sha256, key = await node.publish("two"), uuid4()
        first = await node.do(sign_up(sha256), command_id=key)

        with pytest.raises(HandleIsTaken):
            await node.do(sign_up(sha256, password=OTHER), command_id=key)
        bo = await node.do(sign_up(sha256, "bo.b"), command_id=key)
        assert bo.aggregate_id != first.aggregate_id

    async def test_a_secret_leaves_no_trace_in_the_log(self, node: Identity) -> None:
        """Entries' ids are hashes of their commands; a salt keeps anyone from guessing the password behind one."""
        sha256, key = await node.publish("two"), uuid4()
        ids = {(await node.do(sign_up(sha256, handle), command_id=key)).id for handle in ("ana", "eva")}
        assert len({event_id.bytes[:12] for event_id in ids}) == 2

    @pytest.mark.parametrize("password", ["", "x" * 257, "x" * 10_000_000])
    def test_a_huge_password(self, password: str) -> None:
        """A password has 256 characters at most: hashing ten megabytes would be an attack."""
        with pytest.raises(ValidationError):
            sign_up("0" * 64, password=password)

    async def test_a_weak_password(self, node: Identity) -> None:
        """The handle is no password."""
        with pytest.raises(PasswordIsWeak):
            await node.sign_up("marguerite", "Marguerite")

    async def test_the_loop_goes_on(self, node: Identity) -> None:
        """While passwords are hashed, everything else is served."""
        node.means = Means(Vault(node.pool), Passwords(), node.means.signer)
        longest_s, last = 0.0, time.perf_counter()
        work = asyncio.gather(*(node.sign_up(f"zoé{number}") for number in range(4)))
        while not work.done():
            await asyncio.sleep(0.001)
            longest_s, last = max(longest_s, time.perf_counter() - last), time.perf_counter()
        await work

        assert longest_s < 0.5

    async def test_a_crowd(self, means: Means) -> None:
        """When more come at once than passwords can be hashed for, some are told at once to come back later."""
        found = await asyncio.gather(*(means.hash(PASSWORD) for _ in range(100)), return_exceptions=True)

        hashed = [outcome for outcome in found if isinstance(outcome, str)]
        assert len(hashed) == HASHES_AT_ONCE + HASHES_WAITING_MAX
        assert {type(outcome) for outcome in found} == {str, TooBusy}
        assert await means.is_right(PASSWORD, hashed[0])


class Dying(MemoryLog):
    """A log that loses its writer: before it keeps an entry, or before it says so."""

    dies: str | None = None

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        if self.dies == "before":
            raise LogUnreachable("It is gone.")
        recorded = await super().append(*new)
        if self.dies == "after":
            raise LogUnreachable("It is gone.")
        return recorded


class TestSignUpThatDiesHalfway:
    @pytest.fixture
    async def dying(self, pool: Any, means: Means) -> Identity:
        """A node whose log can fail."""
        node = Identity(Dying("identity"), pool, means)
        await node.publish()
        return node

    async def halfway(self, node: Identity, dies: str) -> None:
        """Zoé's sign-up ends in the middle."""
        assert isinstance(node.log, Dying)
        node.log.dies = dies
        with pytest.raises(LogUnreachable):
            await node.sign_up()
        node.log.dies = None

    async def test_known_to_the_log_is_a_member(self, dying: Identity) -> None:
        """Whom the log knows can log in, though nobody told them that they are a member."""
        await self.halfway(dying, "after")
        with pytest.raises(HandleIsTaken):
            await dying.sign_up(password=OTHER)

        tokens = await dying.log_in()
        assert tokens.member_id == (await dying.recorded())[-1].aggregate_id

    async def test_unknown_to_the_log_is_not(self, dying: Identity) -> None:
        """Whom the log does not know cannot log in."""
        await self.halfway(dying, "before")
        with pytest.raises(WrongHandleOrPassword):
            await dying.log_in()

    async def test_the_handle_falls_to_the_next(self, dying: Identity) -> None:
        """A handle that nobody got is free ten seconds later, for anyone; the first one's password is forgotten."""
        await self.halfway(dying, "before")
        with pytest.raises(HandleIsTaken):
            await dying.sign_up(password=OTHER)
        dying.now += RESERVED_FOR

        member = await dying.sign_up(password=OTHER)
        assert (await dying.log_in(password=OTHER)).member_id == member
        with pytest.raises(WrongHandleOrPassword):
            await dying.log_in()

    @pytest.mark.parametrize("dies", ["before", "after"])
    async def test_the_same_request_goes_on(self, dying: Identity, dies: str) -> None:
        """Sent again with its Idempotency-Key, the sign-up is finished, wherever it ended."""
        sha256, key = await dying.publish("two"), uuid4()
        assert isinstance(dying.log, Dying)
        dying.log.dies = dies
        with pytest.raises(LogUnreachable):
            await dying.do(sign_up(sha256), command_id=key)
        dying.log.dies = None

        recorded = await dying.do(sign_up(sha256), command_id=key)
        assert (await dying.log_in()).member_id == recorded.aggregate_id
        assert (await dying.names()).count("MemberSignedUp") == 1

    @pytest.mark.parametrize("dies,people", [("before", 0), ("after", 1)])
    async def test_the_clock_tidies_up(self, dying: Identity, dies: str, people: int) -> None:
        """What is left behind is resolved by what the log says."""
        await self.halfway(dying, dies)
        for command_id, command in await resolve_sign_ups(dying.world):
            await dying.do(command, actor="identity", command_id=command_id)
        assert await rows(dying, "person") == 1  # the clock says 2030 here: for Postgres it is not old yet

        await dying.pool.execute("UPDATE vault.person SET reserved_at = now() - interval '1 day'")
        for command_id, command in await resolve_sign_ups(dying.world):
            await dying.do(command, actor="identity", command_id=command_id)
        assert await rows(dying, "person") == people
        assert await resolve_sign_ups(dying.world) == []

    async def test_a_slow_one_and_its_heir(self, dying: Identity) -> None:
        """A sign-up that hung until another took its handle is refused; the other is the member."""
        slow = Slow(dying)
        first = asyncio.ensure_future(slow.sign_up())
        await slow.is_hanging.wait()
        dying.now += RESERVED_FOR
        heir = await dying.sign_up(password=OTHER)
        slow.goes_on.set()

        with pytest.raises(HandleIsTaken):
            await first
        assert (await dying.log_in(password=OTHER)).member_id == heir
        assert (await dying.names()).count("MemberSignedUp") == 1

    async def test_nobody_resolves_for_others(self, node: Identity) -> None:
        """Only identity itself brings reservations to their end."""
        with pytest.raises(NotAllowed):
            await node.do(ResolveSignUp(member_id=uuid4()), actor=uuid4())


class Slow(Identity):
    """The same node, in another process that hangs before it writes to the log."""

    def __init__(self, node: Identity) -> None:
        super().__init__(self, node.pool, node.means)
        self.now = node.now
        self._log = node.log
        self.is_hanging, self.goes_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, *new: New) -> tuple[Recorded, ...]:
        self.is_hanging.set()
        await self.goes_on.wait()
        return await self._log.append(*new)
