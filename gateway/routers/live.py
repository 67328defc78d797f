"""The stream of what happens (server-sent events)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from gateway.actor import ActorInfo
from gateway.auth import MaybeActor
from gateway.live import Listener, Live
from gateway.services import Services, ServicesDep
from libs.contracts.groups import GroupsOf
from libs.errors import NotSignedIn, TooMany, Unprocessable

router = APIRouter(tags=["live"])

PlaceInLogs = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=300, pattern=r"^[a-z]+:\d{1,15}(,[a-z]+:\d{1,15})*$")
]


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"example": "id: governance:1705\nevent: BallotCast\n…"}}}},
)
async def listen(
    request: Request,
    services: ServicesDep,
    actor: MaybeActor,
    group: Annotated[UUID | None, Query(description="Only what happens in this group.")] = None,
    last_event_id: PlaceInLogs = None,
) -> StreamingResponse:
    """
    Listen to what happens, as server-sent events.

    An event says that something happened and where it stands in which log, not its content: ask again for what you
    show. A stranger hears the public vote log; a member also their own groups. Send back the last event's id as
    `Last-Event-ID` and the stream goes on from there. It ends when the session ends.
    """
    return await stream_to(request, services, actor, group, last_event_id)


async def stream_to(
    request: Request,
    services: Services,
    actor: ActorInfo | None,
    only_group: UUID | None,
    last_event_id: str | None,
) -> StreamingResponse:
    """
    Return the stream for *actor*, None for a stranger, from behind *last_event_id* or from now on.

    Raises:
        TooMany: As many clients as this node takes are listening already.
        NotSignedIn: A stranger asks to go on in a log that is for members.
    """
    live: Live = request.app.state.live
    if live.listeners_count >= request.app.state.settings.live_clients_max:
        raise TooMany("Too many clients are listening to this node; try again later.")
    groups: set[UUID] = set()
    if actor:
        groups = {role.group_id for role in (await services.ask(GroupsOf(member_id=actor.id))).items}
    listener = Listener(actor, _start(live, actor is not None, last_event_id), groups, only_group)
    return StreamingResponse(
        live.stream(listener),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _start(live: Live, is_member: bool, last_event_id: str | None) -> dict[str, int]:
    names = list(live.tails) if is_member else ["governance"]
    positions = {name: live.tails[name].position for name in names}
    for place in (last_event_id or "").split(",") if last_event_id else []:
        name, _, position = place.partition(":")
        if name not in live.tails:
            raise Unprocessable(f"There is no log {name}.")
        if name not in names:
            raise NotSignedIn(f"Sign in to listen to the log {name}.")
        positions[name] = min(int(position), positions[name])
    return positions
