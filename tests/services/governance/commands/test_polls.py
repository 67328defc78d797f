"""Polls that are taken back, of which voters are reminded, and whose rolls are disputed: who may, and when."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts.base import Command
from libs.contracts.governance import (
    CancelPoll,
    CastBallot,
    ClosePoll,
    CountedOutcome,
    DeclareResult,
    DisputeRoll,
    EnterPaperBallots,
    OpenPoll,
    PollCancelled,
    PollClosed,
    PollOpened,
    PollTerms,
    RemindVoters,
    RollDisputed,
    SetCustoms,
    VotersReminded,
    WithdrawBallot,
)
from libs.errors import NotFound, NotSignedIn
from libs.tally import count
from services.governance.commands import HANDLERS
from services.governance.commands.access import NotForMembers
from services.governance.domain.electorate import NotAMember, NotASteward
from services.governance.domain.poll import Poll, PollIsCancelled, PollIsClosed, RollIsDisputed, RollIsSettled
from tests.services.governance.conftest import ANA, BO, CY, GROUP, MORNING, NOON, STRANGER, Governance

INSTANT = timedelta(microseconds=1)
WHY = "The third option is missing."


def cancel(poll_id: UUID) -> CancelPoll:
    """The command that takes a poll back."""
    return CancelPoll(poll_id=poll_id, reason=WHY)


class TestCancelPoll:
    @pytest.mark.parametrize("who", [BO, ANA])
    async def test_by_who_opened_it_or_a_steward(self, governance: Governance, who: UUID) -> None:
        """Both answer for it by name."""
        poll_id = await governance.open(by=BO)
        entry = await governance.do(cancel(poll_id), by=who)

        assert entry.event == PollCancelled(reason=WHY)
        assert (entry.actor, entry.group_id) == (str(who), GROUP)

    async def test_by_nobody_else(self, governance: Governance) -> None:
        """Not another member, a stranger, a steward of another group, nor somebody who is not signed in."""
        poll_id = await governance.open(by=BO)
        await governance.hear(UUID(int=99), STRANGER, "steward", 13)
        for who in (CY, STRANGER):
            with pytest.raises(NotASteward):
                await governance.do(cancel(poll_id), by=who)
        with pytest.raises(NotSignedIn):
            await governance.do(cancel(poll_id), by="")

    async def test_not_by_who_has_left(self, governance: Governance) -> None:
        """The opener's word ends with the membership."""
        poll_id = await governance.open(by=BO)
        await governance.hear(GROUP, BO, None, 13)
        with pytest.raises(NotAMember):
            await governance.do(cancel(poll_id), by=BO)

    async def test_twice_is_once(self, governance: Governance) -> None:
        """Also by two at once, and whatever the second says."""
        poll_id = await governance.open(by=BO)
        await asyncio.gather(*(governance.do(cancel(poll_id), by=who) for who in (ANA, BO)))
        first, again = [
            await governance.do(CancelPoll(poll_id=poll_id, reason=why), by=ANA) for why in (WHY, "another")
        ]

        assert await governance.events(PollCancelled) == [PollCancelled(reason=WHY)]
        assert first.position == again.position

    async def test_only_while_it_is_open(self, governance: Governance) -> None:
        """The last instant is in time; at its time, or closed early, a poll has its result."""
        poll_id, late, early = [await governance.open(may_close_early=True) for _ in range(3)]
        await governance.do(ClosePoll(poll_id=early), by=ANA)
        with pytest.raises(PollIsClosed):
            await governance.do(cancel(early), by=ANA)
        governance.now = NOON - INSTANT
        await governance.do(cancel(poll_id), by=ANA)
        governance.now = NOON
        with pytest.raises(PollIsClosed):
            await governance.do(cancel(late), by=ANA)

    async def test_ends_all_that_a_poll_takes(self, governance: Governance) -> None:
        """No ballot is cast, replaced, withdrawn or entered behind it, nor the poll closed or its result declared."""
        poll_id = await governance.open(may_close_early=True)
        await governance.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
        await governance.do(cancel(poll_id), by=ANA)
        before = await governance.log.last()
        asked: list[tuple[Command, UUID | str]] = [
            (CastBallot(poll_id=poll_id, choices=()), CY),
            (CastBallot(poll_id=poll_id, choices=()), BO),
            (WithdrawBallot(poll_id=poll_id), BO),
            (EnterPaperBallots(poll_id=poll_id, ballots=((),)), ANA),
            (ClosePoll(poll_id=poll_id), ANA),
            (RemindVoters(poll_id=poll_id), "governance"),
            (DisputeRoll(poll_id=poll_id, reason="no"), BO),
            (declaration(poll_id), "governance"),
        ]
        for command, who in asked:
            with pytest.raises(PollIsCancelled):
                await governance.do(command, by=who)
        governance.now = NOON
        with pytest.raises(PollIsCancelled):
            await governance.do(ClosePoll(poll_id=poll_id))

        assert await governance.log.last() == before

    async def test_and_the_close_at_once_are_one_of_them(self, governance: Governance) -> None:
        """Of a close and a cancelling at the same moment the log takes one, and the other is told."""
        poll_id = await governance.open(may_close_early=True)
        outcomes = await asyncio.gather(
            governance.do(ClosePoll(poll_id=poll_id), by=ANA),
            governance.do(cancel(poll_id), by=ANA),
            return_exceptions=True,
        )

        assert sum(isinstance(outcome, PollIsClosed) for outcome in outcomes) == 1
        assert len(await governance.events(PollClosed, PollCancelled)) == 1

    async def test_needs_a_poll(self, governance: Governance) -> None:
        """What never was cannot be taken back."""
        with pytest.raises(NotFound):
            await governance.do(cancel(uuid4()), by=ANA)


