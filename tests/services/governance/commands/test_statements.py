"""What is kept of what members say, and what goes when they take it back."""

import asyncio
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    ForgetMember,
    MakeStatement,
    MemberForgotten,
    NoteErasure,
    StatementMade,
    StatementTakenBack,
    TakeProposalBack,
    TakeStatementBack,
)
from libs.errors import NotFound
from libs.eventlog.log import New, Recorded
from libs.service.aggregates import KeyWasUsed
from services.governance.commands.access import NotForMembers
from services.governance.domain.electorate import NotAMember
from services.governance.domain.proposal import NotTheAuthor, ProposalIsSettled
from services.governance.domain.statement import words_sha256
from services.governance.reactions.proposals import forget_who_is_gone, note_what_is_erased
from tests.services.governance.conftest import ANA, BO, CY, GROUP, STRANGER, Governance
from tests.services.governance.readers import Readers
from tests.services.governance.texts import proposed

pytestmark = pytest.mark.postgres

WORDS = "The bees were here first."


async def said(governance: Governance, proposal_id: UUID, *, by: UUID = CY, words: str = WORDS) -> UUID:
    """Have Cy speak for a proposal, and return the statement's id."""
    command = MakeStatement(proposal_id=proposal_id, side="for", words=words)
    return (await governance.do(command, by=by)).aggregate_id


async def kept(house: Readers) -> list[str]:
    """All words in the vault."""
    return [words for (words,) in await house.pool.fetch("SELECT words FROM statement_words ORDER BY words")]


class TestMake:
    async def test_the_words_are_not_in_the_log(self, house: Readers) -> None:
        """The log holds their digest, which the vault's salt opens."""
        statement_id = await said(house.decided, await proposed(house.decided))

        (made,) = await house.decided.events(StatementMade)
        (row,) = await house.pool.fetch("SELECT * FROM statement_words")
        assert isinstance(made, StatementMade)
        assert made.text_sha256 == row["sha256"] == words_sha256(WORDS, row["salt"])
        assert (row["statement_id"], row["member_id"], row["words"]) == (statement_id, CY, WORDS)
        assert all(b"bees" not in entry.entry for entry in await house.decided.entries())

    async def test_the_same_words_have_another_digest(self, house: Readers) -> None:
        """Nobody sees in the log that two said the same."""
        proposal_id = await proposed(house.decided)
        await said(house.decided, proposal_id)
        await said(house.decided, proposal_id, by=BO)

        first, second = await house.decided.events(StatementMade)
        assert first.text_sha256 != second.text_sha256  # type: ignore[attr-defined]

    async def test_twice_with_one_key(self, house: Readers) -> None:
        """Sent again, also at the same moment, it is said once, and the vault holds it once."""
        command = MakeStatement(proposal_id=await proposed(house.decided), side="for", words=WORDS)
        key = uuid4()
        outcomes = await asyncio.gather(*(house.decided.do(command, by=CY, key=key) for _ in range(5)))

        assert len({entry.position for entry in outcomes}) == 1
        assert await kept(house) == [WORDS]
        with pytest.raises(KeyWasUsed):
            await house.decided.do(command.model_copy(update={"words": "No."}), by=CY, key=key)
        assert await kept(house) == [WORDS]

    async def test_by_members_while_it_is_open(self, house: Readers) -> None:
        """Strangers say nothing, nobody of what is settled or not there; and nothing of it is kept."""
        proposal_id = await proposed(house.decided)
        with pytest.raises(NotAMember):
            await said(house.decided, proposal_id, by=STRANGER)
        with pytest.raises(NotFound):
            await said(house.decided, uuid4())
        await house.decided.do(TakeProposalBack(proposal_id=proposal_id), by=BO)
        with pytest.raises(ProposalIsSettled):
            await said(house.decided, proposal_id)
        assert await kept(house) == []


