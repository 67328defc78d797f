"""
A browser as people have it, which notes whatever no page of ours may do.

It is Debian's Chromium, driven by playwright; `.ci/run` installs it. Nothing here waits for a time, but for
what somebody would see, hear or get.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    expect,
)

from gateway.web.session import COOKIE, Session
from gateway.web.words import Words, words_of
from tests.journeys.people import Person

MARKS = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
"""What every file of this room is marked with."""

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
ARGUMENTS += ["--enable-unsafe-swiftshader"]  # the moving map is drawn where there is no graphics card, too
PATIENCE_MS = 30_000
"""How long what has to come may take; a machine under load is slow."""

MAP_PATIENCE_S = 120.0
"""A map that is drawn without a graphics card takes a processor to itself for a while."""

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
TEST_PLACE = {"latitude": 44.7289, "longitude": 5.0227}
"""Where every device believes to be, once it is allowed to tell: Crest."""

Role = Literal[
    "alert", "button", "checkbox", "combobox", "heading", "link", "radio", "status", "textbox", "group", "navigation"
]

_IS_ALIVE = "() => [...document.querySelectorAll('[data-island]')].every(e => 'alive' in e.dataset)"
_IS_DRAWN = """() => innerWidth < 960 || [...document.querySelectorAll('[data-island=map][data-soon] .map-in')].every(
  e => e.hidden)"""

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Look:
    """How somebody looks at pages; by default on a Pixel 7, by day, in French, with scripts."""

    device: str = "Pixel 7"
    theme: str = "light"
    language: str = "fr-FR"
    has_scripts: bool = True
    width: int | None = None
    """In CSS pixels, where it is another than the device's."""

    def but(self, **changed: Any) -> "Look":
        """The same, changed."""
        return replace(self, **changed)

    @property
    def words(self) -> Words:
        """What pages say to who looks so."""
        return words_of(self.language[:2])

    def options(self, playwright: Playwright) -> dict[str, Any]:
        """What playwright makes a context of."""
        device = DESKTOP if self.device == "desktop" else dict(playwright.devices[self.device])
        if self.width:
            device["viewport"] = {"width": self.width, "height": 844}
        return {
            **device,
            "color_scheme": self.theme,
            "geolocation": TEST_PLACE,
            "locale": self.language,
            "java_script_enabled": self.has_scripts,
            "reduced_motion": "reduce",
        }

    def __str__(self) -> str:
        parts = ("phone" if self.device == "Pixel 7" else self.device, self.language[:2])
        return "-".join((*parts, *([] if self.has_scripts else ["no scripts"])))


PHONE = Look()
PLAIN = Look(has_scripts=False)
WIDE = Look(device="desktop")
ENGLISH = WIDE.but(language="en-GB")


@dataclass
class Faults:
    """What happened in a browser that must not: errors, forbidden scripts or styles, requests to somebody else."""

    host: str
    found: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """The addresses of forms that went out."""
    expected: set[int] = field(default_factory=set)
    """Statuses that the test asks for; the console calls them errors."""

    def watch(self, context: BrowserContext) -> None:
        """Note what happens in *context* from here on."""
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        is_of_status = "Failed to load resource" in message.text
        if message.type == "error" and not is_of_status:
            self.found.append(f"console: {message.text} ({message.location.get('url')})")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)
        if request.method != "GET":
            self.sent.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.found.append(f"request to somebody else: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")


