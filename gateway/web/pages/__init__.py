"""The pages, a room for each part of the house; every function here answers one address."""

from fastapi import APIRouter

from gateway.web.pages import entry, landing

router = APIRouter()
for room in (landing, entry):
    router.include_router(room.router)
