"""The pages, a room for each part of the house; every function here answers one address."""

from fastapi import APIRouter

from gateway.web.pages import (<<<<<<< HEAD
=======
    around, >>>>>>> ad6ac03 (web: around me, search, the map,)

router = APIRouter()
for room in (landing, entry, groups, group_people, group_lists, group_charter, creating, public_pages, recount, around, search,):
    router.include_router(room.router)
