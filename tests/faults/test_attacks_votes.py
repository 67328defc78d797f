"""
Attacks on a vote, each by its name: refused when it is tried through the door, found by the audit when it is not.

Who comes through the door sends commands. Who has write access to the stream forges entries, knows every format and
every pseudonym, and only lacks what nobody has twice: a place in the log.
"""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from libs.contracts import catalogue
from libs.contracts.base import Event
from libs.contracts.governance import (
    BallotCast,
    CancelPoll,
    CastBallot,
    ClosePoll,
    HearOfMember,
    PollOpened,
    RollFrozen,
)
from libs.errors import NotFound, Problem, Unprocessable
from libs.eventlog.codec import encode
from libs.eventlog.log import LogMovedOn, New
from libs.tally.delegation import resolve
from services.governance.domain.poll import PollIsClosed, UncountableBallot
from services.governance.domain.roll import NotOnTheRoll
from tests.libs.audit.conftest import (
    ANA,
    BO,
    GROUP,
    NOON,
    Town,
    audited,
    decided,
    place,
    poll_id,
    rewritten,
    rules,
    town,
    with_data,
)

__all__ = ["decided", "poll_id", "town"]

STRANGER, OTHER_GROUP = UUID(int=77), UUID(int=78)


def forged(event: Event, aggregate_id: UUID, *, actor: object, version: int = 1) -> bytes:
    """An entry as governance itself would have written it."""
    return encode(New(event, aggregate_id, version, 0, str(actor), uuid4(), NOON, GROUP))


def forged_ballot(poll: UUID, voter: UUID, choice: str = "wild") -> bytes:
    """A ballot at the voter's own address."""
    event = BallotCast(poll_id=poll, voter=voter, choices=(choice,))
    return forged(event, uuid5(poll, str(voter)), actor=voter)


class TestThroughTheDoor:
    async def test_parallel_double_vote(self, town: Town, poll_id: UUID) -> None:
        """Refused: of many first ballots of one voter at once the log keeps one, and the others replace it or fail."""
        votes = [
            town.governance.do(CastBallot(poll_id=poll_id, choices=(option,)), by=ANA, attempts_max=1)
            for option in ("orchard", "playground", "wild") * 10
        ]
        answers = await asyncio.gather(*votes, return_exceptions=True)

        assert any(not isinstance(answer, BaseException) for answer in answers)
        assert all(isinstance(answer, LogMovedOn) for answer in answers if isinstance(answer, BaseException))
        assert len(await town.governance.events(BallotCast)) == 1
        assert audited(await town.entries()).polls[0].ballots_count == 1

    async def test_ballot_for_a_poll_that_is_not_open(self, town: Town) -> None:
        """Refused: what was never opened takes no ballots."""
        with pytest.raises(NotFound):
            await town.vote(uuid4(), ANA, "wild")

    async def test_ballot_for_a_closed_poll(self, town: Town, poll_id: UUID) -> None:
        """Refused, and were it recorded behind the close all the same, it would not count."""
        await town.close(poll_id)

        with pytest.raises(PollIsClosed):
            await town.vote(poll_id, ANA, "wild")

    async def test_ballot_for_a_cancelled_poll(self, town: Town, poll_id: UUID) -> None:
        """Refused: nothing in a cancelled poll counts, and it never has a result."""
        await town.governance.do(CancelPoll(poll_id=poll_id, reason="An option was missing."), by=ANA)

        with pytest.raises(Problem):
            await town.vote(poll_id, BO, "wild")
        with pytest.raises(Problem):
            await town.governance.do(ClosePoll(poll_id=poll_id), by=ANA)

    async def test_ballot_for_a_poll_of_another_group(self, town: Town) -> None:
        """Refused: a member of one group is nobody in another's polls."""
        await town.governance.hear(OTHER_GROUP, STRANGER, "steward", 50)
        theirs = await town.open(by=STRANGER, group_id=OTHER_GROUP)

        with pytest.raises(NotOnTheRoll):
            await town.vote(theirs, ANA, "wild")

    async def test_voter_who_is_not_on_the_roll(self, town: Town, poll_id: UUID) -> None:
        """Refused: who joined after the opening votes in the next poll."""
        await town.governance.hear(GROUP, STRANGER, "member", 60)

        with pytest.raises(NotOnTheRoll):
            await town.vote(poll_id, STRANGER, "wild")

    async def test_member_removed_between_roll_and_ballot(self, town: Town, poll_id: UUID) -> None:
        """Neither: the roll decides. Who stands on it votes, and removing them takes no vote away."""
        await town.governance.do(HearOfMember(group_id=GROUP, member_id=BO, role=None, source_position=61))

        await town.vote(poll_id, BO, "wild")

        report = audited(await town.entries())
        assert report.is_clean
        assert report.polls[0].ballots_count == 1

    async def test_ballot_that_says_what_is_not_offered(self, town: Town, poll_id: UUID) -> None:
        """Refused: nothing is read into a ballot."""
        for choices in (("a castle",), ("wild", "wild")):
            with pytest.raises((UncountableBallot, Unprocessable)):
                await town.vote(poll_id, ANA, *choices)

    async def test_options_edited_after_the_opening(self, town: Town, poll_id: UUID) -> None:
        """Refused: no command opens a poll again or changes one that is open."""
        fields = {name for name in ("options", "terms", "question", "method") if name in PollOpened.model_fields}
        changing = [
            kind for kind in _commands_to_a_poll() if fields & set(kind.model_fields) and "poll_id" in kind.model_fields
        ]

        assert not changing


