"""Around me: the list, the map, where one looks from; with everything, with nothing, and with too much."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from gateway.web.session import COOKIE, Session
from libs.contracts.events import GatheringDirectory, MyAnswer
from libs.contracts.geo import LocatedNear, Nearby, PlaceAt, PlaceFound, PlaceOf, PlacesFound, PlacesIn, PlacesLike
from libs.contracts.governance import PendingPoll, PendingPolls, PendingPollsOf, PollsAmong, Tally, TallyOf
from libs.contracts.groups import GroupDirectory, Groups
from libs.errors import NotYet, Refused
from tests.gateway.conftest import ANA, FakeServices
from tests.gateway.web.conftest import TOKEN, session_in
from tests.gateway.web.things import HERE, KEPT, NOW, gathering, group, near, number, page, poll

EVIL = '<script>alert(1)</script>"onmouseover=x'


@pytest.fixture(autouse=True)
def _forgetful(house: FastAPI) -> None:
    """A node that was just started: it knows no place of its own, and has drawn no plan."""
    house.state._state.pop("home", None)
    house.state._state.pop("drawer", None)


@pytest.fixture
def crest(visitor: httpx.AsyncClient, fake: FakeServices) -> httpx.AsyncClient:
    """A browser that looks from Crest, where there is one thing of each kind."""
    visitor.cookies.set(COOKIE, Session(place=KEPT).encode(), domain="node.example")
    near(
        fake,
        groups=(group("Garden"),),
        gatherings=(gathering("Soup"),),
        pages=(page("Café"),),
        polls=(poll("Which tree?", "Garden"),),
    )
    return visitor


def found(**other: object) -> PlaceFound:
    """Crest, found by a search."""
    fields = HERE.model_dump(exclude={"attribution", "is_on_its_ground", "distance_m"})
    return PlaceFound(**fields | {"matched": None, "distance_m": None} | other)


class TestList:
    async def test_shows_each_kind_with_its_distance(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """In two rounds of questions: what is where, then one question to each who knows more."""
        seen = await crest.get("/autour")

        assert seen.status_code == 200
        for name in ("Soup", "Which tree?", "Garden", "Café"):
            assert name in seen.text
        for path in (f"/r/{number('Soup')}", f"/v/{number('Which tree?')}", f"/g/{number('Garden')}", "/l/"):
            assert f'href="{path}' in seen.text
        assert "au nord" in seen.text
        asked = [type(query) for query in fake.asked]
        assert sorted(kind.__name__ for kind in asked) == [
            "GatheringDirectory",
            "GroupDirectory",
            "LocatedNear",
            "PageDirectory",
            "PlacesIn",
            "PollsAmong",
        ]

    async def test_a_plan_is_drawn_once_for_all_who_look(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """And its pins are links with full names."""
        first, again = await crest.get("/autour"), await crest.get("/autour")

        assert [type(query) for query in fake.asked].count(PlacesIn) == 1
        assert '<path class="m-ground"' in first.text
        assert "Rencontre\u00a0: Soup" in again.text

    @pytest.mark.parametrize(
        "slug, shown, hidden",
        [
            ("rencontres", "Soup", "Café"),
            ("votes", "Which tree?", "Soup"),
            ("groupes", "Garden", "Soup"),
            ("lieux", "Café", "Garden"),
        ],
    )
    async def test_a_filter_shows_one_kind_alone(
        self, crest: httpx.AsyncClient, slug: str, shown: str, hidden: str
    ) -> None:
        """It is a link, and the one that is chosen says so."""
        text = (await crest.get(f"/autour?f={slug}")).text
        rows = "".join(re.findall(r'<li class="row".*?</li>', text, re.DOTALL))

        assert shown in rows
        assert not re.search(rf"<a [^>]*>{re.escape(hidden)}<", rows)
        assert re.search(rf'href="/autour\?f={slug}" aria-current="true"', text)

    @pytest.mark.parametrize("query", ["f=x", "r=7", "r=-1", "r=²", "page=0", "page=99999999", "zone=x", "f=%00"])
    async def test_nonsense_in_the_address_is_as_good_as_nothing(self, crest: httpx.AsyncClient, query: str) -> None:
        """A hand that typed it sees the list."""
        assert (await crest.get(f"/autour?{query}")).status_code == 200

    async def test_the_radius_goes_to_geo(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """In metres."""
        await crest.get("/autour?r=15")

        (asked,) = [query for query in fake.asked if isinstance(query, LocatedNear)]
        assert (asked.radius_m, asked.latitude) == (15_000, 44.7286)

    async def test_days_are_in_order_and_what_goes_on_is_todays(
        self, crest: httpx.AsyncClient, fake: FakeServices
    ) -> None:
        """A gathering that began yesterday and is not over stands under today."""
        going_on = gathering("Camp", -timedelta(days=1, hours=2), ends_at=NOW + timedelta(days=1))
        near(fake, gatherings=(gathering("Late", timedelta(days=9)), going_on))
        text = (await crest.get("/autour")).text

        assert text.index("Aujourd’hui") < text.index(">Camp<") < text.index(">Late<")

    async def test_names_are_never_script(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """Whatever a group, a gathering, a poll, a page or a place calls itself."""
        near(
            fake,
            groups=(group(EVIL),),
            gatherings=(gathering(EVIL),),
            pages=(page(EVIL),),
            polls=(poll(EVIL, EVIL),),
        )
        for path in ("/autour", "/carte"):
            text = (await crest.get(path)).text

            assert "<script>alert" not in text
            assert '"onmouseover' not in text

    async def test_nothing_near_leads_further(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """One step wider, until there is none; and one may begin."""
        near(fake)
        texts = [(await crest.get(f"/autour?r={radius}")).text for radius in (5, 15, 50)]

        assert "Élargir à 15\u00a0km" in texts[0] or "Élargir à 15 km" in texts[0]
        assert "r=50" in texts[1]
        assert 'href="/creer"' in texts[2]

    async def test_a_long_list_is_paged(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """Thirty at a time; none is lost between two pages."""
        near(fake, gatherings=tuple(gathering(f"n{count:02}", timedelta(hours=count + 1)) for count in range(40)))
        first, second = [(await crest.get(f"/autour?f=rencontres&page={count}")).text for count in (1, 2)]
        rows = [re.findall(r"<h3><a [^>]*>(n\d\d)</a>", text) for text in (first, second)]

        assert [len(each) for each in rows] == [30, 10]
        assert rows[0] + rows[1] == [f"n{count:02}" for count in range(40)]
        assert 'rel="next"' in first
        assert 'rel="prev"' in second

    async def test_where_there_is_very_much_each_kind_is_asked_for(
        self, crest: httpx.AsyncClient, fake: FakeServices
    ) -> None:
        """So that two hundred groups do not hide the only gathering; and it is said that there is more."""
        fake.answers(LocatedNear, Nearby(items=(), next="more"))
        text = (await crest.get("/autour")).text

        asked = [query.kinds for query in fake.asked if isinstance(query, LocatedNear)]
        assert sorted(asked) == [(), ("gathering",), ("group",), ("page",)]
        assert "Rien autour d’ici" in text

    @pytest.mark.parametrize("query", [GatheringDirectory, PollsAmong])
    @pytest.mark.parametrize("fault", [NotYet("…"), Refused(503, "NotYet", "…")])
    async def test_a_service_that_is_away_is_told(
        self, crest: httpx.AsyncClient, fake: FakeServices, query: type, fault: Exception
    ) -> None:
        """The rest is shown."""
        fake.answers(query, fault)  # type: ignore[arg-type]
        seen = await crest.get("/autour")

        assert seen.status_code == 200
        assert "Garden" in seen.text
        assert "il manque peut-être" in seen.text


class TestWaiting:
    @pytest.fixture
    def waits(self, member: httpx.AsyncClient, fake: FakeServices) -> httpx.AsyncClient:
        """Ana at Crest; two votes wait for her."""
        session = Session(access=TOKEN, refresh="r", place=KEPT)
        member.cookies.set(COOKIE, session.encode(), domain="node.example")
        near(fake, groups=(group("Garden"),), polls=(poll("Which tree?", "Garden"),))
        fields = {"group_id": number("Garden"), "method": "approval", "was_reminded": False}
        polls = tuple(
            PendingPoll(poll_id=number(name), question=name, closes_at=NOW + timedelta(days=2), **fields)
            for name in ("Which tree?", "Which day?")
        )
        fake.answers(PendingPollsOf, PendingPolls(items=polls, next=None))
        tally = Tally(
            poll_id=number("Which tree?"),
            method="approval",
            voters_count=132,
            ballots_count=86,
            paper_ballots_count=0,
            blank_count=None,
            counts=(),
            is_hidden=True,
            is_final=False,
        )
        fake.answers(TallyOf, tally)
        return member

    async def test_the_first_to_close_calls(self, waits: httpx.AsyncClient) -> None:
        """With how many have voted; the others are a link away, and it is not in the list once more."""
        text = (await waits.get("/autour")).text

        assert text.count(f'href="/v/{number("Which tree?")}#bulletin"') == 1
        assert "86 voix sur 132" in text
        assert "résultat caché" in text
        assert "1 autre vote vous attend" in text
        assert "À décider près d’ici" not in text

    async def test_of_a_poll_that_one_may_not_read_the_call_stands(
        self, waits: httpx.AsyncClient, fake: FakeServices
    ) -> None:
        """Who left the group may still vote; how it stands is not for them."""
        fake.answers(TallyOf, Refused(404, "NotFound", "…"))
        text = (await waits.get("/autour")).text

        assert f'href="/v/{number("Which tree?")}#bulletin"' in text
        assert "voix sur" not in text

    async def test_a_stranger_is_asked_for_no_vote(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """And governance is not asked on their behalf."""
        assert 'class="call"' not in (await crest.get("/autour")).text
        assert not [query for query in fake.asked if isinstance(query, PendingPollsOf)]

    async def test_ones_own_answer_is_ones_own_colour(self, waits: httpx.AsyncClient, fake: FakeServices) -> None:
        """What one said stands with the gathering; and that there is no room."""
        mine = MyAnswer(answer="waiting", answered_at=NOW, ahead_count=2)
        full = gathering("Choir", capacity=5, going_count=5, waiting_count=3, my_answer=mine)
        near(fake, gatherings=(full,))
        text = (await waits.get("/autour")).text

        assert "Vous attendez une place" in text
        assert "complet" in text
        assert "3 en attente" in text
        assert [query.asker for query in fake.asked if isinstance(query, GatheringDirectory)] == [ANA]


class TestMap:
    async def test_shows_the_same_as_the_list(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """From the same questions; without a script the pins are links."""
        await crest.get("/autour")
        of_the_list, fake.asked = fake.asked, []
        text = (await crest.get("/carte")).text

        assert {type(query) for query in fake.asked} == {type(query) for query in of_the_list} - {PlacesIn}
        assert len(re.findall(r'<a class="pin', text)) == 3  # a group and its vote are one pin

    async def test_a_cluster_opens_in_the_list(self, crest: httpx.AsyncClient) -> None:
        """Only what lies there is beside the map then, and a way back to everything."""
        whole = (await crest.get("/carte")).text
        (href,) = re.findall(r'<a class="pin cluster"[^>]* href="([^"]*)"', whole)
        there = (await crest.get(href.replace("&amp;", "&"))).text
        rows = re.findall(r'<li class="row" id="i-([^"]*)"', there)

        assert set(rows) == {str(number("Which tree?")), str(number("Garden"))}
        assert "Tout revoir" in there

    async def test_says_what_the_moving_map_weighs(self, crest: httpx.AsyncClient) -> None:
        """Before anybody touches it."""
        assert re.search(r"Bouger la carte <span[^>]*>0,\d Mo", (await crest.get("/carte")).text)

    @pytest.mark.parametrize(
        "alias, path", [("/around?r=15", "/autour?r=15"), ("/map", "/carte"), ("/search?q=a", "/chercher?q=a")]
    )
    async def test_has_aliases(self, visitor: httpx.AsyncClient, alias: str, path: str) -> None:
        """One address is the real one."""
        led = await visitor.get(alias)

        assert (led.status_code, led.headers["location"]) == (308, path)


class TestWhereabouts:
    async def test_a_name_is_kept_in_the_browser(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """One that is clear is taken at once."""
        fake.answers(PlacesLike, PlacesFound(items=(found(name="Die", label="Die (Drôme)", place_id=7),)))
        seen = await crest.get("/autour?lieu=die&f=groupes")

        assert "Autour de Die" in seen.text
        assert session_in(seen)["p"] == {"n": "Die", "y": 44.7286, "x": 5.0223, "i": 7}
        assert "place=7" in seen.text  # its links stay there, cookie or not

    async def test_a_name_of_many_is_asked_about(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """And one that is misspelt: the closest are offered, nothing is kept."""
        several = [found(name="Sainte-Colombe", label=f"Sainte-Colombe ({n})", place_id=n) for n in (1, 2, 3)]
        fake.answers(PlacesLike, PlacesFound(items=tuple(several)))
        seen = await crest.get("/autour?lieu=sainte colombe")

        assert seen.text.count("place=") == 3
        assert "Laquelle est-ce" in seen.text
        assert session_in(seen).get("p") in (None, KEPT)

    async def test_a_name_that_nothing_bears_is_told(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """What was typed is still there, and is no script."""
        fake.answers(PlacesLike, PlacesFound(items=()))
        seen = await crest.get("/autour", params={"lieu": EVIL})

        assert seen.status_code == 404
        assert "aucun lieu de ce nom" in seen.text
        assert "<script>alert" not in seen.text

    async def test_a_position_is_never_finer_than_its_cell(self, crest: httpx.AsyncClient, fake: FakeServices) -> None:
        """Rounded here once more, and out of the address at once."""
        led = await crest.get("/autour?lat=44.728611&lon=5.022333")

        assert (led.status_code, led.headers["location"]) == (303, "/autour")
        kept = session_in(led)["p"]
        assert isinstance(kept, dict)
        assert (kept["y"], kept["c"]) == (44.725, True)
        (asked,) = [query for query in fake.asked if isinstance(query, PlaceAt)]
        assert (asked.latitude, asked.longitude) == (kept["y"], kept["x"])

    async def test_is_not_changed_by_looking_at_something_far_away(
        self, crest: httpx.AsyncClient, fake: FakeServices
    ) -> None:
        """A link from a page or a gathering shows it on the map, and one looks from home again afterwards."""
        seen = await crest.get("/carte?ici=48.85,2.35")
        (asked, *_) = [query for query in fake.asked if isinstance(query, LocatedNear)]

        assert seen.status_code == 200
        assert (asked.latitude, asked.longitude) == (48.85, 2.35)
        assert session_in(seen).get("place", KEPT) == KEPT
        assert "ici=48.85%2C2.35" in seen.text  # the filters stay there

    @pytest.mark.parametrize("query", ["lat=48.85&lon=2.35", "place=2988507"])
    async def test_is_not_changed_by_another_site(
        self, crest: httpx.AsyncClient, fake: FakeServices, query: str
    ) -> None:
        """Its link shows what it leads to; what this browser keeps stays."""
        fake.answers(PlaceOf, HERE)
        seen = await crest.get(f"/autour?{query}", headers={"Sec-Fetch-Site": "cross-site"})

        assert seen.status_code == 200
        assert session_in(seen).get("place", KEPT) == KEPT

    @pytest.mark.parametrize("query", ["lat=x&lon=5", "lat=91&lon=5", "lat=nan&lon=nan", "lat=&lon="])
    async def test_what_is_no_position_is_none(self, crest: httpx.AsyncClient, query: str) -> None:
        """One sees the place that was kept."""
        assert "Autour de Crest" in (await crest.get(f"/autour?{query}")).text

    @pytest.mark.parametrize("number_", ["0", "99999999999", "-1", "x"])
    async def test_a_made_up_place_is_none(self, crest: httpx.AsyncClient, fake: FakeServices, number_: str) -> None:
        """It is not there, or not a number."""
        fake.answers(PlaceOf, Refused(404, "NotFound", "…"))

        assert (await crest.get(f"/autour?place={number_}")).status_code in (200, 404)

    @pytest.mark.parametrize(
        "place", [{"n": "x"}, {"n": "x", "y": 900, "x": 5}, {"n": "a\nb", "y": 1, "x": 2}, {"y": "z"}]
    )
    async def test_a_cookie_that_holds_no_place_is_none(
        self, crest: httpx.AsyncClient, place: dict[str, object]
    ) -> None:
        """Somebody made it themselves; the node's own place is shown."""
        crest.cookies.set(COOKIE, Session(place=place).encode(), domain="node.example")

        assert "Autour de Crest" in (await crest.get("/autour")).text

    async def test_without_any_place_one_is_asked_for_it(self, visitor: httpx.AsyncClient, fake: FakeServices) -> None:
        """A new node with no group anywhere; nothing asks the device by itself."""
        fake.answers(GroupDirectory, Groups(items=(), next=None))
        text = (await visitor.get("/autour")).text

        assert "D’où regardez-vous" in text
        assert 'data-island="position"' in text

    async def test_the_form_knows_where_one_is(self, crest: httpx.AsyncClient) -> None:
        """And how far one looks."""
        text = (await crest.get("/autour/lieu?r=15")).text

        assert 'value="Crest"' in text
        assert re.search(r'value="15" checked', text)

    async def test_links_carry_what_was_asked(self, crest: httpx.AsyncClient) -> None:
        """From the list to the map and back, filter and distance stay."""
        text = (await crest.get("/autour?f=groupes&r=15")).text
        (href,) = set(re.findall(r'href="(/carte\?f=[^"]*)"', text))

        assert parse_qs(urlsplit(href.replace("&amp;", "&")).query) == {"f": ["groupes"], "r": ["15"]}
