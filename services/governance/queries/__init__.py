"""What governance answers: one function for each question. What the public log says is for everybody, names are not."""

from libs.service.desk import QueryHandlers
from services.governance.queries import (
    ballots,
    customs,
    delegations,
    discussions,
    electorates,
    follow_up,
    pending,
    polls,
    proposals,
    results,
)

QUERIES: QueryHandlers = {
    **customs.QUERIES,
    **electorates.QUERIES,
    **proposals.QUERIES,
    **discussions.QUERIES,
    **polls.QUERIES,
    **pending.QUERIES,
    **ballots.QUERIES,
    **delegations.QUERIES,
    **results.QUERIES,
    **follow_up.QUERIES,
}
