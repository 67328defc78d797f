"""One node, one town on it, and one browser for the whole room."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import Person
from tests.web.browser import ARGUMENTS, CHROMIUM, Chromium
from tests.web.town import Town


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(node: EmbeddedNode) -> AsyncIterator[Chromium]:
    """Chromium, at the door of the node."""
    if not CHROMIUM:
        pytest.skip("NOT RUN: the pages are looked at with Chromium (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Chromium(playwright, browser, node.url)
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def founded(node: EmbeddedNode) -> AsyncIterator[Town]:
    """People who use the node, and what they made there."""
    async with Person(node.url) as ana, Person(node.url) as bo:
        yield await Town(ana, bo).built()


@pytest_asyncio.fixture(loop_scope="session")
async def town(founded: Town) -> Town:
    """Them and it, signed in however long all tests take."""
    return await founded.stay_signed_in()


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(node: EmbeddedNode) -> AsyncIterator[Person]:
    """Somebody who has an account since a moment ago, for this test alone."""
    async with Person(node.url) as person:
        yield await person.sign_up()


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour(node: EmbeddedNode) -> AsyncIterator[Person]:
    """Another one."""
    async with Person(node.url) as person:
        yield await person.sign_up()
