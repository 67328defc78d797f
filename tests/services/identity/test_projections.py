"""What identity answers, after what happened."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Query
from libs.contracts.identity import (
    AccountOf,
    ApproveManifesto,
    CurrentManifesto,
    EndSessions,
    EraseMember,
    IdentityDataOf,
    ManifestoOf,
    MemberCalled,
    Profile,
    ProfileOf,
    ProfilesOf,
    SessionsOf,
    StandingOf,
    TokenKeys,
)
from libs.errors import NotFound, NotYet
from services.identity.app import _ANNOUNCE, token_key
from tests.services.identity.conftest import PASSWORD, TEXT, Identity

pytestmark = pytest.mark.postgres

NOBODY = UUID("0b0d1000-0000-4000-8000-000000000001")


async def rebuilt(node: Identity, *questions: Query[Any]) -> list[Any]:
    """The answers from read models that were built again from the first entry."""
    async with node.pool.acquire() as connection:
        await connection.execute("TRUNCATE read.manifesto, read.member, read.entry; UPDATE checkpoint SET position = 0")
    return [await node.ask(question) for question in questions]


class TestManifesto:
    async def test_the_last_one_stands(self, node: Identity) -> None:
        """The manifesto is the version published last; the others can still be read, by their hash."""
        first = await node.ask(CurrentManifesto())
        await node.publish("new")
        current = await node.ask(CurrentManifesto())

        assert (first.version, first.text) == (1, TEXT)
        assert (current.version, current.text) == (2, "new")
        assert await node.ask(ManifestoOf(sha256=first.sha256)) == first

    async def test_a_text_that_came_back(self, node: Identity) -> None:
        """Of several versions with one text, the newest answers to the hash."""
        await node.publish("new")
        again = await node.publish(TEXT)
        assert (await node.ask(ManifestoOf(sha256=again))).version == 3

    async def test_none(self, node: Identity) -> None:
        """A hash of nothing is not found."""
        with pytest.raises(NotFound):
            await node.ask(ManifestoOf(sha256="0" * 64))


class TestStanding:
    async def test_follows_approvals(self, node: Identity) -> None:
        """A member stands under what they approved last, not under what was published since."""
        member = await node.sign_up()
        first = (await node.ask(CurrentManifesto())).sha256
        new = await node.publish("new")

        assert (await node.ask(StandingOf(member_id=member))).approved_sha256 == first
        assert (await node.ask(AccountOf(asker=member))).must_approve
        await node.do(ApproveManifesto(sha256=new), actor=member)
        assert (await node.ask(StandingOf(member_id=member))).approved_sha256 == new
        assert not (await node.ask(AccountOf(asker=member))).must_approve

    async def test_nobody(self, node: Identity) -> None:
        """Nobody has approved nothing."""
        standing = await node.ask(StandingOf(member_id=NOBODY))
        assert (standing.approved_sha256, standing.is_former) == (None, False)


class TestProfile:
    async def test_of_a_member(self, node: Identity) -> None:
        """A member has a handle."""
        member = await node.sign_up("Zoé")
        assert await node.ask(ProfileOf(member_id=member)) == Profile(id=member, handle="zoé", is_former=False)

    async def test_of_a_former_member(self, node: Identity) -> None:
        """Of a former member the id is left, and nothing else, even while the vault lags behind the log."""
        member = await node.sign_up()
        person = await node.pool.fetchrow("SELECT * FROM vault.person")
        assert person is not None
        await node.do(EraseMember(password=PASSWORD), actor=member)
        former = Profile(id=member, handle=None, is_former=True)
        assert await node.ask(ProfileOf(member_id=member)) == former

        places = ", ".join(f"${number}" for number in range(1, len(person) + 1))
        await node.pool.execute(f"INSERT INTO vault.person VALUES ({places})", *person.values())
        assert await node.ask(ProfileOf(member_id=member)) == former

    async def test_of_nobody(self, node: Identity) -> None:
        """An id that was never a member's is not found; in a list it is left out."""
        member = await node.sign_up()
        with pytest.raises(NotFound):
            await node.ask(ProfileOf(member_id=NOBODY))
        found = await node.ask(ProfilesOf(member_ids=(NOBODY, member, member)))
        assert [profile.id for profile in found.profiles] == [member]

    async def test_by_handle(self, node: Identity) -> None:
        """However it is typed; nobody is found by the handle of one who left."""
        member = await node.sign_up()
        found = await node.ask(MemberCalled(handle="ZOÉ"))
        assert (found.id, found.handle) == (member, "zoé")
        with pytest.raises(NotFound):
            await node.ask(MemberCalled(handle="zo"))
        await node.pool.execute("UPDATE member SET is_former = true")
        with pytest.raises(NotFound):
            await node.ask(MemberCalled(handle="zoé"))

    async def test_of_somebody_half_signed_up(self, node: Identity) -> None:
        """A handle that is merely reserved is nobody's."""
        await node.sign_up()
        half = uuid4()
        await node.pool.execute(
            "INSERT INTO vault.person SELECT $1, 'ana', 'ana', password_hash, $1, $1, now(), NULL FROM vault.person",
            half,
        )
        assert (await node.ask(ProfilesOf(member_ids=(half,)))).profiles == ()


