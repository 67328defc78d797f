"""How others would have a text read: making an amendment, and what its author, the text's and the group do with it."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of, unless
from gateway.web.refusals import told
from gateway.web.texts import AMENDMENT_STATES, PENDING, moment_of, once_of
from libs.contracts.base import Command
from libs.contracts.governance import (
    AmendmentOf,
    MakeAmendment,
    Proposal,
    ProposalOf,
    PutAmendmentToVote,
    RefuseAmendment,
    TakeAmendmentBack,
    TakeAmendmentIn,
)
from libs.contracts.groups import GroupOf
from libs.errors import NotFound, Problem, Refused

router = APIRouter()


@router.get("/t/{proposal_id}/amender")
async def new_amendment(proposal_id: UUID, page: PageDep) -> Response:
    """The form for another wording, filled in with the one that stands."""
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=page.member().id))
    form = Form({"title": proposal.title, "text": proposal.text, "of_version": str(proposal.version_number)})
    return _form_page(page, proposal, form)


@router.post("/t/{proposal_id}/amender")
async def make_amendment(proposal_id: UUID, page: PageDep) -> Response:
    """Say how a text should read instead."""
    form = await page.form()
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=page.member().id))
    command = form.make(
        MakeAmendment,
        Sentences(page.words),
        proposal_id=proposal_id,
        of_version=form.get("of_version"),
        title=form.get("title"),
        text=form.get("text"),
        why=form.get("why") or None,
    )
    has_moved_on = False
    if command and form.is_good:
        try:
            receipt = await page.do(command, once=once_of(form))
            return page.redirect(f"/t/{proposal_id}/amendements/{receipt.id}")
        except Refused as refused:
            has_moved_on = refused.kind == "TextHasChanged"
            form.refuse(refused)
    return _form_page(page, proposal, form, has_moved_on=has_moved_on, status=422)


def _form_page(
    page: Page, proposal: Proposal, form: Form, *, has_moved_on: bool = False, status: int = 200
) -> Response:
    return page.render(
        "new-amendment.html",
        status=status,
        is_private=True,
        proposal=proposal,
        form=form,
        has_moved_on=has_moved_on,
        refusal=told(form.refusal, page.words) if form.refusal else "",
        once=once_of(form),
    )


@router.get("/t/{proposal_id}/amendements/{amendment_id}")
async def show_amendment(proposal_id: UUID, amendment_id: UUID, page: PageDep) -> Response:
    """An amendment, how it differs from the version that it was made for, and where it stands."""
    return await _amendment_page(page, proposal_id, amendment_id, Form())


@router.post("/t/{proposal_id}/amendements/{amendment_id}")
async def act_on_amendment(proposal_id: UUID, amendment_id: UUID, page: PageDep) -> Response:
    """Take it in, refuse it, let the group vote on it, or take it back."""
    form = await page.form()
    page.member()
    command = await _command(page, form, proposal_id, amendment_id)
    if command and form.is_good:
        try:
            await page.do(command, once=once_of(form))
            return page.redirect(f"/t/{proposal_id}/amendements/{amendment_id}")
        except Problem as problem:
            form.refuse(problem)
    return await _amendment_page(page, proposal_id, amendment_id, form, status=422)


async def _amendment_page(
    page: Page, proposal_id: UUID, amendment_id: UUID, form: Form, *, status: int = 200
) -> Response:
    asker = page.actor.id if page.actor else None
    amendment = await page.ask(AmendmentOf(amendment_id=amendment_id, asker=asker))
    if amendment.proposal_id != proposal_id:
        raise NotFound("This amendment is to another proposal.")
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
    group = await unless(page.ask(GroupOf(group_id=proposal.group_id, asker=asker)), "NotFound")
    is_steward = group is not None and group.my_role == "steward"
    is_mine = asker is not None and amendment.member_id == asker
    is_pending = proposal.phase in PENDING and amendment.state in ("open", "refused")
    is_current = amendment.of_version == proposal.version_number
    is_left = amendment.state == "refused" or proposal.discussion_until <= datetime.now(UTC)
    return page.render(
        "amendment.html",
        status=status,
        is_private=page.actor is not None,
        proposal=proposal,
        amendment=amendment,
        state=page.words(AMENDMENT_STATES[amendment.state]),
        is_current=is_current,
        may_take_in=is_pending and is_current and proposal.phase == "discussion" and _is(asker, proposal.member_id),
        may_refuse=is_pending and amendment.state == "open" and _is(asker, proposal.member_id),
        may_put_to_vote=is_pending and is_current and is_left and (is_mine or is_steward),
        may_take_back=is_pending and is_mine,
        names=await names_of(page, (amendment.member_id, proposal.member_id)),
        form=form,
        refusal=told(form.refusal, page.words) if form.refusal else "",
        once=once_of(form),
        zone=await zone_of(page, group.place if group else None),
    )


def _is(asker: UUID | None, member_id: UUID | None) -> bool:
    return asker is not None and asker == member_id


async def _command(page: Page, form: Form, proposal_id: UUID, amendment_id: UUID) -> Command | None:
    match form.get("act"):
        case "take in":
            return TakeAmendmentIn(amendment_id=amendment_id)
        case "refuse":
            say = Sentences(page.words)
            return form.make(RefuseAmendment, say, amendment_id=amendment_id, reason=form.get("reason"))
        case "vote":
            asker = page.member().id
            proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
            group = await page.ask(GroupOf(group_id=proposal.group_id, asker=asker))
            closes_at = moment_of(form, "closes_at", page.words, await zone_of(page, group.place))
            return form.make(PutAmendmentToVote, Sentences(page.words), amendment_id=amendment_id, closes_at=closes_at)
        case "back":
            return TakeAmendmentBack(amendment_id=amendment_id)
        case _:
            form.fault("", page.words("Ceci ne va pas : vérifiez ce champ."))
            return None
