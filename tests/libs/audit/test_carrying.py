"""Votes that are carried by others: the log says by whom, and the audit comes to the same."""

from collections import Counter
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import Carried, DelegateInPoll, WithdrawDelegationInPoll
from libs.tally import Ballot
from tests.libs.audit.conftest import ANA, BO, CY, Town, audited, place, rewritten, rules, with_data

WILD, ORCHARD = Ballot(("wild",)), Ballot(("orchard",))


@pytest.fixture
async def poll_id(town: Town) -> UUID:
    """A poll that takes delegations."""
    return await town.open(takes_delegations=True)


@pytest.fixture
async def carried(town: Town, poll_id: UUID) -> list[bytes]:
    """Ana lets Bo vote for her, Bo and Cy vote, and the result says so."""
    await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
    await town.vote(poll_id, BO, "wild")
    await town.vote(poll_id, CY, "orchard")
    await town.close(poll_id)
    voter = town.governance.voter
    told = Carried(delegator=voter(poll_id, ANA), carrier=voter(poll_id, BO))
    await town.declare(poll_id, Counter({WILD: 2, ORCHARD: 1}), carried=(told,))
    return await town.entries()


class TestACarriedVote:
    def test_counts(self, carried: list[bytes]) -> None:
        """Bo's ballot counts twice."""
        report = audited(carried)

        assert report.is_clean
        assert report.polls[0].ballots_count == 3
        assert report.polls[0].outcome
        assert report.polls[0].outcome.winners == ("wild",)

    async def test_counts_not_beside_an_own_ballot(self, town: Town, poll_id: UUID) -> None:
        """Who votes is carried by nobody, also where the node would have it so."""
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
        await town.vote(poll_id, ANA, "orchard")
        await town.vote(poll_id, BO, "wild")
        await town.close(poll_id)
        voter = town.governance.voter
        told = Carried(delegator=voter(poll_id, ANA), carrier=voter(poll_id, BO))
        await town.declare(poll_id, Counter({WILD: 2, ORCHARD: 1}), carried=(told,))

        assert set(rules(audited(await town.entries()))) == {"delegations", "result"}

    async def test_counts_not_once_it_was_withdrawn(self, town: Town, poll_id: UUID) -> None:
        """What was taken back before the close carries nothing."""
        await town.governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=ANA)
        await town.vote(poll_id, BO, "wild")
        await town.governance.do(WithdrawDelegationInPoll(poll_id=poll_id), by=ANA)
        await town.close(poll_id)
        await town.declare(poll_id, Counter({WILD: 1}))

        assert audited(await town.entries()).is_clean

    def test_left_out(self, carried: list[bytes]) -> None:
        """A delegation that the node forgets is found."""
        part = place(carried, "DelegationsCounted")
        carried[part] = with_data(carried[part], carried=[])

        assert "delegations" in rules(audited(carried))

    def test_granted_by_somebody_else(self, carried: list[bytes]) -> None:
        """Nobody gives away another's vote."""
        grant = place(carried, "DelegationGranted")
        carried[grant] = rewritten(carried[grant], lambda fields: fields.update(actor=str(uuid4())))

        assert rules(audited(carried)) == ["actor"]

    def test_moved_to_another_address(self, carried: list[bytes]) -> None:
        """A voter has one delegation in a poll."""
        grant = place(carried, "DelegationGranted")
        carried[grant] = rewritten(carried[grant], lambda fields: fields.update(aggregate_id=str(uuid4())))

        assert {"address", "delegations", "result"} <= set(rules(audited(carried)))

    def test_changed_and_never_granted(self, carried: list[bytes]) -> None:
        """What is not there cannot be given to another."""
        grant = place(carried, "DelegationGranted")
        data = {"delegate": str(uuid4())}
        carried[grant] = rewritten(carried[grant], lambda fields: fields.update(name="DelegationChanged", data=data))

        assert "no-delegation" in rules(audited(carried))

    def test_in_a_poll_that_takes_none(self, carried: list[bytes]) -> None:
        """The opening says whether votes may be carried."""
        opened = place(carried, "PollOpened")
        carried[opened] = rewritten(carried[opened], lambda fields: fields["data"]["terms"].pop("takes_delegations"))

        assert {"delegation", "delegations", "result"} <= set(rules(audited(carried)))
