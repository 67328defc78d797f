"""What is kept of proposals and their support, and who may do what."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command, Sealed
from libs.contracts.governance import (
    ChangeTemplate,
    DecideProposal,
    DropTemplate,
    ProposalMade,
    ProposalRevised,
    ReachSupport,
    ReviseProposal,
    SetCustoms,
    SupportGiven,
    SupportProposal,
    SupportReached,
    SupportRenewed,
    SupportTakenBack,
    TakeProposalBack,
    TakeSupportBack,
    TemplateTerms,
)
from libs.contracts.text import ARTICLE_BYTES_MAX
from libs.errors import NotFound
from libs.eventlog.codec import decode
from libs.eventlog.log import LogMovedOn
from libs.service.aggregates import KeyWasUsed
from services.governance.commands.access import NotForMembers
from services.governance.domain.electorate import NotAMember
from services.governance.domain.proposal import (
    DiscussionIsTooLong,
    NotTheAuthor,
    Proposal,
    ProposalIsSettled,
    TextHasChanged,
)
from services.governance.domain.support import NotSupported, Support
from services.governance.domain.template import TemplateWasDropped
from services.governance.domain.wording import TextIsTooLong, Wording
from services.governance.reactions.proposals import reach_support
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER, Governance
from tests.services.governance.readers import Readers
from tests.services.governance.texts import OTHER_TEXT, TEXT, TITLE, proposal, proposed, template

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("house")]  # names stand in a vault


class TestMake:
    async def test_names_the_author_by_pseudonym(self, governance: Governance) -> None:
        """The entry holds the text and its digest, and nothing of who wrote it but the pseudonym in the group."""
        entry = await governance.do(proposal(topic="Land"), by=BO)

        elector = governance.pseudonyms.elector(GROUP, BO)
        assert isinstance(entry.event, ProposalMade)
        assert (entry.event.author, entry.actor, entry.group_id) == (elector, str(elector), GROUP)
        assert entry.event.text_sha256 == Wording(TITLE, TEXT).sha256
        assert entry.event.topic == "land"
        assert str(BO).encode() not in entry.entry

    async def test_takes_from_the_template_what_it_does_not_say(self, governance: Governance) -> None:
        """Days of discussion, support, and what it will be voted on by."""
        of = await template(governance, method="approval", discussion_days=10, support_needed=3)
        entry = await governance.do(proposal(template_id=of, discussion_until=None, support_needed=None), by=BO)

        assert isinstance(entry.event, ProposalMade)
        assert entry.event.discussion_until == MORNING + timedelta(days=10)
        assert (entry.event.support_needed, entry.event.terms.method) == (3, "approval")

    async def test_keeps_the_terms_that_it_was_made_with(self, governance: Governance) -> None:
        """A template that changes or is dropped changes nothing of what was begun with it, and begins nothing new."""
        of = await template(governance, vote_days=3)
        await proposed(governance, template_id=of)
        terms = TemplateTerms(method="single")
        await governance.do(ChangeTemplate(template_id=of, name="Other", terms=terms), by=ANA)
        await governance.do(DropTemplate(template_id=of), by=ANA)

        (made,) = await governance.events(ProposalMade)
        assert isinstance(made, ProposalMade)
        assert (made.terms.method, made.terms.vote_days) == ("consent", 3)
        with pytest.raises(TemplateWasDropped):
            await governance.do(proposal(template_id=of), by=BO)

    async def test_takes_no_other_group_s_template(self, governance: Governance) -> None:
        """What another group decided binds nobody here."""
        other = UUID(int=99)
        await governance.hear(other, STRANGER, "steward", 13)
        of = await template(governance)
        with pytest.raises(NotFound):
            await governance.do(proposal(group_id=other, template_id=of), by=STRANGER)

    async def test_by_members_alone(self, governance: Governance) -> None:
        """A stranger proposes nothing, and nobody in a group that is not there."""
        with pytest.raises(NotAMember):
            await governance.do(proposal(), by=STRANGER)
        with pytest.raises(NotFound):
            await governance.do(proposal(group_id=uuid4()), by=BO)

    async def test_twice_with_one_key(self, governance: Governance) -> None:
        """The same request is the same proposal, also when its time has passed; another with that key is refused."""
        key = uuid4()
        first = await governance.do(proposal(), by=BO, key=key)
        governance.now = NOON + timedelta(days=1)
        assert (await governance.do(proposal(), by=BO, key=key)).position == first.position
        with pytest.raises(KeyWasUsed):
            await governance.do(proposal(text=OTHER_TEXT), by=BO, key=key)
        with pytest.raises(DiscussionIsTooLong):
            await governance.do(proposal(), by=BO)

    @pytest.mark.parametrize("audience", ["everyone", "group"])
    async def test_the_longest_text_is_kept(self, governance: Governance, audience: str) -> None:
        """A text of 36,000 bytes is one entry, sealed or not; one that an entry cannot hold is refused with figures."""
        await governance.do(SetCustoms(group_id=GROUP, audience=audience), by=ANA)
        text = "é" * (ARTICLE_BYTES_MAX // 2)
        entry = await governance.do(proposal(text=text), by=BO)
        assert isinstance(entry.event, ProposalMade)
        assert entry.event.text == text
        with pytest.raises(TextIsTooLong, match=r"\d+ bytes"):
            await governance.do(proposal(text='"' * ARTICLE_BYTES_MAX), by=BO)

    async def test_of_a_closed_group_is_sealed(self, governance: Governance) -> None:
        """Who lacks the group's key sees that something was proposed, and by which pseudonym, and not a word of it."""
        await governance.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
        proposal_id = await proposed(governance)
        revised = await governance.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT), by=BO)

        entries = [entry for entry in await governance.entries() if entry.aggregate_id == proposal_id]
        for entry in entries:
            assert entry.key_id == GROUP
            assert b"orchard" not in entry.entry
            assert isinstance(decode("governance", entry.position, entry.entry).event, Sealed)
        assert revised.event == entries[1].event


