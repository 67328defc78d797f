"""What an audit tells of one poll beyond figures: every row of it, from the books."""

from collections import Counter
from uuid import UUID

import pytest

from libs.audit import Replay
from libs.audit.story import DelegationLine, Story
from libs.contracts.governance import Carried, DelegateInPoll, WithdrawDelegationInPoll
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, Town
from tests.libs.audit.wording import AMENDMENT, OTHER_TEXT, TEXT, hash_of, vote_on, with_texts


@pytest.fixture
async def poll_id(town: Town) -> UUID:
    """A poll that takes delegations."""
    return await town.open(takes_delegations=True)


def told(entries: list[bytes], poll_id: UUID) -> Story:
    """The story of the poll in these entries."""
    replay = Replay()
    replay.read(entries)
    poll = replay.books.known_poll(poll_id)
    assert poll
    return Story(replay.books, poll)


class TestTexts:
    async def test_of_a_poll_on_a_proposal(self, town: Town, poll_id: UUID) -> None:
        """The version that is voted on comes first, those before it behind it."""
        lines = list(told(with_texts(await town.entries()), poll_id).texts())

        assert [(line.version_number, line.text, line.is_voted_on) for line in lines] == [
            (2, OTHER_TEXT, True),
            (1, TEXT, False),
        ]
        assert lines[0].text_sha256 == hash_of(OTHER_TEXT)

    async def test_of_a_poll_on_an_amendment(self, town: Town, poll_id: UUID) -> None:
        """The amendment comes first, behind it the version that it would change; a later one is not shown."""
        entries = with_texts(await town.entries())
        vote_on(entries, amendment_id=str(AMENDMENT))
        lines = list(told(entries, poll_id).texts())

        assert [(line.version_number, line.text, line.is_voted_on) for line in lines] == [
            (0, OTHER_TEXT, True),
            (1, TEXT, False),
        ]

    async def test_of_a_poll_on_nothing_written(self, town: Town, poll_id: UUID) -> None:
        """There are none."""
        assert list(told(await town.entries(), poll_id).texts()) == []


class TestDelegations:
    async def test_given_changed_and_taken_back(self, town: Town, poll_id: UUID) -> None:
        """Each stands from the entry that gave it to the entry that ended it, if one did."""
        for delegate in (BO, CY):
            await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=delegate), by=ANA)
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=CY), by=BO)
        await town.governance.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        entries = await town.entries()
        last = len(entries)
        ana, bo, cy = (town.governance.voter(poll_id, member) for member in (ANA, BO, CY))

        assert list(told(entries, poll_id).delegations()) == [
            DelegationLine(last - 3, last - 2, ana, bo),
            DelegationLine(last - 2, None, ana, cy),
            DelegationLine(last - 1, last, bo, cy),
        ]

    async def test_that_were_carried_or_lost(self, town: Town, poll_id: UUID) -> None:
        """Of everybody who delegated and cast no ballot it is told who carried the vote, or why nobody did."""
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)
        await town.vote(poll_id, CY, "orchard")
        await town.close(poll_id)
        lost = (Carried(delegator=town.governance.voter(poll_id, each), lost="cycle") for each in (ANA, BO))
        await town.declare(poll_id, Counter({Ballot(("orchard",)): 1}), carried=tuple(lost))

        lines = list(told(await town.entries(), poll_id).carried())
        assert {line.voter for line in lines} == {town.governance.voter(poll_id, each) for each in (ANA, BO)}
        assert {(line.carrier, line.lost) for line in lines} == {(None, "cycle")}
