"""Coming in without a mouse or a finger, and without seeing the screen."""

from uuid import uuid4

from tests.journeys.people import PASSWORD
from tests.web.browser import MARKS, WIDE, Browsing, Chromium

pytestmark = MARKS

_IS_SEEN = """() => [document.activeElement, document.activeElement.closest('label')].some(
  e => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) >= 2)"""


async def focused(browsing: Browsing) -> str:
    """What has the focus: its name for the ear, roughly."""
    script = """() => { const e = document.activeElement;
      return e.labels?.[0]?.innerText ?? e.getAttribute('aria-label') ?? e.innerText ?? ''; }"""
    return str(await browsing.page.evaluate(script)).strip()


async def tab_to(browsing: Browsing, words: str, *, tabs_max: int = 20) -> None:
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
