"""Delegated votes in a count, from the grant to the declared result."""

from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.audit import delegations as auditing
from libs.contracts.governance import (
    CastBallot,
    ClosePoll,
    DelegateInGroup,
    DelegateInPoll,
    DelegationChanged,
    DelegationGranted,
    DelegationsCounted,
    DelegationWithdrawn,
    EnterPaperBallots,
    PollClosed,
    PollOpened,
    ResultDeclared,
    RollFrozen,
    SetCustoms,
    WithdrawBallot,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.eventlog.codec import decode
from libs.eventlog.log import New, Recorded
from libs.tally import Ballot, ballots_sha256
from services.governance.domain.ballot import Ballot as BallotAggregate
from services.governance.reactions.counting import count_what_is_closed
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def poll_of(house: Readers, **differing: Any) -> UUID:
    """A poll that takes delegations, and paper."""
    return await house.decided.open(**{"method": "single", "takes_delegations": True, **differing})


async def lets(house: Readers, who: UUID, whom: UUID, poll_id: UUID | None = None, topic: str | None = None) -> None:
    """Have somebody delegate, in a poll, on a topic, or in the group."""
    command = (
        DelegateInPoll(poll_id=poll_id, member_id=whom)
        if poll_id
        else DelegateInGroup(group_id=GROUP, topic=topic, member_id=whom)
    )
    await house.decided.do(command, by=who)


async def declared(house: Readers) -> ResultDeclared:
    """The only result in the log."""
    (result,) = await house.decided.events(ResultDeclared)
    assert isinstance(result, ResultDeclared)
    return result


async def fates(house: Readers, poll_id: UUID) -> dict[UUID, UUID | str | None]:
    """Who was carried by whom, or lost why, by member."""
    members = (ANA, BO, CY, STRANGER)
    names = {house.decided.voter(poll_id, member): member for member in members}
    found: dict[UUID, UUID | str | None] = {}
    for part in await house.decided.events(DelegationsCounted):
        assert isinstance(part, DelegationsCounted)
        for each in part.carried:
            found[names[each.delegator]] = names[each.carrier] if each.carrier else each.lost
    return found


def digest(**times: int) -> str:
    """The digest of ballots that choose one option each."""
    return ballots_sha256({Ballot((choice,)): number for choice, number in times.items()})


class TestCount:
    async def test_a_carried_vote_multiplies_the_carrier_s_ballot(self, house: Readers) -> None:
        """Two who delegated count as their carrier voted; the parts stand before the result, in one batch."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, BO)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        result = await declared(house)
        assert (result.ballots_count, result.delegated_count, result.winners) == (3, 2, ("wild",))
        assert result.delegation_parts_count == 1
        assert result.ballots_sha256 == digest(wild=3)
        assert await fates(house, poll_id) == {BO: ANA, CY: ANA}
        *_, part, last = await house.decided.entries()
        assert isinstance(part.event, DelegationsCounted)
        assert isinstance(last.event, ResultDeclared)
        assert part.group_id == GROUP

    async def test_nobody_who_delegated_leaves_no_part(self, house: Readers) -> None:
        """A count without delegations says nothing of them; the result's entry is as it was before there were any."""
        poll_id = await poll_of(house)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert b"delegat" not in (await house.decided.entries())[-1].entry
        assert (await declared(house)).delegated_count == 0

    async def test_an_own_ballot_always_wins(self, house: Readers) -> None:
        """Also a blank one, and whichever came first."""
        poll_id = await poll_of(house)
        await house.cast(poll_id, BO, "orchard")
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, ANA, poll_id)
        await house.cast(poll_id, CY)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        result = await declared(house)
        assert (result.ballots_count, result.blank_count, result.delegated_count) == (3, 1, 0)
        assert await fates(house, poll_id) == {}

    async def test_a_withdrawn_ballot_lets_the_delegation_speak(self, house: Readers) -> None:
        """Who takes the ballot back is carried again; a carrier who does carries nobody."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        for who in (ANA, BO):
            await house.cast(poll_id, who, "wild")
        await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
        other = await poll_of(house)
        await lets(house, BO, ANA, other)
        await house.cast(other, ANA, "wild")
        await house.decided.do(WithdrawBallot(poll_id=other), by=ANA)
        await house.close(poll_id)
        assert await fates(house, poll_id) == {BO: ANA}

        house.decided.now = NOON
        await house.decided.do(ClosePoll(poll_id=other))
        await house.count()
        results = {r.poll_id: r for r in await house.decided.events(ResultDeclared) if isinstance(r, ResultDeclared)}
        assert results[other].ballots_count == results[other].delegated_count == 0
        assert results[other].delegation_parts_count == 1

    async def test_the_narrower_wins_and_its_withdrawal_lets_the_wider_speak(self, house: Readers) -> None:
        """For the poll before for its topic before for the group; what is taken back leaves the next."""
        polls = [await poll_of(house, topic="money", may_close_early=True) for _ in range(3)]
        await house.decided.hear(GROUP, STRANGER, "member", 20)
        for poll_id in polls:
            await house.cast(poll_id, ANA, "wild")
            await house.cast(poll_id, CY, "orchard")
            await lets(house, BO, CY, poll_id)
        await lets(house, BO, STRANGER)
        await lets(house, BO, ANA, topic="money")
        found = []
        for n, poll_id in enumerate(polls):
            if n == 1:
                await house.decided.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
            if n == 2:
                await house.decided.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
                await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP, topic="money"), by=BO)
            await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
            await house.count()
            voter = house.decided.voter(poll_id, BO)
            parts = [part for part in await house.decided.events(DelegationsCounted) if part.poll_id == poll_id]  # type: ignore[attr-defined]
            (carried,) = parts[0].carried  # type: ignore[attr-defined]
            assert carried.delegator == voter
            found.append(carried.lost or {house.decided.voter(poll_id, m): m for m in (ANA, CY)}[carried.carrier])

        assert found == [CY, ANA, "not on the roll"]

    async def test_another_topic_says_nothing(self, house: Readers) -> None:
        """A delegation for one topic does not speak in polls on another, or on none."""
        await lets(house, BO, ANA, topic="money")
        for topic in ("trees", None):
            poll_id = await poll_of(house, topic=topic, may_close_early=True)
            await house.cast(poll_id, ANA, "wild")
            await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
        await house.count()

        assert not await house.decided.events(DelegationsCounted)

    async def test_a_poll_that_takes_none_counts_none(self, house: Readers) -> None:
        """Standing delegations speak only where the opening let them."""
        await lets(house, BO, ANA)
        poll_id = await poll_of(house, takes_delegations=False)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert (await declared(house)).ballots_count == 1

    async def test_the_cap_takes_the_earliest_first(self, house: Readers) -> None:
        """What is behind the cap is lost, and said to be."""
        poll_id = await poll_of(house, carry_max=1)
        await lets(house, CY, ANA)
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert await fates(house, poll_id) == {CY: ANA, BO: "cap"}
        assert (await declared(house)).ballots_count == 2

    async def test_of_those_who_delegate_to_each_other(self, house: Readers) -> None:
        """Nobody is carried in a circle; one ballot in it is enough."""
        poll_id = await poll_of(house)
        await lets(house, BO, CY, poll_id)
        await lets(house, CY, BO, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert await fates(house, poll_id) == {BO: "cycle", CY: "cycle"}

    async def test_who_left_the_group_carries_where_the_roll_says_so(self, house: Readers) -> None:
        """The roll decides: who left since the opening votes and carries; in a later poll, neither."""
        first = await poll_of(house, may_close_early=True)
        await lets(house, BO, CY)
        await house.decided.hear(GROUP, CY, None, 20)
        second = await poll_of(house, may_close_early=True)
        await house.cast(first, CY, "wild")
        for poll_id in (first, second):
            await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
        await house.count()

        first_part, second_part = await house.decided.events(DelegationsCounted)
        assert isinstance(first_part, DelegationsCounted)
        assert isinstance(second_part, DelegationsCounted)
        assert first_part.carried[0].carrier == house.decided.voter(first, CY)
        assert second_part.carried[0].lost == "not on the roll"
        assert [each.voter for each in second_part.known_as] == [house.decided.voter(second, BO)]

    async def test_paper_is_not_touched(self, house: Readers) -> None:
        """A ballot on paper is nobody's, so it carries nobody."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.decided.do(EnterPaperBallots(poll_id=poll_id, ballots=(("wild",), ("orchard",))), by=ANA)
        await house.close(poll_id)

        result = await declared(house)
        assert (result.ballots_count, result.paper_ballots_count, result.delegated_count) == (4, 2, 1)
        assert result.ballots_sha256 == digest(wild=3, orchard=1)

    @pytest.mark.parametrize("terms", [{"results": "hidden"}, {"audience": "group"}])
    async def test_of_sealed_ballots(self, house: Readers, terms: dict[str, str]) -> None:
        """Ballots that nobody could read until the close, or strangers never, carry others as all do."""
        poll_id = await poll_of(house, **terms)
        await lets(house, BO, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        assert (await declared(house)).ballots_sha256 == digest(wild=2)
        (part,) = [e for e in await house.decided.entries() if isinstance(e.event, DelegationsCounted)]
        assert part.key_id == (poll_id if "audience" in terms else None)

    async def test_for_the_group_alone_is_sealed(self, house: Readers) -> None:
        """Where a delegation that matters is for the group's eyes, so is what became of it."""
        await house.decided.do(SetCustoms(group_id=GROUP, delegations="group"), by=ANA)
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await house.decided.do(SetCustoms(group_id=GROUP, delegations="public"), by=ANA)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)

        (part,) = [e for e in await house.decided.entries() if isinstance(e.event, DelegationsCounted)]
        assert part.key_id == GROUP
        assert str(house.decided.voter(poll_id, BO)).encode() not in part.entry
        assert (await declared(house)).delegated_count == 1


