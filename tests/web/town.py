"""A town that uses a node: people, a group, and one of everything that a page shows."""

from dataclasses import dataclass
from typing import Self

from tests.journeys.people import CREST, Person, found_group, open_poll, outcome_of, soon, until

TEXT = "Le champ derrière l'école devient un **verger**.\n\n* ouvert à toutes et à tous\n* sans clôture"


@dataclass
class Town:
    """Ana, who is a steward, Bo, who is a member, and what they made; each id as a page's address has it."""

    ana: Person
    bo: Person
    group: str = ""
    page: str = ""
    gathering: str = ""
    poll: str = ""
    """Open; Ana has voted, Bo has not."""
    decided: str = ""
    """Closed and counted."""
    proposal: str = ""
    amendment: str = ""
    """Bo’s, to Ana’s proposal."""

    async def built(self) -> Self:
        """Make everything that there is, over HTTP."""
        await until(self._knows_places, wanted=True, timeout_s=300)
        await self.ana.sign_up()
        await self.bo.sign_up()
        self.group = await found_group(self.ana, name="Jardin de la gare")
        await self.bo.put(f"/groups/{self.group}/members/me", expect=None)
        self.page = (await self.ana.post("/pages", PAGE | {"for_group": self.group}))["id"]
        self.gathering = (await self.ana.post(f"/groups/{self.group}/gatherings", GATHERING))["id"]
        await self.bo.put(f"/gatherings/{self.gathering}/answers/me", {"answer": "going"})
        self.poll = await open_poll(self.ana, self.group, closes_at=soon(days=7))
        await self.ana.put(f"/polls/{self.poll}/ballot", {"choices": ["Figuier", "Tilleul"]})
        self.decided = await open_poll(self.ana, self.group, question="Un banc ?", options=["Oui", "Non", "Plus tard"])
        for person, choices in ((self.ana, ["Oui", "Plus tard"]), (self.bo, ["Non", "Oui"])):
            await person.put(f"/polls/{self.decided}/ballot", {"choices": choices})
        await self.ana.put(f"/polls/{self.decided}/closing")
        await outcome_of(self.ana, self.decided)
        self.proposal = (await self.ana.post(f"/groups/{self.group}/proposals", {"title": "Un verger", "text": TEXT}))[
            "id"
        ]
        amended = {"of_version": 1, "title": "Un verger", "text": f"{TEXT}\n* un tiers sauvage", "why": "Les abeilles."}
        self.amendment = (await self.bo.post(f"/proposals/{self.proposal}/amendments", amended))["id"]
        return self

    async def stay_signed_in(self) -> Self:
        """Have them signed in however long all tests take."""
        await self.ana.stay_signed_in()
        await self.bo.stay_signed_in()
        return self

    async def _knows_places(self) -> bool:
        """Whether the node has loaded its gazetteer as far as Crest, which takes a moment at its first start."""
        return bool((await self.ana.http.get("/places", params={"q": "Crest"})).status_code == 200)


PAGE = {
    "name": "Épicerie du quai",
    "kind": "place",
    "words": "Ouverte **le matin**.",
    "place": CREST,
    "links": [{"title": "Le site", "url": "https://example.org/"}],
}
SOUP = "Soupe partagée"
GATHERING = {
    "name": SOUP,
    "description": "Apportez un bol.",
    "starts_at": "2030-03-02T19:00:00",
    "ends_at": "2030-03-02T21:00:00",
    "time_zone": "Europe/Paris",
    "place": CREST,
    "capacity": 30,
}
