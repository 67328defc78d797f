"""What can be read of proposals, by whom, and after which history."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Query
from libs.contracts.governance import (
    AmendmentsOf,
    CancelPoll,
    CastBallot,
    ClosePoll,
    DifferenceBetween,
    Phase,
    Proposal,
    ProposalOf,
    ProposalsOf,
    PutProposalToVote,
    ReviseProposal,
    SetCustoms,
    StatementsOn,
    SupportProposal,
    TakeAmendmentIn,
    TakeProposalBack,
    TakeSupportBack,
    VersionOf,
    VersionsOf,
)
from libs.errors import NotFound
from libs.service.paging import BadCursor
from services.governance.domain.wording import Wording
from services.governance.reactions.counting import count_what_is_closed
from services.governance.reactions.proposals import decide_proposals, reach_support
from tests.services.governance.conftest import ANA, BO, CY, GROUP, STRANGER
from tests.services.governance.readers import Readers
from tests.services.governance.texts import OTHER_TEXT, TEXT, TITLE, amended, proposed

pytestmark = pytest.mark.postgres

NOW = datetime.now(UTC)
AN_HOUR = timedelta(hours=1)


async def discussed(house: Readers, **differing: Any) -> UUID:
    """Have Bo propose something this very day whose discussion is over since an hour."""
    house.decided.now = NOW - 2 * AN_HOUR
    proposal_id = await proposed(house.decided, **{"discussion_until": NOW - AN_HOUR, **differing})
    house.decided.now = NOW - AN_HOUR
    return proposal_id


async def seen(house: Readers, proposal_id: UUID, asker: UUID | None = None) -> Proposal:
    """What somebody sees of the proposal."""
    proposal = await house.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
    assert isinstance(proposal, Proposal)
    return proposal


async def put_to_vote(house: Readers, proposal_id: UUID) -> UUID:
    """Have Bo put the proposal to the vote for half an hour, and return the poll's id."""
    await house.decided.do(PutProposalToVote(proposal_id=proposal_id, closes_at=NOW - AN_HOUR / 2), by=BO)
    poll_id = (await seen(house, proposal_id)).poll_id
    assert poll_id
    return poll_id


class TestPhases:
    async def test_of_the_way_to_an_adopted_text(self, house: Readers) -> None:
        """Discussed, waiting for support, ready, in the vote, adopted: each with its date."""
        phases: list[Phase] = []
        proposal_id = await discussed(house, support_needed=1, discussion_until=NOW + AN_HOUR)
        phases.append((await seen(house, proposal_id)).phase)
        proposal_id = await discussed(house, support_needed=1)
        phases.append((await seen(house, proposal_id)).phase)
        await house.decided.do(SupportProposal(proposal_id=proposal_id), by=CY)
        await house.strike(reach_support)
        phases.append((await seen(house, proposal_id)).phase)
        poll_id = await put_to_vote(house, proposal_id)
        phases.append((await seen(house, proposal_id)).phase)
        await house.decided.do(CastBallot(poll_id=poll_id, choices=("yes",)), by=ANA)
        house.decided.now = NOW
        await house.decided.do(ClosePoll(poll_id=poll_id))
        await house.strike(count_what_is_closed, decide_proposals)
        last = await seen(house, proposal_id)

        assert [*phases, last.phase] == ["discussion", "support", "ready", "vote", "adopted"]
        assert (last.support_reached_at, last.put_to_vote_at, last.decided_at) == (NOW - AN_HOUR, NOW - AN_HOUR, NOW)
        assert last.poll_id == poll_id

    async def test_of_one_that_the_group_did_not_want(self, house: Readers) -> None:
        """Rejected, for nobody voted for it."""
        proposal_id = await discussed(house)
        poll_id = await put_to_vote(house, proposal_id)
        house.decided.now = NOW
        await house.decided.do(ClosePoll(poll_id=poll_id))
        await house.strike(count_what_is_closed, decide_proposals)

        assert (await seen(house, proposal_id)).phase == "rejected"

    async def test_of_one_that_was_taken_back(self, house: Readers) -> None:
        """With the reason."""
        proposal_id = await discussed(house)
        await house.decided.do(TakeProposalBack(proposal_id=proposal_id, reason="No field."), by=BO)

        proposal = await seen(house, proposal_id)
        assert (proposal.phase, proposal.taken_back_because) == ("taken back", "No field.")
        assert proposal.taken_back_at == NOW - AN_HOUR

    async def test_of_one_whose_vote_was_cancelled(self, house: Readers) -> None:
        """It may go to the vote again; the cancelled poll is not shown as its vote."""
        proposal_id = await discussed(house)
        poll_id = await put_to_vote(house, proposal_id)
        await house.decided.do(CancelPoll(poll_id=poll_id, reason="Too short."), by=ANA)

        proposal = await seen(house, proposal_id)
        assert (proposal.phase, proposal.poll_id) == ("ready", None)
        assert await put_to_vote(house, proposal_id) != poll_id


