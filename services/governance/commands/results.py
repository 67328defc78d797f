"""What a count gave."""

from libs.contracts.governance import (
    DeclareResult,
)
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself
from services.governance.commands.office import Office
from services.governance.domain import delegation
from services.governance.domain import result as counted
from services.governance.domain.poll import (
    Poll,
    PollIsStillOpen,
)
from services.governance.domain.result import Result


async def declare_result(command: DeclareResult, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    poll = await aggregates.look_at(Poll, command.poll_id)
    poll.check_is_not_cancelled()
    if not poll.is_closed:
        raise PollIsStillOpen("The poll is still open; nothing can be declared.")
    if result := await aggregates.find(Result, Result.create_id(poll.id)):
        return await aggregates.save(result)
    outcome = command.outcome
    parts = counted.split(poll.id, outcome.rounds)
    delegations = delegation.split(poll.id, command.carried, command.known_as)
    for part in delegations:
        part.key_id = poll.group_id if command.for_group else None
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
        delegated_count=sum(each.carrier is not None for each in command.carried),
        delegation_parts_count=len(delegations),
    )
    return await aggregates.save(*parts, *delegations, result, group_id=poll.group_id, key_id=poll.key_id)


HANDLERS: CommandHandlers = {
    DeclareResult: declare_result,
}
