"""Letting somebody else vote, and taking that back: what is kept, and what is refused."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    CancelPoll,
    ClosePoll,
    DelegateInGroup,
    DelegateInPoll,
    DelegationChanged,
    DelegationGranted,
    DelegationWithdrawn,
    SetCustoms,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.errors import NotFound, NotSignedIn
from libs.eventlog.codec import decode
from libs.eventlog.log import LogMovedOn
from services.governance.domain.delegation import (
    DelegateIsNotAMember,
    DelegateIsNotOnTheRoll,
    Delegation,
    DelegationsAreNotTaken,
    NoDelegationYet,
    NotToOneself,
)
from services.governance.domain.electorate import NotAMember
from services.governance.domain.poll import PollIsCancelled, PollIsClosed
from services.governance.domain.roll import NotOnTheRoll
from tests.services.governance.conftest import ANA, BO, CY, GROUP, NOON, STRANGER, Governance, names


def elector(governance: Governance, member_id: UUID) -> UUID:
    """A member's pseudonym in the group."""
    return governance.pseudonyms.elector(GROUP, member_id)


async def open_poll(governance: Governance, **differing: Any) -> UUID:
    """A poll that takes delegations."""
    return await governance.open(takes_delegations=True, **differing)


DELEGATION = (DelegationGranted, DelegationChanged, DelegationWithdrawn)


class TestDelegateInPoll:
    async def test_is_kept_under_pseudonyms(self, governance: Governance) -> None:
        """No byte of a delegation's entry is a member's id; it stands at the delegator's one address in the poll."""
        poll_id = await open_poll(governance)
        entry = await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)

        bo, ana = governance.voter(poll_id, BO), governance.voter(poll_id, ANA)
        assert entry.event == DelegationGranted(
            group_id=GROUP, scope="poll", poll_id=poll_id, topic=None, delegator=bo, delegate=ana
        )
        assert entry.aggregate_id == Delegation.create_id(GROUP, poll_id, None, bo)
        assert entry.actor == str(bo)
        assert entry.group_id == GROUP
        assert not any(str(member).encode() in entry.entry for member in (ANA, BO))

    async def test_is_changed_withdrawn_and_given_again(self, governance: Governance) -> None:
        """As often as one likes while the poll is open; the same again is the entry that is there."""
        poll_id = await open_poll(governance)
        for member in (ANA, ANA, CY):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=member), by=BO)
        first = await governance.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        again = await governance.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        last = await governance.do(DelegateInPoll(poll_id=poll_id, member_id=CY), by=BO)

        assert first.position == again.position
        assert names(await governance.events(*DELEGATION)) == [
            "DelegationGranted",
            "DelegationChanged",
            "DelegationWithdrawn",
            "DelegationChanged",
        ]
        bo = str(governance.voter(poll_id, BO))
        assert {entry.actor for entry in await governance.entries() if entry.aggregate_id == last.aggregate_id} == {bo}

    async def test_two_at_once_are_one_delegation(self, governance: Governance) -> None:
        """Of grants that one voter sends at the same moment one is the first; others change it or are told."""
        poll_id = await open_poll(governance)
        outcomes = await asyncio.gather(
            *(governance.do(DelegateInPoll(poll_id=poll_id, member_id=(ANA, CY)[n % 2]), by=BO) for n in range(20)),
            return_exceptions=True,
        )

        assert {type(o) for o in outcomes if isinstance(o, BaseException)} <= {LogMovedOn}
        assert len(await governance.events(DelegationGranted)) == 1
        history = [entry for entry in await governance.entries() if isinstance(entry.event, DELEGATION)]
        assert [entry.version for entry in history] == list(range(1, len(history) + 1))

    async def test_sent_again_after_the_close_is_answered(self, governance: Governance) -> None:
        """A retry whose first answer was lost gets its receipt, though the poll has closed meanwhile."""
        poll_id, key = await open_poll(governance), uuid4()
        command = DelegateInPoll(poll_id=poll_id, member_id=ANA)
        first = await governance.do(command, by=BO, key=key)
        governance.now = NOON

        assert (await governance.do(command, by=BO, key=key)).position == first.position

    async def test_ends_with_the_poll(self, governance: Governance) -> None:
        """After the close, or in a cancelled poll, nothing is delegated and nothing taken back."""
        late, early, cancelled = [await open_poll(governance, may_close_early=True) for _ in range(3)]
        for poll_id in (late, early, cancelled):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)
        await governance.do(ClosePoll(poll_id=early), by=ANA)
        await governance.do(CancelPoll(poll_id=cancelled, reason="A mistake."), by=ANA)
        for poll_id, refusal in ((early, PollIsClosed), (cancelled, PollIsCancelled), (late, PollIsClosed)):
            if poll_id == late:
                governance.now = NOON
            for command in (
                DelegateInPoll(poll_id=poll_id, member_id=CY),
                WithdrawDelegationInPoll(poll_id=poll_id),
            ):
                with pytest.raises(refusal):
                    await governance.do(command, by=BO)

    async def test_is_between_voters(self, governance: Governance) -> None:
        """Both have to be on the roll, as it was frozen; and nobody delegates to themselves."""
        poll_id = await open_poll(governance)
        await governance.hear(GROUP, STRANGER, "member", 13)
        await governance.hear(GROUP, CY, None, 14)

        await governance.do(DelegateInPoll(poll_id=poll_id, member_id=CY), by=BO)
        with pytest.raises(DelegateIsNotOnTheRoll):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=STRANGER), by=BO)
        with pytest.raises(NotOnTheRoll):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=STRANGER)
        with pytest.raises(NotToOneself):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=BO), by=BO)

    async def test_only_where_the_poll_takes_it(self, governance: Governance) -> None:
        """Whether votes may be delegated was settled at the opening."""
        poll_id = await governance.open()
        with pytest.raises(DelegationsAreNotTaken):
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)

    async def test_in_a_poll_of_the_group_alone_is_sealed(self, governance: Governance) -> None:
        """Its delegations are sealed with the poll's key, as all its entries."""
        poll_id = await open_poll(governance, audience="group")
        entry = await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)

        assert entry.key_id == poll_id
        assert str(governance.voter(poll_id, ANA)).encode() not in entry.entry

    async def test_needs_a_poll(self, governance: Governance) -> None:
        """There is no delegating in the void."""
        with pytest.raises(NotFound):
            await governance.do(DelegateInPoll(poll_id=uuid4(), member_id=ANA), by=BO)


