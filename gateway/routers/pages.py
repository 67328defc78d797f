"""Pages: the public faces of associations, places and causes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Actor, MaybeActor
from gateway.services import ServicesDep
from libs.contracts.base import Receipt
from libs.contracts.groups import (
    ChangePage,
    ClosePage,
    FollowPage,
    Links,
    OpenPage,
    PageDirectory,
    PageKind,
    PageOf,
    Pages,
    PageView,
    UnfollowPage,
    Words,
)
from libs.contracts.paging import Cursor, Limit
from libs.contracts.place import Place
from libs.contracts.text import Line, Prose

router = APIRouter(tags=["pages"])


class PageBody(BaseModel):
    """What a page shows to anyone: name, kind and place are kept for good, words and links may be taken back."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(examples=["Jardin partagé du Saleine"])]
    kind: Annotated[PageKind, Field(examples=["place"])]
    words: Annotated[Prose | None, Field(examples=["Open on Saturdays. Bring gloves."])] = None
    links: Annotated[Links, Field(examples=[[{"title": "Map", "url": "https://example.org/map"}]])] = ()
    place: Annotated[
        Place | None, Field(examples=[{"name": "Crest", "latitude": 44.728, "longitude": 5.022, "gazetteer_id": None}])
    ] = None


class NewPage(PageBody):
    """A page to be opened."""

    for_group: Annotated[
        UUID | None, Field(description="The group that it belongs to, whose stewards care for it; else it is yours.")
    ] = None


@router.post("/pages", status_code=201)
async def open_page(
    body: NewPage, actor: Actor, services: ServicesDep, request: Request, response: Response
) -> Receipt:
    """Open a page, for yourself or for a group that you are a steward of."""
    receipt = await services.do(OpenPage(**dict(body)), actor=actor)
    response.headers["Location"] = request.url_for("get_page", page_id=receipt.id).path
    return receipt


@router.get("/pages")
async def list_pages(
    *,
    actor: MaybeActor,
    services: ServicesDep,
    owner: Annotated[
        UUID | None, Query(description="Only those of this group or, for who is signed in, of this member.")
    ] = None,
    following: Annotated[bool, Query(description="Only those that you follow.")] = False,
    q: Annotated[Words | None, Query(description="Looked for in names.")] = None,
    cursor: Annotated[Cursor | None, Query(description="The `next` of the page before.")] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> Pages:
    """List the pages of this node, the newest first."""
    asker = actor.id if actor else None
    return await services.ask(
        PageDirectory(asker=asker, owner=owner, following=following, words=q, cursor=cursor, limit=limit)
    )


@router.get("/pages/{page_id}")
async def get_page(page_id: UUID, actor: MaybeActor, services: ServicesDep) -> PageView:
    """Read a page."""
    return await services.ask(PageOf(page_id=page_id, asker=actor.id if actor else None))


@router.put("/pages/{page_id}")
async def change_page(page_id: UUID, body: PageBody, actor: Actor, services: ServicesDep) -> Receipt:
    """Change a page: what is not said is none any more. Its owner may, or the owning group's stewards."""
    return await services.do(ChangePage(page_id=page_id, **dict(body)), actor=actor)


@router.delete("/pages/{page_id}")
async def close_page(page_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Take a page down for good, its words and links with it. Its owner may, or the owning group's stewards."""
    return await services.do(ClosePage(page_id=page_id), actor=actor)


@router.put("/pages/{page_id}/followers/me")
async def follow_page(page_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Follow a page."""
    return await services.do(FollowPage(page_id=page_id), actor=actor)


@router.delete("/pages/{page_id}/followers/me")
async def unfollow_page(page_id: UUID, actor: Actor, services: ServicesDep) -> Receipt:
    """Follow a page no longer."""
    return await services.do(UnfollowPage(page_id=page_id), actor=actor)
