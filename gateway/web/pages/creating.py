"""Making something: the five things to choose from, and founding a group, or describing one anew."""

import asyncio
import re
import unicodedata
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.web.forms import Form, Sentences
from gateway.web.page import Page, PageDep
from gateway.web.place_field import PlaceField, place_in
from gateway.web.refusals import told
from libs.contracts.groups import ChangeGroup, FoundGroup, GroupDirectory, GroupInBrief, GroupOf, GroupView
from libs.errors import NotAllowed, Problem

router = APIRouter()

_ALIKE = 0.72
_WORDS_MAX = 4
_ALIKE_MAX = 3
_SMALL_WORDS = {"avec", "chez", "dans", "groupe", "pour", "club", "comite", "association", "group", "with", "from"}


@router.get("/creer")
async def create(page: PageDep, groupe: UUID | None = None) -> Response:
    """Ask what shall be made; from within a group, for that group."""
    return page.render("create.html", group_id=groupe)


@router.get("/creer/groupe")
async def found_form(page: PageDep, parent: UUID | None = None, groupe: UUID | None = None, nom: str = "") -> Response:
    """Ask what a new group is called and what it is for."""
    page.member()
    begun = Form({"name": nom[:200], "admission": "open", "parent_id": str(parent or groupe or "")})
    return await _found_page(page, begun, PlaceField())


@router.post("/creer/groupe")
async def found(page: PageDep) -> Response:
    """Found a group; where one is called alike, that is shown first, and the same form founds it all the same."""
    form = await page.form()
    page.member()
    where = await place_in(form, page)
    command = form.make(
        FoundGroup,
        Sentences(page.words),
        name=form.get("name"),
        purpose=form.get("purpose"),
        admission=form.get("admission", "open"),
        place=where.place,
        parent_id=form.get("parent_id") or None,
    )
    alike: list[GroupInBrief] = []
    if command and form.is_good:
        if form.get("seen") != command.name:
            alike = await _called_alike(page, command.name)
        if not alike:
            try:
                receipt = await page.do(command, once=form.get("csrf") + command.model_dump_json())
                return page.redirect(f"/g/{receipt.id}")
            except Problem as problem:
                form.refuse(problem)
    return await _found_page(page, form, where, alike=alike, status=422)


async def _found_page(
    page: Page, form: Form, where: PlaceField, *, alike: list[GroupInBrief] | None = None, status: int = 200
) -> Response:
    mine = (await page.ask(GroupDirectory(asker=page.member().id, mine=True, limit=200))).items
    return page.render(
        "found-group.html",
        status=status,
        is_private=True,
        form=form,
        where=where,
        alike=alike or [],
        parents=[each for each in mine if each.my_role == "steward" and each.parent_id is None],
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


async def _called_alike(page: Page, name: str) -> list[GroupInBrief]:
    """Return the groups whose names are so near to *name* that the same may be meant, the nearest first."""
    wanted = _folded(name)
    words = sorted({word for word in re.findall(r"\w{4,}", name.lower()) if _folded(word) not in _SMALL_WORDS}, key=len)
    asker = page.member().id
    asked = [name.lower()[:100], *(word[:100] for word in words[-_WORDS_MAX:])]
    answers = await asyncio.gather(*(page.ask(GroupDirectory(asker=asker, words=each, limit=30)) for each in asked))
    found = {group.group_id: group for answer in answers for group in answer.items}
    near = ((SequenceMatcher(None, wanted, _folded(group.name)).ratio(), group) for group in found.values())
    likest = sorted((each for each in near if each[0] >= _ALIKE), key=lambda each: -each[0])
    return [group for _, group in likest[:_ALIKE_MAX]]


def _folded(name: str) -> str:
    """Return *name* without accents, capitals and signs."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain))


@router.get("/g/{group_id}/reglages")
async def settings_form(page: PageDep, group_id: UUID) -> Response:
    """Show what the group says of itself, to be changed by its stewards."""
    group = await _for_stewards(page, group_id)
    begun = Form({"name": group.name, "purpose": group.purpose, "admission": group.admission})
    return _settings_page(page, group, begun, PlaceField.showing(group.place))


@router.post("/g/{group_id}/reglages")
async def settings(page: PageDep, group_id: UUID) -> Response:
    """Describe the group anew."""
    form = await page.form()
    group = await _for_stewards(page, group_id)
    where = await place_in(form, page, kept=group.place)
    values: dict[str, Any] = {name: form.get(name) for name in ("name", "purpose", "admission")}
    command = form.make(ChangeGroup, Sentences(page.words), group_id=group_id, place=where.place, **values)
    if command and form.is_good:
        try:
            await page.do(command)
            return page.redirect(f"/g/{group_id}")
        except Problem as problem:
            form.refuse(problem)
    return _settings_page(page, group, form, where, status=422)


async def _for_stewards(page: Page, group_id: UUID) -> GroupView:
    """
    Return the group.

    Raises:
        NotAllowed: Who asks is no steward of it.
    """
    group = await page.ask(GroupOf(group_id=group_id, asker=page.member().id))
    if group.my_role != "steward":
        raise NotAllowed("Only stewards of the group may change what it says of itself.")
    return group


def _settings_page(page: Page, group: GroupView, form: Form, where: PlaceField, *, status: int = 200) -> Response:
    return page.render(
        "group-settings.html",
        status=status,
        is_private=True,
        group=group,
        form=form,
        where=where,
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )
