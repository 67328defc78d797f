"""What follows from a result: who does what by when, and when the group looks at it again."""

from uuid import UUID

from libs.contracts.governance import AgreeTask, MoveTask, NoteReviewDue, PlanReview
from libs.errors import Conflict
from libs.eventlog.log import Recorded
from libs.service.aggregates import Aggregates, KeyWasUsed
from libs.service.desk import CommandHandlers
from services.governance.commands.access import check_is_itself, electorate_of
from services.governance.commands.members import as_member, as_steward, is_steward, known
from services.governance.commands.office import Office
from services.governance.domain.poll import Poll
from services.governance.domain.result import Result
from services.governance.domain.task import Task


class NothingFollowsYet(Conflict):
    """What follows from a result, follows once it is declared."""


async def agree_task(command: AgreeTask, aggregates: Aggregates, office: Office) -> Recorded:
    task_id = aggregates.new_id()
    if await aggregates.find(Task, task_id):
        raise KeyWasUsed("This Idempotency-Key was used for another request before.")

    poll, _ = await decided(command.poll_id, aggregates)
    steward = await as_steward(poll.group_id, aggregates, office)
    task = Task(
        id=task_id,
        poll_id=poll.id,
        group_id=poll.group_id,
        what=command.what,
        elector=await _doer(command.member_id, poll.group_id, aggregates, office),
        due_on=command.due_on,
    )
    return await aggregates.save(task, actor=str(steward), key_id=poll.key_id)


async def move_task(command: MoveTask, aggregates: Aggregates, office: Office) -> Recorded:
    task = await aggregates.get(Task, command.task_id)
    elector = await as_member(task.group_id, aggregates, office)
    doer = await _doer(command.member_id, task.group_id, aggregates, office)
    task.check_may_move(
        elector,
        is_steward=await is_steward(task.group_id, aggregates, office),
        elector=doer,
        due_on=command.due_on,
    )
    task.move(command.state, elector=doer, due_on=command.due_on, note=command.note)
    poll = await aggregates.look_at(Poll, task.poll_id)
    return await aggregates.save(task, actor=str(elector), key_id=poll.key_id)


async def plan_review(command: PlanReview, aggregates: Aggregates, office: Office) -> Recorded:
    poll, result = await decided(command.poll_id, aggregates)
    steward = await as_steward(poll.group_id, aggregates, office)
    result.plan_review(command.review_on, now=aggregates.now)
    return await aggregates.save(result, group_id=poll.group_id, actor=str(steward))


async def note_review_due(command: NoteReviewDue, aggregates: Aggregates, _: Office) -> Recorded:
    check_is_itself(aggregates)
    result = await aggregates.get(Result, command.result_id)
    poll = await aggregates.look_at(Poll, result.poll_id)
    result.fall_due(command.review_on, now=aggregates.now)
    return await aggregates.save(result, group_id=poll.group_id)


async def decided(poll_id: UUID, aggregates: Aggregates) -> tuple[Poll, Result]:
    """
    Return the poll and its result.

    Raises:
        NotFound: There is no such poll.
        NothingFollowsYet: It has no result.
    """
    poll = await aggregates.look_at(Poll, poll_id)
    result = await aggregates.find(Result, Result.create_id(poll_id))
    if result is None:
        raise NothingFollowsYet("The result of this poll is not declared; nothing follows from it yet.")
    return poll, result


async def _doer(member_id: UUID | None, group_id: UUID, aggregates: Aggregates, office: Office) -> UUID | None:
    """Return who does a task by their pseudonym in the group, whose member they are."""
    if member_id is None:
        return None
    electorate = await electorate_of(aggregates, group_id)
    electorate.check_is_member(office.pseudonyms.elector(group_id, member_id))
    return await known(group_id, member_id, office)


HANDLERS: CommandHandlers = {
    AgreeTask: agree_task,
    MoveTask: move_task,
    PlanReview: plan_review,
    NoteReviewDue: note_review_due,
}
