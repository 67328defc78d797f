"""What makes the pages an application on a phone: its manifest, its reading without a network, and for whom it is."""

import hashlib

import orjson
from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from gateway.routers.live import PlaceInLogs, stream_to
from gateway.web.assets import Assets
from gateway.web.page import PageDep
from gateway.web.render import SHELL
from gateway.web.words import Words, languages, words_of

router = APIRouter()

_GREEN, _PAPER = "#0c5a41", "#f4f6f2"
_FRESH = {"Cache-Control": "no-cache"}

_ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /log/
Disallow: /chercher
Disallow: /connexion
Disallow: /creer
Disallow: /inscription
Disallow: /reglages
Disallow: /t/
Disallow: /v/
"""


@router.get("/manifest.webmanifest")
async def manifest(page: PageDep) -> Response:
    """Say how the node stands on a phone's home screen (W3C, Web Application Manifest)."""
    assets, words = _assets(page.request), page.words
    body = {
        "id": "/",
        "name": f"Plaanet {page.request.app.state.settings.node_name}",
        "short_name": "Plaanet",
        "description": words("Un réseau social local, libre et sans publicité, pour s’organiser et décider ensemble."),
        "lang": words.language,
        "dir": "rtl" if words.is_right_to_left else "ltr",
        "start_url": "/autour",
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _GREEN,
        "icons": [
            {"src": assets.url("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": assets.url("icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": assets.url("icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": assets.url("icon-mask.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
        "shortcuts": [
            {"name": words("Autour de moi"), "url": "/autour"},
            {"name": words("Votes"), "url": "/votes"},
            {"name": words("Créer"), "url": "/creer"},
        ],
        "share_target": {
            "action": "/creer",
            "method": "GET",
            "params": {"title": "titre", "text": "texte", "url": "lien"},
        },
    }
    headers = _FRESH | {"Vary": "Cookie, Accept-Language"}
    return Response(orjson.dumps(body), headers=headers, media_type="application/manifest+json")


@router.get("/sw.js")
async def service_worker(request: Request) -> Response:
    """Hand out the script that keeps what was read; it is another as soon as the shell is."""
    assets = _assets(request)
    shell = [assets.url(name) for name in (*SHELL, "kept.js", "icon.svg")]
    script = assets.text("sw.js")
    words = {language: _said(words_of(language)) for language in languages()}
    version = hashlib.sha256("".join([*shell, script]).encode()).hexdigest()[:12]
    own = orjson.dumps({"shell": shell, "words": words, "version": version}).decode()
    return Response(f"self.plaanet={own};\n{script}", headers=_FRESH, media_type="text/javascript")


def _said(words: Words) -> dict[str, str]:
    """Return what stands above a page that was kept; a page's own typography does not reach there."""
    return {
        "today": words.typeset(
            words(
                "<b>Pas de réseau.</b> Voici ce que vous avez déjà lu, tel qu’il était à %(clock)s. Rien ne s’envoie"
                " sans réseau, et aucun bulletin n’attend dans le téléphone."
            )
        ),
        "before": words.typeset(
            words(
                "<b>Pas de réseau.</b> Voici ce que vous avez déjà lu, tel qu’il était %(day)s à %(clock)s. Rien ne"
                " s’envoie sans réseau, et aucun bulletin n’attend dans le téléphone."
            )
        ),
    }


@router.get("/live")
async def live(page: PageDep, request: Request, last_event_id: PlaceInLogs = None) -> Response:
    """Tell a page's script that something happened, by the rules of the API's stream; who asks, the cookie says."""
    response = await stream_to(request, page.services, page.actor, None, last_event_id)
    page.session.put_on(response)
    return response


@router.get("/hors-ligne")
async def offline(page: PageDep) -> Response:
    """Say that there is no network, and what was kept; this is shown where a page was not."""
    return page.render("offline.html")


@router.get("/robots.txt")
async def robots() -> Response:
    """Let search engines find groups, places and gatherings, and leave votes and forms alone."""
    return PlainTextResponse(_ROBOTS, headers={"Cache-Control": "public, max-age=86400"})


def _assets(request: Request) -> Assets:
    found: Assets = request.app.state.renderer.assets
    return found
