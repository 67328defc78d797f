"""Who supports a proposal, and who says something of it."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Event
from libs.contracts.governance import StatementMade, StatementTakenBack, SupportProposal, TakeSupportBack
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from tests.libs.audit.conftest import ANA, BO, GROUP, NOON, Town, audited, place, rewritten, rules
from tests.services.governance.readers import readers_of
from tests.services.governance.texts import proposed

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
async def vault(town: Town, database: str) -> AsyncIterator[None]:
    """Where governance keeps who is who."""
    async with readers_of(town.governance, database):
        yield


def entry(event: Event, aggregate_id: UUID, version: int = 1, *, actor: object = BO) -> bytes:
    """An entry of the group."""
    return encode(New(event, aggregate_id, version, 0, str(actor), uuid4(), NOON, GROUP))


class TestSupport:
    @pytest.fixture
    async def supported(self, town: Town) -> list[bytes]:
        """Ana supports Bo's proposal, takes it back, and supports it again."""
        proposal_id = await proposed(town.governance)
        for command in (SupportProposal, TakeSupportBack, SupportProposal):
            await town.governance.do(command(proposal_id=proposal_id), by=ANA)
        return await town.entries()

    def test_is_clean(self, supported: list[bytes]) -> None:
        """It may be taken back and given again."""
        assert audited(supported).is_clean

    @pytest.mark.parametrize("name", ["SupportGiven", "SupportTakenBack", "SupportRenewed"])
    def test_is_the_supporter_s_own(self, supported: list[bytes], name: str) -> None:
        """Nobody supports in another's name, or takes that back."""
        nth = place(supported, name)
        supported[nth] = rewritten(supported[nth], lambda fields: fields.update(actor=str(uuid4())))

        assert rules(audited(supported)) == ["actor"]

    def test_counts_once(self, supported: list[bytes]) -> None:
        """It has one address, and stands or does not."""
        nth = place(supported, "SupportGiven")
        elsewhere = rewritten(supported[nth], lambda f: f.update(aggregate_id=str(uuid4()), id=str(uuid4())))
        twice = rewritten(supported[-1], lambda f: f.update(version=4, id=str(uuid4())))

        assert rules(audited([*supported, elsewhere])) == ["address"]
        assert rules(audited([*supported, twice])) == ["support"]

    def test_is_of_a_proposal(self, supported: list[bytes]) -> None:
        """Something has to be there to be supported."""
        del supported[place(supported, "ProposalMade")]

        assert "no-proposal" in rules(audited(supported))


class TestAStatement:
    async def test_is_its_author_s(self, town: Town) -> None:
        """Who said it takes it back, or it is erased with them."""
        proposal_id, statement_id = await proposed(town.governance), uuid4()
        made = StatementMade(proposal_id=proposal_id, author=BO, side="for", text_sha256="0" * 64)
        entries = [*await town.entries(), entry(made, statement_id)]
        gone = StatementTakenBack()

        assert audited([*entries, entry(gone, statement_id, 2)]).is_clean
        assert audited([*entries, entry(gone, statement_id, 2, actor="governance")]).is_clean
        assert rules(audited([*entries, entry(gone, statement_id, 2, actor=ANA)])) == ["actor"]
        assert rules(audited([*entries[:-1], entry(made, statement_id, actor=ANA)])) == ["actor"]
        assert rules(audited([*entries, entry(gone, uuid4())])) == ["beginning"]
