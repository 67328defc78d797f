"""Which place members of a group say is theirs."""

from uuid import UUID

from fastapi import APIRouter

from gateway.auth import Actor
from gateway.routers.governance.bodies import PlaceBody
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.geo import PlaceOf
from libs.contracts.governance import GivePlace, OwnPlace, OwnPlaceIn

router = APIRouter()


@router.get("/groups/{group_id}/my-place")
async def get_own_place(group_id: UUID, actor: Actor, services: ServicesDep) -> OwnPlace:
    """Return which place the caller gave in a group, and the pseudonym under which the public log has it."""
    return await services.ask(OwnPlaceIn(group_id=group_id, asker=actor.id))


@router.put("/groups/{group_id}/my-place")
async def give_place(group_id: UUID, body: PlaceBody, actor: Actor, services: ServicesDep) -> Receipt:
    """
    Say which place of the gazetteer is the caller's, so as to be on the roll of the group's polls of that place.

    It is in the public log under the pseudonym that the caller has in the group, for good.
    """
    place = await services.ask(PlaceOf(place_id=body.gazetteer_id))
    return await services.do(GivePlace(group_id=group_id, place_id=place.place_id), actor=actor)


@router.delete("/groups/{group_id}/my-place")
async def take_place_back(group_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Say that no place is the caller's any more; that one was stays in the log."""
    return await services.do(GivePlace(group_id=group_id, place_id=None), actor=actor)