class TestTheLogDecides:
    async def test_a_withdrawal_a_moment_before_the_close(self, house: Readers) -> None:
        """What is taken back in the entry before the close does not count."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA, poll_id)
        await lets(house, CY, ANA)
        await house.cast(poll_id, ANA, "wild")
        await house.decided.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP), by=CY)
        await house.close(poll_id)

        assert (await declared(house)).delegated_count == 0
        assert await fates(house, poll_id) == {}

    async def test_nothing_behind_the_close_changes_the_count(self, house: Readers) -> None:
        """Grants, changes and withdrawals in the entries right behind the close are as if they were not."""
        poll_id = await poll_of(house, may_close_early=True)
        await house.cast(poll_id, ANA, "wild")
        await lets(house, BO, ANA)
        granted = (await house.decided.entries())[-1]
        await house.decided.do(ClosePoll(poll_id=poll_id), by=ANA)
        await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)
        await lets(house, BO, CY)
        await lets(house, CY, ANA)
        bo, ana = house.decided.voter(poll_id, BO), house.decided.voter(poll_id, ANA)
        late = DelegationGranted(group_id=GROUP, scope="poll", poll_id=poll_id, topic=None, delegator=bo, delegate=ana)
        await house.decided.log.append(
            New(late, uuid4(), 1, 0, actor=str(bo), id=uuid4(), decided_at=MORNING, group_id=GROUP)
        )
        await house.count()

        assert granted.position
        assert await fates(house, poll_id) == {BO: ANA}
        assert (await declared(house)).ballots_sha256 == digest(wild=2)

    async def test_replicas_count_the_same(self, house: Readers) -> None:
        """Two that count at once, or after a rebuild with other steps, come to the same and declare once."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA)
        await lets(house, CY, BO, poll_id)
        await house.cast(poll_id, ANA, "wild")
        house.decided.now = NOON
        await house.decided.do(ClosePoll(poll_id=poll_id))
        await house.level()
        first = await count_what_is_closed(house.world)
        await house.rebuild(step=1)
        second = await count_what_is_closed(house.world)
        for command_id, command in first + second:
            await house.decided.do(command, key=command_id)

        assert first == second
        assert (
            len(await house.decided.events(DelegationsCounted)) == len(await house.decided.events(ResultDeclared)) == 1
        )

    async def test_a_rebuild_gives_the_same_rows(self, house: Readers) -> None:
        """With every kind of entry about delegations, read one at a time or all at once."""
        poll_id = await poll_of(house)
        await lets(house, BO, ANA)
        await lets(house, BO, CY)
        await house.decided.do(WithdrawDelegationInGroup(group_id=GROUP), by=BO)
        await lets(house, BO, ANA)
        await lets(house, CY, ANA, poll_id)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)
        await house.level()
        rows = await house.rows()

        assert len(rows["delegation"]) == 4
        assert len(rows["carried_vote"]) == 2
        assert await house.rebuild(step=1) == rows
        assert await house.rebuild(step=500) == rows


