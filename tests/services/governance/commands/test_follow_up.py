"""Who says what follows from a result."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from libs.contracts.base import Command
from libs.contracts.governance import (
    AgreeTask,
    CastBallot,
    ClosePoll,
    MoveTask,
    NoteReviewDue,
    PlanReview,
    ReviewFellDue,
    SetCustoms,
    TaskAgreed,
    TaskMoved,
)
from libs.errors import NotFound
from services.governance.commands.access import NotForMembers
from services.governance.commands.follow_up import NothingFollowsYet
from services.governance.domain.electorate import NotAMember, NotASteward
from services.governance.domain.result import Result, ReviewIsPast
from services.governance.domain.task import NotYourTask
from services.governance.reactions.counting import count_what_is_closed
from services.governance.reactions.follow_up import note_due_reviews
from tests.services.governance.conftest import ANA, BO, CY, GROUP, NOON, STRANGER, Governance
from tests.services.governance.readers import Readers

pytestmark = pytest.mark.postgres

DAY = date(2030, 9, 1)


async def counted(house: Readers) -> UUID:
    """A poll whose result is declared."""
    house.decided.now = NOON - timedelta(hours=1)
    poll_id = await house.decided.open(method="single")
    await house.decided.do(CastBallot(poll_id=poll_id, choices=("wild",)), by=BO)
    house.decided.now = NOON
    await house.decided.do(ClosePoll(poll_id=poll_id))
    await house.strike(count_what_is_closed)
    return poll_id


async def agreed(governance: Governance, poll_id: UUID, *, member_id: UUID | None = BO) -> UUID:
    """Have Ana note a task of Bo's, and return its id."""
    command = AgreeTask(poll_id=poll_id, what="Order trees.", member_id=member_id, due_on=DAY)
    return (await governance.do(command, by=ANA)).aggregate_id


class TestTasks:
    async def test_are_stewards_to_give(self, house: Readers) -> None:
        """To members, who are named by their pseudonym in the group; so is the steward."""
        poll_id = await counted(house)
        await agreed(house.decided, poll_id)

        entry = (await house.decided.entries())[-1]
        pseudonyms = house.decided.pseudonyms
        assert entry.event == TaskAgreed(
            poll_id=poll_id,
            group_id=GROUP,
            what="Order trees.",
            elector=pseudonyms.elector(GROUP, BO),
            due_on=DAY,
        )
        assert (entry.actor, entry.group_id) == (str(pseudonyms.elector(GROUP, ANA)), GROUP)
        with pytest.raises(NotASteward):
            await house.decided.do(AgreeTask(poll_id=poll_id, what="Water."), by=BO)
        with pytest.raises(NotAMember):
            await agreed(house.decided, poll_id, member_id=STRANGER)

    async def test_follow_from_a_result(self, house: Readers) -> None:
        """From an open poll nothing follows yet, and from none nothing."""
        with pytest.raises(NothingFollowsYet):
            await agreed(house.decided, await house.decided.open())
        with pytest.raises(NotFound):
            await agreed(house.decided, uuid4())

    async def test_are_moved_by_stewards_and_who_does_them(self, house: Readers) -> None:
        """Twice is once; nobody else moves another's."""
        task_id = await agreed(house.decided, await counted(house))
        doing = MoveTask(task_id=task_id, state="doing", member_id=BO, due_on=DAY)
        first = await house.decided.do(doing, by=BO)

        assert (await house.decided.do(doing, by=ANA)).position == first.position
        for who, problem in ((CY, NotYourTask), (STRANGER, NotAMember)):
            with pytest.raises(problem):
                await house.decided.do(doing.model_copy(update={"state": "done"}), by=who)
        with pytest.raises(NotYourTask):
            await house.decided.do(doing.model_copy(update={"member_id": CY}), by=BO)
        await house.decided.do(doing.model_copy(update={"member_id": CY}), by=ANA)
        moves = await house.decided.events(TaskMoved)
        assert [move.elector for move in moves] == [  # type: ignore[attr-defined]
            house.decided.pseudonyms.elector(GROUP, who) for who in (BO, CY)
        ]

    async def test_agreed_twice_with_one_key(self, house: Readers) -> None:
        """The same request is the same task."""
        command, key = AgreeTask(poll_id=await counted(house), what="Water."), uuid4()
        first = await house.decided.do(command, by=ANA, key=key)
        assert (await house.decided.do(command, by=ANA, key=key)).position == first.position

    async def test_of_a_closed_group_are_sealed(self, house: Readers) -> None:
        """With the key of the poll that they follow from, which its auditors have."""
        await house.decided.do(SetCustoms(group_id=GROUP, audience="group"), by=ANA)
        poll_id = await counted(house)
        task_id = await agreed(house.decided, poll_id)
        await house.decided.do(MoveTask(task_id=task_id, state="done", member_id=BO, due_on=DAY), by=BO)

        entries = [e for e in await house.decided.entries() if isinstance(e.event, TaskAgreed | TaskMoved)]
        assert [entry.key_id for entry in entries] == [poll_id, poll_id]


class TestReview:
    async def test_is_a_steward_s_to_plan(self, house: Readers) -> None:
        """For a day to come."""
        poll_id = await counted(house)
        with pytest.raises(NotASteward):
            await house.decided.do(PlanReview(poll_id=poll_id, review_on=DAY), by=BO)
        with pytest.raises(ReviewIsPast):
            await house.decided.do(PlanReview(poll_id=poll_id, review_on=NOON.date()), by=ANA)
        first = await house.decided.do(PlanReview(poll_id=poll_id, review_on=DAY), by=ANA)
        again = await house.decided.do(PlanReview(poll_id=poll_id, review_on=DAY), by=ANA)
        assert again.position == first.position

    async def test_falls_due_once(self, house: Readers) -> None:
        """Governance's clock finds it on the day; any number of replicas note it once."""
        poll_id = await counted(house)
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        house.decided.now -= timedelta(days=3650)  # when that was a day to come
        await house.decided.do(PlanReview(poll_id=poll_id, review_on=yesterday), by=ANA)
        house.decided.now = NOON
        found = await house.strike(note_due_reviews, note_due_reviews)

        assert found == [NoteReviewDue(result_id=Result.create_id(poll_id), review_on=yesterday)]
        await house.decided.do(found[0])
        assert await house.decided.events(ReviewFellDue) == [ReviewFellDue(review_on=yesterday)]

    async def test_nobody_says_that_it_is_due(self, house: Readers) -> None:
        """The day comes by itself."""
        command: Command = NoteReviewDue(result_id=uuid4(), review_on=DAY)
        with pytest.raises(NotForMembers):
            await house.decided.do(command, by=ANA)
