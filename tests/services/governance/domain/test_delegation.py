"""Whom one lets vote, and how what became of it is written down."""

from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.governance import (
    Carried,
    DelegationChanged,
    DelegationGranted,
    DelegationWithdrawn,
    KnownAs,
    PollTerms,
)
from libs.eventlog.codec import encode
from libs.eventlog.log import BATCH_ENTRIES_MAX, New
from libs.service.aggregates import to_contract
from services.governance.domain.delegation import (
    DELEGATING_VOTERS_MAX,
    Delegation,
    NotToOneself,
    RollIsTooLongToDelegate,
    check_can_be_carried,
    check_is_another,
    split,
)
from services.governance.domain.keys import PollKeys
from tests.given import given
from tests.services.governance.conftest import MORNING

GROUP, POLL, BO, ANA, CY = (UUID(int=n) for n in range(1, 6))

granted = DelegationGranted(group_id=GROUP, scope="poll", poll_id=POLL, topic=None, delegator=BO, delegate=ANA)


class TestGive:
    def test_to_another_changes_it(self) -> None:
        """A delegation given to another is the same delegation, changed."""
        given(Delegation, granted).when(Delegation.give, CY).then(DelegationChanged(delegate=CY))

    def test_the_same_again_is_nothing_new(self) -> None:
        """To let the same one vote twice is to let them vote."""
        given(Delegation, granted).when(Delegation.give, ANA).then()

    def test_after_it_was_withdrawn(self) -> None:
        """What was taken back may be given again, also to the same one."""
        given(Delegation, granted, DelegationWithdrawn()).when(Delegation.give, ANA).then(
            DelegationChanged(delegate=ANA)
        )


class TestWithdraw:
    def test_takes_it_back(self) -> None:
        """What was given is taken back."""
        given(Delegation, granted).when(Delegation.withdraw).then(DelegationWithdrawn())

    def test_once(self) -> None:
        """What is withdrawn stays so."""
        given(Delegation, granted, DelegationWithdrawn()).when(Delegation.withdraw).then()


class TestAddress:
    def test_is_one_for_each_delegator_and_place(self) -> None:
        """The place is the poll, the group, or the topic in the group, as the contract says."""
        of_bo = f"delegation {BO}"
        assert Delegation.create_id(GROUP, POLL, None, BO) == uuid5(POLL, of_bo)
        assert Delegation.create_id(GROUP, None, "money", BO) == uuid5(uuid5(GROUP, "topic money"), of_bo)
        assert Delegation.create_id(GROUP, None, None, BO) == uuid5(GROUP, of_bo)

    def test_of_oneself_is_none(self) -> None:
        """Nobody delegates to themselves."""
        check_is_another(BO, ANA)
        with pytest.raises(NotToOneself):
            check_is_another(BO, BO)


class TestSplit:
    def test_of_nothing_is_no_part(self) -> None:
        """Where nobody delegated nothing is written."""
        assert split(POLL, (), ()) == []

    @pytest.mark.parametrize("key_id", [None, GROUP])
    def test_of_the_longest_roll_is_one_batch(self, key_id: UUID | None) -> None:
        """What is the most that a roll can say fits into entries, sealed or not, and leaves room for the rounds."""
        voters = [UUID(int=number << 64) for number in range(DELEGATING_VOTERS_MAX)]
        carried = [Carried(delegator=voter, carrier=voters[0]) for voter in voters]
        known_as = [KnownAs(voter=voter, elector=voter) for voter in voters]
        parts = split(POLL, carried, known_as)

        assert len(parts) < BATCH_ENTRIES_MAX * 2 / 3
        assert [each for part in parts for each in part.carried] == carried
        assert [each for part in parts for each in part.known_as] == known_as
        assert [part.part for part in parts] == list(range(len(parts)))
        for part in parts[:: len(parts) // 7]:
            (event,) = map(to_contract, part.collect_events())
            new = New(event, part.id, 1, 0, "governance", uuid4(), MORNING, GROUP, key_id)
            assert encode(new, PollKeys(b"secret"))

    def test_of_a_longer_roll_is_not_begun(self) -> None:
        """A poll that could not be counted is not opened; without delegations it may be larger."""
        delegating = PollTerms(takes_delegations=True)
        check_can_be_carried(delegating, DELEGATING_VOTERS_MAX)
        check_can_be_carried(PollTerms(), DELEGATING_VOTERS_MAX + 1)
        with pytest.raises(RollIsTooLongToDelegate):
            check_can_be_carried(delegating, DELEGATING_VOTERS_MAX + 1)