def declaration(poll_id: UUID) -> DeclareResult:
    """What a count would declare."""
    outcome = count("ranked", ("orchard", "playground", "wild"), [], seed=b"")
    return DeclareResult(
        poll_id=poll_id,
        closed_position=7,
        seed="0" * 64,
        paper_ballots_count=0,
        ballots_sha256="0" * 64,
        outcome=CountedOutcome.model_validate(outcome.as_plain()),
    )


class TestNothingChangesAnOpenPoll:
    def test_no_command_names_what_was_asked(self) -> None:
        """Of all commands, only the opening bears a question, options, a method or terms of a poll that is there."""
        asked = set(PollOpened.model_fields) | set(PollTerms.model_fields)
        asked -= {"group_id", "replaces"}
        changing = [
            command.__name__
            for command in HANDLERS
            if "poll_id" in command.model_fields and asked & set(command.model_fields)
        ]

        assert changing == []
        assert asked & set(OpenPoll.model_fields)

    def test_no_event_changes_it_either(self) -> None:
        """What follows an opening in a poll's history leaves its question, options and terms as they are."""
        kept = ("group_id", "question", "explanation", "method", "options", "closes_at", "terms", "roll_sha256")
        following = [
            event for event in vars(Poll).values() if isinstance(event, type) and event.__name__ != "PollOpened"
        ]
        fields = {name for event in following for name in getattr(event, "__dataclass_fields__", {})}

        assert fields
        assert not fields & set(kept)


class TestRemindVoters:
    async def test_once_however_many_clocks_strike(self, governance: Governance) -> None:
        """Two replicas that strike together, and one that strikes later, remind once."""
        poll_id = await governance.open(remind_at=NOON - timedelta(hours=1))
        governance.now = NOON - timedelta(hours=1)
        key = uuid5(poll_id, "remind")
        await asyncio.gather(*(governance.do(RemindVoters(poll_id=poll_id), key=key) for _ in range(5)))
        await governance.do(RemindVoters(poll_id=poll_id))

        assert await governance.events(VotersReminded) == [VotersReminded()]

    async def test_not_by_members(self, governance: Governance) -> None:
        """Nobody has others reminded by asking for it."""
        poll_id = await governance.open(remind_at=NOON - timedelta(hours=1))
        governance.now = NOON - timedelta(hours=1)
        with pytest.raises(NotForMembers):
            await governance.do(RemindVoters(poll_id=poll_id), by=ANA)


class TestDisputeRoll:
    async def test_is_kept_under_a_pseudonym(self, governance: Governance) -> None:
        """Any member may, also one who is not on the roll; the entry bears their pseudonym in the group."""
        poll_id = await governance.open()
        await governance.hear(GROUP, STRANGER, "member", 13)
        entry = await governance.do(DisputeRoll(poll_id=poll_id, reason="I joined last week."), by=STRANGER)

        elector = governance.pseudonyms.elector(GROUP, STRANGER)
        assert entry.event == RollDisputed(disputant=elector, reason="I joined last week.")
        assert (entry.actor, entry.group_id) == (str(elector), GROUP)
        assert str(STRANGER).encode() not in entry.entry

    async def test_is_for_members(self, governance: Governance) -> None:
        """Not for a stranger, nor for who has left, though they are on the roll."""
        poll_id = await governance.open()
        await governance.hear(GROUP, CY, None, 13)
        for who in (STRANGER, CY):
            with pytest.raises(NotAMember):
                await governance.do(DisputeRoll(poll_id=poll_id, reason="no"), by=who)

    async def test_once_by_each(self, governance: Governance) -> None:
        """The same again has the receipt that it had; another reason is refused; others are heard."""
        poll_id = await governance.open()
        command = DisputeRoll(poll_id=poll_id, reason="Bo is missing.")
        first = await governance.do(command, by=ANA)
        again = await governance.do(command, by=ANA)
        with pytest.raises(RollIsDisputed):
            await governance.do(DisputeRoll(poll_id=poll_id, reason="Cy, too."), by=ANA)
        await governance.do(command, by=BO)

        assert first.position == again.position
        assert len(await governance.events(RollDisputed)) == 2

    async def test_until_the_objections_are_over(self, governance: Governance) -> None:
        """Closed and declared, it is heard for as many days as the group's customs say, and not an instant longer."""
        await governance.do(SetCustoms(group_id=GROUP, objection_days=3), by=ANA)
        poll_id = await governance.open()
        governance.now = NOON
        await governance.do(ClosePoll(poll_id=poll_id))
        await governance.do(DisputeRoll(poll_id=poll_id, reason="before the result"), by=ANA)
        governance.now = NOON + timedelta(hours=1)
        await governance.do(declaration(poll_id))
        governance.now = NOON + timedelta(days=3, hours=1) - INSTANT
        await governance.do(DisputeRoll(poll_id=poll_id, reason="in time"), by=BO)
        governance.now += INSTANT
        with pytest.raises(RollIsSettled):
            await governance.do(DisputeRoll(poll_id=poll_id, reason="late"), by=CY)

    async def test_of_a_group_s_own_poll_is_sealed(self, governance: Governance) -> None:
        """What is wrong with it is for its group to know."""
        poll_id = await governance.open(audience="group")
        entry = await governance.do(DisputeRoll(poll_id=poll_id, reason="Bo is missing."), by=ANA)

        assert entry.key_id == poll_id
        assert b"missing" not in entry.entry
        assert governance.now == MORNING
