"""What may be asked of governance, by members and by its own reactions."""

from libs.contracts.governance.commands.amendments import (
    MakeAmendment,
    PutAmendmentToVote,
    RefuseAmendment,
    SettleAmendment,
    TakeAmendmentBack,
    TakeAmendmentIn,
)
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
from libs.contracts.governance.commands.electorates import (
    GivePlace,
)
from libs.contracts.governance.commands.follow_up import (
    AgreeTask,
    DeclareRecount,
    MoveTask,
    NoteReviewDue,
    PlanReview,
    RaiseObjection,
)
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
from libs.contracts.governance.commands.proposals import (
    DecideProposal,
    MakeProposal,
    PutProposalToVote,
    ReachSupport,
    ReviseProposal,
    SupportProposal,
    TakeProposalBack,
    TakeSupportBack,
)
from libs.contracts.governance.commands.statements import (
    ForgetMember,
    MakeStatement,
    NoteErasure,
    TakeStatementBack,
)

__all__ = [
    "AgreeTask",
    "CancelPoll",
    "CastBallot",
    "ChangeTemplate",
    "ClosePoll",
    "CountedOutcome",
    "DecideProposal",
    "DeclareRecount",
    "DeclareResult",
    "DelegateInGroup",
    "DelegateInPoll",
    "DisputeRoll",
    "DropTemplate",
    "EnterPaperBallots",
    "ForgetMember",
    "GivePlace",
    "HearOfGroup",
    "HearOfMember",
    "MakeAmendment",
    "MakeProposal",
    "MakeStatement",
    "MakeTemplate",
    "MoveTask",
    "NameAuditor",
    "NoteErasure",
    "NoteReviewDue",
    "OpenPoll",
    "PaperSheets",
    "PlanReview",
    "PollDraft",
    "PutAmendmentToVote",
    "PutProposalToVote",
    "RaiseObjection",
    "ReachSupport",
    "RefuseAmendment",
    "RemindVoters",
    "ReviseProposal",
    "SetCustoms",
    "SettleAmendment",
    "StrikePaperBatch",
    "SupportProposal",
    "TakeAmendmentBack",
    "TakeAmendmentIn",
    "TakeProposalBack",
    "TakeStatementBack",
    "TakeSupportBack",
    "WithdrawBallot",
    "WithdrawDelegationInGroup",
    "WithdrawDelegationInPoll",
]
