"""One's own account and browser: the language, the colours, one's devices, the way out, and erasing oneself."""

import time

import pytest
from playwright.async_api import expect

from tests.journeys.people import PASSWORD, Person, found_group
from tests.web.browser import ENGLISH, MARKS, PATIENCE_MS, PHONE, PLAIN, Browsing, Chromium, Look

pytestmark = MARKS

in_every_look = pytest.mark.parametrize("look", [PHONE, ENGLISH, PLAIN], ids=str)


async def language(browsing: Browsing) -> str | None:
    """What the page says it is written in."""
    return await browsing.page.locator("html").get_attribute("lang")


@pytest.mark.parametrize("look", [PHONE, PLAIN], ids=str)
async def test_the_language_is_chosen(chromium: Chromium, look: Look) -> None:
    """Each page can be read in the other language; once chosen in the settings, every page is, without an account."""
    async with chromium.opened(look) as browsing:
        await browsing.go("/manifeste")
        await browsing.page.get_by_role("link", name="English").click()
        await browsing.page.wait_for_url("**/manifeste?lang=en")
        assert await language(browsing) == "en"

        await browsing.go("/reglages")
        await browsing.page.get_by_text("English", exact=True).first.click()
        await browsing.page.get_by_text("Sombre", exact=True).click()
        await browsing.press("Changer l’affichage")
        await browsing.page.get_by_role("status").filter(has_text="Changed").wait_for()
        await browsing.go("/groupes")
        assert await language(browsing) == "en"
        assert await browsing.page.locator("html").get_attribute("data-theme") == "dark"


@in_every_look
async def test_going_and_coming_back(chromium: Chromium, newcomer: Person, look: Look) -> None:
    """Signing out leaves nothing to be gone back to; signing in leads to where one was going."""
    async with chromium.opened(look, person=newcomer) as browsing:
        await browsing.go("/reglages")
        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text(newcomer.handle)
        await browsing.press("Me déconnecter ici")
        await browsing.page.wait_for_url(f"{browsing.url}/")
        await browsing.page.go_back()
        await expect(browsing.page.locator("body")).not_to_contain_text(newcomer.handle)

        await browsing.page.goto(f"{browsing.url}/creer/groupe")
        await browsing.arrives("**/connexion?vers=*")
        await browsing.named("textbox", "Votre nom ici").fill(newcomer.handle)
        await browsing.named("textbox", "Votre mot de passe").fill(PASSWORD)
        await browsing.press("Se connecter")
        await browsing.arrives("**/creer/groupe")


async def test_another_device_is_signed_out(chromium: Chromium, newcomer: Person) -> None:
    """What is left signed in elsewhere is ended from here, and is a stranger's at its next page."""
    async with chromium.opened(PHONE, person=newcomer) as lost:
        await lost.go("/reglages")
        await newcomer.sign_in()
        async with chromium.opened(ENGLISH, person=newcomer) as here:
            await here.go("/reglages")
            await here.page.locator("form[action='/reglages/appareils'] button").first.click()
            await here.sees("Cet appareil est déconnecté.")
        await lost.page.goto(f"{lost.url}/creer/groupe")

        await lost.arrives("**/connexion?vers=*")


@in_every_look
async def test_erasing_oneself(chromium: Chromium, newcomer: Person, neighbour: Person, look: Look) -> None:
    """With a tick and one's password; the name is gone for the others, and the account is none any more."""
    group = await found_group(neighbour)
    joined = await newcomer.put(f"/groups/{group}/members/me", expect=None)
    await neighbour.get(f"/groups/{group}/members", at_least=joined)
    async with chromium.opened(look, person=newcomer) as browsing, chromium.opened(look, person=neighbour) as other:
        await other.go(f"/g/{group}/membres")
        await expect(other.page.locator("main")).to_contain_text(newcomer.handle)

        await browsing.go("/reglages")
        await browsing.follow("Effacer…")
        await browsing.named("checkbox", "J’ai compris : c’est sans retour").check()
        await browsing.named("textbox", "Votre mot de passe").fill(PASSWORD)
        await browsing.press("Effacer mon compte")
        await browsing.arrives("**/adieu")

        browsing.faults.expected.add(422)
        await browsing.go("/connexion")
        await browsing.named("textbox", "Votre nom ici").fill(newcomer.handle)
        await browsing.named("textbox", "Votre mot de passe").fill(PASSWORD)
        await browsing.press("Se connecter")
        await expect(browsing.page.get_by_role("alert")).to_be_visible()
        await says_no_more(other, newcomer.handle)


async def says_no_more(browsing: Browsing, words: str) -> None:
    """Reload the page until it says *words* no more: other parts of a node hear of an erasure a moment later."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while words in await browsing.page.locator("main").inner_text():
        assert time.monotonic() < deadline, f"The page still says {words}."
        await browsing.page.reload()