class TestProposal:
    async def test_reads_as_it_stands(self, house: Readers) -> None:
        """The newest version, the terms of its vote, and how much support there is."""
        proposal_id = await proposed(house.decided, topic="land", support_needed=2)
        last = await house.decided.do(ReviseProposal(proposal_id=proposal_id, title="Another", text=OTHER_TEXT), by=BO)
        await house.decided.do(SupportProposal(proposal_id=proposal_id), by=CY)

        proposal = await seen(house, proposal_id)
        assert (proposal.title, proposal.text, proposal.version_number) == ("Another", OTHER_TEXT, 2)
        assert proposal.text_sha256 == Wording("Another", OTHER_TEXT).sha256
        assert (proposal.topic, proposal.terms.method, proposal.position) == ("land", "consent", last.position)
        assert (proposal.supporters_count, proposal.support_needed) == (1, 2)

    async def test_names_the_author_to_members(self, house: Readers) -> None:
        """A stranger sees a pseudonym; so do members when the author is none any more."""
        proposal_id = await proposed(house.decided)
        elector = house.decided.pseudonyms.elector(GROUP, BO)

        for asker, named in ((None, None), (STRANGER, None), (CY, BO)):
            proposal = await seen(house, proposal_id, asker)
            assert (proposal.author, proposal.member_id) == (elector, named)
        await house.leave(BO)
        assert (await seen(house, proposal_id, CY)).member_id is None

    async def test_says_whether_the_asker_supports_it(self, house: Readers) -> None:
        """To each their own."""
        proposal_id = await proposed(house.decided)
        await house.decided.do(SupportProposal(proposal_id=proposal_id), by=CY)

        assert [(await seen(house, proposal_id, who)).is_supported for who in (CY, BO, None)] == [True, False, False]
        await house.decided.do(TakeSupportBack(proposal_id=proposal_id), by=CY)
        assert not (await seen(house, proposal_id, CY)).is_supported

    async def test_that_is_not_there(self, house: Readers) -> None:
        """An id that names nothing is told so."""
        with pytest.raises(NotFound):
            await seen(house, uuid4())


