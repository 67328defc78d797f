"""A node is all that a page needs: nothing is asked of anybody else, whatever one does."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.web.addresses import ADDRESSES
from tests.web.browser import ENGLISH, MARKS, PHONE, Chromium, Look
from tests.web.town import Town
from tests.web.visitor import Visitor

pytestmark = MARKS


@pytest.mark.parametrize("look", [PHONE, ENGLISH], ids=str)
async def test_a_whole_journey_asks_nobody_else(chromium: Chromium, town: Town, look: Look) -> None:
    """
    From the first page through an account, a group and a vote to its count on one's own device.

    Every request that leaves the browser meanwhile goes to the node, those of workers and of the manifest too.
    """
    async with chromium.opened(look) as browsing:
        visitor = Visitor(browsing)
        await visitor.comes_in()
        group = await visitor.founds_group(f"Les voisins du {visitor.browsing.look}", place="Crest (Drôme)")
        poll = await visitor.opens_vote(group, "Quand se voir ?", ["Samedi", "Dimanche"])
        await browsing.page.get_by_role("checkbox", name="Samedi").check()
        await browsing.press("Déposer mon bulletin")
        await browsing.arrives("**/recu")
        await visitor.is_sealed()
        await visitor.closes_vote(poll)
        await expect(browsing.page.get_by_role("heading", level=1)).to_contain_text("Samedi")
        await visitor.recounts()

        hosts = {urlsplit(url).netloc for url in browsing.faults.requests if not url.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(browsing.url).netloc}
        assert any("/log/governance/" in url for url in browsing.faults.requests)


async def test_no_page_asks_anybody_else(chromium: Chromium, town: Town) -> None:
    """Each page that there is, with its scripts at work and its map drawn; a window tells at its end what left it."""
    async with chromium.opened(ENGLISH, person=town.bo) as browsing:
        for address in ADDRESSES:
            if address.who == "bo":
                await browsing.go(address.of(town), expect=address.status)
                await browsing.alive()

        assert len(browsing.faults.requests) > len(ADDRESSES) / 2
