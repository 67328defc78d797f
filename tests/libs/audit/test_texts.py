"""The words that are voted on are those that stand in the log, to the letter."""

from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from libs.contracts.base import Event
from libs.contracts.governance import AmendmentMade, ProposalMade, ProposalRevised
from libs.eventlog.codec import encode
from libs.eventlog.log import New
from tests.libs.audit.conftest import BO, GROUP, NOON, Town, audited, place, rules, with_data

PROPOSAL, AMENDMENT = UUID(int=71), UUID(int=72)
TITLE, TEXT, OTHER_TEXT = "An orchard", "The field becomes an orchard.", "A third of the field stays wild."


def hash_of(text: str) -> str:
    """What a text is known by."""
    return sha256(f"{TITLE}\n{text}".encode()).hexdigest()


def entry(event: Event, aggregate_id: UUID, version: int = 1) -> bytes:
    """An entry of Bo's."""
    return encode(New(event, aggregate_id, version, 0, str(BO), uuid4(), NOON, GROUP))


TEXTS: dict[str, Any] = {"title": TITLE, "text": TEXT, "text_sha256": hash_of(TEXT)}
OTHERS: dict[str, Any] = {"title": TITLE, "text": OTHER_TEXT, "text_sha256": hash_of(OTHER_TEXT)}


@pytest.fixture
async def voted(town: Town, poll_id: UUID) -> list[bytes]:
    """A proposal with two versions and an amendment, and the vote on its second version."""
    entries = await town.entries()
    made = ProposalMade(group_id=GROUP, author=BO, topic=None, discussion_until=NOON, support_needed=0, **TEXTS)
    amendment = AmendmentMade(proposal_id=PROPOSAL, author=BO, of_version=1, why=None, **OTHERS)
    revised = ProposalRevised(version_number=2, **OTHERS)
    opened = place(entries, "PollOpened")
    about = {"proposal_id": str(PROPOSAL), "version_number": 2, "text_sha256": hash_of(OTHER_TEXT)}
    entries[opened] = with_data(entries[opened], terms={"proposal": about})
    return [
        entry(made, PROPOSAL),
        entry(amendment, AMENDMENT),
        entry(revised, PROPOSAL, 2),
        *entries,
    ]


def vote_on(entries: list[bytes], **about: object) -> None:
    """Have the poll say that it is on something else."""
    nth = place(entries, "PollOpened")
    proposal = orjson.loads(entries[nth])["data"]["terms"]["proposal"]
    entries[nth] = with_data(entries[nth], terms={"proposal": {**proposal, **about}})


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
