"""Polls: putting a question to a group, voting, and what came of it."""

from fastapi import APIRouter

from gateway.routers.governance import ballots, customs, delegations, polls, proofs

router = APIRouter(tags=["governance"])
# Voting first: addresses are tried one after another, and a vote brings the most requests.
for room in (ballots, polls, customs, delegations, proofs):
    router.include_router(room.router)
