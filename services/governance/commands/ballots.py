"""Ballots of members, and those cast on paper."""

from libs import tally
from libs.contracts.governance import (
    CastBallot,
    EnterPaperBallots,
    StrikePaperBatch,
    WithdrawBallot,
)
from libs.errors import NotFound
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import as_voter, check_is_steward
from services.governance.commands.office import Office
from services.governance.domain import paper
from services.governance.domain.ballot import Ballot, NoBallotYet
from services.governance.domain.paper import PaperBatch
from services.governance.domain.poll import (
    Poll,
)


async def cast_ballot(command: CastBallot, aggregates: Aggregates, office: Office) -> Recorded:
    poll, voter = await as_voter(command.poll_id, aggregates, office)
    ballot = await aggregates.find_unless_new(Ballot, Ballot.create_id(poll.id, voter))
    choices, marks, reason = command.choices, command.marks, command.reason
    poll.check_accepts(tally.Ballot(choices, marks), reason, now=aggregates.now)
    if ballot is None:
        ballot = Ballot(poll_id=poll.id, voter=voter, choices=choices, marks=marks, reason=reason)
    else:
        ballot.change(choices, marks, reason)
    return await aggregates.save(ballot, group_id=poll.group_id, actor=str(voter), key_id=poll.ballots_key_id)


async def withdraw_ballot(command: WithdrawBallot, aggregates: Aggregates, office: Office) -> Recorded:
    poll, voter = await as_voter(command.poll_id, aggregates, office)
    poll.check_is_open(now=aggregates.now)
    if (ballot := await aggregates.find(Ballot, Ballot.create_id(poll.id, voter))) is None:
        raise NoBallotYet("You have not voted in this poll.")
    ballot.withdraw()
    return await aggregates.save(ballot, group_id=poll.group_id, actor=str(voter))


async def enter_paper_ballots(command: EnterPaperBallots, aggregates: Aggregates, office: Office) -> Recorded:
    batch_id = aggregates.new_id()
    # A request that is sent again is answered even when the poll is closed by now.
    if await aggregates.find(PaperBatch, batch_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    poll = await aggregates.look_at(Poll, command.poll_id)
    await check_is_steward(poll, aggregates, office)
    marks = command.marks or ((),) * len(command.ballots)
    ballots = [tally.Ballot(*each) for each in zip(command.ballots, marks, strict=True)]
    poll.check_accepts_paper(ballots, now=aggregates.now)
    parts = paper.split(poll.id, batch_id, ballots)
    batch = PaperBatch(id=batch_id, poll_id=poll.id, ballots_count=len(ballots), parts_count=len(parts))
    return await aggregates.save(*parts, batch, group_id=poll.group_id, key_id=poll.ballots_key_id)


async def strike_paper_batch(command: StrikePaperBatch, aggregates: Aggregates, office: Office) -> Recorded:
    poll = await aggregates.look_at(Poll, command.poll_id)
    await check_is_steward(poll, aggregates, office)
    batch = await aggregates.get(PaperBatch, command.batch_id)
    if batch.poll_id != poll.id:
        raise NotFound(f"There is no paper batch {command.batch_id} in this poll.")
    poll.check_is_open(now=aggregates.now)
    batch.strike(command.reason)
    return await aggregates.save(batch, group_id=poll.group_id)


HANDLERS: CommandHandlers = {
    CastBallot: cast_ballot,
    WithdrawBallot: withdraw_ballot,
    EnterPaperBallots: enter_paper_ballots,
    StrikePaperBatch: strike_paper_batch,
}
