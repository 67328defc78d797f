"""A node is all that a page needs: nothing is asked of anybody else, whatever one does."""

from uuid import uuid4

import pytest

from tests.journeys.people import PASSWORD
from tests.web.addresses import ADDRESSES
from tests.web.browser import MARKS, PHONE, WIDE, Browsing, Chromium, Look
from tests.web.town import Town

pytestmark = MARKS


@pytest.mark.parametrize("look", [PHONE, WIDE.but(language="en-GB")], ids=["phone", "desktop, English"])
async def test_a_whole_visit_asks_nobody_else(chromium: Chromium, town: Town, look: Look) -> None:
    """From the first page through an account to the check of a result: every request goes to the node."""
    async with chromium.opened(look) as browsing:
        await sign_up(browsing)
        for address in ADDRESSES:
            if address.who == "bo":
                await browsing.go(address.of(town))
                await browsing.page.wait_for_load_state("networkidle")

        assert len(browsing.faults.requests) > 5


async def sign_up(browsing: Browsing, *, handle: str | None = None) -> str:
    """Become a member through the pages; the name."""
    handle = handle or f"p{uuid4().hex[:20]}"
    await browsing.go("/")
    await browsing.page.click("a[href='/manifeste'].btn")
    await browsing.page.click(".sign a.btn")
    await browsing.page.check("#approved")
    await browsing.page.fill("#handle", handle)
    await browsing.page.fill("#password", PASSWORD)
    await browsing.page.click("form.stack-5 button.btn")
    await browsing.page.wait_for_url("**/autour")
    return handle
