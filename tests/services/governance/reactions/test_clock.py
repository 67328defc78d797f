"""What is due by governance's own clock, in two replicas at once."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.governance import CancelPoll, ClosePoll, PollClosed, RemindVoters, VotersReminded
from libs.service.projection import Progress
from libs.service.reactions import World
from services.governance.reactions.clock import close_what_is_due, remind_who_has_not_voted
from tests.services.governance.conftest import ANA, NOON
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


async def due(house: Readers, *polls: UUID, column: str) -> None:
    """Let a time of these polls have come a second ago, and their close be far."""
    await house.level()
    await house.pool.execute("UPDATE poll SET closes_at = now() + interval '1 hour' WHERE poll_id = ANY($1)", polls)
    await house.pool.execute(
        f"UPDATE poll SET {column} = now() - interval '1 second' WHERE poll_id = ANY($1)",
        polls,
    )


async def test_voters_are_reminded_once_by_two_replicas(house: Readers) -> None:
    """Both see that it is due and ask for the same command; the log has one entry, and then it is due no more."""
    poll_id = await house.decided.open(remind_at=NOON - timedelta(hours=1))
    not_yet = await house.decided.open(remind_at=NOON - timedelta(hours=1))
    await due(house, poll_id, column="remind_at")
    one, other = [await remind_who_has_not_voted(World(house.pool, Progress())) for _ in range(2)]
    house.decided.now = NOON - timedelta(hours=1)
    for command_id, command in one + other:
        await house.decided.do(command, key=command_id)
    await house.level()

    assert one == other
    assert [command for _, command in one] == [RemindVoters(poll_id=poll_id)]
    assert not_yet != poll_id
    assert await house.decided.events(VotersReminded) == [VotersReminded()]
    assert await remind_who_has_not_voted(World(house.pool, Progress())) == []


async def test_nobody_is_reminded_of_what_is_over(house: Readers) -> None:
    """Closed, cancelled, or with its time up though the clock has not closed it yet."""
    closed, cancelled, late = [
        await house.decided.open(may_close_early=True, remind_at=NOON - timedelta(hours=1)) for _ in range(3)
    ]
    await house.decided.do(ClosePoll(poll_id=closed), by=ANA)
    await house.decided.do(CancelPoll(poll_id=cancelled, reason="no"), by=ANA)
    await due(house, closed, cancelled, late, column="remind_at")
    await house.pool.execute("UPDATE poll SET closes_at = now() WHERE poll_id = $1", late)

    assert await remind_who_has_not_voted(World(house.pool, Progress())) == []


async def test_a_cancelled_poll_is_not_closed(house: Readers) -> None:
    """The clock leaves alone what was taken back, and closes once what was not, whichever replica asks."""
    cancelled, poll_id = [await house.decided.open() for _ in range(2)]
    await house.decided.do(CancelPoll(poll_id=cancelled, reason="no"), by=ANA)
    await due(house, cancelled, poll_id, column="closes_at")
    one, other = [await close_what_is_due(World(house.pool, Progress())) for _ in range(2)]
    house.decided.now = NOON
    for command_id, command in one + other:
        await house.decided.do(command, key=command_id)

    assert [command for _, command in one] == [ClosePoll(poll_id=poll_id)]
    assert len(await house.decided.events(PollClosed)) == 1
