"""One's account and this browser: what is known, where one is signed in, how pages look, and the way out."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from gateway.routers.identity import OwnData
from gateway.web.forms import Form, Sentences
from gateway.web.page import Page, PageDep
from gateway.web.pages.entry import limit_attempts
from gateway.web.place_field import PlaceField, place_in
from gateway.web.refusals import told
from gateway.web.whereabouts import Spot, cell_of
from gateway.web.words import languages
from libs.contracts.events import EventsDataOf
from libs.contracts.geo import PlaceAt
from libs.contracts.governance import GovernanceDataOf
from libs.contracts.groups import GroupsDataOf
from libs.contracts.identity import (
    AccountOf,
    ChangePassword,
    EndSessions,
    EraseMember,
    IdentityDataOf,
    SessionsOf,
)
from libs.contracts.place import Place
from libs.errors import Problem

router = APIRouter()

THEMES: Final = ("light", "dark")
TEXT_SIZES: Final = ("large", "larger")
_DONE: Final = ("lieu", "affichage", "appareils", "mot-de-passe")


@router.get("/reglages")
async def settings(page: PageDep) -> Response:
    """Show what can be set; a stranger may set what is this browser's."""
    return await _settings_page(page, Form())


async def _settings_page(page: Page, form: Form, where: PlaceField | None = None, *, status: int = 200) -> Response:
    account = sessions = None
    if page.actor:
        account = await page.ask(AccountOf(asker=page.actor.id))
        sessions = (await page.ask(SessionsOf(asker=page.actor.id, current=page.actor.session_id))).sessions
    here = Spot.kept(page.session.place)
    done = page.request.query_params.get("fait")
    return page.render(
        "settings.html",
        status=status,
        is_private=True,
        form=form,
        account=account,
        sessions=sessions,
        here=here,
        precision=form.get("precision") or precision_of(here),
        where=where or PlaceField.showing(_as_place(here)),
        done=done if done in _DONE else None,
        refusal=told(form.refusal, page.words) if form.refusal else None,
        now=datetime.now(UTC),
    )


@router.post("/reglages/lieu")
async def set_place(page: PageDep) -> Response:
    """Keep in this browser where one looks around from, as exactly as one likes; no service is told."""
    form = await page.form()
    if form.get("precision") == "none":
        page.change(place=None)
        return page.redirect("/reglages?fait=lieu#lieu-h")
    before = Spot.kept(page.session.place)
    point = _point(form)
    where = PlaceField.showing(_as_place(before)) if point else await place_in(form, page, kept=_as_place(before))
    spot = await _spot(form, page, where.place, point or _exact(before))
    if spot and form.is_good:
        page.change(place=spot.keep())
        return page.redirect("/reglages?fait=lieu#lieu-h")
    return await _settings_page(page, form, where, status=422)


async def _spot(form: Form, page: Page, place: Place | None, point: tuple[float, float] | None) -> Spot | None:
    """Return where *form* means, as exactly as it says; what is missing is said there."""
    match form.get("precision"):
        case "commune" if place:
            return Spot(place.name, place.latitude, place.longitude, place.gazetteer_id)
        case "commune" if not point:
            form.fault("lieu", page.words("Dites d’abord dans quelle commune."))
        case "commune" | "rounded" | "exact" as precision if point:
            return await _spot_at(form, page, point, precision)
        case "rounded" | "exact":
            form.fault("precision", page.words("Appuyez d’abord sur « Me situer » : nous ne savons que la commune."))
        case _:
            form.fault("precision", page.words("Choisissez ce que ce navigateur retient."))
    return None


async def _spot_at(form: Form, page: Page, point: tuple[float, float], precision: str) -> Spot | None:
    try:
        there = await page.ask(PlaceAt(latitude=point[0], longitude=point[1]))
    except (Problem, ValidationError):
        form.fault("precision", page.words("Nous ne connaissons aucun lieu par là. Choisissez votre commune."))
        return None
    if precision == "commune":
        return Spot.of(there)
    if precision == "rounded":
        return Spot(there.name, *cell_of(*point), is_rough=True)
    return Spot(there.name, round(point[0], 5), round(point[1], 5))


def _point(form: Form) -> tuple[float, float] | None:
    """Return the position that the device told, if it was asked to."""
    try:
        return float(form.get("latitude")), float(form.get("longitude"))
    except ValueError:
        return None


def _exact(spot: Spot | None) -> tuple[float, float] | None:
    """Return the point that is kept exactly, for who wants it rounded from now on."""
    return (spot.latitude, spot.longitude) if precision_of(spot) == "exact" and spot else None


