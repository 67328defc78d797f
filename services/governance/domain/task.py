"""Something that somebody does because the group decided so."""

from datetime import date
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from libs.contracts.governance import TaskState
from libs.errors import NotAllowed


class NotYourTask(NotAllowed):
    """Only stewards, and who does it, say how a task stands; and only stewards who does it, and by when."""


class Task(Aggregate):
    """What is to be done, by whom and by when, and how it stands."""

    key_id: UUID | None = None
    """The poll's, whose secrets are in it; set by who loads it."""

    @event("TaskAgreed")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002 - so does the library name what comes from the command
        poll_id: UUID,
        group_id: UUID,
        what: str,
        elector: UUID | None,
        due_on: date | None,
    ) -> None:
        self._id = id
        self.poll_id = poll_id
        self.group_id = group_id
        self.what = what
        self.elector = elector
        self.due_on = due_on
        self.state: TaskState = "open"
        self.note: str | None = None

    def check_may_move(self, by: UUID, *, is_steward: bool, elector: UUID | None, due_on: date | None) -> None:
        """
        Raises:
            NotYourTask: *by* is no steward, and does not do it, or would say more than how it stands.
        """
        if is_steward:
            return
        if by != self.elector:
            raise NotYourTask("Only stewards, and who does it, say how a task stands.")
        if due_on != self.due_on or elector not in (by, None):
            raise NotYourTask("Stewards say who does a task and by when; you may say how it stands, or give it up.")

    def move(self, state: TaskState, *, elector: UUID | None, due_on: date | None, note: str | None) -> None:
        """Let it stand so; the same again is nothing new."""
        if (state, elector, due_on, note) != (self.state, self.elector, self.due_on, self.note):
            self._move(state, elector, due_on, note)

    @event("TaskMoved")
    def _move(self, state: TaskState, elector: UUID | None, due_on: date | None, note: str | None) -> None:
        self.state = state
        self.elector = elector
        self.due_on = due_on
        self.note = note
