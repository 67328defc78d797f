"""
What members say of proposals.

Words go into the vault before the log names their digest, and out of it before the log says that they are gone: of
what breaks off in between, words that the log never named are shown to nobody, and a statement without words is noted
as such by governance's own clock.
"""

from secrets import token_bytes
from uuid import UUID

from libs.contracts.governance import (
    ForgetMember,
    MakeStatement,
    MemberForgotten,
    NoteErasure,
    StatementMade,
    TakeStatementBack,
)
from libs.eventlog.log import LogMovedOn, Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself, member_of
from services.governance.commands.members import as_member
from services.governance.commands.office import Office
from services.governance.commands.standing import proposal_as_it_stands
from services.governance.domain.proposal import Proposal
from services.governance.domain.statement import SALT_BYTES, Statement, words_sha256

_KEEP = """
INSERT INTO statement_words (statement_id, sha256, salt, words, member_id) VALUES ($1, $2, $3, $4, $5)
"""

_FORGET = "DELETE FROM statement_words WHERE statement_id = $1 AND sha256 = $2"

_ERASE = """
WITH gone AS (DELETE FROM statement_words WHERE statement_id = $1 RETURNING statement_id)
INSERT INTO wordless_statement SELECT DISTINCT statement_id FROM gone ON CONFLICT DO NOTHING
"""

_ERASE_ALL = """
WITH gone AS (DELETE FROM statement_words WHERE member_id = $1 RETURNING statement_id)
INSERT INTO wordless_statement SELECT DISTINCT statement_id FROM gone ON CONFLICT DO NOTHING RETURNING 1
"""


async def make_statement(command: MakeStatement, aggregates: Aggregates, office: Office) -> Recorded:
    statement_id = aggregates.new_id()
    if await aggregates.find(Statement, statement_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    proposal = await proposal_as_it_stands(command.proposal_id, aggregates)
    author = await as_member(proposal.group_id, aggregates, office)
    proposal.check_is_pending()
    salt = token_bytes(SALT_BYTES)
    digest = words_sha256(command.words, salt)
    statement = Statement(
        id=statement_id, proposal_id=proposal.id, author=author, side=command.side, text_sha256=digest
    )
    async with office.vault.open() as words:
        await words.execute(_KEEP, statement_id, digest, salt, command.words, member_of(aggregates))
    try:
        recorded = await aggregates.save(statement, group_id=proposal.group_id, actor=str(author))
    except (LogMovedOn, KeyWasUsed):
        await _forget(statement_id, digest, office)
        raise
    # Of a request that comes several times at once, each with a salt of its own, the log keeps one.
    if isinstance(recorded.event, StatementMade) and recorded.event.text_sha256 != digest:
        await _forget(statement_id, digest, office)
    return recorded


async def _forget(statement_id: UUID, digest: str, office: Office) -> None:
    async with office.vault.open() as words:
        await words.execute(_FORGET, statement_id, digest)


async def take_statement_back(command: TakeStatementBack, aggregates: Aggregates, office: Office) -> Recorded:
    """Whoever left the group may still take back what they said there."""
    statement = await aggregates.get(Statement, command.statement_id)
    proposal = await aggregates.get(Proposal, statement.proposal_id)
    author = office.pseudonyms.elector(proposal.group_id, member_of(aggregates))
    statement.check_is_author(author)
    async with office.vault.open() as words:
        await words.execute(_ERASE, statement.id)
    statement.take_back()
    return await aggregates.save(statement, group_id=proposal.group_id, actor=str(author))


async def note_erasure(command: NoteErasure, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    statement = await aggregates.get(Statement, command.statement_id)
    proposal = await aggregates.get(Proposal, statement.proposal_id)
    statement.take_back()
    return await aggregates.save(statement, group_id=proposal.group_id)


async def forget_member(command: ForgetMember, aggregates: Aggregates, office: Office) -> MemberForgotten:
    """The vault is emptied of what a member said and of who they were; that words are gone is noted one by one."""
    check_is_itself(aggregates)
    async with office.vault.open() as vault:
        said = await vault.fetch(_ERASE_ALL, command.member_id)
        known = await vault.fetch("DELETE FROM known_elector WHERE member_id = $1 RETURNING 1", command.member_id)
    return MemberForgotten(statements_count=len(said), pseudonyms_count=len(known))


HANDLERS: CommandHandlers = {
    MakeStatement: make_statement,
    TakeStatementBack: take_statement_back,
    NoteErasure: note_erasure,
    ForgetMember: forget_member,
}
