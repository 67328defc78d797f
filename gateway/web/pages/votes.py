"""Voting: what waits for one's voice, and the ballot of a poll."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway import problems
from gateway.web.agenda import agenda_of
from gateway.web.ballots import Filled, in_words, read, scale_of
from gateway.web.booth import Booth, booth_for, booth_of, said_by
from gateway.web.forms import Form, Sentences
from gateway.web.methods import option_name, option_note, way
from gateway.web.near import clocks_told, home_zone
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of
from gateway.web.refusals import told
from gateway.web.terms import quorum, terms_in_words, until
from libs.contracts.geo import PlaceOf
from libs.contracts.governance import CastBallot, PollDetails, PollOf, WithdrawBallot
from libs.errors import Problem

router = APIRouter()


@router.get("/votes")
async def votes(page: PageDep) -> Response:
    """Show what waits for the reader's voice, what is open besides, and what was decided."""
    agenda = await agenda_of(page)
    moment = partial(page.words.moment, zone=home_zone(page), now=datetime.now(UTC))
    return page.render("votes.html", is_private=page.actor is not None, agenda=agenda, moment=moment)


@router.get("/v/{poll_id}")
async def ballot(page: PageDep, poll_id: UUID) -> Response:
    """Show a poll and its ballot, filled in as the reader's own stands."""
    booth = await booth_of(page, poll_id)
    said = said_by(booth.own)
    return await _ballot_page(page, booth, Form(), Filled.of_ballot(said, booth.poll) if said else Filled())


@router.post("/v/{poll_id}")
async def cast(page: PageDep, poll_id: UUID) -> Response:
    """Put the ballot into the box, or take it back, and show the receipt."""
    form = await page.form()
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    command = _command(form, poll, page)
    if command:
        try:
            await page.do(command)
            return page.redirect(f"/v/{poll_id}/recu")
        except Problem as problem:
            status, kind, _ = problems.of(problem)
            if kind == "ManifestoNotApproved":
                raise
            if status >= 500:
                return _lost_page(page, poll, form)
            form.refuse(problem)
    booth = await booth_of(page, poll_id) if form.refusal else await booth_for(page, poll)
    return await _ballot_page(page, booth, form, Filled.of_form(form, poll), status=422)


def _command(form: Form, poll: PollDetails, page: Page) -> CastBallot | WithdrawBallot | None:
    if form.has("reprendre"):
        return WithdrawBallot(poll_id=poll.poll_id)
    said = read(form, poll, page.words)
    if said is None:
        return None
    return form.make(CastBallot, Sentences(page.words), poll_id=poll.poll_id, **said._asdict())


def _lost_page(page: Page, poll: PollDetails, form: Form) -> Response:
    """Say that it is not known whether the ballot arrived; the same ballot sent again cannot be there twice."""
    return page.render("ballot-lost.html", status=503, is_private=True, poll=poll, fields=form.sent())


async def _ballot_page(page: Page, booth: Booth, form: Form, filled: Filled, *, status: int = 200) -> Response:
    now = datetime.now(UTC)
    poll, words = booth.poll, page.words
    return page.render(
        "ballot.html",
        status=status,
        is_private=page.actor is not None,
        booth=booth,
        poll=poll,
        group=booth.group,
        form=form,
        filled=filled,
        refusal=_refused(page, booth, form, now),
        state=state_of(booth, now),
        until=until(poll, words, now, booth.zone),
        clocks=clocks_told(page, booth.zone),
        way=way(poll.method, words),
        terms=terms_in_words(
            poll,
            words,
            ballots_count=booth.tally.ballots_count,
            place=await _place_name(page, poll),
            zone=booth.zone,
        ),
        quorum=quorum(poll.terms.rules, poll.voters_count),
        history=_history(page, booth),
        names=await _names(page, booth),
        name=lambda option: option_name(poll.method, option, words),
        zone=booth.zone,
        note=lambda option: option_note(poll.method, option, words),
        scale=scale_of(poll, words),
    )


def state_of(booth: Booth, now: datetime) -> str:
    """Return how things stand for who asks: cancelled, closed, stranger, off the roll, open."""
    if booth.poll.cancelled_because is not None:
        return "cancelled"
    if not booth.poll.is_open or booth.poll.closes_at <= now:
        return "closed"
    if booth.is_on_roll:
        return "open"
    return "off roll" if asked_by_member(booth) else "outside"


def asked_by_member(booth: Booth) -> bool:
    """Return whether who asks is in the group."""
    return booth.group.my_role is not None


def _refused(page: Page, booth: Booth, form: Form, now: datetime) -> str | None:
    if form.refusal is None:
        return None
    if problems.of(form.refusal)[1] == "PollIsClosed":
        return page.words(
            "Votre bulletin n’est pas parti. Le vote a fermé à %(closed)s, il est %(now)s. Rien n’a été enregistré.",
            closed=page.words.clock(booth.poll.closes_at.astimezone(booth.zone)),
            now=page.words.clock(now.astimezone(booth.zone)),
        )
    return told(form.refusal, page.words)


def _history(page: Page, booth: Booth) -> list[dict[str, Any]]:
    """Return what the ballot said over time, the newest first, where it was changed at all."""
    if booth.own is None or len(booth.own.history) < 2:
        return []
    entries = []
    for entry in reversed(booth.own.history):
        said = said_by(entry)
        lines = in_words(said, booth.poll, page.words) if said else [page.words("Bulletin repris")]
        entries.append({"position": entry.position, "lines": lines, "counts": entry.counts})
    return entries


async def _names(page: Page, booth: Booth) -> dict[UUID, str]:
    delegation = booth.delegation
    people = []
    if delegation:
        people = [delegation.ends_with, delegation.delegation.delegate if delegation.delegation else None]
    return await names_of(page, (booth.poll.opened_by, *(each.member_id for each in people if each)))


async def _place_name(page: Page, poll: PollDetails) -> str | None:
    place_id = poll.terms.eligibility.place_id
    return None if place_id is None else (await page.ask(PlaceOf(place_id=place_id))).name
