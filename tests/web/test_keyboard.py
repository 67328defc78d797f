"""Coming in, voting and checking without a mouse or a finger, and without seeing the screen."""

import re
from uuid import uuid4

from playwright.async_api import expect

from tests.journeys.people import PASSWORD, Person, found_group, open_poll
from tests.web.browser import MARKS, WIDE, Browsing, Chromium
from tests.web.town import Town

pytestmark = MARKS

_IS_SEEN = """() => [document.activeElement, document.activeElement.closest('label')].some(
  e => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2)"""


async def focused(browsing: Browsing) -> str:
    """What has the focus: its name for the ear, roughly."""
    script = """() => { const e = document.activeElement;
      return e.labels?.[0]?.innerText ?? e.getAttribute('aria-label') ?? e.innerText ?? ''; }"""
    return str(await browsing.page.evaluate(script)).strip()


async def tab_to(browsing: Browsing, words: str, *, tabs_max: int = 40) -> None:
    """Press Tab until what bears *words* has the focus, which one sees."""
    for _ in range(tabs_max):
        await browsing.page.keyboard.press("Tab")
        if words in await focused(browsing):
            assert await browsing.page.evaluate(_IS_SEEN), f"{words}: the focus is not seen"
            return
    raise AssertionError(f"Tab does not lead to {words}.")


async def test_the_first_tab_leads_past_the_head(chromium: Chromium) -> None:
    """Who listens to a page need not hear its head again each time."""
    async with chromium.opened(WIDE) as browsing:
        await browsing.go("/manifeste")
        await browsing.page.keyboard.press("Tab")
        assert await focused(browsing) == "Aller au contenu"
        await browsing.page.keyboard.press("Enter")

        assert await browsing.page.evaluate("document.activeElement.id") == "contenu"


async def test_signing_up_by_keyboard(chromium: Chromium) -> None:
    """Tab, Space, letters and Enter are enough."""
    async with chromium.opened(WIDE) as browsing:
        await browsing.go("/manifeste")
        await tab_to(browsing, "Continuer")
        await browsing.page.keyboard.press("Enter")
        await browsing.page.wait_for_url("**/inscription")
        await tab_to(browsing, "J’ai lu le manifeste")
        await browsing.page.keyboard.press("Space")
        await tab_to(browsing, "Comment doit-on vous appeler")
        await browsing.page.keyboard.type(f"k{uuid4().hex[:12]}")
        await tab_to(browsing, "Un mot de passe")
        await browsing.page.keyboard.type(PASSWORD)
        await tab_to(browsing, "Créer mon compte")
        await browsing.page.keyboard.press("Enter")

        await browsing.page.wait_for_url("**/autour")


async def test_voting_by_keyboard(chromium: Chromium, newcomer: Person) -> None:
    """Choices are ranked by Enter and moved by arrows; each time the ear is told what stands where."""
    poll = await open_poll(newcomer, await found_group(newcomer))
    async with chromium.opened(WIDE, person=newcomer) as browsing:
        keyboard, said = browsing.page.keyboard, browsing.page.locator("form [role=status]")
        await browsing.go(f"/v/{poll}")
        await browsing.alive()
        await tab_to(browsing, "Figuier, pas classé. Toucher pour mettre en 1er choix.")
        await keyboard.press("Enter")
        await expect(said).to_have_text("Figuier : 1er choix")
        assert "Figuier, 1er choix" in await focused(browsing)
        await tab_to(browsing, "Tilleul, pas classé")
        await keyboard.press("Space")
        await expect(said).to_have_text("Tilleul : 2e choix")
        await keyboard.press("ArrowUp")
        await expect(said).to_have_text("Tilleul : 1er choix")
        await tab_to(browsing, "Déposer mon bulletin")
        await keyboard.press("Enter")

        await browsing.arrives("**/recu")
        await expect(browsing.page.locator(".receipt footer dd").first).to_have_text(
            re.compile("1. Tilleul.*2. Figuier")
        )
        await expect(browsing.page.locator("#stages [role=status]")).to_contain_text(re.compile("[Ss]cellé"))


async def test_an_empty_ballot_is_told(chromium: Chromium, newcomer: Person) -> None:
    """Nothing is sent, the ear is told why, and the focus stands on the first choice."""
    poll = await open_poll(newcomer, await found_group(newcomer))
    async with chromium.opened(WIDE, person=newcomer) as browsing:
        await browsing.go(f"/v/{poll}")
        await browsing.alive()
        await tab_to(browsing, "Déposer mon bulletin")
        await browsing.page.keyboard.press("Enter")

        said = browsing.page.locator("form [role=status]")
        await expect(said).to_have_text("Touchez au moins un choix avant de déposer.")
        assert "Tilleul" in await focused(browsing)
        assert browsing.faults.sent == []


async def test_checking_by_keyboard(chromium: Chromium, town: Town) -> None:
    """From a result to the count on one's own device; its end is a heading that is read out by itself."""
    async with chromium.opened(WIDE, person=town.bo) as browsing:
        await browsing.go(f"/v/{town.decided}/resultat")
        await tab_to(browsing, "Vérifier sur mon téléphone", tabs_max=80)
        await browsing.page.keyboard.press("Enter")
        await browsing.arrives("**/verification")
        await browsing.alive()
        await tab_to(browsing, "Recompter maintenant")
        await browsing.page.keyboard.press("Enter")

        verdict = browsing.page.get_by_role("heading", level=1)
        await expect(verdict).to_have_text("Le compte est juste.")
        await expect(verdict).to_have_attribute("aria-live", "polite")
        assert await focused(browsing) == "Recompter encore"


async def test_a_refusal_has_the_focus_and_is_told(chromium: Chromium) -> None:
    """What is wrong is said by itself, stands first, and leads to the field, which bears it too."""
    async with chromium.opened(WIDE) as browsing:
        await browsing.go("/inscription")
        await browsing.page.fill("#handle", "deux mots")
        await browsing.page.fill("#password", PASSWORD)
        await browsing.page.check("#approved")
        browsing.faults.expected.add(422)
        await browsing.page.click("button.btn.big")

        notice = browsing.page.locator(".notice.bad")
        assert await notice.get_attribute("role") == "alert"
        assert await browsing.page.evaluate("document.activeElement.matches('.notice.bad')")
        assert await browsing.page.input_value("#handle") == "deux mots"
