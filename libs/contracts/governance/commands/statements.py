"""What members say about proposals."""

from uuid import UUID

from libs.contracts.governance.commands.base import GovernanceCommand
from libs.contracts.governance.terms import Side
from libs.contracts.text import Prose


class MakeStatement(GovernanceCommand):
    """Speak for or against a proposal, or ask something. The words may be taken back."""

    proposal_id: UUID
    side: Side
    words: Prose


class TakeStatementBack(GovernanceCommand):
    """Erase one's own words; that something was said stays."""

    statement_id: UUID


class NoteErasure(GovernanceCommand):
    """Note that a statement has no words any more; governance tells itself."""

    statement_id: UUID


class ForgetMember(GovernanceCommand):
    """Erase what somebody who left the node said, and who they were; governance tells itself."""

    member_id: UUID
