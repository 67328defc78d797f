"""Every address that answers with a page: one row each, with who looks at it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.routing import Match, Route

from gateway.web import pages
from tests.web.town import Town

NOBODY = "98470e21-0000-4000-8000-000000000000"
"""An id that nothing has."""


class Address(NamedTuple):
    """
    A page's *path*, with the town's ids in braces.

    *who* is its reader: "stranger", or "ana" or "bo", who are members of the group (a page that is for anybody is seen
    as a member sees it and as a stranger does). *status* is what it answers.
    """

    path: str
    who: str = "stranger"
    status: int = 200

    def of(self, town: Town) -> str:
        """The address in *town*."""
        return self.path.format_map(vars(town))

    def __str__(self) -> str:
        return f"{self.path} {self.who}"


def _everybody(*paths: str) -> list[Address]:
    return [Address(path, who) for path in paths for who in ("stranger", "bo")]


def _members(*paths: str) -> list[Address]:
    return [Address(path, "ana") for path in paths]


_ALL = [
    Address("/"),
    Address("/inscription"),
    Address("/connexion"),
    Address(f"/g/{NOBODY}", status=404),
    *_everybody("/manifeste", "/autour", "/autour?lieu=Crest", "/carte", "/chercher", "/chercher?q=Crest", "/aide"),
    *_everybody("/hors-ligne", "/noeud", "/groupes", "/votes"),
    *_everybody("/g/{group}", "/g/{group}/charte", "/g/{group}/votes", "/g/{group}/textes", "/l/{page}"),
    *_everybody("/g/{group}/rencontres", "/g/{group}/rencontres?quand=passees", "/groupes?q=gare", "/groupes?q=zzz"),
    *_members("/g/{group}/reglages", "/g/{group}/charte/modele", "/l/{page}/modifier", "/creer?groupe={group}"),
    *_everybody("/r/{gathering}", "/v/{poll}", "/v/{decided}", "/v/{decided}/resultat", "/v/{decided}/verification"),
    *_everybody(
        "/t/{proposal}", "/t/{proposal}/versions", "/t/{proposal}/amendements/{amendment}", "/v/{poll}/resultat"
    ),
    *_members(
        "/t/{proposal}/modifier", "/t/{proposal}/amender", "/v/{decided}/bulletins", "/creer/texte?groupe={group}"
    ),
    *_members("/g/{group}/membres", "/g/{group}/demandes", "/v/{poll}/recu", "/v/{decided}/recu"),
    *_members("/v/{poll}/delegation", "/creer", "/creer/groupe", "/creer/page", "/creer/rencontre", "/creer/vote"),
    *_members("/creer/texte", "/creer/vote?groupe={group}", "/creer/rencontre?groupe={group}", "/reglages"),
    *_members("/r/{gathering}/reponses", "/r/{gathering}/modifier", "/r/{gathering}/annuler"),
    *_members("/reglages/mot-de-passe", "/reglages/effacer"),
    Address("/reglages"),
    Address("/adieu"),
    *_everybody("/autour/lieu", "/v/{poll}/papier"),
    Address("/v/{poll}/liste", "bo"),
    *_members("/g/{group}/delegation", "/v/{poll}/annuler", "/v/{poll}/controle"),
]


def _routes(router: Any) -> Iterator[Route]:
    for route in router.routes:
        if isinstance(route, Route):
            yield route
        else:
            yield from _routes(route.original_router)


ROUTES = [route for route in _routes(pages.router) if "GET" in (route.methods or ())]
"""What answers to GET."""

FORMS = [route for route in _routes(pages.router) if "POST" in (route.methods or ())]
"""What takes a form."""


def pattern(path: str) -> str | None:
    """The route that answers *path* with a page; None where there is none."""
    plain = path.format_map(_Ids()).partition("?")[0]
    scope = {"type": "http", "path": plain, "method": "GET", "root_path": "", "headers": []}
    return next((route.path for route in ROUTES if route.matches(scope)[0] is Match.FULL), None)


class _Ids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return NOBODY


ADDRESSES = [address for address in _ALL if pattern(address.path)]
"""Those that have a page."""

WITHOUT_PAGE = {
    "/around",
    "/map",
    "/search",
    "/v/{poll_id}/recu/fichier",
    "/v/{poll_id}/verification/faits",
    *("/manifest.webmanifest", "/sw.js", "/robots.txt", "/live"),
    *("/r/{gathering_id}/rencontre.ics", "/g/{group_id}/agenda.ics", "/reglages/donnees"),
}
"""Addresses that answer with something else."""