def precision_of(spot: Spot | None) -> str:
    """Return how exactly *spot* is kept: "exact", "rounded", "commune"; "none" where nothing is."""
    if spot is None:
        return "none"
    return "rounded" if spot.is_rough else "exact" if spot.place_id is None else "commune"


def _as_place(spot: Spot | None) -> Place | None:
    if spot is None:
        return None
    return Place(name=spot.name, latitude=spot.latitude, longitude=spot.longitude, gazetteer_id=spot.place_id)


@router.post("/reglages/affichage")
async def set_display(page: PageDep) -> Response:
    """Keep in this browser its language, its colours and its size of text."""
    form = await page.form()
    language, theme, size = form.get("language"), form.get("theme"), form.get("text_size")
    page.change(
        language=language if language in languages() else page.session.language,
        theme=theme if theme in THEMES else None,
        text_size=size if size in TEXT_SIZES else None,
    )
    return page.redirect("/reglages?fait=affichage#affichage")


@router.post("/reglages/appareils")
async def end_sessions(page: PageDep) -> Response:
    """Sign out on another device, or on all of them, this one too."""
    form = await page.form()
    actor = page.member()
    if form.has("all"):
        await page.do(EndSessions())
        page.session = page.session.signed_out()
        response = page.redirect("/connexion")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    try:
        ended = UUID(form.get("session_id"))
    except ValueError:
        return page.redirect("/reglages#appareils")
    if ended != actor.session_id:
        await page.do(EndSessions(session_ids=(ended,)))
    return page.redirect("/reglages?fait=appareils#appareils")


@router.get("/reglages/mot-de-passe")
async def password_form(page: PageDep) -> Response:
    """Ask for the password so far, and a new one."""
    page.member()
    return _password_page(page, Form())


@router.post("/reglages/mot-de-passe")
async def change_password(page: PageDep, request: Request) -> Response:
    """Take the new password; every other device is signed out."""
    form = await page.form()
    actor = page.member()
    limit_attempts(request)
    command = form.make(
        ChangePassword,
        Sentences(page.words),
        current=form.get("current"),
        new=form.get("new"),
        session_id=actor.session_id,
    )
    if command:
        try:
            await page.do(command)
            return page.redirect("/reglages?fait=mot-de-passe#appareils")
        except Problem as problem:
            form.refuse(problem)
    return _password_page(page, form, status=422)


def _password_page(page: Page, form: Form, *, status: int = 200) -> Response:
    refusal = told(form.refusal, page.words) if form.refusal else None
    return page.render("password.html", status=status, is_private=True, form=form, refusal=refusal)


@router.get("/reglages/donnees")
async def own_data(page: PageDep) -> Response:
    """Give all that this node knows of the member, as a file."""
    actor = page.member()
    data = OwnData(
        identity=await page.ask(IdentityDataOf(asker=actor.id, current=actor.session_id)),
        groups=await page.ask(GroupsDataOf(member_id=actor.id)),
        events=await page.ask(EventsDataOf(member_id=actor.id)),
        governance=await page.ask(GovernanceDataOf(member_id=actor.id)),
    )
    headers = {"Content-Disposition": 'attachment; filename="plaanet-data.json"', "Cache-Control": "private, no-store"}
    return Response(data.model_dump_json(indent=1), headers=headers, media_type="application/json")


@router.get("/reglages/effacer")
async def erase_form(page: PageDep) -> Response:
    """Say what will be lost and what will stay, and ask for the password."""
    page.member()
    return _erase_page(page, Form())


@router.post("/reglages/effacer")
async def erase(page: PageDep, request: Request) -> Response:
    """Erase the member, and have the browser forget what it kept."""
    form = await page.form()
    page.member()
    limit_attempts(request)
    command = form.make(EraseMember, Sentences(page.words), password=form.get("password"))
    if not form.has("understood"):
        form.fault("understood", page.words("Cochez la case : c’est sans retour."))
    if command and form.is_good:
        try:
            await page.do(command)
            page.session = page.session.signed_out()
            response = page.redirect("/adieu")
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
            return response
        except Problem as problem:
            form.refuse(problem)
    return _erase_page(page, form, status=422)


def _erase_page(page: Page, form: Form, *, status: int = 200) -> Response:
    refusal = told(form.refusal, page.words) if form.refusal else None
    return page.render("erase.html", status=status, is_private=True, form=form, refusal=refusal)


@router.get("/adieu")
async def farewell(page: PageDep) -> Response:
    """Say that the account is erased."""
    return page.render("farewell.html")
