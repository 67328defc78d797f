"""Opening and closing polls."""

from libs.contracts.governance import (
    ClosePoll,
    OpenPoll,
    PollTerms,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import ITSELF, check_is_steward, electorate_of, member_of
from services.governance.commands.office import Office
from services.governance.domain.poll import (
    Poll,
    PollIsStillOpen,
    check_question,
    freeze_roll,
    roll_sha256,
)


async def open_poll(command: OpenPoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll_id = aggregates.new_id()
    # A request that is sent again is answered before the clock may refuse it.
    if await aggregates.find(Poll, poll_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    electorate = await electorate_of(aggregates, command.group_id)
    electorate.check_is_member(office.pseudonyms.elector(command.group_id, member_of(aggregates)))
    check_question(
        command.question, command.explanation, command.options, closes_at=command.closes_at, now=aggregates.now
    )
    voters = [office.pseudonyms.voter(poll_id, elector) for elector in electorate.roles]
    roll = freeze_roll(poll_id, voters)
    poll = Poll(
        id=poll_id,
        **{name: getattr(command, name) for name in OpenPoll.model_fields},
        voters_count=len(voters),
        parts_count=len(roll),
        roll_sha256=roll_sha256(voters),
        terms=PollTerms(),
    )
    return await aggregates.save(*roll, poll, group_id=command.group_id)


async def close_poll(command: ClosePoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll = await aggregates.get(Poll, command.poll_id)
    is_early = not poll.is_closed and aggregates.now < poll.closes_at
    if aggregates.actor != ITSELF:
        await check_is_steward(poll, aggregates, office)
        if is_early:
            poll.check_may_close_early()
    elif is_early:
        raise PollIsStillOpen(f"The poll is open until {poll.closes_at:%Y-%m-%d %H:%M} UTC.")
    poll.close(now=aggregates.now, key=office.keys.key(poll.id).hex())
    return await aggregates.save(poll)


HANDLERS: CommandHandlers = {
    OpenPoll: open_poll,
    ClosePoll: close_poll,
}
