"""The words that are voted on are those that stand in the log, to the letter."""

from uuid import UUID

import pytest

from tests.libs.audit.conftest import Town, audited, place, rules, with_data
from tests.libs.audit.wording import AMENDMENT, TEXT, hash_of, vote_on, with_texts


@pytest.fixture
async def voted(town: Town, poll_id: UUID) -> list[bytes]:
    """A proposal with two versions and an amendment, and the vote on its second version."""
    return with_texts(await town.entries())


class TestATextThatIsVotedOn:
    def test_stands_before_the_vote(self, voted: list[bytes]) -> None:
        """A poll on a proposal is on one of its versions."""
        assert audited(voted).is_clean

    def test_may_be_an_amendment(self, voted: list[bytes]) -> None:
        """Then it is the amendment's own text."""
        vote_on(voted, amendment_id=str(AMENDMENT))
        assert audited(voted).is_clean

        vote_on(voted, text_sha256=hash_of(TEXT))
        assert rules(audited(voted)) == ["text"]

    @pytest.mark.parametrize("data", [{"text": "A car park."}, {"title": "A car park"}, {"text_sha256": "0" * 64}])
    @pytest.mark.parametrize("name", ["ProposalMade", "ProposalRevised", "AmendmentMade"])
    def test_altered(self, voted: list[bytes], name: str, data: dict[str, str]) -> None:
        """One letter, and its hash is another."""
        nth = place(voted, name)
        voted[nth] = with_data(voted[nth], **data)

        assert set(rules(audited(voted))) == {"text"}

    @pytest.mark.parametrize("about", [{"version_number": 1}, {"version_number": 3}, {"proposal_id": str(UUID(int=9))}])
    def test_is_not_another(self, voted: list[bytes], about: dict[str, object]) -> None:
        """A poll that says it is on a text that nobody put forward is named."""
        vote_on(voted, **about)

        assert rules(audited(voted)) == ["text"]

    def test_left_out(self, voted: list[bytes]) -> None:
        """So is a version that was left out of the log."""
        del voted[place(voted, "ProposalRevised")]

        assert "text" in rules(audited(voted))

    def test_out_of_its_number(self, voted: list[bytes]) -> None:
        """Versions are numbered without holes."""
        nth = place(voted, "ProposalRevised")
        voted[nth] = with_data(voted[nth], version_number=3)

        assert "text" in rules(audited(voted))
