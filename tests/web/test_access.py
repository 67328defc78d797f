"""For everybody: no page has a fault that axe-core knows (WCAG 2.2 AA), on a phone or a desktop, by day or by night."""

from pathlib import Path
from typing import Any

import pytest

from gateway.web import pages
from tests.web.addresses import ADDRESSES, ROUTES, WITHOUT_PAGE, Address, pattern
from tests.web.browser import LOOKS, MARKS, PHONE, Browsing, Chromium, Look
from tests.web.town import Town

pytestmark = MARKS

AXE = Path(pages.__file__).parents[1] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TAP_PX = 44
_SMALL = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(e => {
  if (e.closest('p, li, td, dd, small, .meta, .foot, .prose, .skip, label.opt') && e.matches('a, input')) return false;
  const box = (e.closest('label') ?? e).getBoundingClientRect(), style = getComputedStyle(e);
  const isSeen = box.width && box.bottom > 0 && style.visibility !== 'hidden' && e.type !== 'hidden';
  return isSeen && box.height < %d - 0.5;
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
async def test_a_page_is_for_everybody(chromium: Chromium, town: Town, address: Address) -> None:
    """In both themes and on both screens: no fault of access, nothing beyond the side, no fault in the console."""
    person = getattr(town, address.who, None)
    for look in LOOKS:
        async with chromium.opened(look, person=person, script=AXE.read_text()) as browsing:
            await browsing.go(address.of(town), expect=address.status)

            assert await violations(browsing) == [], f"{look}"
            assert await browsing.overflow() <= 0, f"{look}"


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
async def test_a_page_is_read_at_320_pixels(chromium: Chromium, town: Town, address: Address) -> None:
    """Or at 400 % zoom, which is the same: nothing lies beyond the side, and what is touched is large enough."""
    async with chromium.opened(PHONE.but(width=320), person=getattr(town, address.who, None)) as browsing:
        await browsing.go(address.of(town), expect=address.status)

        assert await browsing.overflow() <= 0
        assert await browsing.page.evaluate(_SMALL % TAP_PX) == []


@pytest.mark.parametrize("look", [Look(language="en-GB"), Look(has_scripts=False)], ids=["English", "no scripts"])
@pytest.mark.parametrize("address", ADDRESSES, ids=str)
async def test_a_page_has_one_title_and_says_where_one_is(
    chromium: Chromium, town: Town, address: Address, look: Look
) -> None:
    """In English and without scripts, too."""
    async with chromium.opened(look, person=getattr(town, address.who, None)) as browsing:
        await browsing.go(address.of(town), expect=address.status)

        assert await browsing.page.locator("h1").count() == 1
        assert await browsing.page.locator("html").get_attribute("lang") == look.language[:2]


async def test_every_page_is_looked_at() -> None:
    """A page that is added has its row in `addresses.py`."""
    shown = {pattern(address.path) for address in ADDRESSES}

    assert {route.path for route in ROUTES} - shown - WITHOUT_PAGE == set()


async def violations(browsing: Browsing) -> list[str]:
    """What axe-core finds on the page that is shown."""
    found: dict[str, Any] = await browsing.page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
