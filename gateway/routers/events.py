"""Gatherings of groups: what is on, and who comes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.events import (
    Answer,
    AnswerGathering,
    AnswerKept,
    AnswersTo,
    CancelGathering,
    Capacity,
    ChangeGathering,
    Gathering,
    GatheringOf,
    Gatherings,
    GatheringsOf,
    ScheduleGathering,
    TimeZone,
    WithdrawAnswer,
)
from libs.contracts.identity import ProfilesOf
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Place
from libs.contracts.text import Line, Prose

router = APIRouter(tags=["events"])

_TIME = (
    "What the clocks of the time zone show, without an offset (`2030-06-01T14:00`) or with the one that they have then"
    " (`2030-06-01T14:00:00+02:00`); or an instant, with `Z`."
)


class GatheringPlan(BaseModel):
    """What a gathering is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(description="Public, and kept for good.", examples=["Repair café"])]
    description: Annotated[
        Prose | None, Field(description="For members of the group.", examples=["Bring what is broken, and cake."])
    ] = None
    starts_at: Annotated[datetime, Field(description=_TIME, examples=["2030-06-01T14:00:00+02:00"])]
    ends_at: Annotated[datetime, Field(description=_TIME, examples=["2030-06-01T18:00:00+02:00"])]
    time_zone: Annotated[TimeZone, Field(description="In the IANA database.", examples=["Europe/Paris"])]
    place: Annotated[
        Place | None,
        Field(description="Public, and kept for good.", examples=[{"name": "Crest", "latitude": 44.7, "longitude": 5}]),
    ] = None
    capacity: Annotated[
        Capacity | None, Field(description="How many there is room for; who comes later waits.", examples=[40])
    ] = None


class AnswerOfMember(BaseModel):
    """One member's answer; of a former member neither id nor handle is left."""

    member_id: UUID | None
    handle: Annotated[str | None, Field(examples=["ana"])]
    answer: AnswerKept
    answered_at: datetime


class AnswersOfMembers(BaseModel):
    """A page of answers, in the order in which they were given; *next* is the cursor of the next page."""

    items: list[AnswerOfMember]
    next: str | None


@router.post("/groups/{group_id}/gatherings", status_code=201)
async def schedule_gathering(
    *, group_id: UUID, plan: GatheringPlan, actor: Actor, services: ServicesDep, request: Request, response: Response
) -> Receipt:
    """Call a gathering of a group; any of its members may."""
    command = ScheduleGathering(group_id=group_id, **_fields(plan))
    receipt = await services.do(command, actor=actor)
    response.headers["Location"] = request.url_for("get_gathering", gathering_id=receipt.id).path
    return receipt


@router.get("/groups/{group_id}/gatherings")
async def list_gatherings(
    *,
    group_id: UUID,
    actor: MaybeActor,
    services: ServicesDep,
    when: Annotated[
        Literal["coming", "past"],
        Query(description="Those that are not over, the next first; or those that are, the latest first."),
    ] = "coming",
    cursor: Annotated[Cursor | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> Gatherings:
    """List the gatherings of a group. Names, times, places and counts are for everybody."""
    asker = actor.id if actor else None
    return await services.ask(GatheringsOf(group_id=group_id, asker=asker, when=when, cursor=cursor, limit=limit))


@router.get("/gatherings/{gathering_id}")
async def get_gathering(gathering_id: UUID, actor: MaybeActor, services: ServicesDep) -> Gathering:
    """Read a gathering, and your own answer. Its organiser and description are for members of the group."""
    return await services.ask(GatheringOf(gathering_id=gathering_id, asker=actor.id if actor else None))


@router.put("/gatherings/{gathering_id}")
async def change_gathering(gathering_id: UUID, plan: GatheringPlan, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Change a gathering: what is not said is none any more. Its organiser and the group's stewards may.

    Answers stand, and `changed_at` shows that they may be older. More room lets the first who wait move up; with less
    nobody loses their place.
    """
    return await services.do(ChangeGathering(gathering_id=gathering_id, **_fields(plan)), actor=actor)


@router.put("/gatherings/{gathering_id}/cancellation")
async def cancel_gathering(
    gathering_id: UUID,
    actor: Actor,
    services: ServicesDep,
    reason: Annotated[
        Line | None,
        Body(embed=True, description="Public, and kept for good.", examples=["The hall is under water"]),
    ] = None,
) -> Receipt:
    """Call a gathering off, for good. Its organiser and the group's stewards may."""
    return await services.do(CancelGathering(gathering_id=gathering_id, reason=reason), actor=actor)


@router.put("/gatherings/{gathering_id}/answers/me")
async def answer_gathering(
    gathering_id: UUID,
    answer: Annotated[Answer, Body(embed=True, examples=["going"])],
    actor: Actor,
    services: ServicesDep,
) -> Receipt:
    """
    Say whether you come.

    Where there is no room left you wait, and move up by yourself; read the gathering to see your place in the queue.
    Saying `going` again keeps it.
    """
    return await services.do(AnswerGathering(gathering_id=gathering_id, answer=answer), actor=actor)


@router.delete("/gatherings/{gathering_id}/answers/me")
async def withdraw_answer(gathering_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Take your answer back, as if you had given none."""
    return await services.do(WithdrawAnswer(gathering_id=gathering_id), actor=actor)


@router.get("/gatherings/{gathering_id}/answers")
async def list_answers(
    *,
    gathering_id: UUID,
    actor: Actor,
    services: ServicesDep,
    only: Annotated[AnswerKept | None, Query(description="Answers of this kind alone.")] = None,
    cursor: Annotated[Cursor | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AnswersOfMembers:
    """List who answered what, for members of the group, in the order of the answers: the waiting list's order."""
    page = await services.ask(
        AnswersTo(gathering_id=gathering_id, asker=actor.id, only=only, cursor=cursor, limit=limit)
    )
    ids = tuple(item.member_id for item in page.items if item.member_id)
    profiles = (await services.ask(ProfilesOf(member_ids=ids))).profiles if ids else ()
    handles = {profile.id: profile.handle for profile in profiles if not profile.is_former}
    return AnswersOfMembers(
        items=[
            AnswerOfMember(
                # Identity may know of an erasure a moment earlier than the one who gave the list.
                member_id=item.member_id if item.member_id in handles else None,
                handle=handles.get(item.member_id) if item.member_id else None,
                answer=item.answer,
                answered_at=item.answered_at,
            )
            for item in page.items
        ],
        next=page.next,
    )


def _fields(plan: GatheringPlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in GatheringPlan.model_fields}
