"""The node itself: what it is, whether it is sound, and who watches it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request, Response

from gateway.web.page import PageDep
from gateway.web.seals import Seal, SealIsBroken, read_seal
from libs.contracts.geo import Gazetteer, GazetteerState
from libs.contracts.identity import CurrentManifesto
from libs.errors import Problem
from libs.eventlog.log import EventLog, LogUnreachable

router = APIRouter()


@router.get("/noeud")
async def node(page: PageDep, request: Request) -> Response:
    """Show how this node fares, in words, from what anyone can check."""
    now = datetime.now(UTC)
    folder: Path | None = request.app.state.settings.tiles_dir
    seal, is_broken = None, False
    try:
        seal = await asyncio.to_thread(read_seal, folder) if folder else None
    except SealIsBroken:
        is_broken = True
    lines_count = await _lines_count(request)
    last = lines_count if lines_count is not None else (seal.size if seal else 0)
    return page.render(
        "node.html",
        manifesto=await page.ask(CurrentManifesto()),
        gazetteer=await _gazetteer(page),
        lines_count=lines_count,
        published=seal,
        is_sealed=folder is not None,
        is_broken=is_broken,
        is_late=seal.is_late(last, now=now) if seal else False,
        late_witnesses=seal.late_witnesses(now=now) if seal else (),
        is_well=_is_well(seal, last, now) and lines_count is not None,
        now=now,
    )


def _is_well(seal: Seal | None, last: int, now: datetime) -> bool:
    return seal is not None and not seal.is_late(last, now=now) and not seal.late_witnesses(now=now)


async def _lines_count(request: Request) -> int | None:
    """Return how long the vote log is now, None where it does not answer."""
    log: EventLog = request.app.state.logs["governance"]
    try:
        return await log.last()
    except LogUnreachable:
        return None


async def _gazetteer(page: PageDep) -> Gazetteer | None:
    """Return the gazetteer, None where nobody answers for it: the rest of the page stands without."""
    try:
        return await page.ask(GazetteerState())
    except Problem:
        return None
