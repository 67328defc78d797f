"""Search: places of the gazetteer, groups, pages and gatherings by their names, one question to each who knows."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from pydantic import TypeAdapter, ValidationError

from gateway.web.page import PageDep
from gateway.web.whereabouts import Spot
from libs.contracts.events import GatheringDirectory
from libs.contracts.geo import PlacesFound, PlacesLike
from libs.contracts.groups import GroupDirectory, PageDirectory
from libs.contracts.text import Line
from libs.errors import Problem

router = APIRouter()

HITS_MAX = 10
WORDS_MAX = 100
_LINE: TypeAdapter[str] = TypeAdapter(Line)


@router.get("/chercher")
async def search(page: PageDep) -> Response:
    """Find what bears a name; without words, ask for them."""
    words = " ".join(page.request.query_params.get("q", "").split())[:WORDS_MAX]
    if not _is_text(words):
        return page.render("search.html", asked_words=words, found=None)
    here = Spot.kept(page.session.place)
    near = {"latitude": here.latitude, "longitude": here.longitude} if here else {}
    asker = page.actor.id if page.actor else None

    async def places() -> PlacesFound:
        try:
            return await page.ask(PlacesLike(words=words, limit=5, **near))
        except Problem:  # the gazetteer is being loaded; the rest can be found all the same
            return PlacesFound(items=())

    found, groups, pages, gatherings = await asyncio.gather(
        places(),
        page.ask(GroupDirectory(asker=asker, words=words, limit=HITS_MAX)),
        page.ask(PageDirectory(asker=asker, words=words, limit=HITS_MAX)),
        page.ask(GatheringDirectory(asker=asker, words=words, limit=HITS_MAX)),
    )
    return page.render(
        "search.html",
        asked_words=words,
        found=True,
        places=found.items,
        groups=groups,
        pages=pages,
        gatherings=gatherings,
        day_of=lambda starts_at: page.words.day(starts_at.date(), today=datetime.now(UTC).date()),
    )


def _is_text(words: str) -> bool:
    try:
        _LINE.validate_python(words)
    except ValidationError:
        return False
    return True