class TestByWriteAccess:
    async def test_ballot_copied_under_another_voter(self, town: Town, poll_id: UUID) -> None:
        """Found (`address`): a ballot's place is made of its voter, and the copy stands at the first one's."""
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        bo = str(town.governance.voter(poll_id, BO))
        copied = with_data(rewritten(entries[-1], lambda f: f.update(actor=bo, id=str(uuid4()))), voter=bo)

        assert "address" in rules(audited([*entries, copied]))

    async def test_sealed_ballot_copied_under_another_voter(self, town: Town) -> None:
        """Found (`sealed`): what was sealed for one place cannot be opened in another, once the key is published."""
        poll = await town.open(results="hidden", method="single")
        await town.vote(poll, ANA, "wild")
        entries = await town.entries()
        bo = town.governance.voter(poll, BO)
        address = str(uuid5(poll, str(bo)))
        copied = rewritten(entries[-1], lambda f: f.update(actor=str(bo), aggregate_id=address, id=str(uuid4())))
        await town.close(poll)
        close = (await town.entries())[-1]

        assert "sealed" in rules(audited([*entries, copied, close]))

    async def test_ballot_copied_under_another_poll(self, town: Town, poll_id: UUID) -> None:
        """Found (`not-on-the-roll`): voters have another name in every poll."""
        other = await town.open()
        await town.vote(poll_id, ANA, "wild")
        entries = await town.entries()
        voter = town.governance.voter(poll_id, ANA)

        report = audited([*entries, forged_ballot(other, voter)])

        assert rules(report) == ["not-on-the-roll"]
        assert sum(poll.ballots_count for poll in report.polls) == 1

    async def test_stuffing_with_voters_who_do_not_vote(self, town: Town, poll_id: UUID) -> None:
        """
        Found by the voter: a forged first ballot of somebody on the roll is a ballot like any other to a stranger.

        But it takes the one place that this voter's ballot has. Voting afterwards, the voter is answered with the
        second version of a ballot that they never cast; and whoever looks up their own ballot sees it.
        """
        entries = await town.entries()
        bo = town.governance.voter(poll_id, BO)

        assert audited([*entries, forged_ballot(poll_id, bo)]).polls[0].ballots_count == 1
        await town.vote(poll_id, BO, "orchard")
        honest = (await town.entries())[-1]
        assert rules(audited([*entries, forged_ballot(poll_id, bo), honest])) == ["second-ballot"]

    async def test_stuffing_with_voters_who_are_nobody(self, town: Town, poll_id: UUID) -> None:
        """Found (`not-on-the-roll`): a thousand forged ballots count for nothing, and each is named."""
        entries = await town.entries()
        stuffed = [forged_ballot(poll_id, uuid4()) for _ in range(1000)]
        report = audited([*entries, *stuffed])

        assert Counter(rules(report)) == {"not-on-the-roll": 1000}
        assert report.polls[0].ballots_count == 0

    async def test_stuffing_the_roll_after_the_opening(self, town: Town, poll_id: UUID) -> None:
        """Found (`roll`): nobody is added to a roll behind its opening."""
        entries = await town.entries()
        roll = RollFrozen(poll_id=poll_id, part=1, voters=(uuid4(),))

        report = audited([*entries, forged(roll, uuid5(poll_id, "roll 1"), actor=ANA)])

        assert rules(report) == ["roll"]

    async def test_options_edited_after_the_opening(self, town: Town, decided: list[bytes]) -> None:
        """Found (`opened-twice`); where the opening itself was rewritten, by the result and the log's root."""
        opening = place(decided, "PollOpened")
        edited = with_data(decided[opening], options=["orchard", "playground", "wild", "a car park"])
        again = rewritten(edited, lambda f: f.update(id=str(uuid4()), version=2))

        assert "opened-twice" in rules(audited([*decided[: opening + 1], again]))
        altered = [*decided[:opening], edited, *decided[opening + 1 :]]
        assert "result" in rules(audited(altered))

    async def test_ballot_dropped_after_its_receipt(self, decided: list[bytes]) -> None:
        """Found (`result`, and the close's position): what is left out moves everything behind it."""
        dropped = place(decided, "BallotCast")

        report = audited([*decided[:dropped], *decided[dropped + 1 :]])

        assert any("the position of the close" in difference.text for difference in report.differences)

    async def test_result_declared_by_an_operator(self, decided: list[bytes]) -> None:
        """Found (`actor`, `result`): a result is what the ballots give, whoever declares another."""
        declared = place(decided, "ResultDeclared")
        forged_result = with_data(
            rewritten(decided[declared], lambda f: f.update(actor=str(ANA))), winners=["playground"]
        )

        assert set(rules(audited([*decided[:declared], forged_result]))) == {"actor", "result"}


def test_a_delegation_cycle_of_a_thousand() -> None:
    """Neither: who delegates in a circle is carried by nobody; who votes inside it breaks it."""
    ring = [(number, (number + 1) % 1000) for number in range(1000)]

    lost = resolve(set(), ring)
    carried = resolve({0}, ring)

    assert set(lost.lost.values()) == {"cycle"}
    assert not lost.weights
    assert carried.weights == {0: 1000}


def _commands_to_a_poll() -> list[type[Any]]:
    return [kind for kind in catalogue.commands().values() if kind.service == "governance"]
