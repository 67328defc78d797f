"""
What follows for proposals: support is reached, votes on them are counted, and who is erased is forgotten.

All of it is found by the clock in the read models rather than by the news, so nothing is overlooked that was recorded
a moment after it. The commands decide from the log, and carried out twice they change nothing.
"""

from uuid import UUID, uuid5

from libs.contracts.base import Command
from libs.contracts.governance import DecideProposal, ForgetMember, NoteErasure, ReachSupport, SettleAmendment
from libs.service.reactions import Reactions, World

CLOCK_S = 0.5
FORGET_S = 1.0

reactions = Reactions()

_SUPPORTED = """
SELECT proposal_id, support_needed FROM proposal
WHERE has_met_support AND support_reached_at IS NULL AND support_needed > 0 LIMIT 100
"""


@reactions.every(CLOCK_S)
async def reach_support(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(proposal_id, "support"), ReachSupport(proposal_id=proposal_id, supporters_count=needed))
        for proposal_id, needed in await world.pool.fetch(_SUPPORTED)
    ]


_DECIDED = """
SELECT proposal_id, poll_id FROM proposal JOIN poll USING (poll_id)
WHERE decided_in IS NULL AND declared_position IS NOT NULL
UNION ALL
SELECT proposal_id, review_poll_id
FROM proposal JOIN objection ON objection.poll_id = decided_in JOIN poll AS review ON review.poll_id = review_poll_id
WHERE review.declared_position IS NOT NULL
LIMIT 100
"""


@reactions.every(CLOCK_S)
async def decide_proposals(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(proposal_id, f"decide {poll_id}"), DecideProposal(proposal_id=proposal_id, poll_id=poll_id))
        for proposal_id, poll_id in await world.pool.fetch(_DECIDED)
    ]


_VOTED = """
SELECT amendment_id, poll_id FROM amendment JOIN poll USING (poll_id)
WHERE NOT is_settled AND declared_position IS NOT NULL LIMIT 100
"""


@reactions.every(CLOCK_S)
async def settle_amendments(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(amendment_id, f"settle {poll_id}"), SettleAmendment(amendment_id=amendment_id, poll_id=poll_id))
        for amendment_id, poll_id in await world.pool.fetch(_VOTED)
    ]


_GONE = """
SELECT member_id FROM erased
WHERE EXISTS (SELECT FROM statement_words WHERE statement_words.member_id = erased.member_id)
   OR EXISTS (SELECT FROM known_elector WHERE known_elector.member_id = erased.member_id)
LIMIT 100
"""


@reactions.every(FORGET_S)
async def forget_who_is_gone(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(member_id, "forget"), ForgetMember(member_id=member_id))
        for (member_id,) in await world.pool.fetch(_GONE)
    ]


_WORDLESS = """
SELECT statement_id FROM wordless_statement JOIN statement USING (statement_id) WHERE NOT is_taken_back LIMIT 100
"""


@reactions.every(FORGET_S)
async def note_what_is_erased(world: World) -> list[tuple[UUID, Command]]:
    return [
        (uuid5(statement_id, "erased"), NoteErasure(statement_id=statement_id))
        for (statement_id,) in await world.pool.fetch(_WORDLESS)
    ]
