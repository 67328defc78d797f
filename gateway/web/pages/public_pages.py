"""Pages: the public faces of associations, places and causes. Opening one, reading, following, changing, closing it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.near import way_to
from gateway.web.page import Page, PageDep
from gateway.web.people import names_of
from gateway.web.place_field import PlaceField, place_in
from gateway.web.refusals import told
from libs.contracts.groups import (
    LINKS_MAX,
    ChangePage,
    ClosePage,
    FollowPage,
    GroupDirectory,
    GroupOf,
    Link,
    OpenPage,
    PageOf,
    PageView,
    UnfollowPage,
)
from libs.errors import NotAllowed, Problem, Unprocessable

router = APIRouter()

_ROWS_FIRST = 2


@router.get("/creer/page")
async def open_form(page: PageDep, groupe: UUID | None = None) -> Response:
    """Ask what a new page shows."""
    page.member()
    return await _open_page(page, Form({"kind": "association", "for_group": str(groupe or "")}), PlaceField())


@router.post("/creer/page")
async def open_page(page: PageDep) -> Response:
    """Open a page, for oneself or for a group that one is a steward of."""
    form = await page.form()
    page.member()
    where = await place_in(form, page)
    if form.has("more_links"):
        form.errors.clear()
        return await _open_page(page, form, where)
    values = _values(form, page)
    command = form.make(
        OpenPage, Sentences(page.words), place=where.place, for_group=form.get("for_group") or None, **values
    )
    if command and form.is_good:
        try:
            receipt = await page.do(command, once=form.get("csrf") + command.model_dump_json())
            return page.redirect(f"/l/{receipt.id}")
        except Problem as problem:
            form.refuse(problem)
    return await _open_page(page, form, where, status=422)


async def _open_page(page: Page, form: Form, where: PlaceField, *, status: int = 200) -> Response:
    mine = (await page.ask(GroupDirectory(asker=page.member().id, mine=True, limit=200))).items
    groups = [each for each in mine if each.my_role == "steward"]
    return _form_page(page, "open-page.html", form, where, status, groups=groups)


@router.get("/l/{page_id}")
async def show(page: PageDep, page_id: UUID) -> Response:
    """Show a page to anyone."""
    return await _show_page(page, page_id)


@router.post("/l/{page_id}")
async def follow(page: PageDep, page_id: UUID) -> Response:
    """Follow the page, or follow it no longer; or take it down for good, as who cares for it."""
    form = await page.form()
    page.member()
    try:
        match form.get("do"):
            case "follow":
                await page.do(FollowPage(page_id=page_id))
            case "unfollow":
                await page.do(UnfollowPage(page_id=page_id))
            case "close":
                owner = await page.ask(PageOf(page_id=page_id, asker=page.member().id))
                await page.do(ClosePage(page_id=page_id))
                return page.redirect(f"/g/{owner.owner}" if owner.owner_kind == "group" else "/autour")
            case _:
                raise Unprocessable("Nothing was asked for.")
    except Problem as problem:
        return await _show_page(page, page_id, refusal=told(problem, page.words), status=422)
    return page.redirect(f"/l/{page_id}")


async def _show_page(page: Page, page_id: UUID, *, refusal: str | None = None, status: int = 200) -> Response:
    asker = page.actor.id if page.actor else None
    found = await page.ask(PageOf(page_id=page_id, asker=asker))
    group, name = None, None
    if found.owner_kind == "group" and found.owner:
        group = await page.ask(GroupOf(group_id=found.owner, asker=asker))
    elif found.owner and page.actor:
        name = (await names_of(page, (found.owner,))).get(found.owner)
    return page.render(
        "page.html",
        status=status,
        shown=found,
        group=group,
        owner_name=name,
        way=way_to(page, found.place),
        refusal=refusal,
    )


@router.get("/l/{page_id}/modifier")
async def change_form(page: PageDep, page_id: UUID) -> Response:
    """Show what the page says, to be changed by who cares for it."""
    found = await _for_who_may_edit(page, page_id)
    begun = {"name": found.name, "kind": found.kind, "words": found.words or ""}
    for number, link in enumerate(found.links):
        begun |= {f"title_{number}": link.title, f"url_{number}": link.url}
    return _form_page(page, "change-page.html", Form(begun), PlaceField.showing(found.place), shown=found)


@router.post("/l/{page_id}/modifier")
async def change(page: PageDep, page_id: UUID) -> Response:
    """Make the page what the form says, whole."""
    form = await page.form()
    found = await _for_who_may_edit(page, page_id)
    where = await place_in(form, page, kept=found.place)
    if form.has("more_links"):
        form.errors.clear()
        return _form_page(page, "change-page.html", form, where, shown=found)
    values = _values(form, page)
    command = form.make(ChangePage, Sentences(page.words), page_id=page_id, place=where.place, **values)
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/l/{page_id}")
        except Problem as problem:
            form.refuse(problem)
    return _form_page(page, "change-page.html", form, where, 422, shown=found)


async def _for_who_may_edit(page: Page, page_id: UUID) -> PageView:
    """
    Return the page.

    Raises:
        NotAllowed: Who asks does not care for it.
    """
    found = await page.ask(PageOf(page_id=page_id, asker=page.member().id))
    if not found.may_edit:
        raise NotAllowed("The page is somebody else's.")
    return found


def _form_page(page: Page, template: str, form: Form, where: PlaceField, status: int = 200, **context: Any) -> Response:
    filled = [number for number in range(LINKS_MAX) if form.get(f"title_{number}") or form.get(f"url_{number}")]
    rows = max(_ROWS_FIRST, max(filled, default=-1) + (3 if form.has("more_links") else 2))
    return page.render(
        template,
        status=status,
        is_private=True,
        form=form,
        where=where,
        links_count=min(LINKS_MAX, rows),
        links_max=LINKS_MAX,
        refusal=told(form.refusal, page.words) if form.refusal else None,
        **context,
    )


def _values(form: Form, page: Page) -> dict[str, Any]:
    """Return what the form says beside its place; what is wrong with a link is said beside the link."""
    links = []
    for number in range(LINKS_MAX):
        title, url = form.get(f"title_{number}"), form.get(f"url_{number}")
        if not (title or url):
            continue
        if not url:
            form.fault(f"url_{number}", page.words("Il manque l’adresse de ce lien."))
            continue
        own = Form()
        link = own.make(Link, Sentences(page.words), title=title or url[:200], url=url)
        for name, sentence in own.errors.items():
            form.fault(f"{name}_{number}", _about_link(name, sentence, page))
        if link:
            links.append(link)
    return {
        "name": form.get("name"),
        "kind": form.get("kind"),
        "words": form.get("words") or None,
        "links": tuple(links),
    }


def _about_link(name: str, sentence: str, page: Page) -> str:
    if name == "url":
        return page.words("Cette adresse ne va pas. Elle commence par « https:// » ou « http:// ».")
    return sentence
