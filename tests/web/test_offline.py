"""Reading without a network: what was read is there, marked with its hour; nothing is sent, nothing of others stays."""

from tests.web.browser import MARKS, PHONE, WIDE, Browsing, Chromium, soon_true
from tests.web.town import Town

pytestmark = MARKS


async def ready(browsing: Browsing) -> None:
    """Wait until the worker of the pages is at work."""
    await soon_true(browsing, "navigator.serviceWorker.controller !== null")


async def kept(browsing: Browsing) -> list[str]:
    """The addresses of pages that the device keeps."""
    script = "caches.open('pages').then(c => c.keys()).then(ks => ks.map(k => new URL(k.url).pathname))"
    return list(await browsing.page.evaluate(script))


async def test_what_was_read_is_read_again(chromium: Chromium) -> None:
    """With a mark that says since when; where nothing was kept, what was is listed."""
    async with chromium.opened(PHONE) as browsing:
        await browsing.go("/manifeste")
        await ready(browsing)
        await browsing.go("/manifeste")
        await soon_true(browsing, "caches.open('pages').then(c => c.keys()).then(ks => ks.length > 0)")
        await browsing.context.set_offline(True)

        await browsing.page.reload()
        mark = browsing.page.locator(".stale")
        assert "Pas de réseau" in await mark.inner_text()
        assert await browsing.page.locator("h1").inner_text() == "Le manifeste"

        await browsing.page.goto(f"{browsing.url}/noeud")
        assert await browsing.page.locator("h1").inner_text() == "Pas de réseau"
        await browsing.page.locator(".kept a[href='/manifeste']").wait_for()
        assert await browsing.overflow() <= 0


async def test_english_pages_say_it_in_english(chromium: Chromium) -> None:
    """In the language of the page that was kept."""
    async with chromium.opened(WIDE.but(language="en-GB")) as browsing:
        await browsing.go("/manifeste")
        await ready(browsing)
        await browsing.go("/manifeste")
        await soon_true(browsing, "caches.open('pages').then(c => c.keys()).then(ks => ks.length > 0)")
        await browsing.context.set_offline(True)
        await browsing.page.reload()

        assert await browsing.page.locator(".stale").count() == 1
        assert await browsing.page.locator("html").get_attribute("lang") == "en"


async def test_private_pages_are_not_kept(chromium: Chromium, town: Town) -> None:
    """Forms, ballots and settings leave nothing behind, and what is kept goes when one signs out."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await browsing.go("/manifeste")
        await ready(browsing)
        for path in ("/manifeste", "/connexion", "/inscription"):
            await browsing.go(path)
        await soon_true(browsing, "caches.open('pages').then(c => c.keys()).then(ks => ks.length > 0)")

        assert await kept(browsing) == ["/manifeste"]


async def test_nothing_waits_to_be_sent(chromium: Chromium, town: Town) -> None:
    """A form that is sent without a network is not sent later."""
    async with chromium.opened(PHONE) as browsing:
        await browsing.go("/connexion")
        await ready(browsing)
        await browsing.page.fill("#handle", town.bo.handle)
        await browsing.page.fill("#password", "un vélo sous la pluie")
        await browsing.context.set_offline(True)
        async with browsing.context.expect_event("requestfailed", lambda request: request.method == "POST"):
            await browsing.page.click("form.stack-5 button.btn", no_wait_after=True)
        await browsing.context.set_offline(False)
        await browsing.go("/manifeste")
        await ready(browsing)

        assert len(browsing.faults.sent) == 1
        assert await browsing.context.cookies() == []


async def test_who_comes_finds_nothing_of_who_was_here(chromium: Chromium, town: Town) -> None:
    """Signing in on a shared phone begins with an empty memory."""
    async with chromium.opened(PHONE) as browsing:
        await browsing.go("/manifeste")
        await ready(browsing)
        await browsing.go("/manifeste")
        await soon_true(browsing, "caches.open('pages').then(c => c.keys()).then(ks => ks.length > 0)")
        await browsing.go("/connexion")
        await browsing.page.fill("#handle", town.bo.handle)
        await browsing.page.fill("#password", "un vélo sous la pluie")
        await browsing.page.click("form.stack-5 button.btn")
        await browsing.page.wait_for_url("**/autour")

        assert "/manifeste" not in await kept(browsing)
