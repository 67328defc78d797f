"""The pages, a room for each part of the house; every function here answers one address."""

from fastapi import APIRouter

from gateway.web.pages import (
    amendments,
    around,
    calendars,
    calling,
    creating,
    entry,
    follow_up,
    gatherings,
    group_charter,
    group_lists,
    group_people,
    groups,
    guide,
    landing,
    node,
    proposals,
    public_pages,
    recount,
    results,
    search,
    settings,
    shell,
    wordings,
)

router = APIRouter()
for room in (
    landing,
    entry,
    around,
    search,
    groups,
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
    results,
    wordings,
    gatherings,
    calling,
    calendars,
    settings,
    node,
    guide,
):
    router.include_router(room.router)