class TestTheAuditor:
    async def test_finds_the_same_from_the_log_alone(self, house: Readers) -> None:
        """From the entries, without any key: the grants that stand, who is whom, and the ballots at the close."""
        poll_id = await poll_of(house, topic="money", carry_max=1)
        await house.decided.hear(GROUP, STRANGER, "member", 20)
        await lets(house, BO, ANA, topic="money")
        await lets(house, BO, CY, poll_id)
        await lets(house, CY, STRANGER)
        await lets(house, CY, ANA)
        await house.decided.do(WithdrawDelegationInPoll(poll_id=poll_id), by=BO)
        await house.cast(poll_id, ANA, "wild")
        await house.close(poll_id)
        recorded = [decode("governance", n, e.entry) for n, e in enumerate(await house.decided.entries(), 1)]

        own, part = audited(recorded, poll_id)
        result = await declared(house)
        assert not list(
            auditing.differences(
                own,
                carried=part.carried,
                known_as=part.known_as,
                delegated_count=result.delegated_count,
                is_on_roll=roll(recorded).__contains__,
            )
        )
        assert set(await fates(house, poll_id)) == {BO, CY}
        assert own.more == {house.decided.voter(poll_id, ANA): 1}


def roll(recorded: list[Recorded]) -> set[UUID]:
    """Who may vote in the only poll."""
    return {voter for each in recorded if isinstance(each.event, RollFrozen) for voter in each.event.voters}


