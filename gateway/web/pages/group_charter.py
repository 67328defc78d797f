"""How a group decides: its customs and its templates in words, changed by its stewards; and my place in it."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.methods import method_name
from gateway.web.page import Page, PageDep
from gateway.web.place_field import PlaceField, place_in
from gateway.web.refusals import told
from gateway.web.templating import FORM_METHODS, begun_with, in_words, terms_of
from libs.contracts.base import Command
from libs.contracts.geo import PlaceOf
from libs.contracts.governance import (
    ChangeTemplate,
    Customs,
    CustomsOf,
    DropTemplate,
    GivePlace,
    MakeTemplate,
    OwnPlaceIn,
    SetCustoms,
    Template,
    TemplatesOf,
    TemplateTerms,
)
from libs.contracts.groups import GroupOf, GroupView
from libs.errors import NotAllowed, NotFound, Problem, Unprocessable

router = APIRouter()

_TEMPLATES_MAX = 200


@router.get("/g/{group_id}/charte")
async def charter(page: PageDep, group_id: UUID) -> Response:
    """Show how the group decides where nobody says otherwise."""
    return await _charter_page(page, group_id, Form(), PlaceField())


@router.post("/g/{group_id}/charte")
async def settle(page: PageDep, group_id: UUID) -> Response:
    """Settle the customs or drop a template, as a steward; or say which place is mine."""
    form = await page.form()
    page.member()
    where = PlaceField()
    command: Command | None = None
    match form.get("do"):
        case "customs":
            command = _customs(form, page, group_id)
        case "drop":
            command = form.make(DropTemplate, Sentences(page.words), template_id=form.get("template_id"))
        case "place":
            where = await place_in(form, page)
            if where.chosen_id:
                command = GivePlace(group_id=group_id, place_id=where.chosen_id)
            elif form.is_good:
                form.fault("lieu", page.words("Ce champ est nécessaire."))
        case "no-place":
            command = GivePlace(group_id=group_id, place_id=None)
        case _:
            form.refuse(Unprocessable("Nothing was asked for."))
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/g/{group_id}/charte")
        except Problem as problem:
            form.refuse(problem)
    return await _charter_page(page, group_id, form, where, status=422)


def _customs(form: Form, page: Page, group_id: UUID) -> SetCustoms | None:
    return form.make(
        SetCustoms,
        Sentences(page.words),
        group_id=group_id,
        audience=form.get("audience"),
        delegations=form.get("delegations"),
        carry_max=form.get("carry_max") or None,
        objection_days=form.get("objection_days"),
    )


async def _charter_page(page: Page, group_id: UUID, form: Form, where: PlaceField, *, status: int = 200) -> Response:
    asker = page.actor.id if page.actor else None
    group = await page.ask(GroupOf(group_id=group_id, asker=asker))
    customs, templates, place = await asyncio.gather(
        page.ask(CustomsOf(group_id=group_id)),
        page.ask(TemplatesOf(group_id=group_id, limit=_TEMPLATES_MAX)),
        _my_place(page, group),
    )
    return page.render(
        "group-charter.html",
        status=status,
        is_private=asker is not None,
        group=group,
        customs=customs,
        method_name=lambda method: method_name(method, page.words),
        templates=[
            (each, in_words(each.terms, page.words), each.terms.method in FORM_METHODS) for each in templates.items
        ],
        form=form if form.get("do") == "customs" else _begun_with_customs(customs),
        place_form=form if form.get("do") == "place" else Form(),
        where=where,
        my_place=place,
        asked_for=form.get("do"),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


def _begun_with_customs(customs: Customs) -> Form:
    return Form(
        {
            "audience": customs.audience,
            "delegations": customs.delegations,
            "carry_max": str(customs.carry_max or ""),
            "objection_days": str(customs.objection_days),
        }
    )


async def _my_place(page: Page, group: GroupView) -> str | None:
    """Return what the reader's own place in the group is called; None where they gave none, or are no member."""
    if page.actor is None or group.my_role is None:
        return None
    own = await page.ask(OwnPlaceIn(group_id=group.group_id, asker=page.actor.id))
    if own.place_id is None:
        return None
    try:
        return (await page.ask(PlaceOf(place_id=own.place_id))).label
    except NotFound:
        return page.words("un lieu que le nœud ne connaît plus")


@router.get("/g/{group_id}/charte/modele")
async def template_form(page: PageDep, group_id: UUID, modele: UUID | None = None) -> Response:
    """Ask for a way to decide that has a name in the group; one that is there already may be changed."""
    group = await _for_stewards(page, group_id)
    template = await _template(page, group_id, modele) if modele else None
    begun = begun_with(template.terms, template.name) if template else begun_with(TemplateTerms(method="consent"), "")
    return _template_page(page, group, template, begun)


@router.post("/g/{group_id}/charte/modele")
async def keep_template(page: PageDep, group_id: UUID, modele: UUID | None = None) -> Response:
    """Make a template, or let one say something else."""
    form = await page.form()
    group = await _for_stewards(page, group_id)
    template = await _template(page, group_id, modele) if modele else None
    terms = terms_of(form, page.words)
    command: Command | None = None
    if terms and template:
        command = form.make(
            ChangeTemplate,
            Sentences(page.words),
            template_id=template.template_id,
            name=form.get("name"),
            terms=terms,
        )
    elif terms:
        command = form.make(MakeTemplate, Sentences(page.words), group_id=group_id, name=form.get("name"), terms=terms)
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/g/{group_id}/charte#modeles")
        except Problem as problem:
            form.refuse(problem)
    return _template_page(page, group, template, form, status=422)


def _template_page(
    page: Page, group: GroupView, template: Template | None, form: Form, *, status: int = 200
) -> Response:
    context: dict[str, Any] = {"group": group, "shown": template, "form": form}
    context["methods"] = [(each, method_name(each, page.words)) for each in FORM_METHODS]
    refusal = told(form.refusal, page.words) if form.refusal else None
    return page.render("group-template.html", status=status, is_private=True, refusal=refusal, **context)


async def _template(page: Page, group_id: UUID, template_id: UUID) -> Template:
    """
    Return one of the group's templates.

    Raises:
        NotFound: The group has no such template, or dropped it.
    """
    found = await page.ask(TemplatesOf(group_id=group_id, limit=_TEMPLATES_MAX))
    for template in found.items:
        if template.template_id == template_id:
            return template
    raise NotFound("The group has no such template.")


async def _for_stewards(page: Page, group_id: UUID) -> GroupView:
    """
    Return the group.

    Raises:
        NotAllowed: Who asks is no steward of it.
    """
    group = await page.ask(GroupOf(group_id=group_id, asker=page.member().id))
    if group.my_role != "steward":
        raise NotAllowed("Only stewards of the group may settle how it decides.")
    return group
