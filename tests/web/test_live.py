"""A page that one looks at stays true: what happens in the group appears by itself, and is told to the ear."""

from tests.journeys.people import open_poll
from tests.web.browser import MARKS, PHONE, Browsing, Chromium, soon_true
from tests.web.town import Town

pytestmark = MARKS


async def shows(browsing: Browsing, words: str) -> None:
    """Wait until the page says *words*."""
    await browsing.page.get_by_text(words).first.wait_for()


async def test_a_new_vote_appears(chromium: Chromium, town: Town) -> None:
    """For a member who has the group's page open: without a touch, once, and with a word for who cannot see it."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await browsing.go(f"/g/{town.group}")
        await soon_true(browsing, "performance.getEntriesByType('resource').some(e => e.name.includes('/live.'))")
        await browsing.page.wait_for_timeout(500)
        await open_poll(town.ana, town.group, question="Une fontaine pour la place ?")

        await shows(browsing, "Une fontaine pour la place")
        await soon_true(browsing, "!!document.getElementById('live-voice')?.textContent")
        assert sum(url.endswith("/live") for url in browsing.faults.requests) == 1


async def test_the_focus_stays(chromium: Chromium, town: Town) -> None:
    """Who stands on a link stands there still when the part round it is new."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await browsing.go(f"/g/{town.group}")
        await soon_true(browsing, "performance.getEntriesByType('resource').some(e => e.name.includes('/live.'))")
        await browsing.page.wait_for_timeout(500)
        href = str(await browsing.page.locator("#feed a").last.get_attribute("href"))
        await browsing.page.locator("#feed a").last.focus()
        await open_poll(town.ana, town.group, question="Une horloge pour la gare ?")

        await shows(browsing, "Une horloge pour la gare")
        assert await browsing.page.evaluate("document.activeElement.getAttribute('href')") == href


async def test_a_stranger_hears_the_public_log_alone(chromium: Chromium, town: Town) -> None:
    """The page of a stranger is renewed by what is public, and its connection is no member's."""
    async with chromium.opened(PHONE) as browsing:
        await browsing.go(f"/g/{town.group}")
        await browsing.page.wait_for_timeout(800)
        await open_poll(town.ana, town.group, question="Un four pour le quartier ?")

        await shows(browsing, "Un four pour le quartier")
