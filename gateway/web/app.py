"""
The pages of a node: everything that is not its API, its log or its health.

They are an application of their own within the gateway, so that what fails is told on a page to a person, and as a
problem document to a program.
"""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import problems
from gateway.observed import UNOBSERVED
from gateway.services import Services
from gateway.web import pages
from gateway.web.assets import Assets
from gateway.web.page import Page
from gateway.web.refusals import refusal
from gateway.web.render import Renderer
from gateway.web.session import COOKIE, Session, remembered, session_of
from libs.errors import NotSignedIn, Problem

# Styles in attributes are lengths and places that only the data knows; they are never a script's way in.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Referrer-Policy": "same-origin",
}

log = logging.getLogger(__name__)


def create_pages(node_name: str) -> FastAPI:
    """Return the application; who mounts it gives it the gateway's own state."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=UNOBSERVED)
    app.state.renderer = Renderer(Assets(), node_name)
    pages.add_to(app)
    app.mount("/assets", app.state.renderer.assets)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(_Headed)
    for kind, answer in (
        (Problem, _on_problem),
        (RequestValidationError, _on_invalid),
        (HTTPException, _on_http),
        (Exception, _on_failure),
    ):
        app.add_exception_handler(kind, answer)
    return app


class _Headed:
    """Puts the headers of every page on whatever is answered; a plain layer, which costs a page next to nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)


def _headed(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return await error_page(request, problem)


async def _on_invalid(request: Request, _: Exception) -> Response:
    """An address that is none, such as one with half an id in it, is nothing for whoever typed it."""
    return await _told(request, 404, "NotFound")


async def _on_http(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    kind = {404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge"}.get(fault.status_code, "Problem")
    return await _told(request, fault.status_code, kind)


async def _on_failure(request: Request, fault: Exception) -> Response:
    log.error("failed", exc_info=fault)
    # What fails is answered outside of every middleware; without the headers the page would have no style.
    return _headed(await _told(request, 500, "Failed"))


async def error_page(request: Request, problem: Problem) -> Response:
    """Tell a person what is the case: a stranger who has to sign in goes there, and comes back."""
    status, kind, _ = problems.of(problem)
    if isinstance(problem, NotSignedIn) and request.method == "GET":
        way_back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/connexion?vers={quote(way_back, safe='')}", 303)
    return await _told(request, status, kind)


async def border_page(request: Request, problem: Problem) -> Response:
    """Tell a person why their request was let in no further; no service is asked for it, not even who they are."""
    status, kind, _ = problems.of(problem)
    return _headed(_page_of(Page(request, remembered(request.cookies.get(COOKIE)), _services(request)), status, kind))


async def _told(request: Request, status: int, kind: str) -> Response:
    return _page_of(Page(request, await _known(request), _services(request)), status, kind)


def _page_of(page: Page, status: int, kind: str) -> Response:
    sentence = refusal(kind, status, page.words)
    response = page.render("error.html", status=status, kind=kind, sentence=sentence)
    if status in (429, 503):
        response.headers["Retry-After"] = "2"
    return response


def _services(request: Request) -> Services:
    state = request.app.state
    return Services(getattr(state, "client", None), state.standing, timeout_s=1.0)  # type: ignore[arg-type]


async def _known(request: Request) -> Session:
    """Return who the page is for; where even that cannot be told, what the cookie says, so that it stays."""
    state, cookie = request.app.state, request.cookies.get(COOKIE)
    try:
        return await session_of(cookie, state.tokens, state.standing, _services(request))
    except Exception:  # noqa: BLE001 - a page that tells of a fault must not fail for another
        return remembered(cookie)
