"""Coming in and going out: approving the manifesto, an account, a session."""

from fastapi import APIRouter, Request, Response

from gateway.limits import Limit
from gateway.web.forms import Form, Sentences
from gateway.web.page import Page, PageDep, way_back
from gateway.web.refusals import told
from libs.contracts.identity import (
    ApproveManifesto,
    CurrentManifesto,
    EndSessions,
    LogIn,
    SessionTokens,
    SignUp,
)
from libs.errors import NotSignedIn, Problem, TooMany

router = APIRouter()

HOME = "/autour"


@router.get("/inscription")
async def sign_up_form(page: PageDep) -> Response:
    """Ask for a name and a password."""
    return await _sign_up_page(page, Form())


@router.post("/inscription")
async def sign_up(page: PageDep, request: Request) -> Response:
    """Make an account under the manifesto that was read, and sign in with it."""
    form = await page.form()
    limit_attempts(request)
    values = {"handle": form.get("handle"), "password": form.get("password")}
    command = form.make(SignUp, Sentences(page.words), manifesto_sha256=form.get("manifesto_sha256"), **values)
    if not form.has("approved"):
        form.fault("approved", page.words("Lisez le manifeste et approuvez-le d’abord."))
    if command and form.is_good:
        try:
            await page.do(command)
            return await _signed_in(page, LogIn(**values, label=_device(request)), form)
        except Problem as problem:
            form.refuse(problem)
    return await _sign_up_page(page, form, status=422)


async def _sign_up_page(page: Page, form: Form, *, status: int = 200) -> Response:
    manifesto = await page.ask(CurrentManifesto())
    return page.render(
        "sign-up.html",
        status=status,
        is_private=True,
        form=form,
        manifesto=manifesto,
        vers=way_back(page.request, {"vers": form.get("vers")}, default=HOME),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


@router.get("/connexion")
async def sign_in_form(page: PageDep) -> Response:
    """Ask who is there."""
    return _sign_in_page(page, Form())


@router.post("/connexion")
async def sign_in(page: PageDep, request: Request) -> Response:
    """Begin a session in this browser, and go where one was going."""
    form = await page.form()
    limit_attempts(request)
    command = form.make(
        LogIn,
        Sentences(page.words),
        handle=form.get("handle"),
        password=form.get("password"),
        label=_device(request),
    )
    if command:
        try:
            return await _signed_in(page, command, form)
        except Problem as problem:
            form.refuse(problem)
    return _sign_in_page(page, form, status=422)


def _sign_in_page(page: Page, form: Form, *, status: int = 200) -> Response:
    return page.render(
        "sign-in.html",
        status=status,
        is_private=True,
        form=form,
        vers=way_back(page.request, {"vers": form.get("vers")}, default=HOME),
        refusal=told(form.refusal, page.words) if form.refusal else None,
    )


@router.post("/deconnexion")
async def sign_out(page: PageDep) -> Response:
    """End this browser's session, and have the browser forget what it kept of it."""
    await page.form()
    actor = page.member()
    await page.do(EndSessions(session_ids=(actor.session_id,)))
    page.session = page.session.signed_out()
    response = page.redirect("/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/manifeste")
async def approve(page: PageDep, request: Request) -> Response:
    """Approve a manifesto that is newer than the one that the member had approved."""
    form = await page.form()
    page.member()
    await page.do(ApproveManifesto(sha256=form.get("manifesto_sha256")))
    return page.redirect(way_back(request, {"vers": form.get("vers")}, default=HOME))


async def _signed_in(page: Page, command: LogIn, form: Form) -> Response:
    state = page.request.app.state
    tokens = await page.services.do(command, actor=None, answer=SessionTokens)
    try:
        actor = state.standing.check(state.tokens.check(tokens.access_token))
    except NotSignedIn as fault:  # identity's key is newer than what this gateway knows
        raise TooMany("The gateway does not know identity's key yet.") from fault
    page.session = page.session.signed_in(tokens, actor)
    return page.redirect(way_back(page.request, {"vers": form.get("vers")}, default=HOME))


def limit_attempts(request: Request) -> None:
    """
    Let the address that *request* comes from try one password more.

    Raises:
        TooMany: Too many passwords were tried from this address.
    """
    limit: Limit = request.app.state.attempts
    if not limit.lets(request.scope.get("plaanet.address", "unknown")):
        raise TooMany("Too many attempts from this address; wait a moment.")


def _device(request: Request) -> str:
    """Return what to call this browser in the list of sessions: its family and system, nothing finer."""
    agent = request.headers.get("user-agent", "")
    browser = next((name for name in ("Firefox", "Edg", "Chrome", "Safari") if name in agent), "")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in agent), "")
    return f"{browser.replace('Edg', 'Edge') or 'Navigateur'} {system}".strip()
