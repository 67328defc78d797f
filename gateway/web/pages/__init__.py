"""The pages, a room for each part of the house; every function here answers one address."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from gateway.web.pages import (
    amendments,
    around,
    auditing,
    calendars,
    calling,
    creating,
    delegations,
    entry,
    follow_up,
    gatherings,
    group_charter,
    group_lists,
    group_people,
    groups,
    guide,
    landing,
    mistakes,
    node,
    paper,
    polls,
    proposals,
    public_pages,
    receipts,
    recount,
    results,
    search,
    settings,
    shell,
    votes,
    wordings,
)

router = APIRouter()
for room in (
    # The busiest first: addresses are tried one after another.
    groups,
    around,
    votes,
    results,
    receipts,
    gatherings,
    landing,
    entry,
    search,
    group_people,
    group_lists,
    group_charter,
    creating,
    public_pages,
    recount,
    shell,
    amendments,
    follow_up,
    proposals,
    wordings,
    calling,
    calendars,
    settings,
    node,
    guide,
    delegations,
    polls,
    mistakes,
    paper,
    auditing,
):
    router.routes += room.router.routes


def add_to(app: FastAPI) -> None:
    """Give *app* every address itself: a router within a router would be gone through again for each request."""
    for route in router.routes:
        assert isinstance(route, APIRoute)
        app.add_api_route(route.path, route.endpoint, methods=sorted(route.methods or ()))
