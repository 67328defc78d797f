"""Amendments: how others would have a proposal read, and who says whether it does."""

from libs.contracts.governance import (
    MakeAmendment,
    RefuseAmendment,
    SettleAmendment,
    TakeAmendmentBack,
    TakeAmendmentIn,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself
from services.governance.commands.members import as_member
from services.governance.commands.office import Office
from services.governance.commands.standing import amendment_as_it_stands, proposal_as_it_stands
from services.governance.domain.amendment import Amendment, check_amends
from services.governance.domain.result import Result, has_passed
from services.governance.domain.wording import Wording


async def make_amendment(command: MakeAmendment, aggregates: Aggregates, office: Office) -> Recorded:
    amendment_id = aggregates.new_id()
    if await aggregates.find(Amendment, amendment_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    wording = Wording(command.title, command.text)
    check_amends(proposal, wording, of_version=command.of_version, why=command.why, now=aggregates.now)
    amendment = Amendment(
        id=amendment_id,
        proposal_id=proposal.id,
        author=author,
        of_version=command.of_version,
        **wording._asdict(),
        text_sha256=wording.sha256,
        why=command.why,
    )
    return await aggregates.save(amendment, group_id=proposal.group_id, actor=str(author), key_id=proposal.key_id)


async def take_amendment_in(command: TakeAmendmentIn, aggregates: Aggregates, office: Office) -> Recorded:
    """The new version and the amendment's end are kept together or not at all."""
    amendment, proposal = await amendment_as_it_stands(command.amendment_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    amendment.take_in(proposal, by=author, now=aggregates.now)
    return await aggregates.save(proposal, amendment, group_id=proposal.group_id, actor=str(author))


async def refuse_amendment(command: RefuseAmendment, aggregates: Aggregates, office: Office) -> Recorded:
    amendment, proposal = await amendment_as_it_stands(command.amendment_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    amendment.refuse(command.reason, proposal=proposal, by=author)
    return await aggregates.save(amendment, group_id=proposal.group_id, actor=str(author))


async def take_amendment_back(command: TakeAmendmentBack, aggregates: Aggregates, office: Office) -> Recorded:
    amendment, proposal = await amendment_as_it_stands(command.amendment_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    amendment.take_back(by=author)
    return await aggregates.save(amendment, group_id=proposal.group_id, actor=str(author))


async def settle_amendment(command: SettleAmendment, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    amendment, proposal = await amendment_as_it_stands(command.amendment_id, aggregates)
    result = await aggregates.get(Result, Result.create_id(command.poll_id))
    amendment.settle(command.poll_id, proposal, is_passed=has_passed(result))
    return await aggregates.save(proposal, amendment, group_id=proposal.group_id)


HANDLERS: CommandHandlers = {
    MakeAmendment: make_amendment,
    TakeAmendmentIn: take_amendment_in,
    RefuseAmendment: refuse_amendment,
    TakeAmendmentBack: take_amendment_back,
    SettleAmendment: settle_amendment,
}
