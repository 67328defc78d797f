"""What governance hears of groups and their members, and which place members say is theirs."""

from libs.contracts.governance import (
    GivePlace,
    HearOfGroup,
    HearOfMember,
)
from libs.errors import NotFound
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself, member_of
from services.governance.commands.office import Office
from services.governance.domain.electorate import Electorate


async def hear_of_group(command: HearOfGroup, aggregates: Aggregates, office: Office) -> Recorded:
    """Its founder's membership stands in the log of groups right before the group itself, and is heard with it."""
    check_is_itself(aggregates)
    electorate = await aggregates.find(Electorate, Electorate.create_id(command.group_id))
    electorate = electorate or Electorate(group_id=command.group_id, parent_id=command.parent_id)
    founding = HearOfMember(
        group_id=command.group_id,
        member_id=command.founder,
        role="steward",
        source_position=command.source_position,
        said_at=command.said_at,
    )
    return await _hear(founding, electorate, aggregates, office)


async def hear_of_member(command: HearOfMember, aggregates: Aggregates, office: Office) -> Recorded:
    check_is_itself(aggregates)
    electorate = await aggregates.find(Electorate, Electorate.create_id(command.group_id))
    electorate = electorate or Electorate(group_id=command.group_id, parent_id=None)
    return await _hear(command, electorate, aggregates, office)


async def _hear(news: HearOfMember, electorate: Electorate, aggregates: Aggregates, office: Office) -> Recorded:
    """Note the *news*; what is said of a sub-group's member is kept in both electorates or in none."""
    elector = office.pseudonyms.elector(electorate.group_id, news.member_id)
    electorate.hear(elector, news.role, news.source_position, joined_at=news.said_at)
    if electorate.parent_id is None:
        return await aggregates.save(electorate)
    parent = await aggregates.get(Electorate, Electorate.create_id(electorate.parent_id))
    elector = office.pseudonyms.elector(parent.group_id, news.member_id)
    parent.hear_of_subgroup(electorate.group_id, elector, news.source_position, is_in=news.role is not None)
    return await aggregates.save(parent, electorate)


async def give_place(command: GivePlace, aggregates: Aggregates, office: Office) -> Recorded:
    elector = office.pseudonyms.elector(command.group_id, member_of(aggregates))
    if (electorate := await aggregates.find(Electorate, Electorate.create_id(command.group_id))) is None:
        raise NotFound(f"There is no group {command.group_id}.")
    electorate.place(elector, command.place_id)
    return await aggregates.save(electorate, actor=str(elector))


HANDLERS: CommandHandlers = {
    HearOfGroup: hear_of_group,
    HearOfMember: hear_of_member,
    GivePlace: give_place,
}