class TestTakeBack:
    async def test_erases_the_words(self, house: Readers) -> None:
        """That something was said stays, once however often it is taken back."""
        statement_id = await said(house.decided, await proposed(house.decided))
        first = await house.decided.do(TakeStatementBack(statement_id=statement_id), by=CY)

        assert await kept(house) == []
        assert (await house.decided.do(TakeStatementBack(statement_id=statement_id), by=CY)).position == first.position
        assert await house.strike(note_what_is_erased) == []

    async def test_by_who_left_the_group(self, house: Readers) -> None:
        """One's own words stay one's own."""
        statement_id = await said(house.decided, await proposed(house.decided))
        await house.decided.hear(GROUP, CY, None, 20)
        await house.decided.do(TakeStatementBack(statement_id=statement_id), by=CY)

        assert await kept(house) == []

    async def test_by_nobody_else(self, house: Readers) -> None:
        """Not by a steward, not by the author of the proposal."""
        statement_id = await said(house.decided, await proposed(house.decided))
        for who in (ANA, BO, STRANGER):
            with pytest.raises(NotTheAuthor):
                await house.decided.do(TakeStatementBack(statement_id=statement_id), by=who)
        assert await kept(house) == [WORDS]

    async def test_that_broke_off_is_finished_by_the_clock(self, house: Readers) -> None:
        """Killed between vault and log, the words are gone and the log says so a moment later."""
        statement_id = await said(house.decided, await proposed(house.decided))
        append, house.decided.log.append = house.decided.log.append, killed  # type: ignore[method-assign]
        with pytest.raises(KilledHere):
            await house.decided.do(TakeStatementBack(statement_id=statement_id), by=CY)
        house.decided.log.append = append  # type: ignore[method-assign]

        assert await kept(house) == []
        assert await house.strike(note_what_is_erased, note_what_is_erased) == [NoteErasure(statement_id=statement_id)]
        assert await house.decided.events(StatementTakenBack) == [StatementTakenBack()]


class TestErasure:
    async def test_of_a_member_erases_all_that_they_said(self, house: Readers) -> None:
        """In every group, those they left as well; what others said stays."""
        other = UUID(int=99)
        await house.decided.hear(other, CY, "steward", 13)
        here = await said(house.decided, await proposed(house.decided))
        there = await said(house.decided, await proposed(house.decided, by=CY, group_id=other))
        await said(house.decided, await proposed(house.decided), by=BO, words="Mine.")
        await house.decided.hear(other, CY, None, 14)
        await house.erase(CY)

        assert await house.strike(forget_who_is_gone, forget_who_is_gone) == [ForgetMember(member_id=CY)]
        assert await kept(house) == ["Mine."]
        assert {command.statement_id for command in await house.strike(note_what_is_erased)} == {  # type: ignore[attr-defined]
            here,
            there,
        }
        assert await house.pool.fetch("SELECT FROM known_elector WHERE member_id = $1", CY) == []
        assert len(await house.decided.events(StatementTakenBack)) == 2

    async def test_reaches_what_is_said_a_moment_later(self, house: Readers) -> None:
        """What was under way when the member was erased is found as well."""
        proposal_id = await proposed(house.decided)
        await house.erase(CY)
        assert await house.strike(forget_who_is_gone) == []
        await said(house.decided, proposal_id)

        assert await house.strike(forget_who_is_gone) == [ForgetMember(member_id=CY)]
        assert await kept(house) == []

    async def test_says_how_much_went(self, house: Readers) -> None:
        """Twice is once."""
        await said(house.decided, await proposed(house.decided))
        command = ForgetMember(member_id=CY)
        answers = [await house.decided.carry_out(command, command_id=uuid4()) for _ in range(2)]

        assert answers == [
            MemberForgotten(statements_count=1, pseudonyms_count=1),
            MemberForgotten(statements_count=0, pseudonyms_count=0),
        ]

    async def test_nobody_asks_for_it(self, house: Readers) -> None:
        """It follows from leaving the node, and nobody does it to another."""
        for command in (ForgetMember(member_id=CY), NoteErasure(statement_id=uuid4())):
            with pytest.raises(NotForMembers):
                await house.decided.do(command, by=ANA)


class KilledHere(Exception):
    """The process ended."""


async def killed(*_: New) -> tuple[Recorded, ...]:
    """End before anything is kept."""
    raise KilledHere
