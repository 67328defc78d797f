"""How proposals and amendments come to the vote, and what the vote makes of them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    AmendmentRefused,
    AmendmentTakenIn,
    CancelPoll,
    CastBallot,
    ClosePoll,
    PollOpened,
    ProposalDecided,
    ProposalHeld,
    ProposalPutToVote,
    ProposalRevised,
    ProposalVersion,
    PutAmendmentToVote,
    PutProposalToVote,
    RefuseAmendment,
    ReviseProposal,
    SetCustoms,
    Settings,
    TakeProposalBack,
)
from libs.eventlog.log import LogMovedOn
from services.governance.domain.proposal import (
    AmendmentIsInVote,
    DiscussionGoesOn,
    NotTheAuthor,
    ProposalIsInVote,
    ProposalIsSettled,
    SupportIsMissing,
)
from services.governance.domain.terms import UncountablePoll
from services.governance.domain.wording import Wording
from services.governance.reactions.counting import count_what_is_closed
from services.governance.reactions.proposals import decide_proposals, settle_amendments
from tests.services.governance.conftest import ANA, BO, CY, GROUP, NOON, Governance, names
from tests.services.governance.readers import Readers
from tests.services.governance.texts import OTHER_TEXT, TITLE, amended, proposed, template

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("house")]

EVENING = NOON + timedelta(hours=6)


async def voting(governance: Governance, proposal_id: UUID, *, by: UUID = BO, **differing: Any) -> UUID:
    """Have a proposal put to the vote when its discussion is over, and return the poll's id."""
    governance.now = NOON
    await governance.do(PutProposalToVote(proposal_id=proposal_id, closes_at=EVENING, **differing), by=by)
    return (await opened(governance))[-1][0]


async def opened(governance: Governance) -> list[tuple[UUID, PollOpened]]:
    """All polls that were opened."""
    return [(e.aggregate_id, e.event) for e in await governance.entries() if isinstance(e.event, PollOpened)]


async def ended(house: Readers, poll_id: UUID, **choices: UUID) -> None:
    """Have those who are named vote as the argument's name says, and let the poll end and be counted."""
    for choice, who in choices.items():
        reason = "Not on my land." if choice == "block" else None
        await house.decided.do(CastBallot(poll_id=poll_id, choices=(choice,), reason=reason), by=who)
    house.decided.now = EVENING
    await house.decided.do(ClosePoll(poll_id=poll_id))
    await house.strike(count_what_is_closed)


