"""
Somebody at the pages, who does there what people do: finds things by what they are called, as one reads or hears it.

Words are French here, and said in the language of whoever looks.
"""

import re
from collections.abc import Sequence
from uuid import uuid4

from playwright.async_api import expect

from tests.journeys.people import PASSWORD
from tests.web.browser import Browsing


class Visitor:
    """A person with one browser."""

    def __init__(self, browsing: Browsing) -> None:
        self.browsing = browsing

    @property
    def id_of_page(self) -> str:
        """The id in the address of the page where one is."""
        return self.browsing.path.split("/")[2]

    async def fills_in_sign_up(self) -> str:
        """Approve the manifesto and give oneself a name, on the page that asks for it; the name."""
        browsing, handle = self.browsing, f"v{uuid4().hex[:16]}"
        await browsing.field("J’ai lu le manifeste et je l’approuve").check()
        await browsing.named("textbox", "Comment doit-on vous appeler ?").fill(handle)
        await browsing.named("textbox", "Un mot de passe").fill(PASSWORD)
        await browsing.press("Créer mon compte")
        return handle

    async def comes_in(self) -> str:
        """From the first page through the manifesto to an account; the name."""
        await self.browsing.go("/")
        await self.browsing.follow("Lire le manifeste et entrer")
        await self.browsing.arrives("**/manifeste")
        await self.browsing.follow("Continuer")
        await self.browsing.arrives("**/inscription")
        handle = await self.fills_in_sign_up()
        await self.browsing.arrives("**/autour")
        return handle

    async def creates(self, what: str) -> None:
        """Go from wherever one is to the form for *what*: "Un groupe", "Un vote"."""
        await self.browsing.follow("Créer")
        await self.browsing.arrives("**/creer")
        await self.browsing.follow(what)
        await self.browsing.arrives("**/creer/*")

    async def founds_group(self, name: str, *, place: str = "") -> str:
        """Found a group; its id."""
        browsing = self.browsing
        await self.creates("Un groupe")
        await browsing.named("textbox", "Son nom").fill(name)
        await browsing.named("textbox", "À quoi il sert, en une phrase ou deux").fill(
            "Faire ensemble ce qui manque ici."
        )
        await browsing.field("Où ?").fill(place)
        await browsing.press("Fonder le groupe")
        await browsing.arrives("**/g/*")
        return self.id_of_page

    async def opens_vote(self, group_id: str, question: str, options: Sequence[str], *, way: str = "") -> str:
        """
        Open a vote that may be closed early, with the form as it stands but for its *way* of voting; its id.

        The form offers fewer rows than three choices need: one is added.
        """
        browsing = self.browsing
        await browsing.go(f"/creer/vote?groupe={group_id}")
        await browsing.named("textbox", "Que voulez-vous demander ?").fill(question)
        for number, option in enumerate(options, 1):
            field = browsing.page.get_by_role(
                "textbox", name=browsing.say("Choix %(number)s", number=number), exact=True
            )
            if not await field.count():
                await browsing.press("Ajouter un choix")
            await field.fill(option)
        if way:
            await browsing.page.get_by_role(
                "radio", name=re.compile(f"^{re.escape(browsing.say(way))}\\s")
            ).first.check()
        await browsing.page.get_by_text(browsing.say("Quorum, seuil, voix confiées"), exact=True).click()
        await browsing.field("Pouvoir clore avant l’heure").check()
        await browsing.press("Relire avant d’ouvrir")
        await browsing.sees("Voici ce que les gens verront. Rien n’est ouvert encore.")
        await browsing.press("Ouvrir le vote")
        await browsing.arrives("**/v/*")
        return self.id_of_page

    async def closes_vote(self, poll_id: str) -> None:
        """Close a vote before its time, as a steward may, and wait until its result is there."""
        browsing = self.browsing
        await browsing.go(f"/v/{poll_id}")
        await browsing.follow("Une erreur dans ce vote ?")
        await browsing.press("Clore maintenant")
        await browsing.arrives(f"**/v/{poll_id}")
        await browsing.go(f"/v/{poll_id}/resultat")
        await expect(browsing.named("link", "Vérifier sur mon téléphone")).to_be_visible()

    async def is_sealed(self) -> None:
        """Wait on the page of a receipt until it says that nobody can take the ballot out any more."""
        await expect(self.browsing.named("heading", "A voté !")).to_be_visible()
        await self.browsing.sees("Personne, pas même nous, ne peut plus l’ôter sans que cela se voie.")

    async def recounts(self) -> None:
        """From the page of a result: count again on this device; it is right, and one's own ballot is in it."""
        browsing = self.browsing
        await browsing.follow("Vérifier sur mon téléphone")
        await browsing.arrives("**/verification")
        await browsing.alive()
        await browsing.press("Recompter maintenant")
        await expect(browsing.page.get_by_role("heading", level=1)).to_have_text(browsing.say("Le compte est juste."))
        await expect(browsing.page.locator("[data-check=mine] [data-said]")).to_contain_text(re.compile(r"\d"))
        for check in ("log", "text", "roll", "ballots", "count", "mine"):
            await expect(browsing.page.locator(f"[data-check={check}]")).to_have_class("")
