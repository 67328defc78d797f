"""
What governance is asked to do: one function for each command.

A member acts under a pseudonym as soon as a vote is at stake: entries about a ballot bear the voter's, not the
member's id. Stewards' acts bear the steward's id, for whoever enters or closes answers for it.
"""

from libs.service.desk import CommandHandlers
from services.governance.commands import (
    amendments,
    ballots,
    customs,
    delegations,
    electorates,
    follow_up,
    objections,
    polls,
    proposals,
    results,
    statements,
    votes,
)

HANDLERS: CommandHandlers = {
    **electorates.HANDLERS,
    **proposals.HANDLERS,
    **statements.HANDLERS,
    **amendments.HANDLERS,
    **votes.HANDLERS,
    **customs.HANDLERS,
    **polls.HANDLERS,
    **ballots.HANDLERS,
    **delegations.HANDLERS,
    **results.HANDLERS,
    **objections.HANDLERS,
    **follow_up.HANDLERS,
}