class TestProposal:
    async def test_the_poll_is_on_the_exact_version(self, governance: Governance) -> None:
        """Roll, poll and proposal are one batch; the poll names version and digest, and takes the usual consent."""
        proposal_id = await proposed(governance)
        await governance.do(ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT), by=BO)
        poll_id = await voting(governance, proposal_id)

        batch = (await governance.entries())[-3:]
        assert names([entry.event for entry in batch]) == ["RollFrozen", "PollOpened", "ProposalPutToVote"]
        poll = batch[1].event
        assert isinstance(poll, PollOpened)
        assert poll.terms.proposal == ProposalVersion(
            proposal_id=proposal_id, version_number=2, text_sha256=Wording(TITLE, OTHER_TEXT).sha256
        )
        assert (poll.question, poll.method, poll.options) == (TITLE, "consent", ("yes", "no", "abstain", "block"))
        assert batch[2].event == ProposalPutToVote(poll_id=poll_id, version_number=2)

    async def test_does_not_say_who_the_author_is(self, governance: Governance) -> None:
        """All of the batch bears the pseudonym in the group: a member's id beside it would give the author away."""
        await voting(governance, await proposed(governance))

        elector = governance.pseudonyms.elector(GROUP, BO)
        for entry in (await governance.entries())[-3:]:
            assert entry.actor == str(elector)
            assert str(BO).encode() not in entry.entry

    async def test_takes_the_template_s_terms_and_the_group_s_customs(self, governance: Governance) -> None:
        """Method, settings, rules, how long, reminders, delegations and their cap."""
        await governance.do(SetCustoms(group_id=GROUP, carry_max=2), by=ANA)
        of = await template(
            governance,
            method="score",
            settings={"score_max": 5},
            rules={"quorum_roll": (1, 2)},
            results="hidden",
            takes_delegations=True,
            vote_days=3,
            remind_hours=6,
        )
        proposal_id = await proposed(governance, template_id=of, topic="land")
        governance.now = NOON
        await governance.do(PutProposalToVote(proposal_id=proposal_id, options=("orchard", "wild")), by=BO)

        ((_, poll),) = await opened(governance)
        assert (poll.method, poll.options) == ("score", ("orchard", "wild"))
        assert poll.closes_at == NOON + timedelta(days=3)
        terms = poll.terms
        assert (terms.settings.score_max, terms.results, terms.topic) == (5, "hidden", "land")
        assert terms.rules
        assert terms.rules.quorum_roll == (1, 2)
        assert (terms.takes_delegations, terms.carry_max) == (True, 2)
        assert terms.remind_at == poll.closes_at - timedelta(hours=6)

    async def test_costs_come_with_the_options(self, governance: Governance) -> None:
        """A budget's costs are known when its projects are; what cannot be counted opens nothing."""
        of = await template(governance, method="budget", settings={"budget": 100})
        proposal_id = await proposed(governance, template_id=of)
        with pytest.raises(UncountablePoll):
            await voting(governance, proposal_id, options=("orchard", "wild"))
        assert await governance.events(PollOpened, ProposalPutToVote) == []
        await voting(
            governance, proposal_id, options=("orchard", "wild"), settings=Settings(budget=100, costs=(60, 50))
        )

    async def test_only_when_it_is_discussed_and_supported(self, governance: Governance) -> None:
        """Neither earlier nor without those who want it."""
        proposal_id = await proposed(governance)
        with pytest.raises(DiscussionGoesOn):
            await governance.do(PutProposalToVote(proposal_id=proposal_id), by=BO)
        with pytest.raises(SupportIsMissing):
            await voting(governance, await proposed(governance, support_needed=1))

    async def test_by_its_author_or_a_steward(self, governance: Governance) -> None:
        """Nobody else hurries a text along."""
        first, second = await proposed(governance), await proposed(governance)
        with pytest.raises(NotTheAuthor):
            await voting(governance, first, by=CY)
        await voting(governance, first, by=BO)
        await voting(governance, second, by=ANA)

    async def test_two_at_once_are_one_poll(self, governance: Governance) -> None:
        """Author and steward press the button in the same moment: the group votes once."""
        proposal_id = await proposed(governance)
        governance.now = NOON
        outcomes = await asyncio.gather(
            *(
                governance.do(PutProposalToVote(proposal_id=proposal_id, closes_at=EVENING), by=who)
                for who in (ANA, BO) * 5
            ),
            return_exceptions=True,
        )

        assert {type(o) for o in outcomes if isinstance(o, BaseException)} <= {ProposalIsInVote, LogMovedOn}
        assert len(await opened(governance)) == 1
        assert len(await governance.events(ProposalPutToVote)) == 1

    async def test_sent_again_is_answered(self, governance: Governance) -> None:
        """A retry whose first answer was lost gets its receipt, and opens no second poll."""
        proposal_id, key = await proposed(governance), uuid4()
        governance.now = NOON
        command = PutProposalToVote(proposal_id=proposal_id, closes_at=EVENING)
        first = await governance.do(command, by=BO, key=key)
        governance.now = EVENING + timedelta(days=1)

        assert (await governance.do(command, by=BO, key=key)).position == first.position
        assert len(await opened(governance)) == 1

    async def test_stays_as_it_is(self, governance: Governance) -> None:
        """No revision, no taking back, no second vote while the group votes."""
        proposal_id = await proposed(governance, discussion_until=NOON + timedelta(seconds=1))
        governance.now = NOON + timedelta(seconds=1)
        await governance.do(PutProposalToVote(proposal_id=proposal_id, closes_at=EVENING), by=BO)
        for command in (
            ReviseProposal(proposal_id=proposal_id, title=TITLE, text=OTHER_TEXT),
            TakeProposalBack(proposal_id=proposal_id),
            PutProposalToVote(proposal_id=proposal_id),
        ):
            with pytest.raises(ProposalIsInVote):
                await governance.do(command, by=BO)

    async def test_again_when_the_poll_is_cancelled(self, governance: Governance) -> None:
        """A mistake in the poll is cancelled and the same text voted on in another."""
        proposal_id = await proposed(governance)
        first = await voting(governance, proposal_id)
        await governance.do(CancelPoll(poll_id=first, reason="Closes at night."), by=BO)
        second = await voting(governance, proposal_id)

        assert first != second
        assert [poll_id for poll_id, _ in await opened(governance)] == [first, second]

    async def test_of_a_closed_group_is_sealed_with_both_keys(self, governance: Governance) -> None:
        """The poll with its own, which auditors get; the proposal with the group's, which they do not."""
        await governance.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
        proposal_id = await proposed(governance)
        poll_id = await voting(governance, proposal_id)

        keys = {entry.key_id for entry in await governance.entries() if isinstance(entry.event, PollOpened)}
        assert keys == {poll_id}

    @pytest.mark.parametrize(
        "votes, is_adopted",
        [({"yes": BO}, True), ({"no": BO}, False), ({"yes": BO, "block": CY}, False), ({}, False)],
    )
    async def test_is_decided_once(self, house: Readers, votes: dict[str, UUID], is_adopted: bool) -> None:
        """By the verdict; every replica's clock finds it and the log keeps it once."""
        proposal_id = await proposed(house.decided)
        poll_id = await voting(house.decided, proposal_id)
        await ended(house, poll_id, **votes)
        found = await house.strike(decide_proposals, decide_proposals)

        assert len(found) == 1
        await house.decided.do(found[0])  # another replica, a moment later
        decided = ProposalDecided(poll_id=poll_id, is_adopted=is_adopted)
        assert await house.decided.events(ProposalDecided) == [decided]
        with pytest.raises(ProposalIsSettled):
            await house.decided.do(PutProposalToVote(proposal_id=proposal_id), by=BO)

    async def test_by_an_electing_method(self, house: Readers) -> None:
        """Adopted if something won and the rules were met."""
        of = await template(house.decided, method="single", rules={"quorum_ballots": 2})
        polls = []
        for _ in range(2):
            proposal_id = await proposed(house.decided, template_id=of)
            polls.append(await voting(house.decided, proposal_id, options=("orchard", "wild")))
        await house.cast(polls[1], CY, "wild")
        for poll_id in polls:
            house.decided.now = NOON
            await ended(house, poll_id, wild=BO)
        await house.strike(decide_proposals)

        decided = await house.decided.events(ProposalDecided)
        assert {event.poll_id: event.is_adopted for event in decided} == {polls[0]: False, polls[1]: True}  # type: ignore[attr-defined]


