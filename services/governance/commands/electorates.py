"""What governance hears of groups and their members."""

from libs.contracts.governance import (
    HearOfMember,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself
from services.governance.commands.office import Office
from services.governance.domain.electorate import Electorate


async def hear_of_member(command: HearOfMember, aggregates: Aggregates, office: Office) -> Recorded:
    check_is_itself(aggregates)
    electorate = await aggregates.find(Electorate, Electorate.create_id(command.group_id))
    electorate = electorate or Electorate(group_id=command.group_id, parent_id=None)
    elector = office.pseudonyms.elector(command.group_id, command.member_id)
    electorate.hear(elector, command.role, command.source_position)
    return await aggregates.save(electorate)


HANDLERS: CommandHandlers = {
    HearOfMember: hear_of_member,
}
