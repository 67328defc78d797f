"""The receipt of a ballot: as a page that completes itself, and as a file to keep."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from gateway.services import GovernanceLog
from gateway.web.ballots import in_words
from gateway.web.booth import own_ballot, said_by
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.receipts import Receipt, check_address, qr_code, receipt_of
from libs.audit.tiles import TileFolder
from libs.contracts.governance import OwnBallot, PollDetails, PollOf
from libs.contracts.groups import GroupOf
from libs.eventlog.log import EventLog

router = APIRouter()


@router.get("/v/{poll_id}/recu")
async def receipt(page: PageDep, poll_id: UUID, log: GovernanceLog, *, etapes: bool = False) -> Response:
    """
    Show where the reader's ballot stands in the log, and how far that line is sealed and witnessed.

    With *etapes* only that is answered, for the page to put it in place of what it showed before.
    """
    poll, own = await _ballot_in(page, poll_id)
    if own is None:
        return page.render("receipt-none.html", is_private=True, poll=poll)
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=page.member().id))
    context = await _context(page, poll, own, log, await zone_of(page, group.place))
    if etapes:
        return page.part("receipt.html", "stages", **context)
    return page.render("receipt.html", is_private=True, group=group, **context)


@router.get("/v/{poll_id}/recu/fichier")
async def receipt_file(page: PageDep, poll_id: UUID, log: GovernanceLog) -> Response:
    """Give the receipt as one file that any browser opens without a network."""
    poll, own = await _ballot_in(page, poll_id)
    if own is None:
        return page.redirect(f"/v/{poll_id}/recu")
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=page.member().id))
    context = await _context(page, poll, own, log, await zone_of(page, group.place))
    response = page.render("receipt-file.html", is_private=True, **context)
    name = page.words("recu-%(position)s.html", position=own.position)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _ballot_in(page: Page, poll_id: UUID) -> tuple[PollDetails, OwnBallot | None]:
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    return poll, await own_ballot(page, poll_id)


async def _context(page: Page, poll: PollDetails, own: OwnBallot, log: EventLog, zone: ZoneInfo) -> dict[str, Any]:
    found = await receipt_of(log, _tiles(page.request), poll.poll_id, own.position)
    address = check_address(str(page.request.base_url), poll.poll_id, found)
    said = said_by(own)
    return {
        "poll": poll,
        "own": own,
        "receipt": found,
        "said": in_words(said, poll, page.words) if said else None,
        "reason": said.reason if said else None,
        "address": address,
        "qr": qr_code(address),
        "zone": zone,
        "origin": f"{page.request.app.state.settings.node_name}/governance",
        "seal_words": _seal_words(page, found),
    }


def _seal_words(page: Page, found: Receipt) -> str:
    """Return what the seal shows, for who does not see it."""
    if found.level == 1:
        return page.words("Reçu, pas encore scellé")
    if not found.witnesses.names:
        return page.words("Reçu et scellé")
    have, asked = len(found.witnesses.names), found.witnesses.asked_count
    return page.words.many(
        "Reçu, scellé, contresigné par %(count)s témoin sur %(asked)s",
        "Reçu, scellé, contresigné par %(count)s témoins sur %(asked)s",
        have,
        asked=asked,
    )


def _tiles(request: Request) -> TileFolder | None:
    folder = request.app.state.settings.tiles_dir
    return TileFolder(folder) if folder else None
