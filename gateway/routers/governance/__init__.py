"""How a group decides: its texts and questions, voting, and what came of it."""

from fastapi import APIRouter

from gateway.routers.governance import (
    ballots,
    customs,
    delegations,
    discussions,
    electorates,
    follow_up,
    polls,
    proofs,
    proposals,
)

router = APIRouter(tags=["governance"])
# Voting first: addresses are tried one after another, and a vote brings the most requests.
for room in (ballots, polls, proposals, discussions, follow_up, delegations, customs, electorates, proofs):
    router.include_router(room.router)
