"""What may be asked of governance, by members and by its own reactions."""

from libs.contracts.governance.commands.customs import (
    ChangeTemplate,
    DropTemplate,
    MakeTemplate,
    SetCustoms,
)
from libs.contracts.governance.commands.itself import (
    CountedOutcome,
    DeclareResult,
    HearOfMember,
)
from libs.contracts.governance.commands.polls import (
    CastBallot,
    ClosePoll,
    EnterPaperBallots,
    OpenPoll,
    StrikePaperBatch,
    WithdrawBallot,
)

__all__ = [
    "CastBallot",
    "ChangeTemplate",
    "ClosePoll",
    "CountedOutcome",
    "DeclareResult",
    "DropTemplate",
    "EnterPaperBallots",
    "HearOfMember",
    "MakeTemplate",
    "OpenPoll",
    "SetCustoms",
    "StrikePaperBatch",
    "WithdrawBallot",
]
