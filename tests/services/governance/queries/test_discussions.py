"""What can be read of what is said about proposals."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    AmendmentOf,
    AmendmentsOf,
    CancelPoll,
    CastBallot,
    ClosePoll,
    MakeStatement,
    PutAmendmentToVote,
    RefuseAmendment,
    ReviseProposal,
    SetCustoms,
    StatementsOn,
    TakeAmendmentBack,
    TakeAmendmentIn,
    TakeStatementBack,
)
from libs.errors import NotFound
from services.governance.reactions.counting import count_what_is_closed
from services.governance.reactions.proposals import forget_who_is_gone, note_what_is_erased, settle_amendments
from tests.services.governance.conftest import ANA, BO, CY, GROUP, NOON, STRANGER
from tests.services.governance.readers import Readers
from tests.services.governance.texts import OTHER_TEXT, TITLE, amended, proposed

pytestmark = pytest.mark.postgres


async def say(house: Readers, proposal_id: UUID, side: Any, words: str, *, by: UUID = CY) -> UUID:
    """Have somebody say something, and return the statement's id."""
    command = MakeStatement(proposal_id=proposal_id, side=side, words=words)
    return (await house.decided.do(command, by=by)).aggregate_id


class TestStatements:
    async def test_are_listed_by_side(self, house: Readers) -> None:
        """All in the order in which they were made, or one side's; a page at a time."""
        proposal_id = await proposed(house.decided)
        for number, side in enumerate(("for", "against", "question", "for")):
            await say(house, proposal_id, side, f"Word {number}.")

        first = await house.ask(StatementsOn(proposal_id=proposal_id, limit=3))
        second = await house.ask(StatementsOn(proposal_id=proposal_id, limit=3, cursor=first.next))
        assert [s.words for s in (*first.items, *second.items)] == ["Word 0.", "Word 1.", "Word 2.", "Word 3."]
        sided = await house.ask(StatementsOn(proposal_id=proposal_id, side="for"))
        assert [s.words for s in sided.items] == ["Word 0.", "Word 3."]

    async def test_can_be_checked_against_the_log(self, house: Readers) -> None:
        """Salt and words give the digest that the log holds."""
        proposal_id = await proposed(house.decided)
        await say(house, proposal_id, "for", "Bees – yes.")

        (statement,) = (await house.ask(StatementsOn(proposal_id=proposal_id))).items
        salted = bytes.fromhex(statement.salt) + statement.words.encode()
        assert hashlib.sha256(salted).hexdigest() == statement.text_sha256

    async def test_name_who_spoke_to_members(self, house: Readers) -> None:
        """A stranger reads the words of a pseudonym."""
        proposal_id = await proposed(house.decided)
        await say(house, proposal_id, "for", "Yes.")

        for asker, named in ((CY, CY), (STRANGER, None), (None, None)):
            (statement,) = (await house.ask(StatementsOn(proposal_id=proposal_id, asker=asker))).items
            assert statement.member_id == named
            assert statement.author == house.decided.pseudonyms.elector(GROUP, CY)

    async def test_that_were_taken_back_say_nothing(self, house: Readers) -> None:
        """They stay in the list, without words and salt."""
        proposal_id = await proposed(house.decided)
        statement_id = await say(house, proposal_id, "for", "Yes.")
        await house.decided.do(TakeStatementBack(statement_id=statement_id), by=CY)

        (statement,) = (await house.ask(StatementsOn(proposal_id=proposal_id))).items
        assert (statement.statement_id, statement.words, statement.salt) == (statement_id, None, None)

    async def test_of_who_was_erased_say_nothing_and_name_nobody(self, house: Readers) -> None:
        """Also after a rebuild, for the words are not in the log."""
        proposal_id = await proposed(house.decided)
        await say(house, proposal_id, "for", "Yes.")
        await house.erase(CY)
        await house.strike(forget_who_is_gone, note_what_is_erased)
        rows = await house.rows()

        assert await house.rebuild(step=1) == rows
        (statement,) = (await house.ask(StatementsOn(proposal_id=proposal_id, asker=BO))).items
        assert (statement.words, statement.salt, statement.member_id) == (None, None, None)