class TestOwnThings:
    async def test_sessions(self, node: Identity) -> None:
        """A member sees their own sessions, the one they are in marked, and nobody else's."""
        member, _ = await node.sign_up("zoé"), await node.sign_up("ana")
        first, _, _ = await node.log_in("zoé"), await node.log_in("zoé"), await node.log_in("ana")

        found = (await node.ask(SessionsOf(asker=member, current=first.session_id))).sessions
        assert [session.is_current for session in found].count(True) == 1
        assert len(found) == 2

    async def test_data(self, node: Identity) -> None:
        """A member takes along all that is known of them: account, sessions, approvals, the log's own entries."""
        member, _ = await node.sign_up("zoé"), await node.sign_up("ana")
        sha256 = await node.publish("new")
        await node.do(ApproveManifesto(sha256=sha256), actor=member)
        await node.log_in("zoé")
        await node.do(EndSessions(), actor=member)
        tokens = await node.log_in("zoé")

        data = await node.ask(IdentityDataOf(asker=member, current=tokens.session_id))
        assert data.account.handle == "zoé"
        assert [session.id for session in data.sessions] == [tokens.session_id]
        assert [approval.sha256 for approval in data.approvals][1:] == [sha256]
        own = [r.entry.decode() for r in await node.recorded() if r.aggregate_id == member]
        assert list(data.entries) == own

    async def test_not_known_yet(self, node: Identity) -> None:
        """Who signed up a moment ago is asked to ask again, not told that they do not exist."""
        with pytest.raises(NotYet):
            await node.ask(AccountOf(asker=NOBODY))

    async def test_data_after_erasure(self, node: Identity) -> None:
        """Nothing is left to take along."""
        member = await node.sign_up()
        await node.ask(AccountOf(asker=member))
        await node.do(EraseMember(password=PASSWORD), actor=member)
        with pytest.raises(NotYet):
            await node.ask(IdentityDataOf(asker=member, current=uuid4()))
        assert await node.pool.fetchval("SELECT count(*) FROM read.entry") == 0


class TestRebuild:
    async def test_gives_the_same(self, node: Identity) -> None:
        """Read models built again from the first entry answer as before; erased members stay erased."""
        zoe, ana = await node.sign_up("zoé"), await node.sign_up("ana")
        await node.do(ApproveManifesto(sha256=await node.publish("new")), actor=zoe)
        await node.do(EraseMember(password=PASSWORD), actor=ana)
        questions = (
            CurrentManifesto(),
            StandingOf(member_id=zoe),
            ProfilesOf(member_ids=(zoe, ana)),
            AccountOf(asker=zoe),
        )
        before = [await node.ask(question) for question in questions]

        assert await rebuilt(node, *questions) == before

    async def test_entries_come_twice(self, node: Identity) -> None:
        """A batch that is delivered again changes nothing."""
        from services.identity.projections import identity

        member = await node.sign_up()
        before = await node.ask(AccountOf(asker=member))
        async with node.pool.acquire() as connection, connection.transaction():
            await identity.advance(connection, await node.recorded())
        assert await node.ask(AccountOf(asker=member)) == before


class TestTokenKeys:
    async def test_the_key_is_made_once(self, node: Identity, tmp_path: Any) -> None:
        """The key is made at the first start, readable by its owner alone, and found again at the next."""
        folder = tmp_path / "secrets"
        first, again = token_key(folder), token_key(folder)

        assert first.thumbprint() == again.thumbprint()
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600

    async def test_the_newest_counts(self, node: Identity, tmp_path: Any) -> None:
        """Only the key that identity started with last is good; the private half is not in the database."""
        for name in ("old", "new"):
            key = token_key(tmp_path / name)
            await node.pool.execute(_ANNOUNCE, key.thumbprint(), key.as_dict(private=False)["x"])

        (found,) = (await node.ask(TokenKeys())).keys
        assert found.kid == key.thumbprint()
        assert found.x == key.as_dict(private=False)["x"]
        rows = str(await node.pool.fetch("SELECT * FROM vault.token_key"))
        assert str(key.as_dict(private=True)["d"]) not in rows
