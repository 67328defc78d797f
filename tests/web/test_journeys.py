"""
The eight things that people come for, each from the page on which they begin, as a person would do them.

On a phone in French, on a desktop in English, and without scripts; what is pressed and read is found by what it is
called.
"""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.people import Person, found_group, open_poll, outcome_of
from tests.web.browser import ENGLISH, MARKS, PHONE, PLAIN, Browsing, Chromium, Look
from tests.web.town import SOUP, Town
from tests.web.visitor import Visitor

pytestmark = MARKS

in_every_look = pytest.mark.parametrize("look", [PHONE, ENGLISH, PLAIN], ids=str)

_COUNTS_ASKING = """navigator.geolocation.getCurrentPosition = new Proxy(navigator.geolocation.getCurrentPosition, {
  apply(ask, self, words) { window.asked = (window.asked ?? 0) + 1; return Reflect.apply(ask, self, words); } });"""


@in_every_look
async def test_understanding_what_this_is(chromium: Chromium, town: Town, look: Look) -> None:
    """The first screen says it in a sentence, shows what is alive here, and asks for nothing."""
    async with chromium.opened(look, script=_COUNTS_ASKING) as browsing:
        await browsing.go("/")

        said = browsing.page.get_by_role("heading", level=1)
        await expect(said).to_have_text(browsing.say("Ce qui se passe ici, décidons-le ensemble."))
        await expect(said).to_be_in_viewport()
        await expect(browsing.named("button", "Voir ce qui se passe")).to_be_in_viewport()
        await browsing.sees("Sans compte, sans vous demander votre position.")
        plan = browsing.page.get_by_role(
            "group", name=re.compile(browsing.say("Plan : ce qui se passe autour de %(place)s", place=""))
        )
        assert await plan.get_by_role("link").count() > 0
        await expect(browsing.page.get_by_role("link", name=SOUP).first).to_be_visible()
        if look.has_scripts:
            assert await browsing.page.evaluate("window.asked") is None


@in_every_look
async def test_coming_in(chromium: Chromium, town: Town, look: Look) -> None:
    """Who was sent a group's address approves the manifesto, is back in the group a moment later, and joins it."""
    async with chromium.opened(look) as browsing:
        await browsing.go(f"/g/{town.group}")
        await browsing.follow("Créer mon compte")
        await browsing.arrives("**/inscription**")
        await Visitor(browsing).fills_in_sign_up()
        await browsing.arrives(f"**/g/{town.group}")
        await browsing.press("Rejoindre")

        await expect(browsing.page.locator("form.door .tag.you")).to_have_text(browsing.say("Membre"))
        assert [cookie["name"] for cookie in await browsing.context.cookies()] == ["__Host-plaanet"]


@in_every_look
async def test_finding_what_is_near(chromium: Chromium, town: Town, look: Look) -> None:
    """A place's name is enough: what happens there by day and distance, in a list, filtered, and on the map."""
    async with chromium.opened(look) as browsing:
        await browsing.go("/")
        await browsing.field("Votre commune").first.fill("Crest")
        await browsing.press("Voir ce qui se passe")
        await browsing.arrives("**/autour?lieu=Crest")
        await browsing.page.get_by_role("link", name="Crest (Drôme)").click()
        await browsing.arrives("**/autour?place=*")
        await browsing.sees("Trié par date, puis par distance. Rien n’est mis en avant.")
        filters = browsing.named("navigation", "Filtres")
        await filters.get_by_role("link", name=browsing.say("Rencontres")).click()
        await browsing.arrives("**/autour?*f=rencontres*")
        line = browsing.page.get_by_role("listitem").filter(has=browsing.page.get_by_role("link", name=SOUP))
        await expect(line.first).to_contain_text(re.compile(r"\d\s?k?m"))
        await browsing.follow("Carte" if look.device != "desktop" else "Ouvrir la carte en grand")
        await browsing.arrives("**/carte*")
        await browsing.alive()
        await browsing.page.get_by_role("link", name=SOUP, exact=True).first.click()

        await browsing.arrives("**/r/*")
        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text(SOUP)


@pytest.mark.parametrize("look", [PHONE, ENGLISH], ids=str)
async def test_being_found_only_when_asked(chromium: Chromium, town: Town, look: Look) -> None:
    """The device is asked where it is when “Me situer” is pressed, and tells the middle of a square of 5 km."""
    async with chromium.opened(look, script=_COUNTS_ASKING) as browsing:
        await browsing.context.grant_permissions(["geolocation"])
        await browsing.go("/autour/lieu")
        await browsing.alive()
        assert await browsing.page.evaluate("window.asked") is None
        await browsing.press("Me situer")
        await browsing.arrives("**/autour")

        told = [url for url in browsing.faults.requests if "lat=" in url]
        assert told
        assert all("lat=44.7250&lon=5.03" in url for url in told), told


@in_every_look
async def test_founding_a_group(chromium: Chromium, town: Town, newcomer: Person, look: Look) -> None:
    """A name, a purpose, a place; where there is one of nearly that name it is shown first, and may be passed by."""
    async with chromium.opened(look, person=newcomer) as browsing:
        browsing.faults.expected.add(422)
        await browsing.go("/autour")
        await Visitor(browsing).creates("Un groupe")
        await browsing.named("textbox", "Son nom").fill("Le jardin de la gare")
        await browsing.named("textbox", "À quoi il sert, en une phrase ou deux").fill("Des tomates pour qui en veut.")
        await browsing.field("Où ?").fill("Crest")
        await browsing.press("Fonder le groupe")
        await browsing.page.get_by_role("radio", name="Crest (Drôme)").check()
        await browsing.press("Fonder le groupe")
        await expect(
            browsing.page.get_by_role("alert").get_by_role("link", name="Jardin de la gare").first
        ).to_be_visible()
        await browsing.press("Fonder quand même")

        await browsing.arrives("**/g/*")
        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text("Le jardin de la gare")
        await expect(browsing.page.locator("form.door .tag.you")).to_have_text(browsing.say("À l’intendance"))
        await expect(browsing.page.locator(".g-title")).to_contain_text("Crest")