class TestAmendments:
    async def test_stand_as_they_do(self, house: Readers) -> None:
        """Open, refused, in the vote, taken in, taken back; with reasons, votes and versions."""
        do = house.decided.do
        proposal_id = await proposed(house.decided)
        ids = [await amended(house.decided, proposal_id, by=CY, text=f"Text {n}") for n in range(5)]
        await do(RefuseAmendment(amendment_id=ids[1], reason="No."), by=BO)
        await do(RefuseAmendment(amendment_id=ids[2], reason="No!"), by=BO)
        await do(TakeAmendmentBack(amendment_id=ids[4]), by=CY)
        vote = await do(PutAmendmentToVote(amendment_id=ids[2], closes_at=NOON), by=CY)
        await house.level()

        listed = (await house.ask(AmendmentsOf(proposal_id=proposal_id))).items
        assert [a.state for a in listed] == ["open", "refused", "vote", "open", "taken back"]
        assert [a.reason for a in listed] == [None, "No.", "No!", None, None]
        assert listed[2].poll_id == vote.event.poll_id  # type: ignore[attr-defined]
        await do(CancelPoll(poll_id=listed[2].poll_id, reason="Too short."), by=ANA)
        await do(TakeAmendmentIn(amendment_id=ids[3]), by=BO)
        listed = (await house.ask(AmendmentsOf(proposal_id=proposal_id))).items
        assert [a.state for a in listed] == ["open", "refused", "refused", "taken in", "taken back"]
        assert (listed[2].poll_id, listed[3].version_number) == (None, 2)

    async def test_that_were_voted_in_name_the_vote(self, house: Readers) -> None:
        """With the version that they became."""
        do = house.decided.do
        proposal_id = await proposed(house.decided)
        amendment_id = await amended(house.decided, proposal_id, by=CY)
        await do(RefuseAmendment(amendment_id=amendment_id, reason="No."), by=BO)
        vote = await do(PutAmendmentToVote(amendment_id=amendment_id, closes_at=NOON), by=CY)
        poll_id = vote.event.poll_id  # type: ignore[attr-defined]
        await do(CastBallot(poll_id=poll_id, choices=("yes",)), by=ANA)
        house.decided.now = NOON
        await do(ClosePoll(poll_id=poll_id))
        await house.strike(count_what_is_closed, settle_amendments)

        amendment = await house.ask(AmendmentOf(amendment_id=amendment_id))
        assert (amendment.state, amendment.version_number, amendment.poll_id) == ("taken in", 2, poll_id)
        assert amendment.reason == "No."

    async def test_show_what_they_would_change(self, house: Readers) -> None:
        """In the version that they were made for, whatever stands now."""
        proposal_id = await proposed(house.decided)
        amendment_id = await amended(house.decided, proposal_id, by=CY)
        await house.decided.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text="Otherwise."), by=BO)

        amendment = await house.ask(AmendmentOf(amendment_id=amendment_id, asker=BO))
        assert (amendment.of_version, amendment.text, amendment.member_id) == (1, OTHER_TEXT, CY)
        assert amendment.difference.lines[0] == (("=", "The field becomes an orchard."),)
        assert amendment.difference.lines[1:]
        with pytest.raises(NotFound):
            await house.ask(AmendmentOf(amendment_id=uuid4()))

    async def test_in_a_closed_group_are_for_members(self, house: Readers) -> None:
        """A stranger learns nothing of them."""
        await house.decided.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
        amendment_id = await amended(house.decided, await proposed(house.decided), by=CY)

        assert await house.ask(AmendmentOf(amendment_id=amendment_id, asker=BO))
        with pytest.raises(NotFound):
            await house.ask(AmendmentOf(amendment_id=amendment_id, asker=STRANGER))
