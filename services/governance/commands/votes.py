"""
How a text comes to the vote, and what the vote makes of it.

The poll and the text that it is about are kept together or not at all: there is no vote on a proposal that may still
change, and none that stands still without a vote.
"""

from datetime import datetime, timedelta

from libs.contracts.governance import (
    DecideProposal,
    PollTerms,
    ProposalVersion,
    PutAmendmentToVote,
    PutProposalToVote,
    TemplateTerms,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself
from services.governance.commands.customs import customs_of
from services.governance.commands.members import as_member, is_steward
from services.governance.commands.office import Office
from services.governance.commands.opening import poll_with_roll
from services.governance.commands.standing import amendment_as_it_stands, proposal_as_it_stands
from services.governance.domain.amendment import Amendment
from services.governance.domain.poll import Poll
from services.governance.domain.proposal import Proposal
from services.governance.domain.result import Result, has_passed


async def put_proposal_to_vote(command: PutProposalToVote, aggregates: Aggregates, office: Office) -> Recorded:
    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    elector = await as_member(proposal.group_id, aggregates, office)
    if not await is_steward(proposal.group_id, aggregates, office):
        proposal.check_is_author(elector)
    poll_id, chosen = aggregates.new_id(), proposal.terms
    proposal.put_to_vote(poll_id, now=aggregates.now)
    closes_at = command.closes_at or aggregates.now + timedelta(days=chosen.vote_days)
    terms = await _terms(proposal, closes_at, aggregates)
    roll_and_poll = await poll_with_roll(
        aggregates,
        office,
        poll_id=poll_id,
        group_id=proposal.group_id,
        question=proposal.wording.title,
        explanation=None,
        method=chosen.method,
        options=command.options,
        closes_at=closes_at,
        may_close_early=False,
        allows_paper=False,
        terms=terms.model_copy(
            update={
                "settings": command.settings or chosen.settings,
                "rules": chosen.rules,
                "proposal": ProposalVersion(
                    proposal_id=proposal.id,
                    version_number=proposal.version_number,
                    text_sha256=proposal.text_sha256,
                ),
            }
        ),
        allows_block=chosen.method == "consent" and not command.options,
    )
    return await aggregates.save(*roll_and_poll, proposal, group_id=proposal.group_id, actor=str(elector))


async def put_amendment_to_vote(command: PutAmendmentToVote, aggregates: Aggregates, office: Office) -> Recorded:
    """Whether a text reads so or so is a question of yes and no, whatever the proposal itself is voted on by."""
    amendment, proposal = await amendment_as_it_stands(command.amendment_id, aggregates)
    elector = await as_member(proposal.group_id, aggregates, office)
    if not await is_steward(proposal.group_id, aggregates, office):
        amendment.check_is_author(elector)
    poll_id, chosen = aggregates.new_id(), proposal.terms
    amendment.put_to_vote(poll_id, proposal, now=aggregates.now)
    closes_at = command.closes_at or aggregates.now + timedelta(days=chosen.vote_days)
    terms = await _terms(proposal, closes_at, aggregates)
    roll_and_poll = await poll_with_roll(
        aggregates,
        office,
        poll_id=poll_id,
        group_id=proposal.group_id,
        question=amendment.wording.title,
        explanation=amendment.why,
        method="consent",
        options=(),
        closes_at=closes_at,
        may_close_early=False,
        allows_paper=False,
        terms=terms.model_copy(
            update={
                "rules": chosen.rules if chosen.method == "consent" else None,
                "proposal": _as_it_would_read(amendment, proposal),
            }
        ),
    )
    return await aggregates.save(*roll_and_poll, proposal, amendment, group_id=proposal.group_id, actor=str(elector))


async def decide_proposal(command: DecideProposal, aggregates: Aggregates, _: Office) -> Recorded:
    """A review of the vote decides the proposal anew."""
    check_is_itself(aggregates)
    proposal = await aggregates.get(Proposal, command.proposal_id)
    result = await aggregates.get(Result, Result.create_id(command.poll_id))
    poll = await aggregates.look_at(Poll, command.poll_id)
    proposal.decide(poll.id, is_adopted=has_passed(result), reviews=poll.terms.reviews)
    return await aggregates.save(proposal)


async def _terms(proposal: Proposal, closes_at: datetime, aggregates: Aggregates) -> PollTerms:
    """Return what every vote on the proposal is opened on, by its template and the customs of the group."""
    chosen, customs = proposal.terms, await customs_of(proposal.group_id, aggregates)
    takes_delegations = chosen.takes_delegations and customs.delegations != "none"
    return PollTerms(
        topic=proposal.topic,
        takes_delegations=takes_delegations,
        carry_max=customs.carry_max if takes_delegations else None,
        results=chosen.results,
        audience=proposal.audience,
        remind_at=_reminded_at(chosen, closes_at, aggregates.now),
    )


def _reminded_at(chosen: TemplateTerms, closes_at: datetime, now: datetime) -> datetime | None:
    if chosen.remind_hours is None:
        return None
    remind_at = closes_at - timedelta(hours=chosen.remind_hours)
    return remind_at if remind_at > now else None


def _as_it_would_read(amendment: Amendment, proposal: Proposal) -> ProposalVersion:
    return ProposalVersion(
        proposal_id=proposal.id,
        version_number=proposal.version_number + 1,
        text_sha256=amendment.text_sha256,
        amendment_id=amendment.id,
    )


HANDLERS: CommandHandlers = {
    PutProposalToVote: put_proposal_to_vote,
    PutAmendmentToVote: put_amendment_to_vote,
    DecideProposal: decide_proposal,
}
