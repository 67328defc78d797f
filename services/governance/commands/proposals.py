"""Proposals, from the first text until the group votes on it, and the support for them."""

from datetime import timedelta

from libs.contracts.governance import (
    MakeProposal,
    ReachSupport,
    ReviseProposal,
    SupportProposal,
    TakeProposalBack,
    TakeSupportBack,
    TemplateTerms,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself
from services.governance.commands.customs import customs_of, template_of
from services.governance.commands.members import as_member
from services.governance.commands.office import Office
from services.governance.commands.standing import proposal_as_it_stands
from services.governance.domain.proposal import Proposal, check_discussion
from services.governance.domain.support import NotSupported, Support
from services.governance.domain.wording import Wording

USUAL = TemplateTerms(method="consent")
"""What a proposal is voted on by that no template is named for."""


async def make_proposal(command: MakeProposal, aggregates: Aggregates, office: Office) -> Recorded:
    proposal_id = aggregates.new_id()
    # A request that is sent again is answered before the clock may refuse it.
    if await aggregates.find(Proposal, proposal_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    author = await as_member(command.group_id, aggregates, office)
    terms = USUAL
    if command.template_id:
        terms = (await template_of(command.template_id, command.group_id, aggregates)).terms
    until = command.discussion_until or aggregates.now + timedelta(days=terms.discussion_days)
    check_discussion(until, now=aggregates.now)
    wording = Wording(command.title, command.text)
    wording.check_fits(terms.model_dump(mode="json"))
    proposal = Proposal(
        id=proposal_id,
        group_id=command.group_id,
        author=author,
        **wording._asdict(),
        text_sha256=wording.sha256,
        topic=command.topic,
        discussion_until=until,
        support_needed=terms.support_needed if command.support_needed is None else command.support_needed,
        template_id=command.template_id,
        audience=(await customs_of(command.group_id, aggregates)).audience,
        terms=terms,
    )
    return await aggregates.save(proposal, actor=str(author))


async def revise_proposal(command: ReviseProposal, aggregates: Aggregates, office: Office) -> Recorded:
    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    wording = Wording(command.title, command.text)
    proposal.revise(wording, by=author, of_version=command.of_version, now=aggregates.now)
    return await aggregates.save(proposal, actor=str(author))


async def take_proposal_back(command: TakeProposalBack, aggregates: Aggregates, office: Office) -> Recorded:
    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    proposal.take_back(command.reason, by=author)
    return await aggregates.save(proposal, actor=str(author))


async def support_proposal(command: SupportProposal, aggregates: Aggregates, office: Office) -> Recorded:
    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    supporter = await as_member(proposal.group_id, aggregates, office)
    support = await aggregates.find(Support, Support.create_id(proposal.id, supporter))
    proposal.check_is_pending()
    if support is None:
        support = Support(proposal_id=proposal.id, supporter=supporter)
    else:
        support.renew()
    return await aggregates.save(support, group_id=proposal.group_id, actor=str(supporter))


async def take_support_back(command: TakeSupportBack, aggregates: Aggregates, office: Office) -> Recorded:
    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    supporter = await as_member(proposal.group_id, aggregates, office)
    support = await aggregates.find(Support, Support.create_id(proposal.id, supporter))
    if support is None:
        raise NotSupported("You do not support this proposal.")
    proposal.check_is_pending()
    support.take_back()
    return await aggregates.save(support, group_id=proposal.group_id, actor=str(supporter))


async def reach_support(command: ReachSupport, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    proposal = await aggregates.get(Proposal, command.proposal_id)
    proposal.reach_support(command.supporters_count)
    return await aggregates.save(proposal)


HANDLERS: CommandHandlers = {
    MakeProposal: make_proposal,
    ReviseProposal: revise_proposal,
    TakeProposalBack: take_proposal_back,
    SupportProposal: support_proposal,
    TakeSupportBack: take_support_back,
    ReachSupport: reach_support,
}
