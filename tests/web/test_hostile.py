"""What people write can do nothing to those who read it: no script, no way out, no page wider than the screen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import expect

from libs.node.embedded import EmbeddedNode
from tests.journeys.people import CREST, PASSWORD, Person, found_group, open_poll, outcome_of
from tests.web.addresses import ADDRESSES, Address
from tests.web.browser import MARKS, PHONE, Chromium
from tests.web.town import GATHERING, Town
from tests.web.visitor import Visitor

pytestmark = MARKS

SCRIPT = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1>\"'><svg onload=window.hurt=1>{{7*7}}"
LONG = "W" * 400
BIDI = "abc\u202etxt.exe\u2066def\u200b\u200d\u00ad"
WORD = "M" * 10_000
MARKDOWN = (
    "# [a](javascript:window.hurt=1) <iframe src='https://evil.example/'></iframe>\n\n"
    "![x](https://evil.example/x.png) [data](data:text/html,<script>window.hurt=1</script>)\n\n"
    f"<style>*{{display:none}}</style> <a href='//evil.example' onclick='window.hurt=1'>b</a> {SCRIPT}"
    f"\n\n{WORD}"
)


@dataclass
class Nuisance(Town):
    """A town whose people try everything."""

    async def built(self) -> "Nuisance":
        """Make one of everything, each with a name that tries to be more than a name."""
        await self.ana.sign_up()
        await self.bo.sign_up()
        self.group = await found_group(self.ana, name=SCRIPT[:100], purpose=MARKDOWN[:600])
        await self.bo.put(f"/groups/{self.group}/members/me", expect=None)
        page = {
            "name": LONG[:100],
            "kind": "place",
            "words": MARKDOWN[:10_000],
            "place": CREST | {"name": SCRIPT[:100]},
        }
        self.page = (await self.ana.post("/pages", page))["id"]
        gathering = GATHERING | {
            "name": LONG[:100],
            "description": MARKDOWN[:9_400],
            "place": CREST | {"name": LONG[:100]},
        }
        self.gathering = (await self.ana.post(f"/groups/{self.group}/gatherings", gathering))["id"]
        options = [SCRIPT[:90], LONG[:100], "Oui"]
        self.poll = await open_poll(
            self.ana, self.group, question=LONG[:200], options=options, explanation=MARKDOWN[:10_000]
        )
        self.decided = await open_poll(self.ana, self.group, question=SCRIPT[:200], options=options)
        await self.bo.put(f"/polls/{self.decided}/ballot", {"choices": options[:2]})
        await self.ana.put(f"/polls/{self.decided}/closing")
        await outcome_of(self.ana, self.decided)
        text = {"title": LONG[:100], "text": MARKDOWN}
        self.proposal = (await self.ana.post(f"/groups/{self.group}/proposals", text))["id"]
        for side, words in (("for", WORD), ("against", MARKDOWN[:10_000])):
            await self.bo.post(f"/proposals/{self.proposal}/statements", {"side": side, "words": words})
        amended = {"of_version": 1, "title": SCRIPT[:150], "text": f"{MARKDOWN}{SCRIPT}", "why": LONG[:200]}
        self.amendment = (await self.bo.post(f"/proposals/{self.proposal}/amendments", amended))["id"]
        return self


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def made(node: EmbeddedNode) -> AsyncIterator[Nuisance]:
    """What they made."""
    async with Person(node.url) as ana, Person(node.url) as bo:
        yield await Nuisance(ana, bo).built()


@pytest_asyncio.fixture(loop_scope="session")
async def nuisance(made: Nuisance) -> Nuisance:
    """It and them, signed in however long all tests take."""
    return await made.stay_signed_in()


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each.who != "stranger" or "{" in each.path], ids=str)
async def test_a_page_is_not_hurt(chromium: Chromium, nuisance: Nuisance, address: Address) -> None:
    """Nothing runs, nothing is fetched, no link leads to a script, and nothing lies beyond the side at 390 pixels."""
    async with chromium.opened(PHONE.but(width=390), person=getattr(nuisance, address.who, None)) as browsing:
        await browsing.go(address.of(nuisance), expect=address.status)

        assert await browsing.page.evaluate("window.hurt") is None
        assert await browsing.overflow() <= 0
        hrefs = await browsing.page.eval_on_selector_all("a[href]", "all => all.map(a => a.protocol)")
        assert set(hrefs) <= {"http:", "https:", "mailto:", "geo:"}
        assert await browsing.page.locator("main iframe, main img[src^='http'], main style, main script").count() == 0
        assert await browsing.page.locator("form[method=post]:not(:has(input[name=csrf]))").count() == 0


async def test_what_was_typed_comes_back_as_it_was(chromium: Chromium) -> None:
    """A name that tries to be a script stands in its field as a text."""
    async with chromium.opened() as browsing:
        await browsing.go("/inscription")
        await browsing.page.fill("#handle", SCRIPT[:100])
        await browsing.page.fill("#password", "court")
        await browsing.page.check("#approved")
        browsing.faults.expected.add(422)
        await browsing.page.click("button.btn.big")

        assert await browsing.page.input_value("#handle") == SCRIPT[:100]
        assert await browsing.page.evaluate("window.hurt") is None


@pytest.mark.parametrize("name", [BIDI, "Аnа", "a\u200bb", "admin\u0000"])
async def test_a_name_that_looks_like_another_is_refused(chromium: Chromium, name: str) -> None:
    """Signs that turn the reading round, take no room or look like others make no name."""
    async with chromium.opened() as browsing:
        await browsing.go("/inscription")
        await browsing.page.fill("#handle", name)
        await browsing.page.fill("#password", PASSWORD)
        await browsing.page.check("#approved")
        browsing.faults.expected.add(422)
        await browsing.page.click("button.btn.big")

        assert await browsing.page.locator(".notice.bad").is_visible()


@pytest.mark.parametrize("door", ["/connexion", "/inscription"])
@pytest.mark.parametrize("way", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
async def test_no_way_back_leads_elsewhere(chromium: Chromium, town: Town, door: str, way: str) -> None:
    """An address that a stranger put into a link to our doors leads nowhere but here."""
    async with chromium.opened() as browsing:
        await browsing.page.goto(f"{browsing.url}{door}?vers={way}")
        if door == "/inscription":
            await Visitor(browsing).fills_in_sign_up()
        else:
            await browsing.named("textbox", "Votre nom ici").fill(town.bo.handle)
            await browsing.named("textbox", "Votre mot de passe").fill(PASSWORD)
            await browsing.press("Se connecter")
        await browsing.page.wait_for_url("**/autour")

        assert browsing.page.url == f"{browsing.url}/autour"


async def test_a_link_to_a_script_makes_no_page(chromium: Chromium, newcomer: Person) -> None:
    """The form for a page takes addresses of the web alone, and says so beside the field."""
    async with chromium.opened(person=newcomer) as browsing:
        await browsing.go("/creer/page")
        await browsing.named("textbox", "Son nom").fill("Un piège")
        await browsing.page.get_by_role("radio").first.check()
        await browsing.page.fill("#title_0", "Cliquez")
        await browsing.page.fill("#url_0", "javascript:window.hurt=1")
        browsing.faults.expected.add(422)
        await browsing.press("Ouvrir la page")

        await expect(browsing.page.locator("#url_0")).to_have_attribute("aria-invalid", "true")
