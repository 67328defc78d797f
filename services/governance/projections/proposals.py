"""
Proposals, their versions, and the support for them.

Support is met for good in the entry that brings it to what is needed, wherever the clock was at that moment: so a
rebuild finds the same.
"""

from libs.contracts.governance import (
    ProposalDecided,
    ProposalMade,
    ProposalPutToVote,
    ProposalRevised,
    ProposalTakenBack,
    SupportGiven,
    SupportReached,
    SupportRenewed,
    SupportTakenBack,
)
from libs.eventlog.log import Recorded
from libs.service.database import Connection
from libs.service.projection import Projection

projection = Projection()

_ADD_VERSION = """
INSERT INTO proposal_version (proposal_id, version_number, title, text, text_sha256, amendment_id, made_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@projection.on(ProposalMade)
async def add_proposal(tx: Connection, event: ProposalMade, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO proposal (proposal_id, group_id, author, title, text, text_sha256, topic, template_id, terms,"
        " audience, made_at, discussion_until, support_needed, has_met_support, made_position, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13 = 0, $14, $14)",
        recorded.aggregate_id,
        event.group_id,
        event.author,
        event.title,
        event.text,
        event.text_sha256,
        event.topic,
        event.template_id,
        event.terms.model_dump(mode="json"),
        event.audience,
        recorded.decided_at,
        event.discussion_until,
        event.support_needed,
        recorded.position,
    )
    await _add_version(tx, event, recorded, version_number=1)


@projection.on(ProposalRevised)
async def revise_proposal(tx: Connection, event: ProposalRevised, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE proposal SET version_number = $2, title = $3, text = $4, text_sha256 = $5, position = $6"
        " WHERE proposal_id = $1",
        recorded.aggregate_id,
        event.version_number,
        event.title,
        event.text,
        event.text_sha256,
        recorded.position,
    )
    await _add_version(tx, event, recorded, version_number=event.version_number)


async def _add_version(
    tx: Connection, event: ProposalMade | ProposalRevised, recorded: Recorded, *, version_number: int
) -> None:
    await tx.execute(
        _ADD_VERSION,
        recorded.aggregate_id,
        version_number,
        event.title,
        event.text,
        event.text_sha256,
        event.amendment_id if isinstance(event, ProposalRevised) else None,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(SupportReached)
async def reach_support(tx: Connection, _: SupportReached, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE proposal SET has_met_support = true, support_reached_at = $2, position = $3 WHERE proposal_id = $1",
        recorded.aggregate_id,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(ProposalPutToVote)
async def put_to_vote(tx: Connection, event: ProposalPutToVote, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE proposal SET poll_id = $2, put_to_vote_at = $3, position = $4 WHERE proposal_id = $1",
        recorded.aggregate_id,
        event.poll_id,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(ProposalDecided)
async def decide_proposal(tx: Connection, event: ProposalDecided, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE proposal SET decided_in = $2, is_adopted = $3, decided_at = $4, position = $5 WHERE proposal_id = $1",
        recorded.aggregate_id,
        event.poll_id,
        event.is_adopted,
        recorded.decided_at,
        recorded.position,
    )


@projection.on(ProposalTakenBack)
async def take_back(tx: Connection, event: ProposalTakenBack, recorded: Recorded) -> None:
    await tx.execute(
        "UPDATE proposal SET taken_back_at = $2, taken_back_because = $3, position = $4 WHERE proposal_id = $1",
        recorded.aggregate_id,
        recorded.decided_at,
        event.reason,
        recorded.position,
    )


_COUNT_SUPPORT = """
UPDATE proposal
SET supporters_count = supporters_count + $2,
    has_met_support = has_met_support OR supporters_count + $2 >= support_needed
WHERE proposal_id = $1
"""


@projection.on(SupportGiven)
async def add_support(tx: Connection, event: SupportGiven, recorded: Recorded) -> None:
    await tx.execute(
        "INSERT INTO support (support_id, proposal_id, supporter, is_given) VALUES ($1, $2, $3, true)",
        recorded.aggregate_id,
        event.proposal_id,
        event.supporter,
    )
    await tx.execute(_COUNT_SUPPORT, event.proposal_id, 1)


@projection.on(SupportRenewed)
async def renew_support(tx: Connection, _: SupportRenewed, recorded: Recorded) -> None:
    await _give(tx, recorded, is_given=True)


@projection.on(SupportTakenBack)
async def take_support_back(tx: Connection, _: SupportTakenBack, recorded: Recorded) -> None:
    await _give(tx, recorded, is_given=False)


async def _give(tx: Connection, recorded: Recorded, *, is_given: bool) -> None:
    proposal_id = await tx.fetchval(
        "UPDATE support SET is_given = $2 WHERE support_id = $1 RETURNING proposal_id",
        recorded.aggregate_id,
        is_given,
    )
    await tx.execute(_COUNT_SUPPORT, proposal_id, 1 if is_given else -1)