class TestDelegateInGroup:
    async def test_is_kept_under_pseudonyms_of_the_group(self, governance: Governance) -> None:
        """For the group and for a topic they are two delegations of the same elector."""
        whole = await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by=BO)
        money = await governance.do(DelegateInGroup(group_id=GROUP, topic="Money", member_id=CY), by=BO)

        bo = elector(governance, BO)
        assert whole.event == DelegationGranted(
            group_id=GROUP, scope="group", poll_id=None, topic=None, delegator=bo, delegate=elector(governance, ANA)
        )
        assert money.event == DelegationGranted(
            group_id=GROUP, scope="topic", poll_id=None, topic="money", delegator=bo, delegate=elector(governance, CY)
        )
        assert whole.aggregate_id == Delegation.create_id(GROUP, None, None, bo)
        assert money.aggregate_id == Delegation.create_id(GROUP, None, "money", bo)
        assert whole.actor == money.actor == str(bo)
        assert not any(str(member).encode() in whole.entry + money.entry for member in (ANA, BO, CY))

    async def test_is_between_members(self, governance: Governance) -> None:
        """Who is no member, or no more, neither delegates nor is delegated to."""
        await governance.hear(GROUP, CY, None, 14)
        for nobody in (STRANGER, CY):
            with pytest.raises(DelegateIsNotAMember):
                await governance.do(DelegateInGroup(group_id=GROUP, member_id=nobody), by=BO)
            with pytest.raises(NotAMember):
                await governance.do(DelegateInGroup(group_id=GROUP, member_id=BO), by=nobody)
        with pytest.raises(NotToOneself):
            await governance.do(DelegateInGroup(group_id=GROUP, member_id=BO), by=BO)
        with pytest.raises(NotFound, match="There is no group"):
            await governance.do(DelegateInGroup(group_id=uuid4(), member_id=ANA), by=BO)
        with pytest.raises(NotSignedIn):
            await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by="")

    async def test_may_go_both_ways(self, governance: Governance) -> None:
        """Two may delegate to each other: whoever votes first settles it."""
        await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by=BO)
        await governance.do(DelegateInGroup(group_id=GROUP, member_id=BO), by=ANA)

        assert len(await governance.events(DelegationGranted)) == 2


class TestWithdraw:
    async def test_needs_a_delegation(self, governance: Governance) -> None:
        """Who has delegated nothing there takes nothing back, and nobody takes back another's."""
        poll_id = await open_poll(governance)
        await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)
        await governance.do(DelegateInGroup(group_id=GROUP, topic="money", member_id=ANA), by=BO)
        for command in (
            WithdrawDelegationInPoll(poll_id=poll_id),
            WithdrawDelegationInGroup(group_id=GROUP),
            WithdrawDelegationInGroup(group_id=GROUP, topic="money"),
        ):
            with pytest.raises(NoDelegationYet):
                await governance.do(command, by=CY)
        with pytest.raises(NoDelegationYet):
            await governance.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)

    async def test_of_one_who_left(self, governance: Governance) -> None:
        """Who left the group may still take back what they left in it."""
        await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by=BO)
        await governance.hear(GROUP, BO, None, 14)
        entry = await governance.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)

        assert entry.event == DelegationWithdrawn()
        assert entry.actor == str(elector(governance, BO))


class TestCustoms:
    async def test_that_take_none(self, governance: Governance) -> None:
        """Where everybody votes for themselves nothing is delegated, and what was can be taken back."""
        poll_id = await open_poll(governance)
        await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO)
        await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by=BO)
        await governance.do(SetCustoms(group_id=GROUP, delegations="none"), by=ANA)
        for command in (
            DelegateInPoll(poll_id=poll_id, member_id=CY),
            DelegateInGroup(group_id=GROUP, member_id=CY),
        ):
            with pytest.raises(DelegationsAreNotTaken):
                await governance.do(command, by=BO)
        await governance.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        await governance.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)

        assert len(await governance.events(DelegationWithdrawn)) == 2

    async def test_that_are_for_the_group_seal(self, governance: Governance) -> None:
        """Who delegates to whom is then sealed with the group's key; that somebody did, and took it back, is open."""
        await governance.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
        poll_id = await open_poll(governance)
        entries = [
            await governance.do(DelegateInPoll(poll_id=poll_id, member_id=ANA), by=BO),
            await governance.do(DelegateInGroup(group_id=GROUP, member_id=ANA), by=BO),
            await governance.do(DelegateInGroup(group_id=GROUP, member_id=CY), by=BO),
        ]

        assert [entry.key_id for entry in entries] == [GROUP] * 3
        for entry in entries:
            without_key = decode("governance", entry.position, entry.entry)
            assert without_key.name == entry.name
            assert type(without_key.event).__name__ == "Sealed"
        withdrawn = await governance.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)
        assert withdrawn.key_id is None
