"""When something is wrong with a vote: its roll read and disputed, the vote cancelled for a reason, or closed early."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.booth import asker_of, own_delegation
from gateway.web.forms import Form, Sentences
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.refusals import told
from gateway.web.terms import who_votes
from libs.contracts.base import Command
from libs.contracts.governance import CancelPoll, ClosePoll, DisputeRoll, PollOf, RollOf
from libs.contracts.groups import GroupOf
from libs.errors import Problem

router = APIRouter()

_SHOWN_MAX = 100


@router.get("/v/{poll_id}/liste")
async def roll(page: PageDep, poll_id: UUID, cursor: str | None = None) -> Response:
    """Show who may vote in a poll, by pseudonym, and what was said of the list."""
    return await _roll_page(page, poll_id, Form(), cursor=cursor)


@router.post("/v/{poll_id}/liste")
async def dispute(page: PageDep, poll_id: UUID) -> Response:
    """Say that the list is wrong, and why; it is shown beside the vote and changes nothing."""
    form = await page.form()
    page.member()
    if not form.get("reason"):
        form.fault("reason", page.words("Dites ce qui ne va pas."))
    command = form.make(DisputeRoll, Sentences(page.words), poll_id=poll_id, reason=form.get("reason") or "?")
    if await _is_done(page, form, command):
        return page.redirect(f"/v/{poll_id}/liste")
    return await _roll_page(page, poll_id, form, status=422)


async def _roll_page(
    page: Page, poll_id: UUID, form: Form, *, status: int = 200, cursor: str | None = None
) -> Response:
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    own = await own_delegation(page, poll_id)
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=actor.id))
    zone = await zone_of(page, group.place)
    return page.render(
        "roll.html",
        status=status,
        is_private=True,
        poll=poll,
        group=group,
        roll=await page.ask(RollOf(poll_id=poll_id, asker=actor.id, limit=_SHOWN_MAX, cursor=cursor)),
        own=own.voter if own else None,
        who=who_votes(poll, page.words, zone=zone),
        form=form,
        refusal=told(form.refusal, page.words) if form.refusal else None,
        zone=zone,
    )


@router.get("/v/{poll_id}/annuler")
async def mistake(page: PageDep, poll_id: UUID) -> Response:
    """Ask what the mistake is for which a vote is taken back."""
    return await _mistake_page(page, poll_id, Form())


@router.post("/v/{poll_id}/annuler")
async def cancel(page: PageDep, poll_id: UUID) -> Response:
    """Take a vote back for a reason that everybody reads, or close it before its time."""
    form = await page.form()
    page.member()
    command: Command | None
    if form.has("clore"):
        command = ClosePoll(poll_id=poll_id)
    else:
        if not form.get("reason"):
            form.fault("reason", page.words("Dites pourquoi : la raison reste écrite à côté du vote."))
        command = form.make(CancelPoll, Sentences(page.words), poll_id=poll_id, reason=form.get("reason") or "?")
    if await _is_done(page, form, command):
        return page.redirect(f"/v/{poll_id}")
    return await _mistake_page(page, poll_id, form, status=422)


async def _mistake_page(page: Page, poll_id: UUID, form: Form, *, status: int = 200) -> Response:
    page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=asker_of(page)))
    if not poll.is_open and form.refusal is None:
        return page.redirect(f"/v/{poll_id}")
    return page.render(
        "poll-cancel.html",
        status=status,
        is_private=True,
        poll=poll,
        group=await page.ask(GroupOf(group_id=poll.group_id, asker=asker_of(page))),
        form=form,
        refusal=told(form.refusal, page.words) if form.refusal else None,
        is_running=poll.is_open and poll.closes_at > datetime.now(UTC),
    )


async def _is_done(page: Page, form: Form, command: Command | None) -> bool:
    if command is None or not form.is_good:
        return False
    try:
        await page.do(command)
    except Problem as problem:
        form.refuse(problem)
        return False
    return True
