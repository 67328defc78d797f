"""Who may read a poll of a group alone in order to audit it, without being in the group; stewards name them."""

from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of, unless
from gateway.web.refusals import told
from libs.contracts.governance import NameAuditor, PollOf
from libs.contracts.groups import GroupOf
from libs.contracts.identity import MemberCalled
from libs.errors import Problem

router = APIRouter()


@router.get("/v/{poll_id}/controle")
async def auditors(page: PageDep, poll_id: UUID) -> Response:
    """Show who audits a poll besides its group, to members; to stewards also the form that names somebody."""
    return await _auditors_page(page, poll_id, Form())


@router.post("/v/{poll_id}/controle")
async def name_auditor(page: PageDep, poll_id: UUID) -> Response:
    """Let a member of this node read the poll, by their handle."""
    form = await page.form()
    page.member()
    query = form.make(MemberCalled, Sentences(page.words), handle=form.get("handle"))
    if query:
        found = await unless(page.ask(query), "NotFound")
        if found is None:
            form.fault("handle", page.words("Personne ici ne porte ce nom. Vérifiez-le avec la personne."))
        else:
            try:
                await page.do(NameAuditor(poll_id=poll_id, auditor_id=found.id))
                return page.redirect(f"/v/{poll_id}/controle")
            except Problem as problem:
                form.refuse(problem)
    return await _auditors_page(page, poll_id, form, status=422)


async def _auditors_page(page: Page, poll_id: UUID, form: Form, *, status: int = 200) -> Response:
    actor = page.member()
    poll = await page.ask(PollOf(poll_id=poll_id, asker=actor.id))
    return page.render(
        "auditors.html",
        status=status,
        is_private=True,
        poll=poll,
        group=await page.ask(GroupOf(group_id=poll.group_id, asker=actor.id)),
        names=await names_of(page, poll.auditors),
        form=form,
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )
