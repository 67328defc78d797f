"""What a group does before it votes and beside it: a text that grows by an amendment, a voice entrusted, a page."""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.people import Person, found_group, open_poll
from tests.web.browser import ENGLISH, MARKS, PHONE, PLAIN, Chromium, Look
from tests.web.visitor import Visitor

pytestmark = MARKS

in_every_look = pytest.mark.parametrize("look", [PHONE, ENGLISH, PLAIN], ids=str)

TEXT = "Le champ derrière l'école devient un verger."
AMENDED = f"{TEXT}\n\nUn tiers reste sauvage."


async def group_of(steward: Person, member: Person) -> str:
    """A group of two; its id."""
    group = await found_group(steward)
    joined = await member.put(f"/groups/{group}/members/me", expect=None)
    await steward.get(f"/groups/{group}/members", at_least=joined)
    return group


@in_every_look
async def test_a_text_and_its_amendment(chromium: Chromium, newcomer: Person, neighbour: Person, look: Look) -> None:
    """One proposes, the other speaks up, amends and supports; who wrote it takes that in: a new version, both named."""
    group = await group_of(newcomer, neighbour)
    async with chromium.opened(look, person=newcomer) as author, chromium.opened(look, person=neighbour) as other:
        await author.go(f"/creer/texte?groupe={group}")
        await author.named("textbox", "Titre").fill("Un verger")
        await author.named("textbox", "Texte").fill(TEXT)
        await author.press("Proposer ce texte")
        await author.arrives("**/t/*")
        proposal = Visitor(author).id_of_page

        await other.go(f"/t/{proposal}")
        await other.named("radio", "Pour").check()
        await other.named("textbox", "En quelques mots").fill("Il y aura de l'ombre.")
        await other.press("Dire mon avis")
        await expect(other.page.locator(".side-for")).to_contain_text("Il y aura de l'ombre.")
        await other.follow("Proposer un amendement")
        await other.named("textbox", "Texte").fill(AMENDED)
        await other.field("Pourquoi ?").fill("Pour les abeilles")
        await other.press("Proposer cet amendement")
        await other.arrives("**/amendements/*")
        await expect(other.page.locator("ins").filter(has_text="sauvage")).to_be_visible()

        await author.go(f"/t/{proposal}")
        await author.page.get_by_role("link", name="Pour les abeilles").click()
        await author.press("Reprendre cet amendement")
        await author.sees("Repris dans le texte.")
        await author.go(f"/t/{proposal}")
        await expect(author.page.locator("article")).to_contain_text("Un tiers reste sauvage.")
        await expect(author.page.locator(".by")).to_contain_text(author.say("version %(number)s", number=2))

        await other.go(f"/t/{proposal}")
        await other.press("Je soutiens : qu’on vote")
        await other.sees("Vous le soutenez")


@in_every_look
async def test_a_voice_is_entrusted(chromium: Chromium, newcomer: Person, neighbour: Person, look: Look) -> None:
    """A member says who votes for them in one vote, sees that it would be so, and takes it back."""
    group = await group_of(newcomer, neighbour)
    poll = await open_poll(newcomer, group, takes_delegations=True)
    await newcomer.put(f"/polls/{poll}/ballot", {"choices": ["Figuier"]})
    async with chromium.opened(look, person=neighbour) as browsing:
        await browsing.go(f"/v/{poll}")
        await browsing.follow("Confier ma voix")
        await browsing.arrives("**/delegation")
        await browsing.field("À qui ?").select_option(label=newcomer.handle)
        await browsing.named("radio", "Pour ce vote seulement").check()
        await browsing.press("Confier ma voix")
        await expect(browsing.page.locator("section.stack").first).to_contain_text(newcomer.handle)
        await browsing.sees("votera pour vous.")

        await browsing.go(f"/v/{poll}")
        await expect(browsing.page.locator("aside")).to_contain_text(newcomer.handle)
        await browsing.follow("La reprendre, ou la confier autrement")
        await browsing.press("La reprendre")
        await browsing.sees("Personne. Si vous ne votez pas, votre voix ne compte pas.")


@in_every_look
async def test_a_page_is_opened_followed_and_closed(
    chromium: Chromium, newcomer: Person, neighbour: Person, look: Look
) -> None:
    """A place is shown to everybody, with a link; a member follows it; who opened it closes it for good."""
    async with chromium.opened(look, person=newcomer) as owner, chromium.opened(look, person=neighbour) as reader:
        await owner.go("/autour")
        await Visitor(owner).creates("Une page")
        await owner.named("textbox", "Son nom").fill("Le four banal")
        await owner.page.get_by_role("radio", name=re.compile(f"^{owner.say('Un lieu')}")).check()
        await owner.field("Ce qu’il faut en savoir").fill("On y cuit **le samedi**.")
        await owner.field("Où ?").fill("Crest (Drôme)")
        await owner.press("Ouvrir la page")
        await owner.arrives("**/l/*")
        page = owner.path

        await reader.go(page)
        await expect(reader.page.locator(".prose strong")).to_have_text("le samedi")
        await reader.press("Suivre")
        await reader.sees("Vous suivez")

        await owner.page.get_by_text(owner.say("Fermer la page"), exact=True).click()
        await owner.press("Fermer la page pour toujours")
        await reader.go(page, expect=404)
