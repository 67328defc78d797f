"""
For everybody: no page has a fault that axe-core knows (WCAG 2.2 AA), on a phone or a desktop, by day or by night.

Each page is fetched once for each screen, and looked at in every way there: both themes, 320 pixels, twice the size.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import ViewportSize

from gateway.web import pages
from tests.web.addresses import ADDRESSES, ROUTES, WITHOUT_PAGE, Address, pattern
from tests.web.browser import ENGLISH, MARKS, PHONE, PLAIN, Browsing, Chromium, Look, soon_true
from tests.web.town import Town

pytestmark = MARKS

AXE = (Path(pages.__file__).parents[1] / "node_modules/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TAP_PX = 44
NARROW: ViewportSize = {"width": 320, "height": 844}
"""The smallest screen; or 1280 pixels at 400 % zoom, which is the same."""

DOUBLE: ViewportSize = {"width": 640, "height": 450}
"""What is left of 1280 pixels at 200 % zoom."""

_HAS_ITS_COLOURS = "document.getAnimations().every(each => each.playState !== 'running')"
_SMALL = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(e => {
  if (e.closest('p, li, td, dd, small, .meta, .foot, .prose, .skip, label.opt') && e.matches('a, input')) return false;
  if (e.matches('[aria-hidden=true][tabindex="-1"]')) return false; // what Enter means in a form, for nobody's finger
  const box = (e.closest('label') ?? e).getBoundingClientRect(), style = getComputedStyle(e);
  const isSeen = box.width && box.bottom > 0 && style.visibility !== 'hidden' && e.type !== 'hidden';
  return isSeen && box.height < %d - 0.5;
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
async def test_a_page_is_for_everybody(chromium: Chromium, town: Town, address: Address) -> None:
    """On a phone, on a desktop in English, and without scripts: all that this file asks of a page."""
    looks = {PHONE: _on_a_phone, ENGLISH: _on_a_desktop, PLAIN: _without_scripts}

    async def look_at(look: Look) -> None:
        async with chromium.opened(look, person=getattr(town, address.who, None)) as browsing:
            await browsing.go(address.of(town), expect=address.status)
            await browsing.alive()
            assert await browsing.page.locator("h1").count() == 1
            assert await browsing.page.locator("html").get_attribute("lang") == look.language[:2]
            assert await browsing.overflow() <= 0, f"{look}"
            await looks[look](browsing)

    async with asyncio.TaskGroup() as all_at_once:
        for look in looks:
            all_at_once.create_task(look_at(look))


async def _on_a_phone(browsing: Browsing) -> None:
    """No fault in either theme; at 320 pixels nothing beyond the side, and what is touched is large enough."""
    await _has_no_fault(browsing)
    await browsing.page.set_viewport_size(NARROW)

    assert await browsing.overflow() <= 0, "320 pixels"
    assert await browsing.page.evaluate(_SMALL % TAP_PX) == []


async def _on_a_desktop(browsing: Browsing) -> None:
    """No fault in either theme; at twice the size nothing lies beyond the side."""
    await _has_no_fault(browsing)
    await browsing.page.set_viewport_size(DOUBLE)

    assert await browsing.overflow() <= 0, "200 %"


async def _without_scripts(browsing: Browsing) -> None:
    """Nothing stands there that only a script could bring to life."""
    assert await browsing.page.locator("[data-js]:visible").count() == 0


async def _has_no_fault(browsing: Browsing) -> None:
    await browsing.page.evaluate(AXE)
    for theme in ("light", "dark"):
        await browsing.page.emulate_media(color_scheme=theme)
        await soon_true(browsing, _HAS_ITS_COLOURS)
        assert await violations(browsing) == [], theme


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
