"""Opening and closing polls, taking them back, and what is said of their rolls."""

from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.governance import (
    CancelPoll,
    ClosePoll,
    DisputeRoll,
    NameAuditor,
    OpenPoll,
    PollTerms,
    RemindVoters,
)
from libs.errors import Conflict, NotFound, Unprocessable
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import ITSELF, check_is_itself, check_is_steward, electorate_of, member_of
from services.governance.commands.customs import customs_of
from services.governance.commands.office import Office
from services.governance.commands.opening import poll_with_roll
from services.governance.domain.customs import Customs
from services.governance.domain.poll import (
    Poll,
    PollIsStillOpen,
)
from services.governance.domain.result import Result


class NothingToReplace(Unprocessable):
    """A poll replaces a cancelled one of its group, and that one is none."""


class NoDelegationsHere(Conflict):
    """The group's customs are that nobody votes for another."""


async def open_poll(command: OpenPoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll_id = aggregates.new_id()
    # A request that is sent again is answered before the clock may refuse it.
    if await aggregates.find(Poll, poll_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    electorate = await electorate_of(aggregates, command.group_id)
    electorate.check_is_member(office.pseudonyms.elector(command.group_id, member_of(aggregates)))
    if command.replaces:
        await _check_was_cancelled(command.replaces, command.group_id, aggregates)
    roll_and_poll = await poll_with_roll(
        aggregates,
        office,
        poll_id=poll_id,
        group_id=command.group_id,
        question=command.question,
        explanation=command.explanation,
        method=command.method,
        options=command.options,
        closes_at=command.closes_at,
        may_close_early=command.may_close_early,
        allows_paper=command.allows_paper,
        terms=_terms(command, await customs_of(command.group_id, aggregates)),
        allows_block=command.allows_block,
        listed={office.pseudonyms.elector(command.group_id, member_id) for member_id in command.listed},
    )
    return await aggregates.save(*roll_and_poll, group_id=command.group_id)


def _terms(command: OpenPoll, customs: Customs) -> PollTerms:
    if command.takes_delegations and customs.delegations == "none":
        raise NoDelegationsHere("By this group's customs nobody votes for another; open the poll without delegations.")
    caps = [cap for cap in (command.carry_max, customs.carry_max) if cap is not None]
    return PollTerms(
        settings=command.settings,
        rules=command.rules,
        eligibility=command.eligibility,
        topic=command.topic,
        takes_delegations=command.takes_delegations,
        carry_max=min(caps) if caps and command.takes_delegations else None,
        results=command.results,
        audience=command.audience or customs.audience,
        replaces=command.replaces,
        remind_at=command.remind_at,
    )


async def _check_was_cancelled(poll_id: UUID, group_id: UUID, aggregates: Aggregates) -> None:
    try:
        poll = await aggregates.look_at(Poll, poll_id)
    except NotFound as fault:
        raise NothingToReplace(f"There is no poll {poll_id} that this one could replace.") from fault
    if poll.group_id != group_id or not poll.is_cancelled:
        raise NothingToReplace("A poll replaces one of the same group that was cancelled.")


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


async def cancel_poll(command: CancelPoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll = await aggregates.get(Poll, command.poll_id)
    elector = office.pseudonyms.elector(poll.group_id, member_of(aggregates))
    electorate = await electorate_of(aggregates, poll.group_id)
    # Who opened it is in the opening's entry by the member's id or, where a proposal went to the vote, as an elector.
    if poll.founded_by in (aggregates.actor, str(elector)):
        electorate.check_is_member(elector)
    else:
        electorate.check_is_steward(elector)
    poll.cancel(command.reason, now=aggregates.now)
    return await aggregates.save(poll)


async def remind_voters(command: RemindVoters, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    poll = await aggregates.get(Poll, command.poll_id)
    poll.remind(now=aggregates.now)
    return await aggregates.save(poll)


async def dispute_roll(command: DisputeRoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll = await aggregates.get(Poll, command.poll_id)
    elector = office.pseudonyms.elector(poll.group_id, member_of(aggregates))
    (await electorate_of(aggregates, poll.group_id)).check_is_member(elector)
    until = await _end_of_objections(poll, aggregates) if poll.is_closed else None
    poll.dispute_roll(elector, command.reason, now=aggregates.now, until=until)
    return await aggregates.save(poll, actor=str(elector))


async def _end_of_objections(poll: Poll, aggregates: Aggregates) -> datetime | None:
    if (result := await aggregates.find(Result, Result.create_id(poll.id))) is None:
        return None
    customs = await customs_of(poll.group_id, aggregates)
    return result.created_on + timedelta(days=customs.objection_days)


async def name_auditor(command: NameAuditor, aggregates: Aggregates, office: Office) -> Recorded:
    poll = await aggregates.get(Poll, command.poll_id)
    await check_is_steward(poll, aggregates, office)
    poll.name_auditor(command.auditor_id)
    return await aggregates.save(poll)


HANDLERS: CommandHandlers = {
    OpenPoll: open_poll,
    ClosePoll: close_poll,
    CancelPoll: cancel_poll,
    RemindVoters: remind_voters,
    DisputeRoll: dispute_roll,
    NameAuditor: name_auditor,
}