class TestRevise:
    async def test_makes_a_version_and_the_same_again_none(self, governance: Governance) -> None:
        """All versions stand in the log."""
        proposal_id = await proposed(governance)
        command = ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT)
        first = await governance.do(command, by=BO)
        assert (await governance.do(command, by=BO)).position == first.position
        assert [e.version_number for e in await governance.events(ProposalRevised)] == [2]  # type: ignore[attr-defined]

    async def test_of_two_at_once_one_wins(self, governance: Governance) -> None:
        """Who means a version that stands no longer is told so, and nothing is overwritten."""
        proposal_id = await proposed(governance)
        outcomes = await asyncio.gather(
            *(
                governance.do(
                    ReviseProposal(proposal_id=proposal_id, title=TITLE, text=f"Text {n}", of_version=1), by=BO
                )
                for n in range(5)
            ),
            return_exceptions=True,
        )

        refused = [type(o) for o in outcomes if isinstance(o, BaseException)]
        assert len(refused) == 4
        assert set(refused) <= {TextHasChanged, LogMovedOn}
        assert len(await governance.events(ProposalRevised)) == 1

    async def test_somebody_else_s_is_refused(self, governance: Governance) -> None:
        """Neither a steward nor a stranger writes for another."""
        command = ReviseProposal(proposal_id=await proposed(governance), title=TITLE, text=OTHER_TEXT)
        with pytest.raises(NotTheAuthor):
            await governance.do(command, by=ANA)
        with pytest.raises(NotAMember):
            await governance.do(command, by=STRANGER)

    async def test_of_none_that_is_there(self, governance: Governance) -> None:
        """An id that names no proposal is told so."""
        with pytest.raises(NotFound):
            await governance.do(ReviseProposal(proposal_id=uuid4(), title=TITLE, text=TEXT), by=BO)

    async def test_by_who_left_is_refused(self, governance: Governance) -> None:
        """An author who is no member any more has no say in the group."""
        proposal_id = await proposed(governance)
        await governance.hear(GROUP, BO, None, 20)
        with pytest.raises(NotAMember):
            await governance.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT), by=BO)


