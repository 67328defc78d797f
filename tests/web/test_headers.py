"""What every page says to browsers and caches, and that no cache shows one member's page to another."""

import httpx
import pytest

from gateway.web.app import CONTENT_SECURITY_POLICY
from gateway.web.session import COOKIE, Session
from libs.node.embedded import EmbeddedNode
from tests.journeys.people import Person
from tests.web.addresses import ADDRESSES, Address
from tests.web.browser import PATIENCE_MS
from tests.web.town import Town

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="session")]

GUARDS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
}


def browser_of(person: Person | None, url: str) -> httpx.AsyncClient:
    """*person*'s browser as the node sees it; it follows no redirection by itself."""
    headers = {"Accept": "text/html", "Accept-Language": "fr"}
    if person:
        access = str(person.http.headers["Authorization"]).removeprefix("Bearer ")
        headers["Cookie"] = f"{COOKIE}={Session(access=access, refresh=person.refresh_token).encode()}"
    return httpx.AsyncClient(base_url=url, timeout=PATIENCE_MS / 1000, headers=headers)


async def read(url: str, path: str, person: Person | None) -> httpx.Response:
    """The page as *person*'s browser gets it."""
    async with browser_of(person, url) as client:
        return await client.get(path)


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
async def test_a_page_is_guarded(node: EmbeddedNode, town: Town, address: Address) -> None:
    """No frame, no foreign script or style; kept by no cache that others use, told apart by cookie and language."""
    page = await read(node.url, address.of(town), getattr(town, address.who, None))

    assert page.status_code == address.status
    assert {name: page.headers[name] for name in GUARDS} == GUARDS
    assert page.headers["cache-control"].startswith("private")
    assert {"cookie", "accept-language"} <= {each.strip().lower() for each in page.headers["vary"].split(",")}
    assert "unsafe-eval" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY.replace("style-src-attr 'unsafe-inline'", "")


async def test_a_page_names_nobody_but_its_reader(node: EmbeddedNode, town: Town) -> None:
    """What one member gets is not what another, or a stranger, gets a moment later at the same address."""
    tokens = set()
    for person in (town.ana, town.bo, None):
        page = await read(node.url, "/manifeste", person)
        assert "etag" not in page.headers
        tokens.add('action="/manifeste"' in page.text)

    assert tokens == {True, False}


async def test_what_is_built_is_kept_for_good(node: EmbeddedNode) -> None:
    """Styles and scripts are named after their content; what names nobody may be kept by anybody."""
    page = await read(node.url, "/", None)
    path = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    style = await read(node.url, path, None)

    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in style.headers
