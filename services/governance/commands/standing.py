"""
Where a proposal or an amendment stands, when the votes on it are taken into account.

A vote that was cancelled holds nothing up, and neither does one on an amendment that was lost. Both are in the log as
facts of the poll; so they are looked for there, in the moment in which it matters.
"""

from uuid import UUID

from libs.service.aggregates import Aggregates
from services.governance.domain.amendment import Amendment
from services.governance.domain.poll import Poll
from services.governance.domain.proposal import Proposal
from services.governance.domain.result import Result, has_passed


async def proposal_as_it_stands(proposal_id: UUID, aggregates: Aggregates) -> Proposal:
    """
    Return the proposal, free of what no longer binds it.

    Raises:
        NotFound: There is none of that id.
    """
    proposal = await aggregates.get(Proposal, proposal_id)
    if proposal.poll_id and await _is_cancelled(proposal.poll_id, aggregates):
        proposal.look_past_vote()
    if (poll_id := proposal.amendment_poll_id) and (
        await _is_cancelled(poll_id, aggregates) or await _is_lost(poll_id, aggregates)
    ):
        proposal.look_past_amendment()
    return proposal


async def amendment_as_it_stands(amendment_id: UUID, aggregates: Aggregates) -> tuple[Amendment, Proposal]:
    """
    Return the amendment and its proposal, free of what no longer binds them.

    Raises:
        NotFound: There is none of that id.
    """
    amendment = await aggregates.get(Amendment, amendment_id)
    if amendment.poll_id and await _is_cancelled(amendment.poll_id, aggregates):
        amendment.look_past_vote()
    proposal = await proposal_as_it_stands(amendment.proposal_id, aggregates)
    amendment.key_id = proposal.key_id
    return amendment, proposal


async def _is_cancelled(poll_id: UUID, aggregates: Aggregates) -> bool:
    return (await aggregates.look_at(Poll, poll_id)).is_cancelled


async def _is_lost(poll_id: UUID, aggregates: Aggregates) -> bool:
    result = await aggregates.find(Result, Result.create_id(poll_id))
    return result is not None and not has_passed(result)
