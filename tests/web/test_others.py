"""What other sites, and whoever has the browser next, can do with a member's pages: nothing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Route as Intercepted
from playwright.async_api import expect
from starlette.routing import Route

from gateway.web.session import Session
from libs.node.embedded import EmbeddedNode
from tests.journeys.people import PASSWORD, Person
from tests.web.addresses import FORMS, NOBODY
from tests.web.browser import MARKS, PHONE, Browsing, Chromium, soon_true
from tests.web.test_headers import browser_of
from tests.web.test_offline import kept, ready
from tests.web.town import Town

pytestmark = MARKS

EVIL = "https://evil.example"
REFUSED = "Ce formulaire vient d’ailleurs"


@asynccontextmanager
async def a_trap(browsing: Browsing, html: str) -> AsyncIterator[None]:
    """Another site, on which a member has come."""

    async def answer(route: Intercepted) -> None:
        await route.fulfill(content_type="text/html", body=f"<!doctype html><title>Gagné !</title>{html}")

    await browsing.context.route(f"{EVIL}/**", answer)
    await browsing.page.goto(f"{EVIL}/")
    yield
    browsing.faults.found = [each for each in browsing.faults.found if EVIL not in each]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.path)
async def test_no_form_is_sent_by_others(node: EmbeddedNode, newcomer: Person, form: Route) -> None:
    """
    Every address that takes a form refuses one that another site sent, or nobody says who, and one without the token of
    the session, or with somebody else's.
    """
    path = f"{form.path.format_map(_Nobodys())}?groupe={NOBODY}"
    own, other = {"Origin": node.url, "Sec-Fetch-Site": "same-origin"}, {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    token, of_a_stranger = await _token_of(newcomer, node.url), Session().csrf_token()
    async with browser_of(newcomer, node.url) as client:
        for headers, sent in ((other, token), ({}, token), (own, ""), (own, of_a_stranger)):
            answer = await client.post(path, data={"csrf": sent}, headers=headers)
            assert (answer.status_code, REFUSED in answer.text) == (403, True), f"{headers} {sent}"
        assert REFUSED not in (await client.post(path, data={"csrf": token}, headers=own)).text


async def _token_of(person: Person, url: str) -> str:
    """What a form of theirs has to bring back."""
    async with browser_of(person, url) as client:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await client.get("/reglages")).text)
    assert found
    return found[1]


class _Nobodys(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return NOBODY


async def test_another_sites_form_is_refused(chromium: Chromium, town: Town) -> None:
    """In the browser: a page elsewhere sends a form by itself; nothing is changed, the member reads why."""
    html = "<form method=post action='URL/reglages/affichage'><input name=theme value=dark></form>"
    html += "<script>document.forms[0].submit()</script>"
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        browsing.faults.expected.add(403)
        async with a_trap(browsing, html.replace("URL", browsing.url)):
            await browsing.page.wait_for_url("**/reglages/affichage")

        await browsing.go("/reglages")
        assert await browsing.page.locator("html").get_attribute("data-theme") is None


async def test_a_page_stands_in_no_frame(chromium: Chromium, town: Town) -> None:
    """Nobody can lay a member's ballot under a button of their own."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        async with a_trap(browsing, f"<iframe name=trap src='{browsing.url}/v/{town.poll}'></iframe>"):
            frame = browsing.page.frame("trap")
            assert frame is not None
            await soon_true(browsing, "frames.length === 1 && document.readyState === 'complete'")
            assert await frame.locator("form").count() == 0
            assert any(url.endswith(town.poll) for url in browsing.faults.requests)
        browsing.faults.found = [each for each in browsing.faults.found if "frame" not in each.lower()]


async def test_the_next_member_finds_nothing_of_the_last(chromium: Chromium, town: Town, newcomer: Person) -> None:
    """On one phone: who signs in after somebody reads nothing of theirs, online, without a network or by going back."""
    async with chromium.opened(PHONE, person=newcomer) as browsing:
        for path in ("/groupes", f"/g/{town.group}", "/groupes"):
            await browsing.go(path)
            await ready(browsing)
        await soon_true(browsing, "caches.open('pages').then(c => c.keys()).then(ks => ks.length > 0)")
        await browsing.go("/reglages")
        await browsing.press("Me déconnecter ici")
        await browsing.page.wait_for_url(f"{browsing.url}/")
        await browsing.go("/connexion")
        await browsing.named("textbox", "Votre nom ici").fill(town.bo.handle)
        await browsing.named("textbox", "Votre mot de passe").fill(PASSWORD)
        await browsing.press("Se connecter")
        await browsing.arrives("**/autour")
        assert "/groupes" not in await kept(browsing)

        await browsing.go("/reglages")
        await expect(browsing.page.locator("h1")).to_have_text(town.bo.handle)
        await expect(browsing.page.locator("body")).not_to_contain_text(newcomer.handle)
        await browsing.context.set_offline(True)
        await browsing.page.goto(f"{browsing.url}/groupes")
        await expect(browsing.page.locator("h1")).to_have_text("Pas de réseau")
