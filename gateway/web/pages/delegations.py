"""Letting somebody else vote: in one poll, on a topic, in a whole group; seeing who would, and taking it back."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.booth import asker_of, own_delegation
from gateway.web.forms import Form, Sentences
from gateway.web.members import Named, members_named
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of
from gateway.web.refusals import told
from libs.contracts.base import Command
from libs.contracts.governance import (
    CustomsOf,
    DelegateInGroup,
    DelegateInPoll,
    DelegationsOf,
    PollDetails,
    PollOf,
    WithdrawDelegationInGroup,
    WithdrawDelegationInPoll,
)
from libs.contracts.groups import GroupOf, GroupView
from libs.errors import Problem

router = APIRouter()

_WORD_MAX = 100


@router.get("/v/{poll_id}/delegation")
async def in_poll(page: PageDep, poll_id: UUID) -> Response:
    """Show who would vote for the reader in a poll, and for how many the reader would."""
    page.member()
    return await _poll_page(page, poll_id, Form())


@router.post("/v/{poll_id}/delegation")
async def change_in_poll(page: PageDep, poll_id: UUID) -> Response:
    """Entrust a vote for this poll, its topic or its group, or take it back."""
    form = await page.form()
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    if await _carried_out(page, form, _command(page, form, poll.group_id, poll=poll)):
        return page.redirect(f"/v/{poll_id}/delegation")
    return await _poll_page(page, poll_id, form, status=422)


@router.get("/g/{group_id}/delegation")
async def in_group(page: PageDep, group_id: UUID, cursor: str | None = None) -> Response:
    """Show whom the reader lets vote in a group, and what else stands there."""
    page.member()
    return await _group_page(page, group_id, Form(), cursor=cursor)


@router.post("/g/{group_id}/delegation")
async def change_in_group(page: PageDep, group_id: UUID) -> Response:
    """Entrust one's votes in a group or on a topic, or take that back."""
    form = await page.form()
    page.member()
    if await _carried_out(page, form, _command(page, form, group_id)):
        return page.redirect(f"/g/{group_id}/delegation")
    return await _group_page(page, group_id, form, status=422)


def _command(page: Page, form: Form, group_id: UUID, *, poll: PollDetails | None = None) -> Command | None:
    """Return what the form asks for: the scope says how far, `reprendre` that it is taken back."""
    say, scope = Sentences(page.words), form.get("scope", "group")
    topic = (poll.terms.topic if poll else form.get("topic")) if scope == "topic" else None
    if scope == "topic" and not topic:
        form.fault("topic", page.words("Dites sur quel sujet."))
        return None
    if form.has("reprendre"):
        if scope == "poll" and poll:
            return WithdrawDelegationInPoll(poll_id=poll.poll_id)
        return form.make(WithdrawDelegationInGroup, say, group_id=group_id, topic=topic)
    if not form.get("member_id"):
        form.fault("member_id", page.words("Choisissez à qui vous confiez votre voix."))
        return None
    if scope == "poll" and poll:
        return form.make(DelegateInPoll, say, poll_id=poll.poll_id, member_id=form.get("member_id"))
    return form.make(DelegateInGroup, say, group_id=group_id, topic=topic, member_id=form.get("member_id"))


async def _carried_out(page: Page, form: Form, command: Command | None) -> bool:
    if command is None:
        return False
    try:
        await page.do(command)
    except Problem as problem:
        form.refuse(problem)
        return False
    return True


async def _poll_page(page: Page, poll_id: UUID, form: Form, *, status: int = 200) -> Response:
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    group = await page.ask(GroupOf(group_id=poll.group_id, asker=actor.id))
    own = await own_delegation(page, poll_id)
    people = []
    if own:
        ends = [own.ends_with, own.delegation.delegate if own.delegation else None, *own.carries]
        people = [each.member_id for each in ends if each]
    names = await names_of(page, people)
    return page.render(
        "delegation-poll.html",
        status=status,
        is_private=True,
        poll=poll,
        own=own,
        names=names,
        **await _choosing(page, group, form),
    )


async def _group_page(
    page: Page, group_id: UUID, form: Form, *, status: int = 200, cursor: str | None = None
) -> Response:
    group = await page.ask(GroupOf(group_id=group_id, asker=asker_of(page)))
    standing = await page.ask(DelegationsOf(group_id=group_id, asker=asker_of(page), cursor=cursor))
    people = [each.delegate.member_id for each in standing.own]
    for each in standing.items:
        people += [each.delegator.member_id, each.delegate.member_id]
    return page.render(
        "delegation-group.html",
        status=status,
        is_private=True,
        standing=standing,
        names=await names_of(page, people),
        customs=await page.ask(CustomsOf(group_id=group_id)),
        **await _choosing(page, group, form),
    )


async def _choosing(page: Page, group: GroupView, form: Form) -> dict[str, Any]:
    """Return what a page needs for a member to be chosen: all of a small group, of a large one who has that name."""
    actor = page.member()
    like = page.request.query_params.get("nom", "")[:_WORD_MAX]
    found = await members_named(page, group, like) if group.my_role else Named((), are_all=True)
    return {
        "group": group,
        "form": form,
        "refusal": told(form.refusal, page.words) if form.refusal else None,
        "members": [member for member in found.members if member.member_id != actor.id],
        "are_all": found.are_all,
        "like": like,
    }
