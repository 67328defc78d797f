"""The pages, a room for each part of the house; every function here answers one address."""

from fastapi import APIRouter

from gateway.web.pages import (
    around,
    creating,
    entry,
    group_charter,
    group_lists,
    group_people,
    groups,
    landing,
    public_pages,
    recount,
    search,
    shell,
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
):
    router.include_router(room.router)