class TestVersions:
    async def test_are_all_kept(self, house: Readers) -> None:
        """By number, with what each took in, a page at a time."""
        proposal_id = await proposed(house.decided)
        amendment_id = await amended(house.decided, proposal_id, by=CY)
        await house.decided.do(TakeAmendmentIn(amendment_id=amendment_id), by=BO)
        await house.decided.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text=TEXT), by=BO)

        first = await house.ask(VersionsOf(proposal_id=proposal_id, limit=2))
        second = await house.ask(VersionsOf(proposal_id=proposal_id, limit=2, cursor=first.next))
        found = [(v.version_number, v.amendment_id) for v in (*first.items, *second.items)]
        assert found == [(1, None), (2, amendment_id), (3, None)]
        version = await house.ask(VersionOf(proposal_id=proposal_id, version_number=2))
        assert (version.text, version.text_sha256) == (OTHER_TEXT, Wording(TITLE, OTHER_TEXT).sha256)
        with pytest.raises(NotFound):
            await house.ask(VersionOf(proposal_id=proposal_id, version_number=4))

    async def test_are_compared(self, house: Readers) -> None:
        """Forwards and backwards, title and text."""
        proposal_id = await proposed(house.decided)
        await house.decided.do(ReviseProposal(proposal_id=proposal_id, title="An orchard", text=OTHER_TEXT), by=BO)

        forwards = await house.ask(DifferenceBetween(proposal_id=proposal_id, older=1, newer=2))
        assert forwards.title == (("=", "An orchard"), ("-", " behind the school"))
        assert forwards.lines == (
            (("=", "The field becomes an orchard."),),
            (("-", "It is open to all."),),
            (("+", "A third of it stays wild."),),
        )
        backwards = await house.ask(DifferenceBetween(proposal_id=proposal_id, older=2, newer=1))
        assert backwards.title == (("=", "An orchard"), ("+", " behind the school"))


class TestList:
    async def test_of_a_group(self, house: Readers) -> None:
        """The newest first, a page at a time, or those that stand so."""
        made = [await discussed(house) for _ in range(3)]
        await house.decided.do(TakeProposalBack(proposal_id=made[1]), by=BO)

        first = await house.ask(ProposalsOf(group_id=GROUP, limit=2))
        second = await house.ask(ProposalsOf(group_id=GROUP, limit=2, cursor=first.next))
        assert [p.proposal_id for p in (*first.items, *second.items)] == made[::-1]
        ready = await house.ask(ProposalsOf(group_id=GROUP, phase="ready"))
        assert [p.proposal_id for p in ready.items] == [made[2], made[0]]
        assert (await house.ask(ProposalsOf(group_id=uuid4()))).items == ()
        with pytest.raises(BadCursor):
            await house.ask(ProposalsOf(group_id=GROUP, cursor="none of ours"))


async def test_a_closed_group_s_is_for_members(house: Readers) -> None:
    """To everybody else it is as if it were not there, in every question, and lists leave it out."""
    await house.decided.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
    proposal_id = await proposed(house.decided)
    questions: list[Query[Any]] = [
        ProposalOf(proposal_id=proposal_id),
        VersionsOf(proposal_id=proposal_id),
        VersionOf(proposal_id=proposal_id, version_number=1),
        DifferenceBetween(proposal_id=proposal_id, older=1, newer=1),
        StatementsOn(proposal_id=proposal_id),
        AmendmentsOf(proposal_id=proposal_id),
    ]
    for question in questions:
        assert await house.ask(question.model_copy(update={"asker": CY}))
        for asker in (None, STRANGER):
            with pytest.raises(NotFound):
                await house.ask(question.model_copy(update={"asker": asker}))
    assert len((await house.ask(ProposalsOf(group_id=GROUP, asker=CY))).items) == 1
    assert (await house.ask(ProposalsOf(group_id=GROUP, asker=STRANGER))).items == ()


async def test_support_that_was_met_once_stays_met_after_a_rebuild(house: Readers) -> None:
    """Killed before the clock had noted it, and read anew with the supporter gone: it is found all the same."""
    proposal_id = await discussed(house, support_needed=1)
    await house.decided.do(SupportProposal(proposal_id=proposal_id), by=CY)
    await house.decided.do(TakeSupportBack(proposal_id=proposal_id), by=CY)
    await house.level()
    rows = await house.rows()

    assert await house.rebuild(step=1) == rows
    assert await house.rebuild(step=500) == rows
    await house.strike(reach_support)
    assert (await seen(house, proposal_id)).phase == "ready"
    assert (await seen(house, proposal_id)).supporters_count == 0
