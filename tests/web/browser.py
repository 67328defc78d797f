"""
A browser as people have it, which notes whatever no page of ours may do.

It is Debian's Chromium, driven by playwright; `.ci/run` installs it.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

from gateway.web.session import COOKIE, Session
from tests.journeys.people import Person

MARKS = [pytest.mark.browser, pytest.mark.node, pytest.mark.asyncio(loop_scope="session")]
"""What every file of this room is marked with."""

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PATIENCE_MS = 20_000
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}


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

    def options(self, playwright: Playwright) -> dict[str, Any]:
        """What playwright makes a context of."""
        device = DESKTOP if self.device == "desktop" else dict(playwright.devices[self.device])
        if self.width:
            device["viewport"] = {"width": self.width, "height": 844}
        return {
            **device,
            "color_scheme": self.theme,
            "locale": self.language,
            "java_script_enabled": self.has_scripts,
            "reduced_motion": "reduce",
        }


PHONE = Look()
WIDE = Look(device="desktop")
LOOKS = [look.but(theme=theme) for look in (PHONE, WIDE) for theme in ("light", "dark")]


@dataclass
class Faults:
    """What happened in a browser that must not: errors, forbidden scripts or styles, requests to somebody else."""

    host: str
    found: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
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
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.found.append(f"request to somebody else: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")


class Browsing:
    """One browser of one person at one node."""

    def __init__(self, context: BrowserContext, page: Page, faults: Faults, url: str) -> None:
        self.context = context
        self.page = page
        self.faults = faults
        self.url = url

    async def go(self, path: str, *, expect: int = 200) -> Response:
        """Go to a page of the node."""
        if expect >= 400:
            self.faults.expected.add(expect)
        response = await self.page.goto(f"{self.url}{path}")
        assert response is not None
        assert response.status == expect, f"{path}: {response.status}"
        assert urlsplit(response.url).path == urlsplit(path).path, f"{path} leads to {response.url}"
        return response

    async def overflow(self) -> int:
        """How many pixels of the page lie beyond the side of the screen."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(script))


async def soon_true(browsing: Browsing, script: str, *, timeout_s: float = PATIENCE_MS / 1000) -> None:
    """Wait until *script* is true in the page, whose own rules let no script be made of a text there."""
    deadline = time.monotonic() + timeout_s
    while not await browsing.page.evaluate(script):
        assert time.monotonic() < deadline, f"Not true after {timeout_s} s: {script}"
        await asyncio.sleep(0.1)


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
            yield Browsing(context, await context.new_page(), faults, self._url)
        finally:
            await context.close()
        if checks:
            assert not faults.found, "\n".join(faults.found)


def _cookie(url: str, person: Person) -> Any:
    access = str(person.http.headers["Authorization"]).removeprefix("Bearer ")
    value = Session(access=access, refresh=person.refresh_token).encode()
    return {"name": COOKIE, "value": value, "url": url.replace("http://", "https://"), "secure": True, "httpOnly": True}
