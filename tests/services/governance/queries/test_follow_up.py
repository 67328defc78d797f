"""What can be read of what follows from results."""

from uuid import UUID, uuid4

import pytest

from libs.contracts.governance import (
    AgreeTask,
    FollowUp,
    FollowUpOf,
    MoveTask,
    NoteReviewDue,
    ObjectionsTo,
    PlanReview,
    SetCustoms,
    TasksOf,
)
from libs.errors import NotFound
from services.governance.domain.result import Result
from services.governance.reactions.follow_up import recount_what_is_objected_to
from services.governance.reactions.proposals import forget_who_is_gone
from tests.services.governance.commands.test_follow_up import DAY, agreed, counted
from tests.services.governance.commands.test_objections import object_to, polls
from tests.services.governance.conftest import ANA, BO, CY, GROUP, STRANGER
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres


class TestTasks:
    async def test_of_a_poll(self, house: Readers) -> None:
        """As they stand, in the order in which they were agreed, a page at a time."""
        poll_id = await counted(house)
        ids = [await agreed(house.decided, poll_id) for _ in range(3)]
        await house.decided.do(MoveTask(task_id=ids[1], state="done", member_id=BO, due_on=DAY, note="Forty."), by=BO)

        first = await house.ask(FollowUpOf(poll_id=poll_id, limit=2))
        second = await house.ask(FollowUpOf(poll_id=poll_id, limit=2, cursor=first.next))
        tasks = (*first.tasks, *second.tasks)
        assert [(task.task_id, task.state, task.note) for task in tasks] == [
            (ids[0], "open", None),
            (ids[1], "done", "Forty."),
            (ids[2], "open", None),
        ]
        assert {(task.due_on, task.elector) for task in tasks} == {(DAY, house.decided.pseudonyms.elector(GROUP, BO))}

    async def test_of_a_group(self, house: Readers) -> None:
        """After all its results, or those that stand so."""
        ids = [await agreed(house.decided, await counted(house)) for _ in range(2)]
        await house.decided.do(MoveTask(task_id=ids[0], state="doing", member_id=BO, due_on=DAY), by=BO)

        assert [t.task_id for t in (await house.ask(TasksOf(group_id=GROUP))).items] == ids
        assert [t.task_id for t in (await house.ask(TasksOf(group_id=GROUP, state="open"))).items] == ids[1:]
        assert (await house.ask(TasksOf(group_id=uuid4()))).items == ()

    async def test_name_who_does_them_to_members(self, house: Readers) -> None:
        """Nobody where nobody is named yet; to strangers a pseudonym; nobody when they are erased."""
        poll_id = await counted(house)
        await agreed(house.decided, poll_id)
        await house.decided.do(AgreeTask(poll_id=poll_id, what="Water."), by=ANA)

        for asker, named in ((CY, BO), (STRANGER, None), (None, None)):
            tasks = (await house.ask(FollowUpOf(poll_id=poll_id, asker=asker))).tasks
            assert [task.member_id for task in tasks] == [named, None]
        await house.erase(BO)
        await house.strike(forget_who_is_gone)
        assert (await house.ask(FollowUpOf(poll_id=poll_id, asker=CY))).tasks[0].member_id is None


class TestReview:
    async def test_is_planned_and_falls_due(self, house: Readers) -> None:
        """With its day, and when it was noted that the day had come."""
        poll_id = await counted(house)
        nothing = FollowUp(poll_id=poll_id, review_on=None, review_fell_due_at=None, tasks=(), next=None)
        assert await house.ask(FollowUpOf(poll_id=poll_id)) == nothing
        await house.decided.do(PlanReview(poll_id=poll_id, review_on=DAY), by=ANA)
        assert (await house.ask(FollowUpOf(poll_id=poll_id))).review_on == DAY
        house.decided.now = house.decided.now.replace(year=2031)
        await house.decided.do(NoteReviewDue(result_id=Result.create_id(poll_id), review_on=DAY))

        assert (await house.ask(FollowUpOf(poll_id=poll_id))).review_fell_due_at == house.decided.now


class TestObjections:
    async def test_show_what_came_of_them(self, house: Readers) -> None:
        """A recount that agrees, and the poll in which the group votes again."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id, "recount", by=BO)
        await object_to(house.decided, poll_id, "review", by=CY, reason="Nobody knew.")
        await house.strike(recount_what_is_objected_to)

        recount, review = (await house.ask(ObjectionsTo(poll_id=poll_id))).items
        assert (recount.remedy, recount.reason, recount.agrees) == ("recount", "Why?", True)
        assert recount.recounted_at is not None
        (_, (review_id, _)) = await polls(house.decided)
        assert (review.reason, review.agrees, review.review_poll_id) == ("Nobody knew.", None, review_id)
        page = await house.ask(ObjectionsTo(poll_id=poll_id, limit=1))
        assert (await house.ask(ObjectionsTo(poll_id=poll_id, limit=1, cursor=page.next))).items == (review,)

    async def test_name_who_objects_to_members(self, house: Readers) -> None:
        """As named ballots do; to strangers the voter's pseudonym."""
        poll_id = await counted(house)
        await object_to(house.decided, poll_id)

        for asker, named in ((CY, BO), (STRANGER, None), (None, None)):
            (objection,) = (await house.ask(ObjectionsTo(poll_id=poll_id, asker=asker))).items
            assert (objection.objector, objection.member_id) == (house.decided.voter(poll_id, BO), named)


async def test_a_closed_group_s_is_for_members(house: Readers) -> None:
    """To strangers nothing of it is there."""
    await house.decided.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
    poll_id = await counted(house)
    await agreed(house.decided, poll_id)
    await object_to(house.decided, poll_id)

    assert len((await house.ask(FollowUpOf(poll_id=poll_id, asker=CY))).tasks) == 1
    assert len((await house.ask(ObjectionsTo(poll_id=poll_id, asker=CY))).items) == 1
    assert len((await house.ask(TasksOf(group_id=GROUP, asker=CY))).items) == 1
    for asker in (None, STRANGER):
        for query in (FollowUpOf(poll_id=poll_id, asker=asker), ObjectionsTo(poll_id=poll_id, asker=asker)):
            with pytest.raises(NotFound):
                await house.ask(query)
        assert (await house.ask(TasksOf(group_id=GROUP, asker=asker))).items == ()


async def test_a_rebuild_gives_the_same(house: Readers) -> None:
    """However many entries are read at a time."""
    poll_id: UUID = await counted(house)
    task_id = await agreed(house.decided, poll_id)
    await house.decided.do(MoveTask(task_id=task_id, state="done", member_id=BO, due_on=DAY), by=BO)
    await house.decided.do(PlanReview(poll_id=poll_id, review_on=DAY), by=ANA)
    await object_to(house.decided, poll_id)
    await object_to(house.decided, poll_id, "review", by=CY)
    await house.strike(recount_what_is_objected_to)
    rows = await house.rows()

    assert await house.rebuild(step=1) == rows
    assert await house.rebuild(step=500) == rows