def audited(recorded: list[Recorded], poll_id: UUID) -> tuple[auditing.Delegated, DelegationsCounted]:
    """What an auditor with the log in memory makes of the only poll."""
    granted: dict[UUID, DelegationGranted] = {}
    standing: dict[UUID, UUID] = {}
    ballots: set[UUID] = set()
    for each in recorded:
        match each.event:
            case DelegationGranted() as event:
                assert each.aggregate_id == auditing.address(event)
                granted[each.aggregate_id], standing[each.aggregate_id] = event, event.delegate
            case DelegationChanged() as event:
                standing.pop(each.aggregate_id, None)
                standing[each.aggregate_id] = event.delegate
            case DelegationWithdrawn():
                del standing[each.aggregate_id]
            case PollClosed():
                break
            case event if "Ballot" in each.name:
                ballots.add(each.aggregate_id)
    (opened,) = [each.event for each in recorded if isinstance(each.event, PollOpened)]
    (part,) = [each.event for each in recorded if isinstance(each.event, DelegationsCounted)]
    grants = [
        auditing.Grant(granted[address].scope, granted[address].delegator, delegate)
        for address, delegate in standing.items()
        if granted[address].poll_id in (None, poll_id) and granted[address].topic in (None, opened.terms.topic)
    ]
    own = auditing.delegated(
        grants,
        known_as=part.known_as,
        is_on_roll=roll(recorded).__contains__,
        has_ballot=lambda voter: BallotAggregate.create_id(poll_id, voter) in ballots,
        carry_max=opened.terms.carry_max,
    )
    return own, part


class TestSize:
    @pytest.mark.slow
    async def test_a_chain_of_a_thousand_carried_by_one(self, house: Readers) -> None:
        """A thousand hand their vote on, each to the next; closed to a circle in another poll, all fall out."""
        members = [ANA, *(UUID(int=1000 + n) for n in range(1000))]
        for n, member in enumerate(members[1:]):
            await house.decided.hear(GROUP, member, "member", 100 + n)
        chain, circle = [await poll_of(house, may_close_early=True) for _ in range(2)]
        for delegate, member in pairwise(members):
            await lets(house, member, delegate)
        await house.decided.do(CastBallot(poll_id=chain, choices=("wild",)), by=ANA)
        await house.decided.do(ClosePoll(poll_id=chain), by=ANA)
        await lets(house, ANA, members[-1], circle)
        await house.decided.do(CastBallot(poll_id=circle, choices=("wild",)), by=BO)
        await house.decided.do(ClosePoll(poll_id=circle), by=ANA)
        await house.count()

        results = {r.poll_id: r for r in await house.decided.events(ResultDeclared) if isinstance(r, ResultDeclared)}
        assert results[chain].ballots_sha256 == digest(wild=1001)
        assert results[chain].delegation_parts_count > 1
        assert (results[circle].ballots_count, results[circle].delegated_count) == (1, 0)
        lost = [
            each.lost
            for part in await house.decided.events(DelegationsCounted)
            if isinstance(part, DelegationsCounted) and part.poll_id == circle
            for each in part.carried
        ]
        assert lost == ["cycle"] * 1001