class Browsing:
    """One browser of one person at one node."""

    def __init__(self, context: BrowserContext, page: Page, faults: Faults, url: str, look: Look) -> None:
        self.context = context
        self.page = page
        self.faults = faults
        self.url = url
        self.look = look

    @property
    def path(self) -> str:
        """Where one is: the page's address, without the node's."""
        return urlsplit(self.page.url).path

    async def go(self, path: str, *, expect: int = 200) -> Response:
        """Go to a page of the node."""
        if expect >= 400:
            self.faults.expected.add(expect)
        response = await self.page.goto(f"{self.url}{path}")
        assert response is not None
        assert response.status == expect, f"{path}: {response.status}"
        assert urlsplit(response.url).path == urlsplit(path).path, f"{path} leads to {response.url}"
        return response

    async def alive(self) -> None:
        """Wait until every script that the page asks for is at work, and its map is drawn."""
        if self.look.has_scripts:
            await soon_true(self, _IS_ALIVE)
            await soon_true(self, _IS_DRAWN, timeout_s=MAP_PATIENCE_S)

    def say(self, french: str, **values: object) -> str:
        """What the pages say for *french* in the language of who looks."""
        return self.look.words(french, **values)

    def named(self, role: Role, french: str, *, within: Locator | None = None) -> Locator:
        """What is of *role* for who listens to the page, and bears this name in its language."""
        return (within or self.page).get_by_role(role, name=self.say(french), exact=True)

    def field(self, french: str, *, exact: bool = False) -> Locator:
        """The field of this label, which may say more behind it unless it is *exact*."""
        return self.page.get_by_label(self.say(french), exact=exact)

    def text(self, french: str, **values: object) -> Locator:
        """Where the page says so."""
        return self.page.get_by_text(self.say(french, **values))

    async def follow(self, french: str, *, within: Locator | None = None) -> None:
        """Follow the first link of this name."""
        await self.named("link", french, within=within).first.click()

    async def press(self, french: str, *, within: Locator | None = None) -> None:
        """Press the first button of this name."""
        await self.named("button", french, within=within).first.click()

    async def arrives(self, pattern: str) -> None:
        """Wait until one has come to an address like *pattern*."""
        await self.page.wait_for_url(pattern)
        await expect(self.page.locator("h1").first).to_be_attached()

    async def sees(self, french: str, **values: object) -> None:
        """Wait until the page says so, to be seen."""
        await expect(self.text(french, **values).first).to_be_visible()

    async def overflow(self) -> int:
        """How many pixels of the page lie beyond the side of the screen."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(script))


async def soon_true(browsing: Browsing, script: str, *, timeout_s: float = PATIENCE_MS / 1000) -> None:
    """Wait until *script* is true in the page, whose own rules let no script be made of a text there."""
    deadline = time.monotonic() + timeout_s
    while not await browsing.page.evaluate(script):
        assert time.monotonic() < deadline, f"Not true after {timeout_s} s: {script}"
        await asyncio.sleep(0.02)


class Chromium:
    """The browser, from which everybody gets a window of their own."""

    def __init__(self, playwright: Playwright, browser: Browser, url: str) -> None:
        self._playwright = playwright
        self._browser = browser
        self._url = url

    @asynccontextmanager
    async def opened(
        self, look: Look = PHONE, *, person: Person | None = None, script: str | None = None, checks: bool = True
    ) -> AsyncIterator[Browsing]:
        """
        Open a window for *person*, a stranger by default; at its end nothing may have happened that must not.

        *script* runs in every page before its own.
        """
        context = await self._browser.new_context(**look.options(self._playwright))
        context.set_default_timeout(PATIENCE_MS)
        faults = Faults(urlsplit(self._url).netloc)
        faults.watch(context)
        if person:
            await context.add_cookies([_cookie(self._url, person)])
        if script:
            await context.add_init_script(script)
        try:
            yield Browsing(context, await context.new_page(), faults, self._url, look)
        finally:
            await context.close()
        if checks:
            assert not faults.found, "\n".join(faults.found)


def _cookie(url: str, person: Person) -> Any:
    access = str(person.http.headers["Authorization"]).removeprefix("Bearer ")
    value = Session(access=access, refresh=person.refresh_token).encode()
    return {"name": COOKIE, "value": value, "url": url.replace("http://", "https://"), "secure": True, "httpOnly": True}