@in_every_look
async def test_calling_a_gathering(chromium: Chromium, newcomer: Person, look: Look) -> None:
    """What, when, where: it is public at once, and who called it says that they come, or takes that back."""
    await found_group(newcomer)
    async with chromium.opened(look, person=newcomer) as browsing:
        await browsing.go("/autour")
        await Visitor(browsing).creates("Une rencontre")
        await browsing.named("textbox", "Quoi ?").fill("Plantation de haies")
        await browsing.field("Quand ?", exact=True).fill("2030-11-23")
        await browsing.field("De", exact=True).fill("14:00")
        await browsing.field("à", exact=True).fill("17:30")
        await browsing.field("Où ?").fill("Crest (Drôme)")
        await browsing.press("Publier la rencontre")
        await browsing.arrives("**/r/*")
        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text("Plantation de haies")

        await browsing.press("J’y vais")
        await browsing.sees("C’est noté : vous venez.")
        await expect(browsing.named("button", "J’y vais")).to_have_attribute("aria-pressed", "true")
        await expect(browsing.page.locator(".who")).to_contain_text(browsing.say("Vous"))
        await browsing.press("Reprendre ma réponse")
        await browsing.sees("Vous pourrez changer d’avis jusqu’à la fin de la rencontre.")


@in_every_look
async def test_opening_a_vote(chromium: Chromium, newcomer: Person, look: Look) -> None:
    """A question and its choices, the rest is set; one sees what others will see, and nothing is open before."""
    group = await found_group(newcomer)
    async with chromium.opened(look, person=newcomer) as browsing:
        await browsing.go(f"/g/{group}")
        await browsing.follow("Créer", within=browsing.page.locator("main"))
        await browsing.follow("Un vote")
        await browsing.arrives(f"**/creer/vote?groupe={group}")
        await Visitor(browsing).opens_vote(group, "Quelle couleur pour le portail ?", ["Vert", "Bleu", "Rouille"])

        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text("Quelle couleur pour le portail ?")
        assert await browsing.page.get_by_role("checkbox").count() == 3


@in_every_look
async def test_voting_in_three_taps(chromium: Chromium, newcomer: Person, look: Look) -> None:
    """“Voter”, a choice, “Déposer mon bulletin”: then the receipt, which seals itself under one's eyes, and is kept."""
    question = "Quel jeu pour la place ?"
    group = await found_group(newcomer)
    await open_poll(newcomer, group, question=question, method="approval", options=["Une marelle", "Des boules"])
    async with chromium.opened(look, person=newcomer) as browsing:
        await browsing.go("/votes")

        await browsing.page.get_by_role("link", name=f"{browsing.say('Voter')} : {question}").click()
        await browsing.page.get_by_role("checkbox", name="Des boules").click()
        await browsing.press("Déposer mon bulletin")

        await browsing.arrives("**/recu")
        await Visitor(browsing).is_sealed()
        async with browsing.page.expect_download() as kept:
            await browsing.follow("Garder mon reçu")
        code = str(await browsing.page.locator("p.code").inner_text())
        assert code.split(" · ")[1] in (await (await kept.value).path()).read_text()
        await _changes_it(browsing)


async def _changes_it(browsing: Browsing) -> None:
    """A ballot is changed as it was cast; the old one counts no more."""
    await browsing.follow("Changer mon vote")
    await browsing.page.get_by_role("checkbox", name="Une marelle").click()
    await browsing.press("Changer mon bulletin")
    await browsing.arrives("**/recu")
    await expect(browsing.page.locator(".receipt footer")).to_contain_text("Une marelle")


@in_every_look
async def test_checking_a_result(chromium: Chromium, newcomer: Person, look: Look) -> None:
    """From the list of votes to a count on one's own device, which finds one's own ballot; else to the files for it."""
    question = "Où poser la fontaine ?"
    group = await found_group(newcomer)
    poll = await open_poll(newcomer, group, question=question, options=["Place", "Quai", "École"])
    await newcomer.put(f"/polls/{poll}/ballot", {"choices": ["Quai", "Place"]})
    await newcomer.put(f"/polls/{poll}/closing")
    await outcome_of(newcomer, poll, timeout_s=30)
    async with chromium.opened(look, person=newcomer) as browsing:
        await browsing.go("/votes")
        await browsing.page.get_by_role("link", name=question).first.click()
        await browsing.arrives("**/resultat")
        await expect(browsing.page.locator(".notice.you")).to_contain_text(browsing.say("Votre bulletin a compté."))
        if look.has_scripts:
            await Visitor(browsing).recounts()
            return
        await browsing.follow("Vérifier sur mon téléphone")
        await browsing.sees(
            "Pour recompter sur cet appareil, il faut JavaScript ; sinon, prenez un des outils plus bas."
        )
        async with browsing.page.expect_download() as files:
            await browsing.page.locator("a[download=checkpoint]").click()
        assert "/governance" in (await (await files.value).path()).read_text()
