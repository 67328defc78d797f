"""
How governance's rows follow from the logs: one function for each event that changes a row, one statement each.

The log decides what is late: what stands behind a poll's close finds the poll closed and changes nothing. Ballots
come in runs of hundreds, so a run is one statement; a test holds runs and single entries to the same rows.
"""

from libs.service.projection import Projection
from services.governance.projections import (
    ballots,
    customs,
    delegations,
    discussions,
    electorates,
    follow_up,
    paper,
    polls,
    proposals,
    results,
    tree,
)

governance = Projection.of(
    electorates.projection,
    customs.projection,
    proposals.projection,
    discussions.projection,
    polls.projection,
    ballots.projection,
    paper.projection,
    delegations.projection,
    results.projection,
    follow_up.projection,
    tree.projection,
)
