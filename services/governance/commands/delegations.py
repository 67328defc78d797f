"""Letting somebody else vote, and taking that back."""

from uuid import UUID

from libs.contracts.governance import (
    DelegateInGroup,
    DelegateInPoll,
    Scope,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import as_voter, electorate_of, member_of
from services.governance.commands.customs import customs_of
from services.governance.commands.office import Office
from services.governance.domain.delegation import (
    DelegateIsNotAMember,
    DelegateIsNotOnTheRoll,
    Delegation,
    DelegationsAreNotTaken,
    NoDelegationYet,
    check_is_another,
)
from services.governance.domain.poll import Poll
from services.governance.domain.roll import RollPart


async def delegate_in_poll(command: DelegateInPoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll, voter = await as_voter(command.poll_id, aggregates, office)
    delegate = office.pseudonyms.voter(poll.id, office.pseudonyms.elector(poll.group_id, command.member_id))
    delegation = await aggregates.find(Delegation, Delegation.create_id(poll.group_id, poll.id, None, voter))
    poll.check_is_open(now=aggregates.now)
    check_is_another(voter, delegate)
    if not poll.terms.takes_delegations:
        raise DelegationsAreNotTaken("In this poll everybody votes for themselves, as it was opened.")
    key_id = poll.key_id or await _key_by_custom(poll.group_id, aggregates)
    await _check_is_on_the_roll(poll, delegate, aggregates)
    if delegation is None:
        delegation = Delegation(
            group_id=poll.group_id, scope="poll", poll_id=poll.id, topic=None, delegator=voter, delegate=delegate
        )
    else:
        delegation.give(delegate)
    return await aggregates.save(delegation, actor=str(voter), key_id=key_id)


async def withdraw_in_poll(command: WithdrawDelegationInPoll, aggregates: Aggregates, office: Office) -> Recorded:
    poll, voter = await as_voter(command.poll_id, aggregates, office)
    delegation = await aggregates.find(Delegation, Delegation.create_id(poll.group_id, poll.id, None, voter))
    poll.check_is_open(now=aggregates.now)
    return await _withdraw(delegation, voter, aggregates)


async def delegate_in_group(command: DelegateInGroup, aggregates: Aggregates, office: Office) -> Recorded:
    electorate = await electorate_of(aggregates, command.group_id)
    elector = office.pseudonyms.elector(command.group_id, member_of(aggregates))
    delegate = office.pseudonyms.elector(command.group_id, command.member_id)
    address = Delegation.create_id(command.group_id, None, command.topic, elector)
    delegation = await aggregates.find(Delegation, address)
    electorate.check_is_member(elector)
    check_is_another(elector, delegate)
    key_id = await _key_by_custom(command.group_id, aggregates)
    if delegate not in electorate.roles:
        raise DelegateIsNotAMember("Only a member of the group may vote in it for others.")
    if delegation is None:
        scope: Scope = "group" if command.topic is None else "topic"
        delegation = Delegation(
            group_id=command.group_id,
            scope=scope,
            poll_id=None,
            topic=command.topic,
            delegator=elector,
            delegate=delegate,
        )
    else:
        delegation.give(delegate)
    return await aggregates.save(delegation, actor=str(elector), key_id=key_id)


async def withdraw_in_group(command: WithdrawDelegationInGroup, aggregates: Aggregates, office: Office) -> Recorded:
    elector = office.pseudonyms.elector(command.group_id, member_of(aggregates))
    address = Delegation.create_id(command.group_id, None, command.topic, elector)
    return await _withdraw(await aggregates.find(Delegation, address), elector, aggregates)


async def _withdraw(delegation: Delegation | None, delegator: UUID, aggregates: Aggregates) -> Recorded:
    """Take it back; also who has left the group, and whatever its customs say by now."""
    if delegation is None:
        raise NoDelegationYet("You have let nobody vote for you here.")
    delegation.withdraw()
    return await aggregates.save(delegation, actor=str(delegator))


async def _key_by_custom(group_id: UUID, aggregates: Aggregates) -> UUID | None:
    """
    Return the key that the group seals its delegations with, None where they are public.

    Raises:
        DelegationsAreNotTaken: In this group nobody votes for others.
    """
    match (await customs_of(group_id, aggregates)).delegations:
        case "none":
            raise DelegationsAreNotTaken("In this group everybody votes for themselves; so its stewards settled it.")
        case "group":
            return group_id
        case "public":
            return None


async def _check_is_on_the_roll(poll: Poll, delegate: UUID, aggregates: Aggregates) -> None:
    part = await aggregates.get(RollPart, poll.roll_part_of(delegate))
    if delegate not in part.voters:
        raise DelegateIsNotOnTheRoll("Only who was in the group when the poll opened may vote in it for others.")


HANDLERS: CommandHandlers = {
    DelegateInPoll: delegate_in_poll,
    WithdrawDelegationInPoll: withdraw_in_poll,
    DelegateInGroup: delegate_in_group,
    WithdrawDelegationInGroup: withdraw_in_group,
}
