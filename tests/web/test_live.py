"""A page that one looks at stays true: what happens in the group appears by itself, and is told to the ear."""

from tests.journeys.people import open_poll, until
from tests.web.browser import MARKS, PHONE, Browsing, Chromium, soon_true
from tests.web.town import Town

pytestmark = MARKS


async def listens(browsing: Browsing, path: str) -> None:
    """Go to a page, and wait until the node has begun to tell it what happens from there on."""
    async with browsing.page.expect_response("**/live"):
        await browsing.go(path)


async def shows(browsing: Browsing, words: str) -> None:
    """Wait until the page says *words*."""
    await browsing.page.get_by_text(words).first.wait_for()


async def test_a_new_vote_appears(chromium: Chromium, town: Town) -> None:
    """For a member who has the group's page open: without a touch, once, and with a word for who cannot see it."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await listens(browsing, f"/g/{town.group}")
        await open_poll(town.ana, town.group, question="Une fontaine pour la place ?")

        await shows(browsing, "Une fontaine pour la place")
        await soon_true(browsing, "!!document.getElementById('live-voice')?.textContent")
        assert sum(url.endswith("/live") for url in browsing.faults.requests) == 1


async def test_the_focus_stays(chromium: Chromium, town: Town) -> None:
    """Who stands on a link stands there still when the part round it is new."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await listens(browsing, f"/g/{town.group}")
        href = str(await browsing.page.locator("#feed a").last.get_attribute("href"))
        await browsing.page.locator("#feed a").last.focus()
        await open_poll(town.ana, town.group, question="Une horloge pour la gare ?")

        await shows(browsing, "Une horloge pour la gare")
        assert await browsing.page.evaluate("document.activeElement.getAttribute('href')") == href


async def test_a_stranger_hears_the_public_log_alone(chromium: Chromium, town: Town) -> None:
    """The page of a stranger is renewed by what is public, and its connection is no member's."""
    async with chromium.opened(PHONE) as browsing:
        await listens(browsing, f"/g/{town.group}")
        await open_poll(town.ana, town.group, question="Un four pour le quartier ?")

        await shows(browsing, "Un four pour le quartier")


async def test_a_vote_goes_on_while_one_fills_in_a_ballot(chromium: Chromium, town: Town) -> None:
    """How many came is said by itself; what was ranked already stays; a vote that is closed takes its ballot away."""
    poll = await open_poll(town.ana, town.group, question="Une balançoire ?")
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await there(town, poll)
        await listens(browsing, f"/v/{poll}")
        await browsing.page.locator(".rank button.name").first.click()
        await town.ana.put(f"/polls/{poll}/ballot", {"choices": ["Figuier"]})

        await shows(browsing, "1 bulletin sur ")
        assert await browsing.page.locator(".rank li.in-rank").count() == 1
        await town.ana.put(f"/polls/{poll}/closing")
        await shows(browsing, "Ce vote est fermé et compté.")
        assert not await browsing.page.locator("#bulletin").is_visible()


async def test_a_result_comes_by_itself(chromium: Chromium, town: Town) -> None:
    """Who watches how a vote stands sees it declared, and may recount it, without a touch."""
    poll = await open_poll(town.ana, town.group, question="Un nichoir ?")
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await there(town, poll)
        await listens(browsing, f"/v/{poll}/resultat")
        await town.ana.put(f"/polls/{poll}/ballot", {"choices": ["Figuier"]})
        await town.ana.put(f"/polls/{poll}/closing")

        await shows(browsing, "Ne nous croyez pas, recomptez.")
        assert await browsing.page.locator("h1").inner_text() == "Figuier."


async def test_a_gathering_fills_by_itself(chromium: Chromium, town: Town) -> None:
    """To the members of its group; the focus stays on the button where it is."""
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await listens(browsing, f"/r/{town.gathering}")
        await browsing.page.locator("button[value=maybe]").focus()
        await town.ana.put(f"/gatherings/{town.gathering}/answers/me", {"answer": "going"})

        await shows(browsing, "2 personnes viennent")
        assert await browsing.page.evaluate("document.activeElement.value") == "maybe"
        await town.ana.delete(f"/gatherings/{town.gathering}/answers/me")


async def test_a_receipt_completes_itself(chromium: Chromium, town: Town) -> None:
    """From received to sealed under one’s eyes."""
    poll = await open_poll(town.ana, town.group, question="Une mare ?")
    async with chromium.opened(PHONE, person=town.bo) as browsing:
        await there(town, poll)
        await browsing.go(f"/v/{poll}")
        await browsing.page.locator(".rank button.name").first.click()
        await browsing.page.get_by_role("button", name="Déposer mon bulletin").click()
        await browsing.page.get_by_role("heading", name="A voté !").wait_for()

        await browsing.page.locator('#stages [data-waiting="non"]').wait_for(state="attached")
        assert await browsing.page.locator("#stages li.wait").count() == 0


async def there(town: Town, poll: str) -> None:
    """Wait until Bo may read the poll: Ana knows how far she wrote, he does not."""

    async def status() -> int:
        return (await town.bo.http.get(f"/polls/{poll}")).status_code

    await until(status, 200)