class TestAmendment:
    async def test_the_group_may_overrule_the_author(self, house: Readers) -> None:
        """What the author refused becomes a version when the group says so; the version names amendment and vote."""
        governance = house.decided
        proposal_id, amendment_id, poll_id = await refused_and_voting(governance)
        ((_, poll),) = await opened(governance)
        assert poll.options == ("yes", "no", "abstain")
        assert poll.terms.proposal == ProposalVersion(
            proposal_id=proposal_id,
            version_number=2,
            text_sha256=Wording(TITLE, OTHER_TEXT).sha256,
            amendment_id=amendment_id,
        )
        await ended(house, poll_id, yes=CY)
        found = await house.strike(settle_amendments, settle_amendments)

        assert len(found) == 1
        await governance.do(found[0])
        assert await governance.events(ProposalRevised, AmendmentTakenIn) == [
            ProposalRevised(
                version_number=2,
                title=TITLE,
                text=OTHER_TEXT,
                text_sha256=Wording(TITLE, OTHER_TEXT).sha256,
                amendment_id=amendment_id,
            ),
            AmendmentTakenIn(version_number=2, poll_id=poll_id),
        ]
        await voting(governance, proposal_id)

    async def test_or_agree_with_the_author(self, house: Readers) -> None:
        """Then the text stays, and goes to the vote as soon as the result is there."""
        governance = house.decided
        proposal_id, _, poll_id = await refused_and_voting(governance)
        await ended(house, poll_id, no=CY)
        await voting(governance, proposal_id)
        await house.strike(settle_amendments)

        assert (await governance.events(AmendmentRefused))[-1] == AmendmentRefused(reason=None, poll_id=poll_id)
        assert await governance.events(ProposalRevised) == []

    async def test_holds_the_proposal(self, governance: Governance) -> None:
        """While the group votes on how it reads, it neither changes nor goes to the vote nor away."""
        proposal_id, _, _ = await refused_and_voting(governance)
        for command in (
            ReviseProposal(proposal_id=proposal_id, title=TITLE, text="Otherwise."),
            TakeProposalBack(proposal_id=proposal_id),
            PutProposalToVote(proposal_id=proposal_id),
        ):
            with pytest.raises(AmendmentIsInVote):
                await governance.do(command, by=BO)

    async def test_a_cancelled_vote_holds_nothing(self, governance: Governance) -> None:
        """The proposal is free, and the amendment may be voted on in another poll."""
        proposal_id, amendment_id, poll_id = await refused_and_voting(governance)
        await governance.do(CancelPoll(poll_id=poll_id, reason="Too short."), by=CY)
        await governance.do(PutAmendmentToVote(amendment_id=amendment_id, closes_at=EVENING), by=CY)
        (_, second) = [poll_id for poll_id, _ in await opened(governance)]
        await governance.do(CancelPoll(poll_id=second, reason="Again."), by=ANA)

        await voting(governance, proposal_id)
        assert len(await governance.events(ProposalHeld)) == 2

    async def test_and_proposal_at_once_one_wins(self, governance: Governance) -> None:
        """The proposal goes to the vote or stands still for the amendment, and never both."""
        proposal_id = await proposed(governance)
        amendment_id = await amended(governance, proposal_id, by=CY)
        governance.now = NOON
        outcomes = await asyncio.gather(
            governance.do(PutProposalToVote(proposal_id=proposal_id, closes_at=EVENING), by=BO),
            governance.do(PutAmendmentToVote(amendment_id=amendment_id, closes_at=EVENING), by=CY),
            return_exceptions=True,
        )

        (refused,) = [o for o in outcomes if isinstance(o, BaseException)]
        assert isinstance(refused, ProposalIsInVote | AmendmentIsInVote | LogMovedOn)
        assert len(await opened(governance)) == 1


async def refused_and_voting(governance: Governance) -> tuple[UUID, UUID, UUID]:
    """A proposal by Bo, an amendment by Cy that Bo refused, and the group's vote on it."""
    proposal_id = await proposed(governance)
    amendment_id = await amended(governance, proposal_id, by=CY)
    await governance.do(RefuseAmendment(amendment_id=amendment_id, reason="No."), by=BO)
    await governance.do(PutAmendmentToVote(amendment_id=amendment_id, closes_at=EVENING), by=CY)
    return proposal_id, amendment_id, (await opened(governance))[-1][0]