class TestTakeBack:
    async def test_ends_it(self, governance: Governance) -> None:
        """Nothing more is decided on it."""
        proposal_id = await proposed(governance)
        await governance.do(TakeProposalBack(proposal_id=proposal_id, reason="No field."), by=BO)
        commands: list[Command] = [
            SupportProposal(proposal_id=proposal_id),
            ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT),
        ]
        for command in commands:
            with pytest.raises(ProposalIsSettled):
                await governance.do(command, by=BO)


class TestSupport:
    async def test_is_one_for_each_member(self, governance: Governance) -> None:
        """Given twice is given once; taken back and renewed, at the same address."""
        proposal_id = await proposed(governance)
        give, back = SupportProposal(proposal_id=proposal_id), TakeSupportBack(proposal_id=proposal_id)
        entries = [await governance.do(command, by=CY) for command in (give, give, back, back, give)]

        elector = governance.pseudonyms.elector(GROUP, CY)
        assert {entry.aggregate_id for entry in entries} == {Support.create_id(proposal_id, elector)}
        assert {entry.actor for entry in entries} == {str(elector)}
        kinds = [type(e) for e in await governance.events(SupportGiven, SupportTakenBack, SupportRenewed)]
        assert kinds == [SupportGiven, SupportTakenBack, SupportRenewed]

    async def test_twenty_at_once_are_one(self, governance: Governance) -> None:
        """However often a member sends it at the same moment."""
        proposal_id = await proposed(governance)
        await asyncio.gather(
            *(governance.do(SupportProposal(proposal_id=proposal_id), by=CY) for _ in range(20)),
            return_exceptions=True,
        )

        assert len(await governance.events(SupportGiven)) == 1

    async def test_what_was_not_given_is_not_taken_back(self, governance: Governance) -> None:
        """And strangers give none."""
        proposal_id = await proposed(governance)
        with pytest.raises(NotSupported):
            await governance.do(TakeSupportBack(proposal_id=proposal_id), by=CY)
        with pytest.raises(NotAMember):
            await governance.do(SupportProposal(proposal_id=proposal_id), by=STRANGER)

    async def test_is_reached_once_and_for_good(self, house: Readers) -> None:
        """Two replicas' clocks find it at once: one entry; supporters who leave it again undo nothing."""
        governance = house.decided
        proposal_id = await proposed(governance, support_needed=2)
        await governance.do(SupportProposal(proposal_id=proposal_id), by=CY)
        assert await house.strike(reach_support) == []
        await governance.do(SupportProposal(proposal_id=proposal_id), by=ANA)
        await governance.do(TakeSupportBack(proposal_id=proposal_id), by=CY)

        found = ReachSupport(proposal_id=proposal_id, supporters_count=2)
        assert await house.strike(reach_support, reach_support) == [found]
        await governance.do(found)  # another replica, a moment later
        assert await governance.events(SupportReached) == [SupportReached(supporters_count=2)]


@pytest.mark.parametrize(
    "command",
    [
        ReachSupport(proposal_id=UUID(int=9), supporters_count=9),
        DecideProposal(proposal_id=UUID(int=9), poll_id=UUID(int=8)),
    ],
)
async def test_what_follows_nobody_asks_for(governance: Governance, command: Command) -> None:
    """Not even a steward says that support is reached or how a vote ended."""
    with pytest.raises(NotForMembers):
        await governance.do(command, by=ANA)


async def test_a_history_reads_the_same_again(governance: Governance) -> None:
    """What the log says is what was decided: replayed from its bytes, a proposal is as it was."""
    proposal_id = await proposed(governance)
    await governance.do(ReviseProposal(proposal_id=proposal_id, title="Another", text=OTHER_TEXT), by=BO)
    replayed = await governance.aggregates().get(Proposal, proposal_id)

    assert (replayed.wording, replayed.version_number) == (Wording("Another", OTHER_TEXT), 2)
    assert replayed.author == governance.pseudonyms.elector(GROUP, BO)
