"""What may be asked of governance, by members and by its own reactions."""

from libs.contracts.governance.commands.ballots import (
    CastBallot,
    EnterPaperBallots,
    PaperSheets,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.contracts.governance.commands.customs import (
    ChangeTemplate,
    DropTemplate,
    MakeTemplate,
    SetCustoms,
)
from libs.contracts.governance.commands.delegations import (
    DelegateInGroup,
    DelegateInPoll,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.contracts.governance.commands.electorates import GivePlace
from libs.contracts.governance.commands.itself import (
    CountedOutcome,
    DeclareResult,
    HearOfGroup,
    HearOfMember,
    RemindVoters,
)
from libs.contracts.governance.commands.polls import (
    CancelPoll,
    ClosePoll,
    DisputeRoll,
    NameAuditor,
    OpenPoll,
    PollDraft,
)

__all__ = [
    "CancelPoll",
    "CastBallot",
    "ChangeTemplate",
    "ClosePoll",
    "CountedOutcome",
    "DeclareResult",
    "DelegateInGroup",
    "DelegateInPoll",
    "DisputeRoll",
    "DropTemplate",
    "EnterPaperBallots",
    "GivePlace",
    "HearOfGroup",
    "HearOfMember",
    "MakeTemplate",
    "NameAuditor",
    "OpenPoll",
    "PaperSheets",
    "PollDraft",
    "RemindVoters",
    "SetCustoms",
    "StrikePaperBatch",
    "WithdrawBallot",
    "WithdrawDelegationInGroup",
    "WithdrawDelegationInPoll",
]
