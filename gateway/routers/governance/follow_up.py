"""What follows from a result: who does what by when, a look back, and objections."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.routers.governance.bodies import Behind, Body
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.governance import (
    AgreeTask,
    FollowUp,
    FollowUpOf,
    MoveTask,
    Objections,
    ObjectionsTo,
    PlanReview,
    RaiseObjection,
    Remedy,
    Tasks,
    TasksOf,
    TaskState,
)
from libs.contracts.paging import Limit
from libs.contracts.text import Line, Prose

router = APIRouter()

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]

_MEMBER = "b3b0f7c2-51a4-4e0b-8f6d-6a1f0f7f2b22"


class NewTask(Body):
    """What is to be done, by whom (or nobody yet), and by when."""

    what: Line
    member_id: UUID | None = None
    due_on: Day | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"what": "Order the trees.", "member_id": _MEMBER, "due_on": "2030-09-01"}},
    )


class TaskBody(Body):
    """How the task stands, whole: who does it and by when are said again, or null."""

    state: TaskState
    member_id: UUID | None
    due_on: Day | None
    note: Line | None = None

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"state": "done", "member_id": _MEMBER, "due_on": "2030-09-01", "note": "Forty of them."}
        },
    )


class ReviewBody(Body):
    """On which day the group looks again at what it decided."""

    review_on: Day

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"review_on": "2031-06-01"}})


class NewObjection(Body):
    """Why the caller does not accept the result, and what they ask for."""

    reason: Prose
    remedy: Remedy

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"reason": "The paper ballots were not all entered.", "remedy": "recount"}},
    )


@router.get("/polls/{poll_id}/follow-up")
async def get_follow_up(
    poll_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> FollowUp:
    """Return what follows from a result: tasks, and when the group looks at it again."""
    asker = actor.id if actor else None
    return await services.ask(FollowUpOf(poll_id=poll_id, asker=asker, limit=limit, cursor=cursor))


@router.post("/polls/{poll_id}/tasks", status_code=status.HTTP_201_CREATED)
async def agree_task(poll_id: UUID, body: NewTask, actor: Actor, services: ServicesDep, response: Response) -> Receipt:
    """Note something that follows from a result, as a steward."""
    receipt = await services.do(AgreeTask(poll_id=poll_id, **dict(body)), actor=actor)
    response.headers["Location"] = f"/api/v1/polls/{poll_id}/follow-up"
    return receipt


@router.put("/tasks/{task_id}")
async def move_task(task_id: UUID, body: TaskBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Say how a task stands: stewards say anything, who does it whether it is done, or that they give it up."""
    return await services.do(MoveTask(task_id=task_id, **dict(body)), actor=actor)


@router.get("/groups/{group_id}/tasks")
async def list_tasks(
    group_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    *,
    state: TaskState | None = None,
    limit: Limit = 50,
    cursor: Behind = None,
) -> Tasks:
    """Return what a group has to do after all its results: all of it, or what stands so."""
    asker = actor.id if actor else None
    return await services.ask(TasksOf(group_id=group_id, asker=asker, state=state, limit=limit, cursor=cursor))


@router.put("/polls/{poll_id}/review")
async def plan_review(poll_id: UUID, body: ReviewBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Have the group look again at what it decided on a day to come, as a steward."""
    return await services.do(PlanReview(poll_id=poll_id, review_on=body.review_on), actor=actor)


@router.post("/polls/{poll_id}/objections", status_code=status.HTTP_201_CREATED)
async def raise_objection(
    poll_id: UUID, body: NewObjection, actor: Actor, services: ServicesDep, response: Response
) -> Receipt:
    """
    Object to a result, as somebody on the roll, while the group's customs allow it.

    `recount` has the same ballots counted again; `review` opens a vote on the same question at once, on the same terms
    and for as long.
    """
    command = RaiseObjection(poll_id=poll_id, reason=body.reason, remedy=body.remedy)
    receipt = await services.do(command, actor=actor)
    response.headers["Location"] = f"/api/v1/polls/{poll_id}/objections"
    return receipt


@router.get("/polls/{poll_id}/objections")
async def list_objections(
    poll_id: UUID, actor: MaybeActor, services: ServicesDep, limit: Limit = 50, cursor: Behind = None
) -> Objections:
    """Return who objects to a result, why, and what came of it."""
    asker = actor.id if actor else None
    return await services.ask(ObjectionsTo(poll_id=poll_id, asker=asker, limit=limit, cursor=cursor))
