"""What may be said of a task, and by whom."""

from datetime import date
from uuid import UUID

import pytest

from libs.contracts.governance import TaskAgreed, TaskMoved
from services.governance.domain.task import NotYourTask, Task
from tests.given import given

POLL, GROUP, ANA, BO = (UUID(int=n) for n in range(11, 15))
SEPTEMBER, OCTOBER = date(2030, 9, 1), date(2030, 10, 1)
AGREED = TaskAgreed(poll_id=POLL, group_id=GROUP, what="Order trees.", elector=BO, due_on=SEPTEMBER)
DONE = TaskMoved(state="done", elector=BO, due_on=SEPTEMBER, note="Forty.")


class TestMove:
    def test_says_it_whole(self) -> None:
        """State, doer, day and note stand so from here on."""
        given(Task, AGREED).when(Task.move, "done", elector=BO, due_on=SEPTEMBER, note="Forty.").then(DONE)

    def test_the_same_again(self) -> None:
        """Twice is once."""
        given(Task, AGREED, DONE).when(Task.move, "done", elector=BO, due_on=SEPTEMBER, note="Forty.").then()


class TestMayMove:
    @pytest.mark.parametrize(
        "by, is_steward, elector, due_on, may",
        [
            (ANA, True, ANA, OCTOBER, True),
            (BO, False, BO, SEPTEMBER, True),
            (BO, False, None, SEPTEMBER, True),
            (BO, False, ANA, SEPTEMBER, False),
            (BO, False, BO, OCTOBER, False),
            (ANA, False, BO, SEPTEMBER, False),
        ],
    )
    def test_stewards_all_who_does_it_how_it_stands(
        self, by: UUID, *, is_steward: bool, elector: UUID | None, due_on: date, may: bool
    ) -> None:
        """Who does it may give it up, and neither hand it on nor put it off."""
        task = given(Task, AGREED).aggregate
        if may:
            task.check_may_move(by, is_steward=is_steward, elector=elector, due_on=due_on)
        else:
            with pytest.raises(NotYourTask):
                task.check_may_move(by, is_steward=is_steward, elector=elector, due_on=due_on)
