"""What governance answers, and the questions."""

from libs.contracts.governance.views.ballots import (
    BallotsIn,
    GovernanceData,
    GovernanceDataOf,
    NamedBallot,
    NamedBallots,
    OwnBallot,
    OwnBallotIn,
    PaperBatch,
    PaperBatches,
    PaperBatchesIn,
)
from libs.contracts.governance.views.polls import (
    LogKey,
    LogKeyOf,
    PollDetails,
    PollOf,
    Polls,
    PollsOf,
    PollSummary,
    Roll,
    RollOf,
)
from libs.contracts.governance.views.results import (
    OptionCount,
    Result,
    ResultOf,
    Tally,
    TallyOf,
)

__all__ = [
    "BallotsIn",
    "GovernanceData",
    "GovernanceDataOf",
    "LogKey",
    "LogKeyOf",
    "NamedBallot",
    "NamedBallots",
    "OptionCount",
    "OwnBallot",
    "OwnBallotIn",
    "PaperBatch",
    "PaperBatches",
    "PaperBatchesIn",
    "PollDetails",
    "PollOf",
    "PollSummary",
    "Polls",
    "PollsOf",
    "Result",
    "ResultOf",
    "Roll",
    "RollOf",
    "Tally",
    "TallyOf",
]
