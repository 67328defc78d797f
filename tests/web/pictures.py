"""
The pictures of the pages in `docs/pictures`: `python -m tests.web.pictures [FOLDER]`, with Debian's Chromium.

A node is started and the invented town of `libs/node/bench/crest.py` settles on it; then its pages are looked at as
one of its people sees them.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from gateway.web.session import COOKIE
from libs.node.bench import SETTINGS
from libs.node.bench import crest_told as told
from libs.node.bench.crest import Crest
from libs.node.embedded import EmbeddedNode
from libs.node.process import ROOT

PATIENCE_MS = 60_000
PHONE: dict[str, Any] = {"viewport": {"width": 412, "height": 870}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1180, "height": 800}}


class Look(NamedTuple):
    """One picture: its name, the page, and how it is looked at."""

    name: str
    path: str
    is_wide: bool = False
    is_dark: bool = False
    language: str = "fr-FR"
    is_stranger: bool = False


def looks(town: Crest) -> list[Look]:
    """Return every picture but those of what somebody does."""
    feed, poll = f"/g/{town.groups[told.SAUPONT]}", f"/v/{town.polls[told.SCIERIE]}"
    result = f"/v/{town.polls[told.FETE]}/resultat"
    return [
        Look("landing", "/", is_stranger=True),
        Look("around", "/autour"),
        Look("map-dark", "/carte", is_wide=True, is_dark=True),
        Look("feed", feed),
        Look("feed-wide-dark", feed, is_wide=True, is_dark=True),
        Look("vote", poll),
        Look("result", result),
        Look("result-english", f"{result}?lang=en", is_wide=True, language="en-GB"),
        Look("gathering", f"/r/{town.gatherings['Soupe partagée']}"),
    ]


def take(town: Crest, cookie: str, folder: Path) -> None:
    """Look at the pages of *town* as whom *cookie* names, and put the pictures into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for look in looks(town):
            with _opened(browser, town.url, look, cookie) as page:
                _kept(page, folder, look.name)
        _vote_and_recount(browser, town, cookie, folder)
        browser.close()


def _vote_and_recount(browser: Browser, town: Crest, cookie: str, folder: Path) -> None:
    poll, decided = town.polls[told.HALLE], town.polls[told.PROJETS]
    with _opened(browser, town.url, Look("receipt", f"/v/{poll}"), cookie) as page:
        page.locator("input[name=choix]").first.check(force=True)
        page.locator("button.big[type=submit], form button.btn.big").first.click()
        page.wait_for_url("**/recu", timeout=PATIENCE_MS)
        page.evaluate("document.fonts.ready.then(() => null)")
        _kept(page, folder, "receipt")
    with _opened(browser, town.url, Look("recount", f"/v/{decided}/verification"), cookie) as page:
        page.locator('[data-part="go"]').click()
        page.locator("[data-state]").first.wait_for(timeout=PATIENCE_MS)
        page.evaluate("scrollTo(0, 0)")
        _kept(page, folder, "recount")


@contextmanager
def _opened(browser: Browser, url: str, look: Look, cookie: str) -> Iterator[Page]:
    context = browser.new_context(
        **(DESKTOP if look.is_wide else PHONE),
        color_scheme="dark" if look.is_dark else "light",
        locale=look.language,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    if not look.is_stranger:
        value = cookie.partition("=")[2]
        https = url.replace("http://", "https://")
        context.add_cookies([{"name": COOKIE, "value": value, "url": https, "secure": True, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{url}{look.path}")
    if look.path == "/carte":
        page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => null)")
    try:
        yield page
    finally:
        context.close()


def _kept(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png")


def main() -> None:
    """Start a node, have the town settle, and take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    with (
        tempfile.TemporaryDirectory(prefix="plaanet-pictures-") as place,
        EmbeddedNode(Path(place) / "node", settings=SETTINGS) as node,
    ):
        town = Crest(node.url).settle()
        take(town, town.cookie(told.NADIA), folder)
        town.close()


if __name__ == "__main__":
    main()
