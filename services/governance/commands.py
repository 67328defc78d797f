"""
What governance is asked to do: one function for each command.

A member acts under a pseudonym as soon as a vote is at stake: entries about a ballot bear the voter's, not the
member's id. Stewards' acts bear the steward's id, for whoever enters or closes answers for it.
"""

from uuid import UUID

from libs.contracts.governance import (
    CastBallot,
    ClosePoll,
    DeclareResult,
    Eligibility,
    EnterPaperBallots,
    HearOfMember,
    OpenPoll,
    Settings,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.errors import NotAllowed, NotFound, NotSignedIn
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.domain import paper
from services.governance.domain import result as counted
from services.governance.domain.ballot import Ballot, NoBallotYet
from services.governance.domain.electorate import Electorate
from services.governance.domain.paper import PaperBatch
from services.governance.domain.poll import (
    Poll,
    PollIsStillOpen,
    RollPart,
    check_question,
    freeze_roll,
    roll_sha256,
)
from services.governance.domain.pseudonyms import Pseudonyms
from services.governance.domain.result import Result

ITSELF = "governance"
"""The actor of what governance's own reactions do."""


class NotForMembers(NotAllowed):
    """This follows from what happened, and nobody may ask for it."""


async def open_poll(command: OpenPoll, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    poll_id = aggregates.new_id()
    # A request that is sent again is answered before the clock may refuse it.
    if await aggregates.find(Poll, poll_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    electorate = await _electorate(aggregates, command.group_id)
    electorate.check_is_member(pseudonyms.elector(command.group_id, _member(aggregates)))
    check_question(
        command.question, command.explanation, command.options, closes_at=command.closes_at, now=aggregates.now
    )
    voters = [pseudonyms.voter(poll_id, elector) for elector in electorate.roles]
    roll = freeze_roll(poll_id, voters)
    poll = Poll(
        id=poll_id,
        **{name: getattr(command, name) for name in OpenPoll.model_fields},
        voters_count=len(voters),
        parts_count=len(roll),
        roll_sha256=roll_sha256(voters),
        settings=Settings(),
        rules=None,
        eligibility=Eligibility(),
        topic=None,
        takes_delegations=False,
        carry_max=None,
        results="running",
        audience="everyone",
        key_sha256=None,
        seed_from="close",
        proposal=None,
        reviews=None,
        replaces=None,
        remind_at=None,
    )
    return await aggregates.save(*roll, poll, group_id=command.group_id)


async def cast_ballot(command: CastBallot, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    poll, voter = await _as_voter(command.poll_id, aggregates, pseudonyms)
    ballot = await aggregates.find_unless_new(Ballot, Ballot.create_id(poll.id, voter))
    poll.check_accepts(command.choices, now=aggregates.now)
    if ballot is None:
        ballot = Ballot(poll_id=poll.id, voter=voter, choices=command.choices, marks=(), reason=None)
    else:
        ballot.change(command.choices)
    return await aggregates.save(ballot, group_id=poll.group_id, actor=str(voter))


async def withdraw_ballot(command: WithdrawBallot, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    poll, voter = await _as_voter(command.poll_id, aggregates, pseudonyms)
    poll.check_is_open(now=aggregates.now)
    if (ballot := await aggregates.find(Ballot, Ballot.create_id(poll.id, voter))) is None:
        raise NoBallotYet("You have not voted in this poll.")
    ballot.withdraw()
    return await aggregates.save(ballot, group_id=poll.group_id, actor=str(voter))


async def close_poll(command: ClosePoll, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    poll = await aggregates.get(Poll, command.poll_id)
    is_early = not poll.is_closed and aggregates.now < poll.closes_at
    if aggregates.actor != ITSELF:
        await _check_is_steward(poll, aggregates, pseudonyms)
        if is_early:
            poll.check_may_close_early()
    elif is_early:
        raise PollIsStillOpen(f"The poll is open until {poll.closes_at:%Y-%m-%d %H:%M} UTC.")
    poll.close(now=aggregates.now)
    return await aggregates.save(poll)


async def enter_paper_ballots(command: EnterPaperBallots, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    batch_id = aggregates.new_id()
    # A request that is sent again is answered even when the poll is closed by now.
    if await aggregates.find(PaperBatch, batch_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    poll = await aggregates.look_at(Poll, command.poll_id)
    await _check_is_steward(poll, aggregates, pseudonyms)
    poll.check_accepts_paper(command.ballots, now=aggregates.now)
    parts = paper.split(poll.id, batch_id, command.ballots)
    batch = PaperBatch(id=batch_id, poll_id=poll.id, ballots_count=len(command.ballots), parts_count=len(parts))
    return await aggregates.save(*parts, batch, group_id=poll.group_id)


async def strike_paper_batch(command: StrikePaperBatch, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    poll = await aggregates.look_at(Poll, command.poll_id)
    await _check_is_steward(poll, aggregates, pseudonyms)
    batch = await aggregates.get(PaperBatch, command.batch_id)
    if batch.poll_id != poll.id:
        raise NotFound(f"There is no paper batch {command.batch_id} in this poll.")
    poll.check_is_open(now=aggregates.now)
    batch.strike(command.reason)
    return await aggregates.save(batch, group_id=poll.group_id)


async def hear_of_member(command: HearOfMember, aggregates: Aggregates, pseudonyms: Pseudonyms) -> Recorded:
    _check_is_itself(aggregates)
    electorate = await aggregates.find(Electorate, Electorate.create_id(command.group_id))
    electorate = electorate or Electorate(group_id=command.group_id, parent_id=None)
    elector = pseudonyms.elector(command.group_id, command.member_id)
    electorate.hear(elector, command.role, command.source_position)
    return await aggregates.save(electorate)


async def declare_result(command: DeclareResult, aggregates: Aggregates, _: Pseudonyms) -> Recorded:
    _check_is_itself(aggregates)
    poll = await aggregates.look_at(Poll, command.poll_id)
    if not poll.is_closed:
        raise PollIsStillOpen("The poll is still open; nothing can be declared.")
    if result := await aggregates.find(Result, Result.create_id(poll.id)):
        return await aggregates.save(result)
    outcome = command.outcome
    parts = counted.split(poll.id, outcome.rounds)
    result = Result(
        poll_id=poll.id,
        method=outcome.method,
        closed_position=command.closed_position,
        seed=command.seed,
        voters_count=poll.voters_count,
        ballots_count=outcome.ballots_count,
        paper_ballots_count=command.paper_ballots_count,
        blank_count=outcome.blank_count,
        winners=outcome.winners,
        rounds_count=len(outcome.rounds),
        parts_count=len(parts),
        outcome_sha256=counted.outcome_sha256(outcome),
        ballots_sha256=command.ballots_sha256,
        unit=outcome.unit,
        quota=outcome.quota,
        ranking=outcome.ranking,
        verdict=outcome.verdict,
        delegated_count=0,
        delegation_parts_count=0,
    )
    return await aggregates.save(*parts, result, group_id=poll.group_id)


async def _as_voter(poll_id: UUID, aggregates: Aggregates, pseudonyms: Pseudonyms) -> tuple[Poll, UUID]:
    """Return the poll, and the actor as its voter."""
    poll = await aggregates.look_at(Poll, poll_id)
    voter = pseudonyms.voter(poll.id, pseudonyms.elector(poll.group_id, _member(aggregates)))
    part = await aggregates.get(RollPart, poll.roll_part_of(voter))  # settled, so it is read once
    part.check_bears(voter)
    return poll, voter


async def _electorate(aggregates: Aggregates, group_id: UUID) -> Electorate:
    try:
        return await aggregates.look_at(Electorate, Electorate.create_id(group_id))
    except NotFound as fault:
        raise NotFound(f"There is no group {group_id}.") from fault


async def _check_is_steward(poll: Poll, aggregates: Aggregates, pseudonyms: Pseudonyms) -> None:
    electorate = await _electorate(aggregates, poll.group_id)
    electorate.check_is_steward(pseudonyms.elector(poll.group_id, _member(aggregates)))


def _member(aggregates: Aggregates) -> UUID:
    try:
        return UUID(aggregates.actor)
    except ValueError as fault:
        raise NotSignedIn("Only a member may do this; sign in first.") from fault


def _check_is_itself(aggregates: Aggregates) -> None:
    if aggregates.actor != ITSELF:
        raise NotForMembers("This follows from what happened, and nobody may ask for it.")


HANDLERS: CommandHandlers = {
    OpenPoll: open_poll,
    CastBallot: cast_ballot,
    WithdrawBallot: withdraw_ballot,
    ClosePoll: close_poll,
    EnterPaperBallots: enter_paper_ballots,
    StrikePaperBatch: strike_paper_batch,
    HearOfMember: hear_of_member,
    DeclareResult: declare_result,
}
