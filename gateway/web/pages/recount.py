"""“Recount on my phone”: a vote checked on the reader's own device, from the sealed log."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from gateway import problems
from gateway.web.near import home_zone
from gateway.web.page import Page, PageDep
from gateway.web.people import unless
from libs.audit.checkpoints import Checkpoint
from libs.audit.notes import COSIGNATURE, BadKey, BadNote, Note, Verifier, open_note
from libs.contracts.governance import (
    GroupKeyOf,
    OwnBallot,
    OwnBallotIn,
    PollDetails,
    PollKeyOf,
    PollOf,
    Result,
    ResultOf,
)
from libs.errors import Problem

router = APIRouter()

_PAGES_MAX = 60
"""Of a result: more rounds than these hold can be read from a log alone."""

_CODE_MAX = 20


@dataclass(frozen=True)
class Sealed:
    """
    What this node's own files say: the newest checkpoint as it lies, and who has signed it.

    *names* are the witnesses whose signatures are right, of *asked_count* that the log names.
    """

    size: int
    note: str
    names: tuple[str, ...]
    asked_count: int


@router.get("/v/{poll_id}/verification")
async def recount(page: PageDep, request: Request, poll_id: UUID) -> Response:
    """Show what is checked, have the device check it, and name the files and tools for those who trust no page."""
    poll = await page.ask(PollOf(poll_id=poll_id, asker=_asker(page)))
    result = await _result(page, poll) if poll.is_result_declared else None
    own = await _own(page, poll_id)
    line = request.query_params.get("ligne", "")
    return page.render(
        "recount.html",
        is_private=page.actor is not None,
        poll=poll,
        result=result,
        own=own,
        sealed=await asyncio.to_thread(_sealed, request.app.state.settings.tiles_dir),
        line=line if line.isdecimal() and len(line) < 16 else "",
        code=request.query_params.get("code", "")[:_CODE_MAX],
        url=str(request.base_url).rstrip("/"),
        zone=home_zone(page),
    )


@router.get("/v/{poll_id}/verification/faits")
async def facts(page: PageDep, poll_id: UUID) -> Response:
    """Tell the device what this node shows: the whole result, one's own ballot, and the keys that this reader has."""
    poll = await page.ask(PollOf(poll_id=poll_id, asker=_asker(page)))
    own = await _own(page, poll_id)
    told = {
        "shown": await _whole_result(page, poll) if poll.is_result_declared else None,
        "mine": own.model_dump(mode="json", include={"voter", "position", "choices", "marks"}) if own else None,
        "key": await _key(page, poll),
        "group_key": await _group_key(page, poll),
    }
    headers = {"Cache-Control": "private, no-store"}
    return Response(orjson.dumps(told), media_type="application/json", headers=headers)


async def _result(page: Page, poll: PollDetails) -> Result:
    return await page.ask(ResultOf(poll_id=poll.poll_id, asker=_asker(page), limit=1))


async def _whole_result(page: Page, poll: PollDetails) -> dict[str, Any] | None:
    """Return the result with all its rounds; None where these are too many."""
    found, rounds, cursor = None, [], None
    for _ in range(_PAGES_MAX):
        found = await page.ask(ResultOf(poll_id=poll.poll_id, asker=_asker(page), cursor=cursor))
        rounds += [round_.model_dump(mode="json") for round_ in found.rounds]
        cursor = found.next
        if cursor is None:
            return {**found.model_dump(mode="json", exclude={"rounds", "next"}), "rounds": rounds}
    return None


async def _key(page: Page, poll: PollDetails) -> str | None:
    """Return the key of a poll that its group alone may read; who may not read it has no such poll."""
    if poll.terms.audience != "group":
        return None
    return (await page.ask(PollKeyOf(poll_id=poll.poll_id, asker=_asker(page)))).key


async def _group_key(page: Page, poll: PollDetails) -> str | None:
    """Return the key of the group where the count may need what it keeps to itself; its members alone have it."""
    if page.actor is None or not (poll.terms.takes_delegations or poll.terms.proposal):
        return None
    key = await unless(page.ask(GroupKeyOf(group_id=poll.group_id, asker=page.actor.id)), "NotAMember")
    return key.key if key else None


async def _own(page: Page, poll_id: UUID) -> OwnBallot | None:
    if page.actor is None:
        return None
    try:
        return await page.ask(OwnBallotIn(poll_id=poll_id, asker=page.actor.id))
    except Problem as problem:
        status, _, _ = problems.of(problem)
        if status in (403, 404):  # not on the roll, or no ballot
            return None
        raise


def _asker(page: Page) -> UUID | None:
    return page.actor.id if page.actor else None


def _sealed(tiles_dir: Path | None) -> Sealed | None:
    """Return what the files say, or None where this node seals nothing, or nothing yet."""
    if tiles_dir is None:
        return None
    try:
        note = Note.parse((tiles_dir / "checkpoint").read_bytes())
        lines = (tiles_dir / "key").read_text().split()
        keys = [Verifier.parse(line) for line in lines]
        signed = open_note(note, keys)
        size = Checkpoint.parse(note.text).size
    except (FileNotFoundError, BadNote, BadKey):
        return None
    names = tuple(each.by.name for each in signed if each.by.kind == COSIGNATURE)
    asked_count = sum(key.kind == COSIGNATURE for key in keys)
    return Sealed(size, note.encode().decode(), names, asked_count)
