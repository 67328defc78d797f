"""How a text reads: proposing one, giving it a new version, and what changed between any two versions."""

from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.methods import method_name
from gateway.web.near import zone_of
from gateway.web.page import Page, PageDep
from gateway.web.people import unless
from gateway.web.refusals import told
from gateway.web.texts import moment_of, once_of
from libs.contracts.governance import (
    DifferenceBetween,
    MakeProposal,
    Proposal,
    ProposalOf,
    ReviseProposal,
    TemplatesOf,
    VersionOf,
    VersionsOf,
)
from libs.contracts.groups import GroupDirectory, GroupOf, GroupView
from libs.errors import Problem, Refused

router = APIRouter()

PAGE_VERSIONS = 50


@router.get("/creer/texte")
async def new_text(page: PageDep) -> Response:
    """The form for a new text; without a group, the groups that one may choose from."""
    page.member()
    form = Form()
    return await _new_text_page(page, form, page.request.query_params.get("groupe", ""))


@router.post("/creer/texte")
async def make_text(page: PageDep) -> Response:
    """Put a text before a group."""
    form = await page.form()
    page.member()
    group = await _group(page, form.get("group_id"))
    zone = await zone_of(page, group.place if group else None)
    said: dict[str, object] = {
        "group_id": form.get("group_id"),
        "title": form.get("title"),
        "text": form.get("text"),
        "topic": form.get("topic") or None,
        "template_id": form.get("template_id") or None,
        "discussion_until": moment_of(form, "discussion_until", page.words, zone),
        "support_needed": form.get("support_needed") or None,
    }
    command = form.make(MakeProposal, Sentences(page.words), **said)
    if command and form.is_good:
        try:
            receipt = await page.do(command, once=once_of(form))
            return page.redirect(f"/t/{receipt.id}")
        except Problem as problem:
            form.refuse(problem)
    return await _new_text_page(page, form, form.get("group_id"), status=422)


async def _new_text_page(page: Page, form: Form, group_id: str, *, status: int = 200) -> Response:
    asker = page.member().id
    group = await _group(page, group_id)
    templates, mine = None, None
    if group is None:
        mine = await page.ask(GroupDirectory(asker=asker, mine=True, limit=100))
    else:
        templates = await page.ask(TemplatesOf(group_id=group.group_id, limit=100))
    return page.render(
        "new-text.html",
        status=status,
        is_private=True,
        group=group,
        mine=mine,
        templates=templates,
        method=lambda method: method_name(method, page.words),
        form=form,
        refusal=told(form.refusal, page.words) if form.refusal else "",
        once=once_of(form),
    )


async def _group(page: Page, group_id: str) -> GroupView | None:
    """Return the group of that id, if it is one that the asker is in."""
    try:
        query = GroupOf(group_id=UUID(group_id), asker=page.member().id)
    except ValueError:
        return None
    group = await unless(page.ask(query), "NotFound")
    return group if group and group.my_role else None


@router.get("/t/{proposal_id}/modifier")
async def edit_text(proposal_id: UUID, page: PageDep) -> Response:
    """The form for a new version of one's own text."""
    asker = page.member().id
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
    form = Form({"title": proposal.title, "text": proposal.text, "of_version": str(proposal.version_number)})
    return _edit_page(page, proposal, form)


@router.post("/t/{proposal_id}/modifier")
async def revise_text(proposal_id: UUID, page: PageDep) -> Response:
    """Give one's own text a new version; where another came between, both are shown and nothing is lost."""
    form = await page.form()
    asker = page.member().id
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
    command = form.make(
        ReviseProposal,
        Sentences(page.words),
        proposal_id=proposal_id,
        title=form.get("title"),
        text=form.get("text"),
        of_version=form.get("of_version") or None,
    )
    has_moved_on = False
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/t/{proposal_id}")
        except Refused as refused:
            has_moved_on = refused.kind == "TextHasChanged"
            form.refuse(refused)
    return _edit_page(page, proposal, form, has_moved_on=has_moved_on, status=422)


def _edit_page(
    page: Page, proposal: Proposal, form: Form, *, has_moved_on: bool = False, status: int = 200
) -> Response:
    return page.render(
        "edit-text.html",
        status=status,
        is_private=True,
        proposal=proposal,
        form=form,
        has_moved_on=has_moved_on,
        refusal=told(form.refusal, page.words) if form.refusal else "",
    )


@router.get("/t/{proposal_id}/versions")
async def show_versions(proposal_id: UUID, page: PageDep) -> Response:
    """The versions of a text, and what changed between two of them."""
    asker = page.actor.id if page.actor else None
    query = page.request.query_params
    proposal = await page.ask(ProposalOf(proposal_id=proposal_id, asker=asker))
    versions = await page.ask(
        VersionsOf(proposal_id=proposal_id, asker=asker, limit=PAGE_VERSIONS, cursor=query.get("suite"))
    )
    group = await unless(page.ask(GroupOf(group_id=proposal.group_id, asker=asker)), "NotFound")
    newest = proposal.version_number
    older, newer = _number(query.get("de"), newest - 1, newest), _number(query.get("a"), newest, newest)
    difference = None
    if older != newer:
        difference = await page.ask(DifferenceBetween(proposal_id=proposal_id, older=older, newer=newer, asker=asker))
    whole = await page.ask(VersionOf(proposal_id=proposal_id, version_number=newer, asker=asker))
    return page.render(
        "versions.html",
        is_private=page.actor is not None,
        proposal=proposal,
        versions=versions,
        older=older,
        newer=newer,
        whole=whole,
        difference=difference,
        zone=await zone_of(page, group.place if group else None),
    )


def _number(said: str | None, usual: int, newest: int) -> int:
    """Return the version that an address names, within those that there are."""
    number = int(said) if said and said.isascii() and said.isdecimal() and len(said) < 9 else usual
    return min(max(number, 1), newest)
