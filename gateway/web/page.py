"""
One request for a page: who asks, what they may be shown, and what they get.

A page asks the same questions and gives the same commands as the API, through the same `Services`; there is no second
set of rules. It has one function in `pages/`, which asks, and one template.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.actor import ActorInfo
from gateway.services import Services, ServicesDep
from gateway.web.forms import Form
from gateway.web.render import Renderer
from gateway.web.session import COOKIE, Session, session_of
from gateway.web.words import Words, languages, preferred, words_of
from libs.contracts.base import Command, Query, Receipt, View
from libs.errors import NotAllowed, NotSignedIn

ViewT = TypeVar("ViewT", bound=View)
_PRIVATE = "private, no-store"


class NotFromHere(NotAllowed):
    """A form was sent from another site, or by nobody who had it open."""


class Page:
    """A request for a page."""

    def __init__(self, request: Request, session: Session, services: Services) -> None:
        self.request = request
        self.session = session
        self.services = services
        self.words: Words = words_of(_language(request, session))

    @property
    def actor(self) -> ActorInfo | None:
        """Who asks; None for a stranger."""
        return self.session.actor

    def member(self) -> ActorInfo:
        """
        Return who asks.

        Raises:
            NotSignedIn: A stranger asks; they are sent to sign in, and come back here.
        """
        if self.session.actor is None:
            raise NotSignedIn(self.words("Connectez-vous d’abord."))
        return self.session.actor

    async def ask(self, query: Query[ViewT]) -> ViewT:
        """Return the answer of a service, as fresh as what this browser wrote."""
        return await self.services.ask(query)

    async def do(self, command: Command, *, once: str | None = None) -> Receipt:
        """
        Have a command carried out in the name of who asks, and remember how far they wrote.

        A form that founds something bears a word of its own, *once*: sent twice, it founds one thing.
        """
        services = self.services.once(once) if once else self.services
        receipt = await services.do(command, actor=self.session.actor)
        self.session = self.session.wrote(receipt)
        self.services = self.services.as_fresh_as(self.session.at_least)
        return receipt

    async def form(self) -> Form:
        """
        Return the form that was sent.

        Raises:
            NotFromHere: It was not sent by a page of this node, to the one who had it open.
        """
        check_origin(self.request)
        form = await Form.of(self.request)
        if not self.session.is_csrf_token(form.get("csrf")):
            raise NotFromHere("The form was opened in another session.")
        return form

    def render(self, template: str, *, status: int = 200, is_private: bool = False, **context: Any) -> HTMLResponse:
        """
        Return the page that *template* makes of *context*.

        One that *is_private* (mail, ballots, settings, forms) is kept by no cache, on this device neither.
        """
        renderer: Renderer = self.request.app.state.renderer
        html = renderer.page(template, self.words, self._shared() | {"status": status} | context)
        response = HTMLResponse(html, status, headers={"Vary": "Cookie, Accept-Language"})
        if is_private or status != 200:
            response.headers["Cache-Control"] = _PRIVATE
        self.session.put_on(response)
        return response

    def part(self, template: str, block: str, **context: Any) -> HTMLResponse:
        """Return one block of a template alone."""
        renderer: Renderer = self.request.app.state.renderer
        html = renderer.part(template, block, self.words, self._shared() | context)
        response = HTMLResponse(html, headers={"Vary": "Cookie, Accept-Language", "Cache-Control": _PRIVATE})
        self.session.put_on(response)
        return response

    def redirect(self, path: str) -> Response:
        """Send the browser to another page of this node, after what it sent was done."""
        response = RedirectResponse(path, 303)
        self.session.put_on(response)
        return response

    def change(self, **changes: Any) -> None:
        """Change what the cookie holds; the answer sets it."""
        self.session = replace(self.session, **changes)
        if "language" in changes:
            self.words = words_of(_language(self.request, self.session))

    def _shared(self) -> dict[str, Any]:
        return {
            "page": self,
            "path": self.request.url.path,
            "me": self.actor,
            "csrf": self.session.csrf_token(),
            "owner": sha256(self.actor.id.bytes).hexdigest()[:16] if self.actor else "",
            "theme": self.session.theme,
            "text_size": self.session.text_size,
            "languages": languages(),
            "_page_strings": {},
        }


def _language(request: Request, session: Session) -> str:
    asked = request.query_params.get("lang") or session.language
    return asked if asked in languages() else preferred(request.headers.get("accept-language", ""))


def check_origin(request: Request) -> None:
    """
    Raises:
        NotFromHere: The browser says that another site sent this, or does not say where it comes from.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    if site not in (None, "same-origin") or (origin is not None and urlsplit(origin).netloc != own):
        raise NotFromHere("The form was sent by another site.")
    if site is None and origin is None:
        raise NotFromHere("The browser does not say where the form comes from.")


def way_back(request: Request, values: Mapping[str, str], *, default: str) -> str:
    """Return the page of this node that `vers` names, else *default*: never another site's."""
    path = values.get("vers") or request.query_params.get("vers") or ""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 500
    return path if is_own else default


AtLeast = Annotated[
    str | None, Header(alias="Plaanet-At-Least", max_length=300, pattern=r"^[a-z]+:\d{1,15}(,[a-z]+:\d{1,15})*$")
]
"""How far a log had come when a page's script heard of something new, and asks for the part of the page again."""


async def _page(request: Request, services: ServicesDep, heard_of: AtLeast = None) -> Page:
    state = request.app.state
    session = await session_of(request.cookies.get(COOKIE), state.tokens, state.standing, services)
    heard = tuple(heard_of.split(",")) if heard_of else ()
    return Page(request, session, services.as_fresh_as((*session.at_least, *heard)))


PageDep = Annotated[Page, Depends(_page)]
"""The page, for a route."""
