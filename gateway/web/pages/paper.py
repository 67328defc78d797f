"""Ballots cast on paper: how many there are and who entered them; for stewards, entering more and striking a batch."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.ballots import Filled, read, scale_of
from gateway.web.booth import asker_of
from gateway.web.forms import Form, Sentences
from gateway.web.methods import option_name, option_note, way
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.paper import Sheet, count_of, entering, fields_of, room_beside, sheets_in, times_in
from gateway.web.people import names_of
from gateway.web.refusals import told
from libs.contracts.base import Command
from libs.contracts.governance import PaperBatchesIn, PollDetails, PollOf, StrikePaperBatch
from libs.contracts.groups import GroupOf
from libs.errors import Problem

router = APIRouter()

_BATCHES_MAX = 50


@router.get("/v/{poll_id}/papier")
async def show_paper(page: PageDep, poll_id: UUID, suite: str | None = None) -> Response:
    """Show what was entered from paper; to a steward of the group also the form for more, while the poll is open."""
    poll = await page.ask(PollOf(poll_id=poll_id, asker=asker_of(page)))
    return await _paper_page(page, poll, Form(), (), cursor=suite)


@router.post("/v/{poll_id}/papier")
async def enter_paper(page: PageDep, poll_id: UUID) -> Response:
    """Put a sheet to the others, or take one away; enter them all; or strike a batch that was entered wrongly."""
    form = await page.form()
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    sheets = sheets_in(form, page.words)
    if form.has("annuler"):
        return await _carried_out(page, poll, form, sheets, _striking(page, form, poll_id))
    if form.has("ote"):
        kept = [sheet for place, sheet in enumerate(sheets) if str(place) != form.get("ote")]
        return await _paper_page(page, poll, Form(), kept, once=form.get("once"))
    if form.has("enregistrer"):
        if not sheets:
            form.fault("", page.words("Ajoutez au moins une feuille."))
        return await _carried_out(page, poll, form, sheets, entering(poll, sheets) if form.is_good else None)
    said = read(form, poll, page.words, is_paper=True)
    times = times_in(form, page.words, room=room_beside(sheets))
    if said is None or times is None or not form.is_good:
        return await _paper_page(page, poll, form, sheets, once=form.get("once"), status=422)
    more = [*sheets, Sheet(times=times, choices=said.choices, marks=said.marks)]
    return await _paper_page(page, poll, Form(), more, once=form.get("once"))


def _striking(page: Page, form: Form, poll_id: UUID) -> Command | None:
    if not form.get("reason"):
        form.fault("reason", page.words("Dites pourquoi : la raison reste écrite à côté."))
        return None
    values = {"poll_id": poll_id, "batch_id": form.get("annuler"), "reason": form.get("reason")}
    return form.make(StrikePaperBatch, Sentences(page.words), **values)


async def _carried_out(
    page: Page, poll: PollDetails, form: Form, sheets: Sequence[Sheet], command: Command | None
) -> Response:
    if command and form.is_good:
        try:
            await page.do(command, once=form.get("once") or None)
            return page.redirect(f"/v/{poll.poll_id}/papier")
        except Problem as problem:
            form.refuse(problem)
    return await _paper_page(page, poll, form, sheets, once=form.get("once"), status=422)


async def _paper_page(
    page: Page,
    poll: PollDetails,
    form: Form,
    sheets: Sequence[Sheet],
    *,
    once: str = "",
    status: int = 200,
    cursor: str | None = None,
) -> Response:
    words, now, asker = page.words, datetime.now(UTC), asker_of(page)
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=asker))
    batches = await page.ask(PaperBatchesIn(poll_id=poll.poll_id, asker=asker, limit=_BATCHES_MAX, cursor=cursor))
    return page.render(
        "paper.html",
        status=status,
        is_private=asker is not None,
        poll=poll,
        group=group,
        batches=batches,
        names=await names_of(page, (batch.entered_by for batch in batches.items)),
        form=form,
        filled=Filled.of_form(form, poll),
        refusal=told(form.refusal, words) if form.refusal else None,
        sheets=[(sheet.times, sheet.in_words(poll, words)) for sheet in sheets],
        sheets_count=count_of(sheets),
        kept=fields_of(sheets),
        once=once or secrets.token_urlsafe(18),
        may_enter=poll.allows_paper and group.my_role == "steward" and poll.is_open and poll.closes_at > now,
        way=way(poll.method, words),
        name=lambda option: option_name(poll.method, option, words),
        note=lambda option: option_note(poll.method, option, words),
        scale=scale_of(poll, words),
        zone=await zone_of(page, group.place),
    )
