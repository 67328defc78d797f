"""Which polls wait for a member's ballot."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    CancelPoll,
    ClosePoll,
    Eligibility,
    PendingPolls,
    PendingPollsOf,
    RemindVoters,
    WithdrawBallot,
)
from libs.contracts.groups import MemberLeft
from libs.eventlog.log import New
from libs.service.paging import BadCursor
from services.governance.queries import pending
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def waiting(house: Readers, who: UUID) -> list[UUID]:
    """The polls that wait for *who*."""
    return [poll.poll_id for poll in (await house.ask(PendingPollsOf(asker=who))).items]


@pytest.mark.parametrize("results", ["running", "hidden"])
async def test_those_one_may_vote_in_and_has_not(house: Readers, results: str) -> None:
    """Voting takes a poll from the list, also with a blank ballot; taking the ballot back puts it there again."""
    poll_id = await house.decided.open(results=results)
    assert await waiting(house, BO) == [poll_id]
    await house.cast(poll_id, BO)
    assert await waiting(house, BO) == []
    assert await waiting(house, ANA) == [poll_id]
    await house.decided.do(WithdrawBallot(poll_id=poll_id), by=BO)
    assert await waiting(house, BO) == [poll_id]


async def test_only_those_that_are_open(house: Readers) -> None:
    """What is closed or cancelled waits for nobody."""
    closed, cancelled = [await house.decided.open(may_close_early=True) for _ in range(2)]
    await house.decided.do(ClosePoll(poll_id=closed), by=ANA)
    await house.decided.do(CancelPoll(poll_id=cancelled, reason="no"), by=ANA)

    assert await waiting(house, BO) == []


async def test_the_roll_decides(house: Readers) -> None:
    """Who is not on it is not waited for; who left the group since is, for their vote still counts."""
    await house.decided.open(eligibility=Eligibility(kind="list"), listed=(ANA,))
    both = await house.decided.open(eligibility=Eligibility(kind="list"), listed=(ANA, CY), audience="group")
    left = MemberLeft(group_id=GROUP, member_id=CY, reason="left")
    await house.decided.hear(GROUP, CY, None, 13)
    await house.groups.append(New(left, uuid4(), 1, 0, actor=str(CY), id=uuid4(), decided_at=MORNING))

    assert await waiting(house, CY) == [both]
    assert await waiting(house, BO) == await waiting(house, STRANGER) == []


async def test_say_when_they_close_and_that_one_was_reminded(house: Readers) -> None:
    """What a member needs to know to vote in time."""
    poll_id = await house.decided.open(remind_at=NOON - timedelta(hours=1))
    first = await house.ask(PendingPollsOf(asker=BO))
    house.decided.now = NOON - timedelta(hours=1)
    await house.decided.do(RemindVoters(poll_id=poll_id))
    second = await house.ask(PendingPollsOf(asker=BO))

    assert isinstance(first, PendingPolls)
    assert [(p.group_id, p.question, p.closes_at, p.was_reminded) for p in (*first.items, *second.items)] == [
        (GROUP, "What becomes of the field?", NOON, False),
        (GROUP, "What becomes of the field?", NOON, True),
    ]


async def test_are_paged_those_that_close_first_first(house: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages hold each poll once, however many open polls of others lie in between."""
    monkeypatch.setattr(pending, "LOOKED_THROUGH_MAX", 2)
    opened = []
    for n in range(7, 0, -1):
        opened.append(await house.decided.open(closes_at=NOON + timedelta(minutes=n)))
        await house.decided.open(
            closes_at=NOON + timedelta(minutes=n), eligibility=Eligibility(kind="list"), listed=(ANA,)
        )
    seen: list[UUID] = []
    page = await house.ask(PendingPollsOf(asker=BO, limit=3))
    while True:
        seen += [poll.poll_id for poll in page.items]
        if page.next is None:
            break
        page = await house.ask(PendingPollsOf(asker=BO, limit=3, cursor=page.next))

    assert seen == opened[::-1]
    with pytest.raises(BadCursor):
        await house.ask(PendingPollsOf(asker=BO, cursor="nonsense"))
